package import SwiftletImage

/// The whole photo reduced by the smallest whole factor that brings its longer side to at most 512
/// pixels.
package struct PhotoView: Sendable {
  /// RGB.
  package let pixels: PixelBuffer
  /// Alpha of the same size.
  package let alpha: PixelBuffer

  /// Columns.
  package var width: Int { pixels.width }
  /// Rows.
  package var height: Int { pixels.height }

  /// The view of a photo.
  ///
  /// - Parameters:
  ///   - photo: RGB.
  ///   - alpha: 1 channel of the same size.
  /// - Complexity: one pass over the photo.
  package init(_ photo: PixelBuffer, alpha: PixelBuffer) {
    let factor = max(1, min(256, (max(photo.width, photo.height) + 511) / 512))
    pixels = photo.boxMean(factor: factor)
    self.alpha = alpha.boxMean(factor: factor)
    luma = pixels.luma
  }

  /// Luma by Rec. 709 on the coded values, 0...255.
  package let luma: [Float]

  /// The colour of a pixel, 0...255.
  func color(_ index: Int) -> SIMD3<Float> {
    SIMD3(
      Float(pixels.data[3 * index]), Float(pixels.data[3 * index + 1]),
      Float(pixels.data[3 * index + 2]))
  }

  /// The largest difference of two colours' channels.
  func distance(_ a: SIMD3<Float>, _ b: SIMD3<Float>) -> Float {
    let difference = a - b
    return max(difference.max(), -difference.min())
  }

  /// Luma averaged over squares of `2 * radius + 1` pixels, cut at the border.
  func boxedLuma(radius: Int) -> [Float] {
    let across = PhotoView.boxed(luma, lines: height, length: width, radius: radius)
    // Each pass transposes, so that two restore the order.
    return PhotoView.boxed(across, lines: width, length: height, radius: radius)
  }

  /// Running means along lines, transposed.
  private static func boxed(
    _ values: [Float], lines: Int, length: Int, radius: Int
  ) -> [Float] {
    [Float](unsafeUninitializedCapacity: values.count) { result, filled in
      values.withUnsafeBufferPointer { values in
        for line in 0..<lines {
          let start = line * length
          var sum: Float = 0
          for place in start..<start + min(radius, length) { sum += values[place] }
          for place in 0..<length {
            if place + radius < length { sum += values[start + place + radius] }
            if place > radius { sum -= values[start + place - radius - 1] }
            let count = min(place + radius, length - 1) - max(place - radius, 0) + 1
            result[place * lines + line] = sum / Float(count)
          }
        }
      }
      filled = values.count
    }
  }
}

extension PixelBuffer {
  /// Luma of RGB by Rec. 709 on the coded values, 0...255.
  package var luma: [Float] {
    let count = width * height
    return data.withUnsafeBufferPointer { data in
      [Float](unsafeUninitializedCapacity: count) { luma, filled in
        for index in 0..<count {
          luma[index] =
            0.2126 * Float(data[3 * index]) + 0.7152 * Float(data[3 * index + 1])
            + 0.0722 * Float(data[3 * index + 2])
        }
        filled = count
      }
    }
  }
}
