/// The header of a model file: magic, version, length, and where each section lies.
///
/// The sections follow each other in a fixed order at the first suitable alignment, so their lengths
/// determine the whole layout, and a reader can tell every byte's meaning.
enum SectionTable {
  /// What each section is, in the order in which they lie.
  enum Section: UInt32, CaseIterable {
    case graph = 1
    case tensors = 2
    case metadata = 3
    case payload = 4

    var alignment: Int { self == .payload ? 4096 : 64 }
  }

  /// 0x89 and the line ends show a transfer that was not binary.
  static let magic: [UInt8] = [0x89, 0x4E, 0x45, 0x53, 0x54, 0x0D, 0x0A, 0x1A]

  private static let entriesOffset = 32
  private static let entrySize = 32
  private static let checksumOffset = entriesOffset + Section.allCases.count * entrySize
  private static let size = checksumOffset + 8

  /// Where sections of the given lengths lie. The last range ends where the file does.
  static func ranges(lengths: [Int]) -> [Range<Int>] {
    var end = size
    return zip(Section.allCases, lengths).map { section, length in
      let start = align(end, to: section.alignment)
      end = start + length
      return start..<end
    }
  }

  /// The first multiple of `alignment` at or after `offset`, which is far from overflow.
  static func align(_ offset: Int, to alignment: Int) -> Int {
    (offset + alignment - 1) / alignment * alignment
  }

  /// Writes the header of `file`, whose sections are in place.
  static func seal(_ file: UnsafeMutableRawBufferPointer, _ sections: [Range<Int>]) {
    var header = ByteWriter()
    magic.forEach { header.u8($0) }
    header.u32(UInt32(ModelFile.version))
    header.u32(0)
    header.u64(UInt64(file.count))
    header.u32(UInt32(Section.allCases.count))
    header.u32(0)
    for (section, range) in zip(Section.allCases, sections) {
      header.u32(section.rawValue)
      header.u32(0)
      header.u64(UInt64(range.lowerBound))
      header.u64(UInt64(range.count))
      header.u64(digest(UnsafeRawBufferPointer(file), range))
    }
    header.u64(header.bytes.withUnsafeBytes { XXH64.digest(of: $0) })
    file.copyBytes(from: header.bytes)
  }

  /// The sections of `file`, after every checksum, length and padding byte has been verified.
  static func verified(
    _ file: UnsafeRawBufferPointer, name: String
  ) throws(EngineError) -> [Range<Int>] {
    guard file.count >= size else {
      throw .damaged(name, "\(file.count) bytes are too few for a model file")
    }
    guard file.prefix(magic.count).elementsEqual(magic) else {
      throw .damaged(name, "it does not begin as a model file does")
    }
    var header = ByteReader(file, magic.count..<size, file: name, section: "header")
    let version = try header.u32()
    guard version == ModelFile.version else {
      throw EngineError(
        .invalidModelFile, name,
        "its format version is \(version) and only \(ModelFile.version) is known",
        "convert the model again with this version, or update")
    }
    guard digest(file, 0..<checksumOffset) == word(file, checksumOffset) else {
      throw .damaged(name, "the header's checksum is wrong")
    }
    let flags = try header.u32()
    guard flags == 0 else { throw header.damage("unknown flags \(flags)") }
    let length = try header.u64()
    guard length == UInt64(file.count) else {
      throw .damaged(name, "it has \(file.count) bytes instead of \(length)")
    }
    guard try header.u32() == UInt32(Section.allCases.count), try header.u32() == 0 else {
      throw header.damage("the section count is wrong")
    }
    return try sections(file, &header, name: name)
  }

  private static func sections(
    _ file: UnsafeRawBufferPointer, _ header: inout ByteReader, name: String
  ) throws(EngineError) -> [Range<Int>] {
    var end = size
    var sections: [Range<Int>] = []
    for section in Section.allCases {
      let kind = try header.u32()
      let reserved = try header.u32()
      let offset = try header.u64()
      let length = try header.u64()
      let checksum = try header.u64()
      let start = align(end, to: section.alignment)
      guard kind == section.rawValue, reserved == 0, offset == UInt64(start), start <= file.count,
        length <= UInt64(file.count - start)
      else { throw header.damage("the \(section) section is out of place") }
      let range = start..<start + Int(length)
      guard isZero(file, end..<start) else {
        throw .damaged(name, "the bytes before the \(section) section are not zero")
      }
      guard digest(file, range) == checksum else {
        throw .damaged(name, "the checksum of the \(section) section is wrong")
      }
      sections.append(range)
      end = range.upperBound
    }
    guard end == file.count else { throw header.damage("bytes follow the last section") }
    return sections
  }

  /// Whether `range` of `file`, a range within it, holds zeros only.
  static func isZero(_ file: UnsafeRawBufferPointer, _ range: Range<Int>) -> Bool {
    file[range].allSatisfy { $0 == 0 }
  }

  private static func digest(_ file: UnsafeRawBufferPointer, _ range: Range<Int>) -> UInt64 {
    XXH64.digest(of: UnsafeRawBufferPointer(rebasing: file[range]))
  }

  private static func word(_ file: UnsafeRawBufferPointer, _ offset: Int) -> UInt64 {
    UInt64(littleEndian: file.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }
}
