/// Decodes the fields of a section of a model file, trusting nothing.
///
/// The bytes must outlive the reader. Every read is checked against what is left, and no allocation
/// exceeds a small multiple of it.
struct ByteReader {
  /// The file, for messages.
  let file: String
  /// The section, for messages.
  let section: String

  private let bytes: UnsafeRawBufferPointer
  private var offset = 0

  /// A reader of `range` of `bytes`, a range within them.
  init(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, file: String, section: String) {
    self.bytes = UnsafeRawBufferPointer(rebasing: bytes[range])
    self.file = file
    self.section = section
  }

  /// The number of bytes left.
  var remaining: Int { bytes.count - offset }

  mutating func u8() throws(EngineError) -> UInt8 { try load() }

  mutating func u32() throws(EngineError) -> UInt32 { try load() }

  mutating func u64() throws(EngineError) -> UInt64 { try load() }

  mutating func bool() throws(EngineError) -> Bool {
    switch try u8() {
    case 0: return false
    case 1: return true
    case let other: throw damage("\(other) where 0 or 1 must stand")
    }
  }

  /// A count of things that take at least `size` bytes each, so that no more than fit are promised.
  mutating func count(of size: Int) throws(EngineError) -> Int {
    let count = Int(exactly: try u32()) ?? .max
    guard count <= remaining / size else {
      throw damage("a count of \(count) exceeds the \(remaining) bytes left")
    }
    return count
  }

  /// An integer within `ModelFile.integerRange`.
  mutating func int() throws(EngineError) -> Int {
    let bits: Int64 = try load()
    guard let value = Int(exactly: bits), ModelFile.integerRange.contains(value) else {
      throw damage("the integer \(bits) is outside \(ModelFile.integerRange)")
    }
    return value
  }

  /// A list of one integer a dimension.
  mutating func ints() throws(EngineError) -> [Int] {
    let count = try count(of: 8)
    guard count <= ShapeInference.maximumRank else {
      throw damage("\(count) dimensions are more than \(ShapeInference.maximumRank)")
    }
    var values: [Int] = []
    for _ in 0..<count { values.append(try int()) }
    return values
  }

  /// A number, possibly infinite.
  mutating func float() throws(EngineError) -> Float {
    let value = Float(bitPattern: try load())
    guard !value.isNaN else { throw damage("an attribute is not a number") }
    return value
  }

  /// A number that is not infinite.
  mutating func finite() throws(EngineError) -> Float {
    let value = try float()
    guard value.isFinite else { throw damage("an attribute is infinite") }
    return value
  }

  mutating func string() throws(EngineError) -> String {
    let count = try count(of: 1)
    guard count <= ModelFile.maximumStringLength else {
      throw damage("a text of \(count) bytes is longer than \(ModelFile.maximumStringLength)")
    }
    let text = String(validating: bytes[offset..<offset + count], as: UTF8.self)
    guard let text else { throw damage("a text is not UTF-8") }
    offset += count
    return text
  }

  /// A string that is one of an enumeration's names.
  mutating func name<T: RawRepresentable<String>>(of type: T.Type) throws(EngineError) -> T {
    guard let value = T(rawValue: try string()) else { throw damage("an unknown \(type)") }
    return value
  }

  /// A byte that is one of an enumeration's codes.
  mutating func code<T: RawRepresentable<UInt8>>(of type: T.Type) throws(EngineError) -> T {
    let code = try u8()
    guard let value = T(rawValue: code) else { throw damage("\(code) is no \(type)") }
    return value
  }

  /// A list as `ByteWriter.list` writes it; an element takes at least `size` bytes.
  mutating func list<T>(
    of size: Int, _ decode: (inout ByteReader) throws(EngineError) -> T
  ) throws(EngineError) -> [T] {
    let count = try count(of: size)
    var elements: [T] = []
    elements.reserveCapacity(count)
    for _ in 0..<count { elements.append(try decode(&self)) }
    return elements
  }

  /// Requires that nothing be left.
  func finish() throws(EngineError) {
    guard remaining == 0 else { throw damage("\(remaining) bytes too many") }
  }

  /// The error that the section is wrong at the current offset.
  func damage(_ why: String) -> EngineError {
    .damaged(file, "\(section) section, byte \(offset): \(why)")
  }

  private mutating func load<T: FixedWidthInteger>() throws(EngineError) -> T {
    let size = MemoryLayout<T>.size
    guard remaining >= size else { throw damage("it ends within a field") }
    defer { offset += size }
    return T(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: T.self))
  }
}

extension EngineError {
  /// The error that a model file is not one, or not whole.
  static func damaged(_ file: String, _ why: String) -> EngineError {
    EngineError(.invalidModelFile, file, why, "copy or convert the model again")
  }
}
