/// Bounds-checked reading of numbers: what lies outside is `nil`, never a trap.
struct ByteReader {
  let bytes: ArraySlice<UInt8>
  var littleEndian = false

  /// Offsets count from the start of the slice.
  var count: Int { bytes.count }

  func byte(_ offset: Int) -> Int? {
    guard offset >= 0, offset < bytes.count else { return nil }
    return Int(bytes[bytes.startIndex + offset])
  }

  func uint16(_ offset: Int) -> Int? {
    guard let a = byte(offset), let b = byte(offset + 1) else { return nil }
    return littleEndian ? b << 8 | a : a << 8 | b
  }

  func uint32(_ offset: Int) -> Int? {
    guard let a = uint16(offset), let b = uint16(offset + 2) else { return nil }
    return littleEndian ? b << 16 | a : a << 16 | b
  }

  /// Whether the ASCII text stands at `offset`.
  func has(_ text: StaticString, at offset: Int = 0) -> Bool {
    guard offset >= 0, offset <= bytes.count - text.utf8CodeUnitCount else { return false }
    let start = bytes.startIndex + offset
    return text.withUTF8Buffer { bytes[start..<(start + $0.count)].elementsEqual($0) }
  }

  /// `count` bytes from `offset`, or `nil` where they are not all there.
  func slice(_ offset: Int, _ count: Int) -> ArraySlice<UInt8>? {
    guard offset >= 0, count >= 0, offset <= bytes.count, count <= bytes.count - offset else {
      return nil
    }
    let start = bytes.startIndex + offset
    return bytes[start..<(start + count)]
  }

  /// Where the ASCII text first stands.
  func firstIndex(of text: StaticString) -> Int? {
    guard count >= text.utf8CodeUnitCount else { return nil }
    return (0...(count - text.utf8CodeUnitCount)).first { has(text, at: $0) }
  }
}
