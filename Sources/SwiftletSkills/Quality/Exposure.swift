internal import SwiftletImage

/// How light a product is, measured on its own pixels.
///
/// Brightness is `sqrt(0.241 R^2 + 0.691 G^2 + 0.068 B^2) / 255` (the HSP colour model).
package struct Exposure: Sendable, Equatable {
  /// Percentiles of brightness, 0...1.
  package let p5: Double, p50: Double, p95: Double, p99: Double
  /// Share of pixels with all channels at 254 or more.
  package let clippedShare: Double

  /// Brightness of the middle of the product.
  package var contrast: Double { p95 - p5 }

  /// The exposure of a view; nil where no pixel is surely product.
  package init?(_ view: ProductView) {
    var histogram = InlineArray<256, Int>(repeating: 0)
    var count = 0
    var clipped = 0
    view.pixels.data.withUnsafeBufferPointer { data in
      view.alpha.data.withUnsafeBufferPointer { alpha in
        for index in 0..<view.width * view.height where alpha[index] >= 230 {
          let (red, green, blue) = (data[3 * index], data[3 * index + 1], data[3 * index + 2])
          let (r, g, b) = (Float(red), Float(green), Float(blue))
          let brightness = (0.241 * r * r + 0.691 * g * g + 0.068 * b * b).squareRoot()
          // Brightness is at most 255, so that the mask only spares a check.
          histogram[Int(Int32(brightness + 0.5)) & 255] &+= 1
          clipped &+= min(red, green, blue) >= 254 ? 1 : 0
          count &+= 1
        }
      }
    }
    guard count > 0 else { return nil }
    func percentile(_ share: Double) -> Double {
      let rank = Int(Double(count - 1) * share)
      var seen = 0
      for value in 0..<256 {
        seen += histogram[value]
        if seen > rank { return Double(value) / 255 }
      }
      return 1
    }
    p5 = percentile(0.05)
    p50 = percentile(0.5)
    p95 = percentile(0.95)
    p99 = percentile(0.99)
    clippedShare = Double(clipped) / Double(count)
  }
}
