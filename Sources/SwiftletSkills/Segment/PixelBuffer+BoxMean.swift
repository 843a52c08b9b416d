package import SwiftletImage

extension PixelBuffer {
  /// The picture reduced by a whole factor: each pixel is the rounded mean of a box of
  /// `factor` x `factor`, smaller at the right and bottom edges.
  ///
  /// - Parameters:
  ///   - factor: 1...256.
  ///   - region: the part to reduce, inside the picture; all of it by default.
  /// - Returns: `ceil(width / factor)` x `ceil(height / factor)` pixels.
  /// - Complexity: one pass over the region; no memory beyond the result and a row a thread.
  package func boxMean(factor: Int, in region: PixelBox? = nil) -> PixelBuffer {
    let factor = min(max(factor, 1), 256)
    let region = region ?? PixelBox(x: 0, y: 0, width: width, height: height)
    guard factor > 1 else {
      return region.width == width && region.height == height
        ? self : cropped(x: region.x, y: region.y, width: region.width, height: region.height)
    }
    return boxReduced(
      boxWidth: factor, boxHeight: factor, columns: region.x..<region.x + region.width,
      rows: region.y..<region.y + region.height)
  }
}
