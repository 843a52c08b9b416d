/// Reads the header block of a multipart part.
enum MultipartHeader {
  /// What `bytes`, the block without its final empty line, state.
  ///
  /// - Throws: `ServiceError` unless there is one `Content-Disposition: form-data` with one name.
  static func parse(_ bytes: ArraySlice<UInt8>) throws(ServiceError) -> MultipartParser.PartHeader {
    var disposition: String?
    var contentType: String?
    for line in lines(bytes) {
      guard let text = String(validating: line, as: UTF8.self),
        text.unicodeScalars.allSatisfy({ ($0.value >= 0x20 && $0.value != 0x7f) || $0 == "\t" })
      else { throw malformed("a header is not plain text") }
      guard let colon = text.firstIndex(of: ":"), colon != text.startIndex,
        text[..<colon].utf8.allSatisfy({ isToken($0) })
      else { throw malformed("a header is not a name, a colon and a value") }
      let value = trimmed(text[text.index(after: colon)...])
      switch text[..<colon].lowercased() {
      case "content-disposition":
        guard disposition == nil else { throw malformed("a part has two dispositions") }
        disposition = value
      case "content-type":
        guard contentType == nil else { throw malformed("a part has two content types") }
        contentType = value
      case "content-transfer-encoding":
        guard ["7bit", "8bit", "binary"].contains(value.lowercased()) else {
          throw malformed("the transfer encoding '\(value)' is not undone")
        }
      default:
        continue
      }
    }
    guard let disposition else { throw malformed("a part lacks Content-Disposition") }
    let (kind, parameters) = try HeaderParameters.parse(disposition)
    guard kind == "form-data" else { throw malformed("a part is not form-data") }
    guard let name = parameters["name"], !name.isEmpty else {
      throw malformed("a part lacks a name")
    }
    return MultipartParser.PartHeader(
      name: name, fileName: parameters["filename"] ?? parameters["filename*"],
      contentType: contentType)
  }

  /// The lines of the block, which end in CR LF. A lone CR or LF stays in its line.
  private static func lines(_ bytes: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
    var lines: [ArraySlice<UInt8>] = []
    var start = bytes.startIndex
    var i = start
    while i < bytes.endIndex {
      if bytes[i] == 0x0d, i + 1 < bytes.endIndex, bytes[i + 1] == 0x0a {
        lines.append(bytes[start..<i])
        i += 2
        start = i
      } else {
        i += 1
      }
    }
    lines.append(bytes[start...])
    return lines
  }

  private static func malformed(_ why: String) -> ServiceError {
    .badRequest(
      ServiceError.malformedMultipart, "\(why); send multipart/form-data as RFC 7578 says")
  }
}

/// A header value of the form `kind; name=value; name="quoted value"`.
///
/// Source: RFC 9110 section 5.6.6 (parameters). A name may not occur twice.
package enum HeaderParameters {
  /// The value before the first semicolon in lower case, and the parameters by lower-case name.
  package static func parse(
    _ text: String
  ) throws(ServiceError) -> (kind: String, parameters: [String: String]) {
    var rest = text[...]
    let kind = trimmed(rest.prefix { $0 != ";" }).lowercased()
    rest = rest.drop { $0 != ";" }
    var parameters: [String: String] = [:]
    while rest.first == ";" {
      rest = rest.dropFirst().drop { $0 == " " || $0 == "\t" }
      if rest.isEmpty { break }
      let name = rest.prefix { $0 != "=" && $0 != ";" }
      rest = rest.dropFirst(name.count)
      guard rest.first == "=", !name.isEmpty, name.utf8.allSatisfy({ isToken($0) }) else {
        throw malformed("a parameter is not a name and a value")
      }
      rest = rest.dropFirst()
      let value = try rest.first == "\"" ? quoted(&rest) : token(&rest)
      guard parameters.updateValue(value, forKey: name.lowercased()) == nil else {
        throw malformed("the parameter '\(name)' occurs twice")
      }
      rest = rest.drop { $0 == " " || $0 == "\t" }
      guard rest.isEmpty || rest.first == ";" else {
        throw malformed("bytes follow the parameter '\(name)'")
      }
    }
    return (kind, parameters)
  }

  private static func quoted(_ rest: inout Substring) throws(ServiceError) -> String {
    var value = ""
    var escaped = false
    rest = rest.dropFirst()
    while let character = rest.popFirst() {
      if escaped {
        // Clients send the backslashes of file names as they are: only quotes are escaped.
        if character != "\"" && character != "\\" { value.append("\\") }
        value.append(character)
        escaped = false
      } else if character == "\\" {
        escaped = true
      } else if character == "\"" {
        return value
      } else {
        value.append(character)
      }
    }
    throw malformed("a quoted parameter has no end")
  }

  private static func token(_ rest: inout Substring) throws(ServiceError) -> String {
    let value = rest.prefix { $0 != ";" && $0 != " " && $0 != "\t" }
    guard !value.isEmpty, value.utf8.allSatisfy({ isToken($0) || $0 == 0x2f || $0 == 0x3d }) else {
      throw malformed("a parameter's value is neither a token nor quoted")
    }
    rest = rest.dropFirst(value.count)
    return String(value)
  }

  private static func malformed(_ why: String) -> ServiceError {
    .badRequest("malformed_header", "\(why); quote values that hold other than plain characters")
  }
}

/// Whether a byte may stand in a token (RFC 9110 section 5.6.2).
func isToken(_ byte: UInt8) -> Bool {
  isAlphanumeric(byte) || "!#$%&'*+-.^_`|~".utf8.contains(byte)
}

/// Whether a byte is an ASCII letter or digit.
func isAlphanumeric(_ byte: UInt8) -> Bool {
  switch byte {
  case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
  default: false
  }
}

/// `text` without the spaces and tabs around it.
func trimmed(_ text: Substring) -> String {
  let tail = text.drop { $0 == " " || $0 == "\t" }
  guard let last = tail.lastIndex(where: { $0 != " " && $0 != "\t" }) else { return "" }
  return String(tail[...last])
}
