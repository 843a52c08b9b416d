extension JSONValue: CustomStringConvertible {
  /// The document on one line.
  public var description: String { encoded() }

  /// The document as text by RFC 8259.
  ///
  /// Numbers are the shortest that read back as the same double; control characters, quotes and
  /// backslashes are escaped, everything else stays as it is.
  ///
  /// - Parameter pretty: a member or element a line, indented by two spaces, instead of one line.
  public func encoded(pretty: Bool = false) -> String {
    var text = ""
    write(to: &text, indent: pretty ? 0 : nil)
    return text
  }

  /// The values in words, for people: `white share 0.62, tolerance 3`; elements of a list as
  /// `jpeg or png`. Text is ``Swift/String/printable``.
  package var plain: String {
    switch self {
    case .null: "none"
    case .string(let text): text.printable
    case .array(let elements): elements.map(\.plain).joined(separator: " or ")
    case .object(let members):
      members.map { member in
        let words = member.name.map { $0 == "_" ? " " : String($0) }.joined()
        return "\(words) \(member.value.plain)"
      }.joined(separator: ", ")
    default: description
    }
  }

  private func write(to text: inout String, indent: Int?) {
    switch self {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .integer(let value): text += String(value)
    case .number(let value): text += JSONValue.format(value)
    case .string(let value): JSONValue.quote(value, to: &text)
    case .array(let elements):
      JSONValue.list("[", "]", elements, to: &text, indent: indent) { element, text, indent in
        element.write(to: &text, indent: indent)
      }
    case .object(let members):
      JSONValue.list("{", "}", members, to: &text, indent: indent) { member, text, indent in
        JSONValue.quote(member.name, to: &text)
        text += indent == nil ? ":" : ": "
        member.value.write(to: &text, indent: indent)
      }
    }
  }

  private static func list<Item>(
    _ open: String, _ close: String, _ items: [Item], to text: inout String, indent: Int?,
    _ write: (Item, inout String, Int?) -> Void
  ) {
    text += open
    for (index, item) in items.enumerated() {
      if index > 0 { text += "," }
      if let indent { text += "\n" + String(repeating: " ", count: indent + 2) }
      write(item, &text, indent.map { $0 + 2 })
    }
    if let indent, !items.isEmpty { text += "\n" + String(repeating: " ", count: indent) }
    text += close
  }

  private static func format(_ value: Double) -> String {
    guard value.isFinite else { return "null" }
    if value == value.rounded(), value.magnitude < 0x1p53 { return String(Int(value)) }
    return value.description
  }

  private static func quote(_ value: String, to text: inout String) {
    text += "\""
    defer { text += "\"" }
    if value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x22 && $0 != 0x5c && $0 != 0x7f }) {
      text += value
      return
    }
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case _ where scalar.value < 0x20 || scalar.value == 0x7f:
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
  }
}
