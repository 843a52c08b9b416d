package import SwiftletSkills

/// Reads JSON from outside.
///
/// Source: RFC 8259. Stricter in two points: an object names a member once, and arrays and objects
/// nest at most ``maximumDepth`` deep.
package struct JSONParser {
  /// How deep arrays and objects may nest.
  package static let maximumDepth = 32

  private let bytes: [UInt8]
  private var position = 0
  private var valuesLeft: Int

  /// The document in `bytes`.
  ///
  /// - Parameter maximumValues: The most values, those of arrays and objects and these themselves
  ///   counted. A value takes far more memory than the two bytes that it may have as text.
  /// - Throws: `ServiceError` with code `invalid_json`.
  package static func parse(
    _ bytes: [UInt8], maximumValues: Int = .max
  ) throws(ServiceError) -> JSONValue {
    var parser = JSONParser(bytes: bytes, maximumValues: maximumValues)
    let value = try parser.value(depth: 0)
    parser.skipSpace()
    guard parser.position == bytes.count else { throw parser.malformed("text follows the value") }
    return value
  }

  /// The document in `text`.
  package static func parse(_ text: String) throws(ServiceError) -> JSONValue {
    try parse(Array(text.utf8))
  }

  private init(bytes: [UInt8], maximumValues: Int) {
    self.bytes = bytes
    valuesLeft = maximumValues
  }

  private func malformed(_ why: String) -> ServiceError {
    .badRequest("invalid_json", "byte \(position): \(why); send JSON as RFC 8259 says")
  }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = next, [0x20, 0x09, 0x0a, 0x0d].contains(byte) { position += 1 }
  }

  private mutating func value(depth: Int) throws(ServiceError) -> JSONValue {
    guard depth <= Self.maximumDepth else { throw malformed("it nests too deep") }
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

  private mutating func literal(_ text: String, _ value: JSONValue) throws(ServiceError)
    -> JSONValue
  {
    guard bytes[position...].starts(with: text.utf8) else { throw malformed("there is no value") }
    position += text.utf8.count
    return value
  }

  private mutating func object(depth: Int) throws(ServiceError) -> JSONValue {
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

  private mutating func array(depth: Int) throws(ServiceError) -> JSONValue {
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
  private mutating func isLast(closing: UInt8) throws(ServiceError) -> Bool {
    skipSpace()
    guard let byte = next, byte == 0x2c || byte == closing else {
      throw malformed("a comma or a closing bracket is missing")
    }
    position += 1
    return byte == closing
  }

  private mutating func number() throws(ServiceError) -> JSONValue {
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

  private mutating func string() throws(ServiceError) -> String {
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

  private mutating func escape() throws(ServiceError) -> Unicode.Scalar {
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

  private mutating func codeUnit() throws(ServiceError) -> UInt32 {
    guard position + 4 <= bytes.count, bytes[position..<(position + 4)].allSatisfy(isHexDigit),
      let unit = UInt32(
        String(decoding: bytes[position..<(position + 4)], as: UTF8.self), radix: 16)
    else { throw malformed("an escape is not four digits") }
    position += 4
    return unit
  }
}

private func isHexDigit(_ byte: UInt8) -> Bool {
  switch byte {
  case 0x30...0x39, 0x41...0x46, 0x61...0x66: true
  default: false
  }
}
