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
    // What is pure white has no unrest.
    let clutter =
      counts.exact == counts.pixels
      ? nil : Clutter(view, gradientMin: thresholds.edgeGradientMin)
    colorStd = clutter?.colorStd ?? 0
    edgeDensity = clutter?.edgeDensity ?? 0
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
    // Sixteen pixels at a time are often all product or all background. Two bytes behind them are read.
    var index = range.lowerBound
    var bytes = ByteSums()
    while index + 17 <= range.upperBound {
      let opacity = alphaBytes.loadUnaligned(fromByteOffset: index, as: SIMD2<UInt64>.self)
      if opacity == .zero {
        bytes.add(colorBytes, 3 * index, least: least)
        count &+= 16
      } else if opacity != SIMD2(repeating: .max) {
        add(index..<index + 16)
      }
      index += 16
    }
    add(index..<range.upperBound)
    bytes.finish()
    near &+= bytes.near
    full &+= bytes.full
    r &+= bytes.red
    g &+= bytes.green
    b &+= bytes.blue
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

/// Sums over interleaved colours, sixteen pixels at a time.
private struct ByteSums {
  private typealias Bytes = SIMD16<UInt8>

  private(set) var red: UInt32 = 0, green: UInt32 = 0, blue: UInt32 = 0
  /// Pixels whose darkest channel is light enough, and those in which it is 255.
  private(set) var near: UInt32 = 0, full: UInt32 = 0

  // Of three registers in a row, byte `i` belongs to channel `i % 3`. What is summed in 16 bits, and
  // counted in 8, is carried over before it can overflow.
  private var sums = (SIMD16<UInt16>.zero, SIMD16<UInt16>.zero, SIMD16<UInt16>.zero)
  private var counts = (Bytes.zero, Bytes.zero)
  private var rounds = 0

  /// Where in a register pixels start.
  private static let starts: (Bytes, Bytes, Bytes) = (
    Bytes(1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1),
    Bytes(0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0),
    Bytes(0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0)
  )

  /// Adds 48 bytes from `offset` on; two more are read.
  @inline(__always)
  mutating func add(_ bytes: UnsafeRawBufferPointer, _ offset: Int, least: UInt8) {
    let starts = ByteSums.starts
    sums.0 &+= addRegister(bytes, offset, starts.0, least)
    sums.1 &+= addRegister(bytes, offset + 16, starts.1, least)
    sums.2 &+= addRegister(bytes, offset + 32, starts.2, least)
    rounds += 1
    if rounds == 80 { finish() }
  }

  @inline(__always)
  private mutating func addRegister(
    _ bytes: UnsafeRawBufferPointer, _ offset: Int, _ starts: Bytes, _ least: UInt8
  ) -> SIMD16<UInt16> {
    let first = bytes.loadUnaligned(fromByteOffset: offset, as: Bytes.self)
    let second = bytes.loadUnaligned(fromByteOffset: offset + 1, as: Bytes.self)
    let third = bytes.loadUnaligned(fromByteOffset: offset + 2, as: Bytes.self)
    // At the start of a pixel, its darkest channel.
    let pair = first.replacing(with: second, where: second .< first)
    let darkest = pair.replacing(with: third, where: third .< pair)
    counts.0 &+= Bytes.zero.replacing(with: starts, where: darkest .>= Bytes(repeating: least))
    counts.1 &+= Bytes.zero.replacing(with: starts, where: darkest .== Bytes(repeating: 255))
    return SIMD16<UInt16>(truncatingIfNeeded: first)
  }

  /// Carries over what registers hold.
  mutating func finish() {
    var channels: [3 of UInt32] = [red, green, blue]
    for lane in 0..<16 {
      channels[lane % 3] &+= UInt32(sums.0[lane])
      channels[(lane + 1) % 3] &+= UInt32(sums.1[lane])
      channels[(lane + 2) % 3] &+= UInt32(sums.2[lane])
      near &+= UInt32(counts.0[lane])
      full &+= UInt32(counts.1[lane])
    }
    (red, green, blue) = (channels[0], channels[1], channels[2])
    sums = (.zero, .zero, .zero)
    counts = (.zero, .zero)
    rounds = 0
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
      opacity.data.converted { $0 == 0 }, width: width, height: height, radius: 1)
    let luma = small.luma
    var count = 0
    var (red, green, blue) = (0, 0, 0)
    var squares = 0
    var (edges, candidates) = (0, 0)
    let least = Float(gradientMin * gradientMin)
    small.data.withUnsafeBufferPointer { colors in
      luma.withUnsafeBufferPointer { luma in
        outside.withUnsafeBufferPointer { outside in
          for y in 0..<height {
            let line = y * width
            for index in line..<line + width where outside[index] {
              let (r, g, b) = (
                Int(colors[3 * index]), Int(colors[3 * index + 1]), Int(colors[3 * index + 2])
              )
              red &+= r
              green &+= g
              blue &+= b
              squares &+= r &* r &+ g &* g &+ b &* b
              count &+= 1
            }
            guard y > 0, y + 1 < height, width > 2 else { continue }
            let found = Clutter.edges(
              UnsafeRawBufferPointer(luma), UnsafeRawBufferPointer(outside), width: width,
              pixels: line + 1..<line + width - 1, least: 4 * least)
            edges += found.edges
            candidates += found.candidates
          }
        }
      }
    }
    guard count > 0 else {
      colorStd = 0
      edgeDensity = 0
      return
    }
    let mean = SIMD3(Double(red), Double(green), Double(blue)) / Double(count)
    let total = Double(squares) / Double(count) - (mean * mean).sum()
    colorStd = max(0, total / 3).squareRoot()
    edgeDensity = candidates == 0 ? 0 : Double(edges) / Double(candidates)
  }

  /// Of some pixels of a row that lie outside the product, how many there are, and at how many luma changes
  /// by the root of `least` and more from one side to the other. Eight at a time.
  private static func edges(
    _ luma: UnsafeRawBufferPointer, _ outside: UnsafeRawBufferPointer, width: Int,
    pixels: Range<Int>, least: Float
  ) -> (edges: Int, candidates: Int) {
    typealias Lanes = SIMD8<Float>
    func change(_ index: Int, _ step: Int) -> Lanes {
      luma.loadUnaligned(fromByteOffset: 4 * (index + step), as: Lanes.self)
        - luma.loadUnaligned(fromByteOffset: 4 * (index - step), as: Lanes.self)
    }
    var (steep, known) = (SIMD8<Int32>.zero, SIMD8<Int32>.zero)
    var index = pixels.lowerBound
    while index + 8 <= pixels.upperBound {
      let isOutside = SIMD8<Int32>(
        truncatingIfNeeded: outside.loadUnaligned(fromByteOffset: index, as: SIMD8<UInt8>.self))
      let (across, down) = (change(index, 1), change(index, width))
      let isSteep = across * across + down * down .>= Lanes(repeating: least)
      known &+= isOutside
      steep &+= SIMD8<Int32>.zero.replacing(with: isOutside, where: isSteep)
      index += 8
    }
    var (edges, candidates) = (Int(steep.wrappedSum()), Int(known.wrappedSum()))
    while index < pixels.upperBound {
      func value(_ index: Int) -> Float { luma.load(fromByteOffset: 4 * index, as: Float.self) }
      let across = value(index + 1) - value(index - 1)
      let down = value(index + width) - value(index - width)
      candidates += Int(outside[index])
      edges += across * across + down * down >= least ? Int(outside[index]) : 0
      index += 1
    }
    return (edges, candidates)
  }
}
