/// Lines of comma-separated values by RFC 4180.
package enum CSV {
  /// A line with its end; fields with commas, quotes or line ends are quoted.
  package static func line(_ fields: [String]) -> String {
    fields.map(field).joined(separator: ",") + "\r\n"
  }

  /// Text that a spreadsheet shows as it is and does not take for a formula: an apostrophe goes
  /// before a first `=`, `+`, `-`, `@`, tab or carriage return.
  package static func plain(_ text: String) -> String {
    guard let first = text.unicodeScalars.first, "=+-@\t\r".unicodeScalars.contains(first) else {
      return text
    }
    return "'" + text
  }

  private static func field(_ text: String) -> String {
    // By scalar: a quote with a combining mark, and "\r\n", are one character each.
    let needsQuotes = text.unicodeScalars.contains { [",", "\"", "\n", "\r"].contains($0) }
    guard needsQuotes else { return text }
    var quoted = "\"".unicodeScalars
    for scalar in text.unicodeScalars {
      quoted.append(scalar)
      if scalar == "\"" { quoted.append(scalar) }
    }
    quoted.append("\"")
    return String(quoted)
  }
}
