import SwiftletImage
import Testing

/// The definition in double precision: at each output pixel the widened filter over every source
/// pixel, normalised; colours weighted by alpha.
private struct NaiveResampler {
  let filter: ResampleFilter

  func kernel(_ x: Double) -> Double {
    switch filter {
    case .box: return 0
    case .bilinear: return max(0, 1 - abs(x))
    case .lanczos3:
      if x == 0 { return 1 }
      return abs(x) >= 3 ? 0 : sinc(x) * sinc(x / 3)
    }
  }

  /// sin(pi x) / (pi x) as a product over its zeros would be slow; the Taylor series is enough for
  /// arguments up to 3.
  func sinc(_ x: Double) -> Double {
    let t = Double.pi * x
    var (sum, term) = (1.0, 1.0)
    for n in 1..<40 {
      term *= -t * t / Double((2 * n) * (2 * n + 1))
      sum += term
    }
    return sum
  }

  /// Pixels whose centre lies in the box, its upper border included; in whole numbers.
  func boxWeights(_ source: Int, _ output: Int, at position: Int) -> [Double] {
    if output > source {
      let nearest = (2 * position + 1) * source / (2 * output)
      return (0..<source).map { $0 == nearest ? 1 : 0 }
    }
    let inside = (0..<source).filter {
      let center = (2 * $0 + 1) * output
      return center > 2 * position * source && center <= 2 * (position + 1) * source
    }
    return (0..<source).map { inside.contains($0) ? 1 / Double(inside.count) : 0 }
  }

  func weights(_ source: Int, _ output: Int, at position: Int) -> [Double] {
    if filter == .box { return boxWeights(source, output, at: position) }
    let scale = Double(source) / Double(output)
    let center = (Double(position) + 0.5) * scale
    let raw = (0..<source).map { kernel((Double($0) + 0.5 - center) / max(scale, 1)) }
    let sum = raw.reduce(0, +)
    return raw.map { $0 / sum }
  }

  /// Values 0...255 before rounding, straight.
  func resize(_ picture: PixelBuffer, _ width: Int, _ height: Int) -> [Double] {
    let columns = (0..<width).map { weights(picture.width, width, at: $0) }
    let rows = (0..<height).map { weights(picture.height, height, at: $0) }
    let channels = picture.channels
    var result: [Double] = []
    for y in 0..<height {
      for x in 0..<width {
        var sums = [Double](repeating: 0, count: channels)
        for (sourceY, rowWeight) in rows[y].enumerated() where rowWeight != 0 {
          for (sourceX, columnWeight) in columns[x].enumerated() where columnWeight != 0 {
            let at = (sourceY * picture.width + sourceX) * channels
            let alpha = channels == 4 ? Double(picture.data[at + 3]) / 255 : 1
            for channel in 0..<channels {
              let value = Double(picture.data[at + channel])
              sums[channel] += rowWeight * columnWeight * value * (channel == 3 ? 1 : alpha)
            }
          }
        }
        if channels == 4 {
          let alpha = sums[3] / 255
          for channel in 0..<3 { sums[channel] = alpha * 255 > 0.5 ? sums[channel] / alpha : 0 }
        }
        result += sums
      }
    }
    return result
  }
}

@Suite struct ResampleTests {
  private static let sizes = [
    (1, 1, 1, 1), (1, 1, 5, 3), (5, 3, 1, 1), (17, 11, 7, 5), (17, 11, 34, 23), (31, 29, 30, 28),
    (13, 40, 40, 13), (64, 48, 9, 100), (101, 3, 10, 3), (3, 101, 3, 10), (50, 50, 50, 49),
  ]

  @Test(arguments: ResampleFilter.allCases)
  func matchesTheDefinition(filter: ResampleFilter) {
    for channels in [1, 3, 4] {
      for (width, height, newWidth, newHeight) in ResampleTests.sizes {
        let picture = PixelBuffer.random(width, height, channels, seed: UInt64(width * height))
        let result = picture.resized(width: newWidth, height: newHeight, filter: filter)
        let expected = NaiveResampler(filter: filter).resize(picture, newWidth, newHeight)
        #expect((result.width, result.height) == (newWidth, newHeight))
        for (index, value) in expected.enumerated() {
          // Rounded once: never more than half a step off, but for the last digits of a float.
          let error = abs(Double(result.data[index]) - min(max(value, 0), 255))
          #expect(
            error <= 0.51, "\(filter) \(channels) \(width)x\(height) to \(newWidth)x\(newHeight)")
        }
      }
    }
  }

  @Test func flatStaysFlat() {
    for filter in ResampleFilter.allCases {
      for pixel in [[0], [255], [3, 128, 254], [9, 8, 7, 255], [200, 100, 50, 3]] as [[UInt8]] {
        for (width, height) in [(1, 1), (13, 9), (300, 211)] {
          let result = PixelBuffer.flat(37, 53, pixel).resized(
            width: width, height: height, filter: filter)
          #expect(result == .flat(width, height, pixel))
        }
      }
    }
  }

  @Test func hiddenColoursDoNotBleed() {
    var picture = PixelBuffer.flat(40, 40, [255, 0, 255, 0])
    for y in 10..<30 { for x in 10..<30 { picture[x, y] = [20, 60, 90, 255] } }
    for filter in ResampleFilter.allCases {
      for side in [9, 40, 77] {
        let result = picture.resized(width: side, height: side + 1, filter: filter)
        for y in 0...side {
          for x in 0..<side where result[x, y][3] > 8 {
            #expect(largestDifference(Array(result[x, y].prefix(3)), [20, 60, 90]) <= 1)
          }
        }
      }
    }
  }

  @Test func sizesBelowOneCountAsOne() {
    let picture = PixelBuffer.random(5, 5, 3, seed: 1)
    #expect(picture.resized(width: 0, height: -3) == picture.resized(width: 1, height: 1))
  }

  @Test func networkInputMatchesTheDefinition() {
    let mean: SIMD3<Float> = [0.485, 0.456, 0.406]
    let std: SIMD3<Float> = [0.229, 0.224, 0.225]
    for (width, height, newWidth, newHeight) in ResampleTests.sizes {
      for channels in [1, 3] {
        let picture = PixelBuffer.random(width, height, channels, seed: 9)
        var input = [Float](repeating: .nan, count: newWidth * newHeight * 3 + 4)
        input.withUnsafeMutableBufferPointer { buffer in
          guard let base = buffer.baseAddress else { return }
          picture.floatNHWC(width: newWidth, height: newHeight, mean: mean, std: std, into: base)
        }
        #expect(input.suffix(4).allSatisfy { $0.isNaN }, "written beyond the end")
        // Factors of four and more go through boxes; they are compared in the next test.
        guard width < 4 * newWidth, height < 4 * newHeight else { continue }
        let expected = NaiveResampler(filter: .bilinear).resize(picture, newWidth, newHeight)
        for index in 0..<(newWidth * newHeight * 3) {
          let (pixel, channel) = (index / 3, index % 3)
          let value = Float(expected[pixel * channels + (channels == 1 ? 0 : channel)])
          #expect(abs(input[index] - (value / 255 - mean[channel]) / std[channel]) < 1e-3)
        }
      }
    }
  }

  @Test func networkInputOfALargePictureIsClose() {
    for (width, height) in [(640, 480), (403, 301), (1000, 77)] {
      let picture = PixelBuffer.gradient(width, height)
      let expected = NaiveResampler(filter: .bilinear).resize(picture, 32, 24)
      var input = [Float](repeating: .nan, count: 32 * 24 * 3)
      input.withUnsafeMutableBufferPointer { buffer in
        guard let base = buffer.baseAddress else { return }
        picture.floatNHWC(width: 32, height: 24, scale: 1, into: base)
      }
      for (value, wanted) in zip(input, expected) {
        #expect(abs(Double(value) - wanted) < 2)
      }
    }
  }

  @Test func networkInputOfTransparencyIsOverWhite() {
    let picture = PixelBuffer.flat(9, 9, [10, 20, 30, 0])
    var input = [Float](repeating: 0, count: 3)
    input.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      picture.floatNHWC(width: 1, height: 1, into: base)
    }
    #expect(input.allSatisfy { abs($0 - 1) < 1e-5 })
  }
}
