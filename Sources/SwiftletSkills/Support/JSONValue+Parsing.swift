extension JSONValue {
  /// The document of a text by RFC 8259; nil for anything else, for more than 64 levels, and for an
  /// object that names a member twice.
  ///
  /// Whole numbers within the range of `Int` are ``integer(_:)``, others ``number(_:)``.
  public init?(parsing text: String) {
    guard let value = try? JSONValue(reading: Array(text.utf8)) else { return nil }
    self = value
  }

  /// The document in `bytes`, by RFC 8259; an object names a member once.
  ///
  /// - Parameters:
  ///   - maximumDepth: How deep arrays and objects may nest.
  ///   - maximumValues: The most values, those of arrays and objects and these themselves counted. A
  ///     value takes far more memory than the two bytes that it may have as text.
  /// - Throws: `JSONError` at the first byte that deviates.
  package init(
    reading bytes: [UInt8], maximumDepth: Int = 64, maximumValues: Int = .max
  ) throws(JSONError) {
    var reader = JSONReader(
      bytes: bytes, maximumDepth: maximumDepth, valuesLeft: maximumValues)
    self = try reader.value(depth: 0)
    try reader.finish()
  }
}

/// Why a text is no JSON.
package struct JSONError: Error, Equatable, CustomStringConvertible {
  /// The offset of the byte at which reading ended.
  package let position: Int
  /// What is wrong there.
  package let why: String

  /// `byte <position>: <why>`.
  package var description: String { "byte \(position): \(why)" }
}

/// Reads a document byte by byte.
private struct JSONReader {
  let bytes: [UInt8]
  let maximumDepth: Int
  var valuesLeft: Int
  private var position = 0

  init(bytes: [UInt8], maximumDepth: Int, valuesLeft: Int) {
    self.bytes = bytes
    self.maximumDepth = maximumDepth
    self.valuesLeft = valuesLeft
  }

  mutating func finish() throws(JSONError) {
    skipSpace()
    guard position == bytes.count else { throw malformed("text follows the value") }
  }

  private func malformed(_ why: String) -> JSONError { JSONError(position: position, why: why) }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 {
      position += 1
    }
  }

  mutating func value(depth: Int) throws(JSONError) -> JSONValue {
    guard depth < maximumDepth else { throw malformed("it nests too deep") }
    guard valuesLeft > 0 else { throw malformed("there are too many values") }
    valuesLeft -= 1
    skipSpace()
    switch next {
    case 0x7b: return try object(depth: depth)
    case 0x5b: return try array(depth: depth)
    case 0x22: return .string(try string())
    case 0x74: return try literal("true", .bool(true))
    case 0x66: return try literal("false", .bool(false))
    case 0x6e: return try literal("null", .null)
    case nil: throw malformed("the document ends early")
    default: return try number()
    }
  }

  private mutating func literal(
    _ text: String, _ value: JSONValue
  ) throws(JSONError) -> JSONValue {
    guard bytes[position...].starts(with: text.utf8) else { throw malformed("there is no value") }
    position += text.utf8.count
    return value
  }

  private mutating func object(depth: Int) throws(JSONError) -> JSONValue {
    var members: [JSONValue.Member] = []
    var names: Set<String> = []
    position += 1
    skipSpace()
    if next == 0x7d {
      position += 1
      return .object([])
    }
    while true {
      skipSpace()
      guard next == 0x22 else { throw malformed("a member lacks its name") }
      let name = try string()
      guard names.insert(name).inserted else { throw malformed("a member occurs twice") }
      skipSpace()
      guard next == 0x3a else { throw malformed("a colon is missing") }
      position += 1
      members.append(.init(name, try value(depth: depth + 1)))
      if try isLast(closing: 0x7d) { return .object(members) }
    }
  }

  private mutating func array(depth: Int) throws(JSONError) -> JSONValue {
    var elements: [JSONValue] = []
    position += 1
    skipSpace()
    if next == 0x5d {
      position += 1
      return .array([])
    }
    while true {
      elements.append(try value(depth: depth + 1))
      if try isLast(closing: 0x5d) { return .array(elements) }
    }
  }

  /// Takes the comma or the closing bracket after an element.
  private mutating func isLast(closing: UInt8) throws(JSONError) -> Bool {
    skipSpace()
    guard let byte = next, byte == 0x2c || byte == closing else {
      throw malformed("a comma or a closing bracket is missing")
    }
    position += 1
    return byte == closing
  }

  /// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`, section 6.
  private mutating func number() throws(JSONError) -> JSONValue {
    let start = position
    if next == 0x2d { position += 1 }
    let integer = digits()
    guard integer > 0, integer == 1 || bytes[position - integer] != 0x30 else {
      throw malformed("there is no value")
    }
    var isInteger = true
    if next == 0x2e {
      position += 1
      isInteger = false
      guard digits() > 0 else { throw malformed("a number lacks its decimals") }
    }
    if next == 0x65 || next == 0x45 {
      position += 1
      isInteger = false
      if next == 0x2b || next == 0x2d { position += 1 }
      guard digits() > 0 else { throw malformed("a number lacks its exponent") }
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isInteger, let value = Int(text) { return .integer(value) }
    guard let value = Double(text), value.isFinite else { throw malformed("a number is too large") }
    return .number(value)
  }

  private mutating func digits() -> Int {
    let start = position
    while let byte = next, (0x30...0x39).contains(byte) { position += 1 }
    return position - start
  }

  private mutating func string() throws(JSONError) -> String {
    var text: [UInt8] = []
    position += 1
    while let byte = next {
      position += 1
      switch byte {
      case 0x22:
        guard let value = String(validating: text, as: UTF8.self) else {
          throw malformed("a text is not UTF-8")
        }
        return value
      case 0x5c: text += Array(String(try escape()).utf8)
      case 0..<0x20: throw malformed("a text holds a control character")
      default: text.append(byte)
      }
    }
    throw malformed("a text has no end")
  }

  private mutating func escape() throws(JSONError) -> Unicode.Scalar {
    guard let byte = next else { throw malformed("a text has no end") }
    position += 1
    switch byte {
    case 0x22, 0x5c, 0x2f: return Unicode.Scalar(byte)
    case 0x62: return "\u{8}"
    case 0x66: return "\u{c}"
    case 0x6e: return "\n"
    case 0x72: return "\r"
    case 0x74: return "\t"
    case 0x75:
      let unit = try codeUnit()
      if let scalar = Unicode.Scalar(unit) { return scalar }
      // The first half of a pair.
      guard (0xd800..<0xdc00).contains(unit), bytes[position...].starts(with: [0x5c, 0x75]) else {
        throw malformed("a surrogate stands alone")
      }
      position += 2
      let low = try codeUnit()
      guard (0xdc00..<0xe000).contains(low),
        let scalar = Unicode.Scalar(0x10000 + (unit - 0xd800) << 10 + (low - 0xdc00))
      else { throw malformed("a surrogate stands alone") }
      return scalar
    default: throw malformed("an escape is unknown")
    }
  }

  private mutating func codeUnit() throws(JSONError) -> UInt32 {
    guard position + 4 <= bytes.count else { throw malformed("an escape is not four digits") }
    var unit: UInt32 = 0
    for byte in bytes[position..<(position + 4)] {
      let digit: UInt8
      switch byte {
      case 0x30...0x39: digit = byte - 0x30
      case 0x41...0x46: digit = byte - 0x41 + 10
      case 0x61...0x66: digit = byte - 0x61 + 10
      default: throw malformed("an escape is not four digits")
      }
      unit = unit << 4 | UInt32(digit)
    }
    position += 4
    return unit
  }
}
