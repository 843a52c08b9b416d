import SwiftletImage
import SwiftletSkills
import Testing

@Suite struct RefinementTests {
  // Windows within a band of rows, over several bands, and wider than the picture.
  @Test(arguments: [(23, 17, 3), (23, 150, 3), (23, 17, 20), (1, 70, 2), (70, 1, 2)])
  func coefficientsMatchTheDefinition(_ width: Int, _ height: Int, _ radius: Int) {
    let epsilon = 1e-3
    let guide = Pictures.make(width, height) { x, y in
      let n = Pictures.noise(x, y)
      return (UInt8(120 + 60 * n), UInt8(100 + 50 * Pictures.noise(x + 99, y)), UInt8(x * 9 % 256))
    }
    let input = (0..<width * height).map { index -> Float in
      index % width > 11 ? 0.9 : Float(index % 7) / 20
    }
    let found = GuidedFilter.coefficients(
      guide: guide, input: input, radius: radius, epsilon: epsilon)
    let expected = naive(guide, input, radius: radius, epsilon: epsilon)
    for index in expected.indices {
      let function = found[index / width, index % width]
      for lane in 0..<4 {
        #expect(
          abs(Double(function[lane]) - expected[index][lane]) < 2e-3
            * (1 + abs(expected[index][lane])),
          "pixel \(index) lane \(lane): \(function) \(expected[index])")
      }
    }
  }

  @Test func refinementBeatsBilinear() throws {
    // The network sees 64 x 64 and is soft over four of its pixels; the photo is ten times as
    // large.
    let side = 640
    let truth = { (x: Int, y: Int) in Pictures.disk(x, y, 320, 320, 190) }
    let photo = Pictures.make(side, side) { x, y in
      let n = Int(6 * Pictures.noise(x, y))
      return Pictures.mix((150 + n, 60 + n, 50 + n), (190 + n, 200 + n, 205 + n), truth(x, y))
    }
    let mask = try NetworkMask(
      width: 64, height: 64,
      values: (0..<64 * 64).map { Float(Pictures.disk($0 % 64, $0 / 64, 32, 32, 19, softness: 4)) })
    let refined = MaskRefiner(PipelineSettings()).refined(mask, by: photo)
    let plain = MaskRefiner.bilinear(mask, width: side, height: side)
    func error(_ alpha: PixelBuffer) -> Double {
      var sum = 0.0
      for y in 0..<side {
        for x in 0..<side { sum += abs(Double(alpha.data[y * side + x]) / 255 - truth(x, y)) }
      }
      return sum / Double(side * side)
    }
    #expect(error(refined) < error(plain) / 5, "\(error(refined)) \(error(plain))")
    // Interior and background are exact.
    #expect(refined.data[320 * side + 320] == 255)
    #expect(refined.data[0] == 0)
    let inner = (0..<side * side).allSatisfy {
      Pictures.disk($0 % side, $0 / side, 320, 320, 150) < 1 || refined.data[$0] == 255
    }
    #expect(inner)
  }

  @Test func softEdgesStaySoft() throws {
    let side = 400
    let truth = { (x: Int, y: Int) in Pictures.disk(x, y, 200, 200, 110, softness: 20) }
    let photo = Pictures.make(side, side) { x, y in
      Pictures.mix((30, 30, 30), (240, 240, 240), truth(x, y))
    }
    let mask = try NetworkMask(
      width: 50, height: 50,
      values: (0..<2500).map {
        Float(Pictures.disk($0 % 50, $0 / 50, 25, 25, 13.75, softness: 2.5))
      })
    let alpha = MaskRefiner(PipelineSettings()).refined(mask, by: photo)
    let levels = Set((200..<400).map { alpha.data[200 * side + $0] })
    #expect(levels.count > 6, "\(levels.sorted())")
  }

  @Test func sizesThatAreNoMultipleOfTheGrid() throws {
    let mask = try NetworkMask(width: 3, height: 3, values: [0, 0, 0, 0, 1, 0, 0, 0, 0])
    let all = try NetworkMask(width: 3, height: 3, values: [Float](repeating: 1, count: 9))
    for (width, height) in [(1, 1), (1, 900), (901, 1), (1283, 641), (7, 2000)] {
      let photo = Pictures.make(width, height) { x, y in (UInt8(x % 251), UInt8(y % 241), 90) }
      let refiner = MaskRefiner(PipelineSettings())
      let alpha = refiner.refined(mask, by: photo)
      #expect(alpha.width == width && alpha.height == height && alpha.channels == 1)
      // Every pixel is written: those of a full mask are 255.
      #expect(refiner.refined(all, by: photo).data.allSatisfy { $0 == 255 }, "\(width)x\(height)")
    }
  }

  @Test func boxMeansAreRoundedMeans() {
    for channels in [1, 3, 4] {
      for (width, height) in [(7, 5), (1, 300), (61, 270)] {
        var photo = PixelBuffer(width: width, height: height, channels: channels)
        for index in photo.data.indices {
          photo.data[index] = UInt8((index * index / 3 + 251) % 256)
        }
        let inner = PixelBox(
          x: width / 3, y: height / 4, width: width - width / 3, height: height - height / 2)
        for region in [PixelBox(x: 0, y: 0, width: width, height: height), inner] {
          for factor in [1, 2, 3, 4, 9, 200, 256] {
            let reduced = photo.boxMean(factor: factor, in: region)
            #expect(reduced == boxMeans(photo, region, factor), "\(region) by \(factor)")
          }
        }
      }
    }
  }

  /// The mean of each box, pixel by pixel.
  private func boxMeans(_ photo: PixelBuffer, _ region: PixelBox, _ factor: Int) -> PixelBuffer {
    var result = PixelBuffer(
      width: (region.width + factor - 1) / factor, height: (region.height + factor - 1) / factor,
      channels: photo.channels)
    for row in 0..<result.height {
      for column in 0..<result.width {
        for channel in 0..<photo.channels {
          var (sum, count) = (0, 0)
          for y in row * factor..<min(region.height, (row + 1) * factor) {
            for x in column * factor..<min(region.width, (column + 1) * factor) {
              let pixel = (y + region.y) * photo.width + x + region.x
              sum += Int(photo.data[pixel * photo.channels + channel])
              count += 1
            }
          }
          result.data[(row * result.width + column) * photo.channels + channel] =
            UInt8((sum + count / 2) / count)
        }
      }
    }
    return result
  }

  @Test func masksAreSanitised() throws {
    let mask = try NetworkMask(width: 2, height: 2, values: [.nan, .infinity, -1, 0.5])
    #expect(mask.values == [0, 1, 0, 0.5])
    #expect(throws: SkillError.self) { try NetworkMask(width: 2, height: 2, values: [1]) }
    #expect(throws: SkillError.self) { try NetworkMask(width: .max, height: 2, values: [1]) }
  }

  @Test func hazeWithoutACoreIsDropped() throws {
    var values = [Float](repeating: 0, count: 100)
    for index in [0, 1, 10] { values[index] = 0.4 }
    for index in [55, 56] { values[index] = 0.3 }
    values[57] = 0.9
    let cleaned = try NetworkMask(width: 10, height: 10, values: values).withoutHaze
    #expect(cleaned.values[0] == 0 && cleaned.values[55] == 0.3 && cleaned.values[57] == 0.9)
  }

  @Test func hazeLeavesNothingInAlpha() throws {
    // A product on the left, and on the right what the network half believes in.
    let values = (0..<64 * 64).map { index -> Float in
      let (x, y) = (index % 64, index / 64)
      guard (16..<48).contains(y) else { return 0 }
      return (8..<28).contains(x) ? 1 : (40..<56).contains(x) ? 0.45 : 0
    }
    let mask = try NetworkMask(width: 64, height: 64, values: values)
    let photo = Pictures.product(256, 256, share: 0.5, ground: (90, 90, 90), color: (200, 30, 40))
    let alpha = MaskRefiner(PipelineSettings()).refined(mask, by: photo)
    #expect((0..<256).allSatisfy { y in alpha.data[y * 256 + 140..<(y + 1) * 256].max() == 0 })
    #expect(alpha.data[128 * 256 + 64] == 255)
  }

  @Test func uncertaintyTellsHazeFromSoftEdges() throws {
    func mask(_ value: (Int, Int) -> Double) throws -> NetworkMask {
      try NetworkMask(
        width: 64, height: 64, values: (0..<4096).map { Float(value($0 % 64, $0 / 64)) })
    }
    let sharp = try mask { Pictures.disk($0, $1, 32, 32, 20, softness: 2) }
    let hazy = try mask { 0.6 * Pictures.disk($0, $1, 32, 32, 20, softness: 2) }
    #expect(sharp.uncertainty < 0.3)
    #expect(hazy.uncertainty > 0.6)
    #expect(try mask { _, _ in 0.3 }.uncertainty == 1)
    // 8 rows of core, 2 that are doubtful: 2 of 10, twice.
    let band = try mask { _, row in row < 8 ? 0.9 : row < 10 ? 0.5 : 0.2 }
    #expect(abs(band.uncertainty - 0.4) < 1e-12)
  }

  /// The guided filter by its definition, window by window, in double precision.
  private func naive(
    _ guide: PixelBuffer, _ input: [Float], radius: Int, epsilon: Double
  ) -> [[Double]] {
    let (width, height) = (guide.width, guide.height)
    func window(_ index: Int) -> [Int] {
      let (row, column) = (index / width, index % width)
      return (max(0, row - radius)...min(height - 1, row + radius)).flatMap { y in
        (max(0, column - radius)...min(width - 1, column + radius)).map { y * width + $0 }
      }
    }
    func color(_ index: Int) -> [Double] {
      (0..<3).map { Double(guide.data[3 * index + $0]) / 255 }
    }
    let own = (0..<width * height).map { index -> [Double] in
      let members = window(index)
      let count = Double(members.count)
      var mean = [0.0, 0, 0]
      var value = 0.0
      for member in members {
        for channel in 0..<3 { mean[channel] += color(member)[channel] / count }
        value += Double(input[member]) / count
      }
      var matrix = [[Double]](repeating: [0, 0, 0], count: 3)
      var right = [0.0, 0, 0]
      for member in members {
        let c = color(member)
        for i in 0..<3 {
          for j in 0..<3 { matrix[i][j] += (c[i] - mean[i]) * (c[j] - mean[j]) / count }
          right[i] += (c[i] - mean[i]) * (Double(input[member]) - value) / count
        }
      }
      for i in 0..<3 { matrix[i][i] += epsilon }
      let slope = solve(matrix, right)
      return slope + [value - slope[0] * mean[0] - slope[1] * mean[1] - slope[2] * mean[2]]
    }
    return (0..<width * height).map { index in
      let members = window(index)
      return (0..<4).map { lane in
        members.reduce(0) { $0 + own[$1][lane] } / Double(members.count)
      }
    }
  }

  /// Gaussian elimination.
  private func solve(_ matrix: [[Double]], _ right: [Double]) -> [Double] {
    var (a, b) = (matrix, right)
    for pivot in 0..<3 {
      for row in 0..<3 where row != pivot {
        let factor = a[row][pivot] / a[pivot][pivot]
        for column in 0..<3 { a[row][column] -= factor * a[pivot][column] }
        b[row] -= factor * b[pivot]
      }
    }
    return (0..<3).map { b[$0] / a[$0][$0] }
  }
}
