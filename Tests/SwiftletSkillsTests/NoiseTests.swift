import SwiftletSkills
import Testing

@Suite struct NoiseTests {
  /// The deviation by definition, tile by tile and pixel by pixel.
  private func naive(
    _ luma: [Float], isIncluded: [Bool], width: Int, height: Int
  ) -> Double? {
    var deviations: [Double] = []
    for top in stride(from: 1, to: max(1, height - 8), by: 8) {
      for left in stride(from: 1, to: max(1, width - 8), by: 8) {
        var (sum, squares, isWhole) = (0.0, 0.0, true)
        for y in top..<top + 8 {
          for x in left..<left + 8 {
            isWhole = isWhole && isIncluded[y * width + x]
            func value(_ dx: Int, _ dy: Int) -> Double { Double(luma[(y + dy) * width + x + dx]) }
            let corners = value(-1, -1) + value(1, -1) + value(-1, 1) + value(1, 1)
            let sides = value(0, -1) + value(0, 1) + value(-1, 0) + value(1, 0)
            let difference = corners - 2 * sides + 4 * value(0, 0)
            squares += difference * difference
            sum += value(0, 0)
          }
        }
        guard isWhole, sum / 64 > 16, sum / 64 < 239 else { continue }
        deviations.append((squares / 64).squareRoot() / 6)
      }
    }
    return deviations.count < 12 ? nil : deviations.sorted()[deviations.count / 5]
  }

  @Test func sizesAndPartsThatCount() {
    for (width, height) in [(33, 33), (41, 34), (64, 50), (9, 200), (8, 8), (200, 10)] {
      for period in [0, 7, 301] {
        let luma = (0..<width * height).map { index in
          Float((index * index * 31 + index * 7) % 97) + (index % width < 12 ? 180 : 60)
        }
        let isIncluded = luma.indices.map { period == 0 || $0 % period != 3 }
        let found = Noise(luma, isIncluded: isIncluded, width: width, height: height)?.deviation
        let expected = naive(luma, isIncluded: isIncluded, width: width, height: height)
        #expect((found == nil) == (expected == nil), "\(width)x\(height), \(period)")
        if let found, let expected {
          #expect(abs(found - expected) <= 1e-4 * expected, "\(width)x\(height), \(period)")
        }
      }
    }
  }
}
