import SwiftletImage
import SwiftletSkills
import Testing

@Suite struct DuplicatesTests {
  @Test func duplicatesAreFound() throws {
    func photo(_ seed: Int, _ width: Int, _ height: Int, left: Double = 0, right: Double = 1)
      -> PixelBuffer
    {
      Pictures.make(width, height) { x, y in
        // Coarse patches, the same at every size.
        let u = left + (Double(x) + 0.5) / Double(width) * (right - left)
        let (i, j) = (Int(u * 9), Int((Double(y) + 0.5) / Double(height) * 9))
        return (
          UInt8(128 + 100 * Pictures.noise(i + seed, j)),
          UInt8(128 + 100 * Pictures.noise(i, j + seed)), UInt8(seed % 250)
        )
      }
    }
    let set = [
      photo(10, 300, 200), photo(70, 300, 200), photo(10, 300, 200), photo(10, 210, 140),
      photo(70, 270, 200, left: 0.05, right: 0.95), photo(130, 300, 200),
    ].map { Fingerprint($0) }
    let pairs = Duplicates.pairs(in: set + [nil], distanceMax: Duplicates.nearDistance)
    #expect(pairs.map { [$0.first, $0.second] } == [[0, 2], [0, 3], [1, 4], [2, 3]])
    #expect(pairs.map(\.isExact) == [true, false, false, false])
    #expect(Fingerprint(text: set[1].text) == set[1])
    #expect(Fingerprint(text: "00") == nil)
  }

  @Test func flatCardsOfUnlikeColoursAreNoDuplicates() {
    func card(_ color: (UInt8, UInt8, UInt8)) -> Fingerprint {
      Fingerprint(Pictures.make(60, 60) { _, _ in color })
    }
    let set = [card((200, 30, 30)), card((30, 30, 200)), card((204, 34, 34))]
    let pairs = Duplicates.pairs(in: set, distanceMax: Duplicates.nearDistance)
    #expect(pairs.map { [$0.first, $0.second] } == [[0, 2]])
  }
}
