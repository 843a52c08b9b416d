package import SwiftletImage

/// What surrounds a product.
package struct BackgroundMetrics: Sendable, Equatable {
  /// Share of background pixels (alpha 0) within the tolerance of white in every channel.
  package let whiteShare: Double
  /// Share of background pixels that are exactly 255 in every channel.
  package let exactWhiteShare: Double
  /// Share of background pixels of the border band within the tolerance of white.
  package let borderWhiteShare: Double
  /// Mean colour, 0...255.
  package let mean: SIMD3<Double>
  /// The mean colour in CIELAB.
  package var lab: Lab {
    func code(_ value: Double) -> UInt8 { UInt8(max(0, min(255, value.rounded()))) }
    return Lab(red: code(mean.x), green: code(mean.y), blue: code(mean.z))
  }
  /// Root mean square over the channels of the standard deviation, in steps of 255, at 256 pixels.
  package let colorStd: Double
  /// Share of edge pixels, at 256 pixels.
  package let edgeDensity: Double

  /// The background of a photo; nil where no pixel has alpha 0.
  ///
  /// - Parameters:
  ///   - pixels: RGB.
  ///   - alpha: 1 channel of the same size.
  ///   - view: the photo reduced.
  /// - Complexity: one pass over the photo for white, the rest on the view.
  package init?(
    _ pixels: PixelBuffer, alpha: PixelBuffer, view: PhotoView, thresholds: Thresholds
  ) {
    let counts = WhiteCounts(
      pixels, alpha: alpha, tolerance: Int(thresholds.whiteTolerance),
      band: max(1, Int(thresholds.borderBand * Double(min(pixels.width, pixels.height)))))
    guard counts.pixels > 0 else { return nil }
    let total = Double(counts.pixels)
    whiteShare = Double(counts.white) / total
    exactWhiteShare = Double(counts.exact) / total
    borderWhiteShare =
      counts.bandPixels == 0 ? whiteShare : Double(counts.bandWhite) / Double(counts.bandPixels)
    mean = SIMD3(Double(counts.red), Double(counts.green), Double(counts.blue)) / total
    let clutter = Clutter(view, gradientMin: thresholds.edgeGradientMin)
    colorStd = clutter.colorStd
    edgeDensity = clutter.edgeDensity
  }
}

/// Counts over the pixels with alpha 0. Integers, so that the order of summation does not matter.
private struct WhiteCounts: Sendable {
  var pixels = 0, white = 0, exact = 0, bandPixels = 0, bandWhite = 0
  var red = 0, green = 0, blue = 0

  init() {}

  init(_ photo: PixelBuffer, alpha: PixelBuffer, tolerance: Int, band: Int) {
    let (width, height) = (photo.width, photo.height)
    let least = UInt8(max(0, 255 - tolerance))
    let bandHeight = 64
    var partial = [WhiteCounts](
      repeating: WhiteCounts(), count: (height + bandHeight - 1) / bandHeight)
    photo.data.withUnsafeBufferPointer { colorBuffer in
      alpha.data.withUnsafeBufferPointer { alphaBuffer in
        partial.withUnsafeMutableBufferPointer { partialBuffer in
          nonisolated(unsafe) let colors = colorBuffer
          nonisolated(unsafe) let alpha = alphaBuffer
          nonisolated(unsafe) let partial = partialBuffer
          parallelRows(height, bandHeight: bandHeight) { rows in
            var counts = WhiteCounts()
            for row in rows {
              let line = row * width
              let isBandRow = row < band || row >= height - band
              let inner = isBandRow ? width : min(band, width)
              counts.add(colors, alpha, line..<line + inner, least, inBand: true)
              if !isBandRow, inner < width {
                let right = max(inner, width - band)
                counts.add(colors, alpha, line + inner..<line + right, least, inBand: false)
                counts.add(colors, alpha, line + right..<line + width, least, inBand: true)
              }
            }
            partial[rows.lowerBound / bandHeight] = counts
          }
        }
      }
    }
    for counts in partial {
      pixels += counts.pixels
      white += counts.white
      exact += counts.exact
      bandPixels += counts.bandPixels
      bandWhite += counts.bandWhite
      red += counts.red
      green += counts.green
      blue += counts.blue
    }
  }

  private mutating func add(
    _ colors: UnsafeBufferPointer<UInt8>, _ alpha: UnsafeBufferPointer<UInt8>, _ range: Range<Int>,
    _ least: UInt8, inBand: Bool
  ) {
    let (alphaBytes, colorBytes) = (UnsafeRawBufferPointer(alpha), UnsafeRawBufferPointer(colors))
    var (count, near, full): (UInt32, UInt32, UInt32) = (0, 0, 0)
    var (r, g, b): (UInt32, UInt32, UInt32) = (0, 0, 0)
    func add(_ pixels: Range<Int>) {
      for index in pixels where alpha[index] == 0 {
        let (red, green, blue) = (colors[3 * index], colors[3 * index + 1], colors[3 * index + 2])
        let darkest = min(red, green, blue)
        count &+= 1
        near &+= darkest >= least ? 1 : 0
        full &+= darkest == 255 ? 1 : 0
        r &+= UInt32(red)
        g &+= UInt32(green)
        b &+= UInt32(blue)
      }
    }
    // Eight pixels at a time are often all product, or all pure white.
    var index = range.lowerBound
    var pure: UInt32 = 0
    while index + 8 <= range.upperBound {
      switch alphaBytes.loadUnaligned(fromByteOffset: index, as: UInt64.self) {
      case 0:
        let all =
          colorBytes.loadUnaligned(fromByteOffset: 3 * index, as: UInt64.self)
          & colorBytes.loadUnaligned(fromByteOffset: 3 * index + 8, as: UInt64.self)
          & colorBytes.loadUnaligned(fromByteOffset: 3 * index + 16, as: UInt64.self)
        if all == .max { pure &+= 8 } else { add(index..<index + 8) }
      case .max: break
      default: add(index..<index + 8)
      }
      index += 8
    }
    add(index..<range.upperBound)
    count &+= pure
    near &+= pure
    full &+= pure
    r &+= 255 &* pure
    g &+= 255 &* pure
    b &+= 255 &* pure
    pixels += Int(count)
    white += Int(near)
    exact += Int(full)
    red += Int(r)
    green += Int(g)
    blue += Int(b)
    if inBand {
      bandPixels += Int(count)
      bandWhite += Int(near)
    }
  }
}

/// Unrest in the background of a photo reduced to at most 511 pixels.
private struct Clutter {
  let colorStd: Double
  let edgeDensity: Double

  init(_ view: PhotoView, gradientMin: Double) {
    let factor = max(1, max(view.width, view.height) / 256)
    let small = view.pixels.boxMean(factor: factor)
    let opacity = view.alpha.boxMean(factor: factor)
    let (width, height) = (small.width, small.height)
    let outside = Morphology.eroded(
      opacity.data.map { $0 == 0 }, width: width, height: height, radius: 1)
    let luma = small.luma
    var count = 0
    var (red, green, blue) = (0, 0, 0)
    var squares = (0, 0, 0)
    var (edges, candidates) = (0, 0)
    let least = Float(gradientMin * gradientMin)
    small.data.withUnsafeBufferPointer { colors in
      luma.withUnsafeBufferPointer { luma in
        for y in 0..<height {
          for x in 0..<width where outside[y * width + x] {
            let index = y * width + x
            let (r, g, b) = (
              Int(colors[3 * index]), Int(colors[3 * index + 1]), Int(colors[3 * index + 2])
            )
            red &+= r
            green &+= g
            blue &+= b
            squares.0 &+= r &* r
            squares.1 &+= g &* g
            squares.2 &+= b &* b
            count &+= 1
            guard x > 0, y > 0, x + 1 < width, y + 1 < height else { continue }
            let across = (luma[index + 1] - luma[index - 1]) / 2
            let down = (luma[index + width] - luma[index - width]) / 2
            candidates &+= 1
            edges &+= across * across + down * down >= least ? 1 : 0
          }
        }
      }
    }
    guard count > 0 else {
      colorStd = 0
      edgeDensity = 0
      return
    }
    func variance(_ sum: Int, _ squares: Int) -> Double {
      let mean = Double(sum) / Double(count)
      return Double(squares) / Double(count) - mean * mean
    }
    let total =
      variance(red, squares.0) + variance(green, squares.1) + variance(blue, squares.2)
    colorStd = max(0, total / 3).squareRoot()
    edgeDensity = candidates == 0 ? 0 : Double(edges) / Double(candidates)
  }
}
