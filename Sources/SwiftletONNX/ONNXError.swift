/// Why an ONNX model cannot be imported, where, and what to do about it.
public struct ONNXError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The kind of error. More kinds may be added, so a switch over it needs a default.
  public struct Code: RawRepresentable, Sendable, Hashable {
    /// A stable snake_case name.
    public let rawValue: String

    /// The code of that name.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// A file that cannot be opened or read.
    public static let fileAccess = Code(rawValue: "file_access")
    /// A file that is damaged, truncated or no ONNX model.
    public static let invalidFile = Code(rawValue: "invalid_model_file")
    /// A model whose parts contradict each other.
    public static let invalidModel = Code(rawValue: "invalid_graph")
    /// An operator, attribute, element type or version that the importer does not translate.
    public static let unsupported = Code(rawValue: "unsupported_operator")
    /// An input without a static shape, or an override that does not fit.
    public static let inputShape = Code(rawValue: "input_shape")
    /// A model that wants more memory than an import may take.
    public static let tooLarge = Code(rawValue: "too_large")
  }

  /// The kind of error.
  public let code: Code
  /// The node, value or file concerned.
  public let what: String
  /// The reason, with expected and actual values.
  public let why: String
  /// What would mend it.
  public let remedy: String

  /// An error of kind `code`. Names and numbers may come from a hostile file, so the texts are cut
  /// to a line of moderate length.
  public init(_ code: Code, _ what: String, _ why: String, _ remedy: String) {
    self.code = code
    self.what = Self.line(what)
    self.why = Self.line(why)
    self.remedy = Self.line(remedy)
  }

  private static func line(_ text: String) -> String {
    let limit = 300
    var result = ""
    for (position, scalar) in text.unicodeScalars.enumerated() {
      guard position < limit else { return result + "..." }
      let isControl = scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value)
      result.unicodeScalars.append(isControl ? "\u{fffd}" : scalar)
    }
    return result
  }

  /// One line: `<what>: <why>; <what to do>`.
  public var description: String { "\(what): \(why); \(remedy)" }
}
