import Swiftlet
import Testing

@Suite struct ModelFileXXH64Tests {
  @Test func digestsAreThePublishedOnes() {
    for (text, expected) in [
      ("", 0xEF46_DB37_51D8_E999), ("a", 0xD24E_C4F1_A98C_6E5B), ("abc", 0x44BC_2CF5_AD77_0999),
      ("Nobody inspects the spammish repetition", 0xFBCE_A83C_8A37_8BF1),
    ] as [(String, UInt64)] {
      #expect(ModelFileFixture.digest(Array(text.utf8)) == expected)
    }
  }

  /// The sum of the digests of every prefix, as the reference implementation (0.8.4) gives it.
  @Test func everyLengthIsDigestedAsByTheReference() {
    let bytes = (0..<200).map { UInt8(truncatingIfNeeded: 7 * $0 + 3) }
    let sum = (0..<200).reduce(UInt64(0)) { $0 &+ ModelFileFixture.digest(Array(bytes[..<$1])) }
    #expect(sum == 0xF442_9B7E_FE9B_AC6D)
  }

  @Test func alignmentDoesNotMatter() {
    var random = ModelFileFixture.Random(state: 8)
    let bytes = (0..<200).map { _ in UInt8.random(in: .min ... .max, using: &random) }
    for length in 0..<150 {
      let expected = ModelFileFixture.digest(Array(bytes[..<length]))
      for shift in 0..<9 {
        let shifted = [UInt8](repeating: 0, count: shift) + bytes
        let digest = shifted.withUnsafeBytes {
          XXH64.digest(of: UnsafeRawBufferPointer(rebasing: $0[shift..<shift + length]))
        }
        #expect(digest == expected)
      }
    }
  }
}
