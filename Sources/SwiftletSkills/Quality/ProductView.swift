package import SwiftletImage

/// The product at a normalised scale: its box with a small border, the box's longer side 512 pixels
/// where the photo has that many.
package struct ProductView: Sendable {
  /// RGB.
  package let pixels: PixelBuffer
  /// Alpha of the same size.
  package let alpha: PixelBuffer
  /// View pixels a photo pixel, at most 1.
  package let scale: Double

  /// Columns.
  package var width: Int { pixels.width }
  /// Rows.
  package var height: Int { pixels.height }

  /// The view of a segmented photo.
  ///
  /// - Parameters:
  ///   - pixels: RGB.
  ///   - alpha: 1 channel of the same size.
  ///   - box: where the product is, inside the photo.
  ///   - longSide: the longer side of the box in the view, in pixels.
  /// - Complexity: one pass over the box.
  package init(_ pixels: PixelBuffer, alpha: PixelBuffer, box: PixelBox, longSide: Int = 512) {
    let region = box.grown(by: max(2, box.longSide / 32), in: pixels.width, pixels.height)
    let factor = min(256, max(1, box.longSide / longSide))
    let reduced = pixels.boxMean(factor: factor, in: region)
    let reducedAlpha = alpha.boxMean(factor: factor, in: region)
    let target = min(1, Double(longSide) * Double(factor) / Double(box.longSide))
    let width = max(1, Int((Double(reduced.width) * target).rounded()))
    let height = max(1, Int((Double(reduced.height) * target).rounded()))
    // A soft filter would blur what sharpness is measured on.
    self.pixels = reduced.resized(width: width, height: height, filter: .lanczos3)
    self.alpha = reducedAlpha.resized(width: width, height: height)
    luma = self.pixels.luma
    scale = target / Double(factor)
  }

  /// The view of a photo, RGB, all of which counts as product.
  package init(whole photo: PixelBuffer) {
    var alpha = PixelBuffer(width: photo.width, height: photo.height, channels: 1)
    for index in alpha.data.indices { alpha.data[index] = 255 }
    self.init(
      photo, alpha: alpha, box: PixelBox(x: 0, y: 0, width: photo.width, height: photo.height))
  }

  /// Luma by Rec. 709 on the coded values, 0...255.
  package let luma: [Float]

  /// Pixels that are product and have only product within `radius`.
  package func interior(radius: Int) -> [Bool] {
    Morphology.eroded(
      alpha.data.converted { $0 >= 230 }, width: width, height: height, radius: radius)
  }
}
