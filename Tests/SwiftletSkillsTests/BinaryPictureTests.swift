import SwiftletSkills
import Testing

/// Morphology and connected parts against their definitions, pixel by pixel.
@Suite struct BinaryPictureTests {
  private static let sizes = [(1, 1), (1, 40), (40, 1), (15, 7), (16, 9), (17, 33), (50, 21)]

  /// Pixels set at random, the same for the same seed: from few to nearly all.
  private func picture(_ width: Int, _ height: Int, share: Double, seed: Int) -> [Bool] {
    (0..<width * height).map { Pictures.noise($0 % width + 31 * seed, $0 / width) < 2 * share - 1 }
  }

  @Test func dilatedAndErodedAreWhatTheySay() {
    for (width, height) in Self.sizes {
      for (seed, share) in [0.02, 0.3, 0.9, 1].enumerated() {
        let mask = picture(width, height, share: share, seed: seed)
        for radius in [0, 1, 2, 3, 9] {
          func near(_ x: Int, _ y: Int) -> [Bool] {
            (max(0, y - radius)...min(height - 1, y + radius)).flatMap { row in
              (max(0, x - radius)...min(width - 1, x + radius)).map { mask[row * width + $0] }
            }
          }
          let places = (0..<height).flatMap { y in (0..<width).map { ($0, y) } }
          #expect(
            Morphology.dilated(mask, width: width, height: height, radius: radius)
              == places.map { near($0, $1).contains(true) },
            "dilated \(width)x\(height) by \(radius), share \(share)")
          #expect(
            Morphology.eroded(mask, width: width, height: height, radius: radius)
              == places.map { !near($0, $1).contains(false) },
            "eroded \(width)x\(height) by \(radius), share \(share)")
        }
      }
    }
  }

  @Test func partsTouchAtSidesAndCorners() {
    for (width, height) in Self.sizes {
      for (seed, share) in [0.02, 0.3, 0.45, 0.9, 1].enumerated() {
        let mask = picture(width, height, share: share, seed: seed)
        let found = Components(mask, width: width, height: height)
        let (labels, areas) = naive(mask, width, height)
        #expect(found.labels.map { Int($0) } == labels, "\(width)x\(height), share \(share)")
        #expect(Array(found.areas.dropFirst()) == areas && found.count == areas.count)
      }
    }
  }

  /// Labels spread to neighbours until nothing changes, numbered by the first pixel.
  private func naive(_ mask: [Bool], _ width: Int, _ height: Int) -> (labels: [Int], areas: [Int]) {
    var least = mask.indices.map { mask[$0] ? $0 : Int.max }
    var isChanging = true
    while isChanging {
      isChanging = false
      for index in mask.indices where mask[index] {
        let (x, y) = (index % width, index / width)
        for row in max(0, y - 1)...min(height - 1, y + 1) {
          for column in max(0, x - 1)...min(width - 1, x + 1)
          where least[row * width + column] < least[index] {
            least[index] = least[row * width + column]
            isChanging = true
          }
        }
      }
    }
    let firsts = mask.indices.filter { mask[$0] && least[$0] == $0 }
    let labels = mask.indices.map { index in
      mask[index] ? (firsts.firstIndex(of: least[index]) ?? -1) + 1 : 0
    }
    return (labels, firsts.indices.map { number in labels.count { $0 == number + 1 } })
  }
}
