/// The encoding of bytes as text of RFC 4648 section 4.
package enum Base64 {
  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  private static let values: [Int] = {
    var values = [Int](repeating: -1, count: 256)
    for (value, byte) in alphabet.enumerated() { values[Int(byte)] = value }
    return values
  }()

  /// The text of `bytes`, with padding.
  package static func encode(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
      for i in 0..<4 {
        text.append(i <= group.count ? alphabet[bits >> (18 - 6 * i) & 63] : 0x3d)
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// The bytes of `text`, which may be the data of a `data:` URL; nil where it is not Base64.
  package static func decode(_ text: String) -> [UInt8]? {
    var digits = Array(text.utf8)
    if text.hasPrefix("data:") {
      guard let comma = digits.firstIndex(of: 0x2c) else { return nil }
      digits.removeFirst(comma + 1)
    }
    digits.removeAll { $0 == 0x0a || $0 == 0x0d }
    while digits.last == 0x3d { digits.removeLast() }
    guard digits.count % 4 != 1 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(digits.count / 4 * 3 + 2)
    var (bits, count) = (0, 0)
    for digit in digits {
      let value = values[Int(digit)]
      guard value >= 0 else { return nil }
      bits = (bits << 6 | value) & 0xff_ffff
      count += 6
      if count >= 8 {
        count -= 8
        bytes.append(UInt8(truncatingIfNeeded: bits >> count))
      }
    }
    return bytes
  }
}
