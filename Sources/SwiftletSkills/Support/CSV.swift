/// Lines of comma-separated values by RFC 4180.
package enum CSV {
  /// A line with its end; fields with commas, semicolons, quotes or line ends are quoted. Where a comma
  /// is the decimal sign, spreadsheets separate by semicolons.
  package static func line(_ fields: [String]) -> String {
    fields.map(field).joined(separator: ",") + "\r\n"
  }

  /// Text that a spreadsheet shows as it is and does not take for a formula: an apostrophe goes
  /// before a first `=`, `+`, `-`, `@`, their full-width forms, a tab or a line end. Scalars decide, not
  /// characters: a combining mark after a sign makes another character of it, but no other sign. What
  /// is not shown at all does not count as the first.
  package static func plain(_ text: String) -> String {
    let first = text.unicodeScalars.first { !$0.properties.isDefaultIgnorableCodePoint }
    guard let first, "=+-@\t\r\n＝＋－＠".unicodeScalars.contains(first) else { return text }
    return "'" + text
  }

  private static func field(_ text: String) -> String {
    // By scalar: a quote with a combining mark, and "\r\n", are one character each.
    let needsQuotes = text.unicodeScalars.contains { [",", ";", "\"", "\n", "\r"].contains($0) }
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
