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
