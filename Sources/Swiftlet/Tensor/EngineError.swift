/// What went wrong in the engine, where, and what to do about it.
public struct EngineError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The kind of error. More kinds may be added, so a switch over it needs a default.
  public struct Code: RawRepresentable, Sendable, Hashable {
    /// A stable snake_case name.
    public let rawValue: String

    /// The code of that name.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Element counts or extents that do not fit together.
    public static let shapeMismatch = Code(rawValue: "shape_mismatch")
    /// An operator, attribute or element type that the engine does not run.
    public static let unsupported = Code(rawValue: "unsupported_operator")
    /// A graph whose parts contradict each other.
    public static let invalidGraph = Code(rawValue: "invalid_graph")
    /// A model file that is damaged, truncated or not a model file.
    public static let invalidModelFile = Code(rawValue: "invalid_model_file")
    /// A file that cannot be opened, read or written.
    public static let fileAccess = Code(rawValue: "file_access")
    /// An input or output name that the model does not have.
    public static let unknownName = Code(rawValue: "unknown_name")
    /// A setting that is not understood or that this machine cannot honour.
    public static let invalidSetting = Code(rawValue: "invalid_setting")
    /// Memory that could not be had.
    public static let outOfMemory = Code(rawValue: "out_of_memory")
  }

  /// The kind of error.
  public let code: Code
  /// The operator, file, value or setting concerned.
  public let what: String
  /// The reason, with expected and actual values.
  public let why: String
  /// What would mend it.
  public let remedy: String

  /// An error of kind `code`.
  public init(_ code: Code, _ what: String, _ why: String, _ remedy: String) {
    self.code = code
    self.what = what
    self.why = why
    self.remedy = remedy
  }

  /// One line: `<what>: <why>; <what to do>`.
  public var description: String { "\(what): \(why); \(remedy)" }
}
