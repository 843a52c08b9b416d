package import SwiftletImage

/// The guided filter with a colour guide (He, Sun, Tang, "Guided Image Filtering", TPAMI 2013).
///
/// In every window the filtered value is an affine function of the guide's colour, chosen by least
/// squares to fit the input. The functions are smooth, so they may be computed on a reduced picture
/// and evaluated on the full one (He, Sun, "Fast Guided Filter", 2015).
package enum GuidedFilter {
  /// The affine function of each pixel: `(aR, aG, aB, b)` with value = aR R + aG G + aB B + b for
  /// colours in 0...1.
  ///
  /// - Parameters:
  ///   - guide: RGB.
  ///   - input: a value for each pixel of the guide.
  ///   - radius: from the window's centre to its edge, in pixels; windows are cut at the border.
  ///   - epsilon: regularisation, a variance; above 0.
  /// - Complexity: a few passes over the guide whatever the radius; 96 bytes a pixel.
  package static func coefficients(
    guide: PixelBuffer, input: [Float], radius: Int, epsilon: Double
  ) -> [SIMD4<Float>] {
    let (width, height) = (guide.width, guide.height)
    let count = width * height
    let zero = SIMD4<Float>(repeating: 0)
    // Lanes: R G B p | RR GG BB Rp | RG RB GB Gp | Bp.
    var first = [SIMD4<Float>](repeating: zero, count: count)
    var second = first
    var third = first
    var fourth = first
    for index in 0..<count {
      let red = Float(guide.data[index * 3]) / 255
      let green = Float(guide.data[index * 3 + 1]) / 255
      let blue = Float(guide.data[index * 3 + 2]) / 255
      let value = input[index]
      first[index] = SIMD4(red, green, blue, value)
      second[index] = SIMD4(red * red, green * green, blue * blue, red * value)
      third[index] = SIMD4(red * green, red * blue, green * blue, green * value)
      fourth[index] = SIMD4(blue * value, 0, 0, 0)
    }
    var scratch = [SIMD4<Float>](repeating: zero, count: count)
    boxMean(&first, width: width, height: height, radius: radius, scratch: &scratch)
    boxMean(&second, width: width, height: height, radius: radius, scratch: &scratch)
    boxMean(&third, width: width, height: height, radius: radius, scratch: &scratch)
    boxMean(&fourth, width: width, height: height, radius: radius, scratch: &scratch)
    first.withUnsafeMutableBufferPointer { firstBuffer in
      nonisolated(unsafe) let first = firstBuffer
      let (second, third, fourth) = (second, third, fourth)
      parallelRows(height) { band in
        for index in band.lowerBound * width..<band.upperBound * width {
          first[index] = solve(
            first[index], second[index], third[index], fourth[index].x, epsilon)
        }
      }
    }
    boxMean(&first, width: width, height: height, radius: radius, scratch: &scratch)
    return first
  }

  /// The least-squares function of a window from the means of its colours and products.
  private static func solve(
    _ first: SIMD4<Float>, _ second: SIMD4<Float>, _ third: SIMD4<Float>, _ blueInput: Float,
    _ epsilon: Double
  ) -> SIMD4<Float> {
    let mean = SIMD3(Double(first.x), Double(first.y), Double(first.z))
    let value = Double(first.w)
    let rr = Double(second.x) - mean.x * mean.x + epsilon
    let gg = Double(second.y) - mean.y * mean.y + epsilon
    let bb = Double(second.z) - mean.z * mean.z + epsilon
    let rg = Double(third.x) - mean.x * mean.y
    let rb = Double(third.y) - mean.x * mean.z
    let gb = Double(third.z) - mean.y * mean.z
    let covariance = SIMD3(
      Double(second.w) - mean.x * value, Double(third.w) - mean.y * value,
      Double(blueInput) - mean.z * value)
    // The inverse of the symmetric matrix by its cofactors; epsilon keeps it positive definite.
    let c00 = gg * bb - gb * gb
    let c01 = gb * rb - rg * bb
    let c02 = rg * gb - gg * rb
    let c11 = rr * bb - rb * rb
    let c12 = rg * rb - rr * gb
    let c22 = rr * gg - rg * rg
    let determinant = rr * c00 + rg * c01 + rb * c02
    let scale = determinant > 0 ? 1 / determinant : 0
    let red = (c00 * covariance.x + c01 * covariance.y + c02 * covariance.z) * scale
    let green = (c01 * covariance.x + c11 * covariance.y + c12 * covariance.z) * scale
    let blue = (c02 * covariance.x + c12 * covariance.y + c22 * covariance.z) * scale
    let offset = value - red * mean.x - green * mean.y - blue * mean.z
    return SIMD4(Float(red), Float(green), Float(blue), Float(offset))
  }

  /// Replaces each value by the mean of its window, which is cut at the border.
  private static func boxMean(
    _ values: inout [SIMD4<Float>], width: Int, height: Int, radius: Int,
    scratch: inout [SIMD4<Float>]
  ) {
    values.withUnsafeMutableBufferPointer { valuesBuffer in
      scratch.withUnsafeMutableBufferPointer { scratchBuffer in
        nonisolated(unsafe) let values = valuesBuffer
        nonisolated(unsafe) let scratch = scratchBuffer
        parallelRows(height) { band in
          for row in band {
            slidingMean(
              values, scratch, start: row * width, step: 1, count: width, radius: radius)
          }
        }
        parallelRows(width) { band in
          for column in band {
            slidingMean(
              scratch, values, start: column, step: width, count: height, radius: radius)
          }
        }
      }
    }
  }

  @inline(__always)
  private static func slidingMean(
    _ source: UnsafeMutableBufferPointer<SIMD4<Float>>,
    _ target: UnsafeMutableBufferPointer<SIMD4<Float>>, start: Int, step: Int, count: Int,
    radius: Int
  ) {
    var sum = SIMD4<Float>(repeating: 0)
    var members: Float = 0
    for index in 0..<min(radius, count) {
      sum += source[start + index * step]
      members += 1
    }
    for index in 0..<count {
      if index + radius < count {
        sum += source[start + (index + radius) * step]
        members += 1
      }
      if index - radius - 1 >= 0 {
        sum -= source[start + (index - radius - 1) * step]
        members -= 1
      }
      target[start + index * step] = sum / members
    }
  }
}
