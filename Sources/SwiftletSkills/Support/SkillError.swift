public import Swiftlet
public import SwiftletImage

/// What went wrong in a skill, where, and what to do about it.
public struct SkillError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The kind of error. More kinds may be added, so a switch over it needs a default.
  public struct Code: RawRepresentable, Sendable, Hashable {
    /// A stable snake_case name.
    public let rawValue: String

    /// The code of that name.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// A photo in which no product is found.
    public static let noForeground = Code(rawValue: "no_foreground")
    /// Weights that are not where they are looked for.
    public static let missingWeights = Code(rawValue: "missing_weights")
    /// A model whose inputs or outputs do not fit the skill.
    public static let unsuitableModel = Code(rawValue: "unsuitable_model")
    /// A configuration file that is damaged or holds a wrong value.
    public static let invalidConfiguration = Code(rawValue: "invalid_configuration")
    /// A profile that does not exist.
    public static let unknownProfile = Code(rawValue: "unknown_profile")
    /// An option out of range or in contradiction to another one.
    public static let invalidArgument = Code(rawValue: "invalid_argument")
    /// A folder that cannot be read, or one without the files looked for.
    public static let fileAccess = Code(rawValue: "file_access")
  }

  /// The kind of error.
  public let code: Code
  /// The file, model, option or photo concerned.
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

  /// The same error of the engine.
  public init(_ error: EngineError) {
    self.init(Code(rawValue: error.code.rawValue), error.what, error.why, error.remedy)
  }

  /// The same error of an image.
  public init(_ error: ImageError) {
    self.init(Code(rawValue: error.code.rawValue), error.what, error.why, error.remedy)
  }

  /// One line: `<what>: <why>; <what to do>`.
  public var description: String { "\(what): \(why); \(remedy)" }
}

/// Runs engine work, its errors turned into those of a skill.
func engine<R>(_ body: () throws(EngineError) -> R) throws(SkillError) -> R {
  do { return try body() } catch { throw SkillError(error) }
}

/// Runs image work, its errors turned into those of a skill.
func image<R>(_ body: () throws(ImageError) -> R) throws(SkillError) -> R {
  do { return try body() } catch { throw SkillError(error) }
}
