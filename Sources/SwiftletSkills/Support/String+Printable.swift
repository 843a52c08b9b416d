extension String {
  /// The text with spaces for control characters: names of files, which can hold escape sequences,
  /// do not steer a terminal, and a line stays one.
  package var printable: String {
    String(
      UnicodeScalarView(
        unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
  }
}
