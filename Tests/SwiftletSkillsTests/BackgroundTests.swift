import SwiftletImage
import SwiftletSkills
import Testing

/// What surrounds a product.
@Suite struct BackgroundTests {
  @Test func whiteIsMeasuredOutsideTheProduct() throws {
    let alpha = Pictures.square(200, margin: 50)
    func background(_ value: UInt8, spots: Int = 0) throws -> BackgroundMetrics {
      let photo = Pictures.make(200, 200) { x, y in
        if alpha.data[y * 200 + x] == 255 { return (9, 9, 9) }
        return y * 200 + x < spots ? (0, 0, 0) : (value, value, value)
      }
      return try #require(
        BackgroundMetrics(
          photo, alpha: alpha, view: PhotoView(photo, alpha: alpha), thresholds: Thresholds()))
    }
    let white = try background(255)
    #expect(white.whiteShare == 1 && white.exactWhiteShare == 1 && white.borderWhiteShare == 1)
    #expect(white.mean == SIMD3(255, 255, 255) && white.colorStd == 0 && white.edgeDensity == 0)
    let near = try background(252)
    #expect(near.whiteShare == 1 && near.exactWhiteShare == 0)
    #expect(try background(251).whiteShare == 0)
    // 300 of the 30,000 background pixels and of the 3,136 of the border band (4 wide) are black.
    let spotted = try background(255, spots: 300)
    #expect(abs(spotted.whiteShare - 0.99) < 1e-9)
    #expect(abs(spotted.borderWhiteShare - (1 - 300.0 / 3136)) < 1e-9)
  }

  /// Rows that end inside a register, alpha that changes inside one, and more pixels than counters hold.
  @Test(arguments: [(5, 7), (17, 9), (40, 66), (131, 40), (2800, 3), (9000, 3), (700, 130)])
  func everyBackgroundPixelIsCounted(_ width: Int, _ height: Int) throws {
    let photo = Pictures.make(width, height) { x, y in
      let value = (x * 7 + y * 13) % 11 < 5 ? 255 : 246 + (x * y) % 9
      return (UInt8(value), UInt8(max(200, value - x % 3)), UInt8(value - y % 2))
    }
    let alpha = Pictures.alpha(width, height) { x, y in
      x > width / 2 ? 0 : (x + 3 * y) % 4 == 0 ? 0 : (x + y) % 5 == 0 ? 90 : 255
    }
    let found = try #require(
      BackgroundMetrics(
        photo, alpha: alpha, view: PhotoView(photo, alpha: alpha), thresholds: Thresholds()))
    let least = 255 - Int(Thresholds().whiteTolerance)
    let ground = (0..<width * height).filter { alpha.data[$0] == 0 }
    let colors = ground.map { index in (0..<3).map { Int(photo.data[3 * index + $0]) } }
    func share(_ condition: ([Int]) -> Bool) -> Double {
      Double(colors.count(where: condition)) / Double(colors.count)
    }
    #expect(found.whiteShare == share { $0.allSatisfy { $0 >= least } })
    #expect(found.exactWhiteShare == share { $0 == [255, 255, 255] })
    let band = max(1, Int(Thresholds().borderBand * Double(min(width, height))))
    let border = ground.indices.filter { place in
      let (x, y) = (ground[place] % width, ground[place] / width)
      return x < band || y < band || x >= width - band || y >= height - band
    }
    let white = border.count { place in colors[place].allSatisfy { $0 >= least } }
    #expect(found.borderWhiteShare == Double(white) / Double(border.count))
    for channel in 0..<3 {
      let mean = Double(colors.reduce(0) { $0 + $1[channel] }) / Double(colors.count)
      #expect(abs(found.mean[channel] - mean) < 1e-9)
    }
  }

  /// Squares that reach beyond the picture on one side and on both.
  @Test(arguments: [(40, 30, 3), (40, 30, 16), (9, 50, 16)])
  func boxedLumaIsTheMeanOfASquare(_ width: Int, _ height: Int, _ radius: Int) {
    let photo = Pictures.make(width, height) { x, y in
      (UInt8(x * y % 256), UInt8(40 + x * 5 % 200), UInt8(y * 9 % 256))
    }
    let view = PhotoView(
      photo, alpha: Pictures.square(1, margin: 0).resized(width: width, height: height))
    let found = view.boxedLuma(radius: radius)
    for y in 0..<height {
      for x in 0..<width {
        var (sum, count) = (0.0, 0.0)
        for v in max(0, y - radius)...min(height - 1, y + radius) {
          for u in max(0, x - radius)...min(width - 1, x + radius) {
            sum += Double(view.luma[v * width + u])
            count += 1
          }
        }
        #expect(abs(Double(found[y * width + x]) - sum / count) < 0.04)
      }
    }
  }

  @Test func clutterGrowsWithEdges() throws {
    let alpha = Pictures.square(256, margin: 90)
    func edges(_ period: Int) throws -> BackgroundMetrics {
      let photo = Pictures.make(256, 256) { x, y in
        (x / period + y / period) % 2 == 0 ? (60, 60, 60) : (200, 200, 200)
      }
      return try #require(
        BackgroundMetrics(
          photo, alpha: alpha, view: PhotoView(photo, alpha: alpha), thresholds: Thresholds()))
    }
    let (fine, coarse) = (try edges(8), try edges(64))
    #expect(fine.edgeDensity > 3 * coarse.edgeDensity)
    #expect(fine.edgeDensity > Thresholds().clutterEdgesMax)
    #expect(coarse.colorStd > Thresholds().uniformStdMax)
  }
}
