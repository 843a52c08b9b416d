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

  /// Luma averaged over squares of `2 * radius + 1` pixels, cut at the border, to 1/32.
  ///
  /// - Parameter radius: 1...360, so that sums fit 32 bits.
  /// - Complexity: four additions a pixel, whatever the radius.
  package func boxedLuma(radius: Int) -> [Float] {
    precondition((1...360).contains(radius))
    let (width, height) = (width, height)
    /// Pixels of a line that a square around `place` holds.
    func members(_ place: Int, _ count: Int) -> Int {
      min(place + radius, count - 1) - max(place - radius, 0) + 1
    }
    // Whole numbers add up in one step where floats take several.
    let tones = luma.converted { Int32($0 * 16 + 0.5) }
    let shares = (0..<width).map { 1 / Float(16 * members($0, width)) }
    return [Float](unsafeUninitializedCapacity: width * height) { result, filled in
      var columns = [Int32](repeating: 0, count: width)
      func add(_ row: Int, _ sign: Int32) {
        for column in 0..<width { columns[column] &+= sign &* tones[row * width + column] }
      }
      for row in 0..<min(radius, height) { add(row, 1) }
      for row in 0..<height {
        if row + radius < height { add(row + radius, 1) }
        if row > radius { add(row - radius - 1, -1) }
        let share = 1 / Float(members(row, height))
        var sum: Int32 = 0
        for column in 0..<min(radius, width) { sum &+= columns[column] }
        for column in 0..<width {
          if column + radius < width { sum &+= columns[column + radius] }
          if column > radius { sum &-= columns[column - radius - 1] }
          result[row * width + column] = Float(sum) * (shares[column] * share)
        }
      }
      filled = width * height
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
