package import SwiftletImage

extension PixelBuffer {
  /// The picture reduced by a whole factor: each pixel is the rounded mean of a box of
  /// `factor` x `factor`, smaller at the right and bottom edges.
  ///
  /// - Parameters:
  ///   - factor: 1...256.
  ///   - region: the part to reduce, inside the picture; all of it by default.
  /// - Returns: `ceil(width / factor)` x `ceil(height / factor)` pixels.
  /// - Complexity: one pass over the region; no memory beyond the result and a row a band.
  package func boxMean(factor: Int, in region: PixelBox? = nil) -> PixelBuffer {
    let factor = min(max(factor, 1), 256)
    let region = region ?? PixelBox(x: 0, y: 0, width: width, height: height)
    let (width, height, channels) = (region.width, region.height, channels)
    guard factor > 1 else {
      return width == self.width && height == self.height
        ? self : cropped(x: region.x, y: region.y, width: width, height: height)
    }
    let sourceStride = self.width * channels
    let origin = region.y * sourceStride + region.x * channels
    var result = PixelBuffer(
      width: (width + factor - 1) / factor, height: (height + factor - 1) / factor,
      channels: channels)
    let columns = result.width
    let rows = result.height
    data.withUnsafeBufferPointer { sourceBuffer in
      result.data.withUnsafeMutableBufferPointer { targetBuffer in
        nonisolated(unsafe) let source = sourceBuffer
        nonisolated(unsafe) let target = targetBuffer
        parallelRows(rows, bandHeight: 16) { band in
          var sums = [UInt16](repeating: 0, count: width * channels)
          sums.withUnsafeMutableBufferPointer { sums in
            for row in band {
              let lines = row * factor..<min((row + 1) * factor, height)
              sums.update(repeating: 0)
              for line in lines {
                let start = origin + line * sourceStride
                let from = UnsafeBufferPointer(rebasing: source[start..<start + width * channels])
                for index in 0..<from.count { sums[index] &+= UInt16(from[index]) }
              }
              for column in 0..<columns {
                let across = column * factor..<min((column + 1) * factor, width)
                let area = UInt32(across.count * lines.count)
                for channel in 0..<channels {
                  var sum = area / 2
                  for x in across { sum &+= UInt32(sums[x * channels + channel]) }
                  target[(row * columns + column) * channels + channel] =
                    UInt8(truncatingIfNeeded: sum / area)
                }
              }
            }
          }
        }
      }
    }
    return result
  }
}
