/// Encodes the fields of a section of a model file.
///
/// `ByteReader` reads what this writes, and refuses the same values: what cannot be read back is not
/// written.
struct ByteWriter {
  /// The section so far.
  private(set) var bytes: [UInt8] = []

  mutating func u8(_ value: UInt8) { bytes.append(value) }

  mutating func u32(_ value: UInt32) { append(value) }

  mutating func u64(_ value: UInt64) { append(value) }

  mutating func bool(_ value: Bool) { bytes.append(value ? 1 : 0) }

  /// A count or an index.
  mutating func count(_ value: Int) throws(EngineError) {
    guard let value = UInt32(exactly: value), value != .max else {
      throw refusal("a count of \(value) is beyond 32 bits")
    }
    append(value)
  }

  /// An extent, axis or other integer.
  mutating func int(_ value: Int) throws(EngineError) {
    guard ModelFile.integerRange.contains(value) else {
      throw refusal("the integer \(value) is outside \(ModelFile.integerRange)")
    }
    append(Int64(value))
  }

  /// A list of one integer a dimension.
  mutating func ints(_ values: [Int]) throws(EngineError) {
    guard values.count <= ShapeInference.maximumRank else {
      throw refusal("\(values.count) dimensions are more than \(ShapeInference.maximumRank)")
    }
    try count(values.count)
    for value in values { try int(value) }
  }

  /// A number; infinity is one.
  mutating func float(_ value: Float) throws(EngineError) {
    guard !value.isNaN else { throw refusal("an attribute is not a number") }
    append(value.bitPattern)
  }

  /// A number that is not infinite.
  mutating func finite(_ value: Float) throws(EngineError) {
    guard value.isFinite else { throw refusal("an attribute is not a finite number") }
    append(value.bitPattern)
  }

  mutating func string(_ value: String) throws(EngineError) {
    let utf8 = Array(value.utf8)
    guard utf8.count <= ModelFile.maximumStringLength else {
      throw refusal("a text has \(utf8.count) bytes, more than \(ModelFile.maximumStringLength)")
    }
    try count(utf8.count)
    bytes += utf8
  }

  /// A count, then each element as `encode` writes it.
  mutating func list<T>(
    _ elements: [T], _ encode: (inout ByteWriter, T) throws(EngineError) -> Void
  ) throws(EngineError) {
    try count(elements.count)
    for element in elements { try encode(&self, element) }
  }

  private mutating func append<T: FixedWidthInteger>(_ value: T) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  private func refusal(_ why: String) -> EngineError {
    EngineError(.unsupported, "model file", why, "keep to the limits of the format")
  }
}
