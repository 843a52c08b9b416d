/// What went wrong with a picture, as one line: `<what>: <why>; <what to do>`.
public struct ImageError: Error, Sendable, Equatable, CustomStringConvertible {
  /// A stable, machine-readable name of the kind of failure, in snake case.
  public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The name as it appears in JSON.
    public let rawValue: String

    /// Makes a code of its name.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The name as it appears in JSON.
    public var description: String { rawValue }

    /// The bytes are no picture at all, or of no kind known here.
    public static let invalidFileType = Code(rawValue: "invalid_file_type")
    /// A picture of a known format or variant that is not decoded.
    public static let unsupportedFormat = Code(rawValue: "unsupported_format")
    /// A PNG or JPEG whose contents are damaged or cut short.
    public static let failedToReadImage = Code(rawValue: "failed_to_read_image")
    /// More bytes than ``ImageLimits/maxBytes``.
    public static let fileTooLarge = Code(rawValue: "file_too_large")
    /// More pixels than ``ImageLimits/maxPixels`` or a longer side than ``ImageLimits/maxSide``.
    public static let resolutionTooHigh = Code(rawValue: "resolution_too_high")
    /// A caller's argument is out of range or contradicts another one.
    public static let invalidArgument = Code(rawValue: "invalid_argument")
    /// The encoder could not write the picture.
    public static let encodeFailed = Code(rawValue: "encode_failed")
    /// A file to be read does not exist.
    public static let fileNotFound = Code(rawValue: "file_not_found")
    /// The operating system refused to read a file.
    public static let failedToReadFile = Code(rawValue: "failed_to_read_file")
    /// The operating system refused to write a file.
    public static let failedToWriteFile = Code(rawValue: "failed_to_write_file")
  }

  /// The kind of failure.
  public let code: Code
  /// The thing that failed, such as `PNG`.
  public let what: String
  /// The reason, with the numbers that matter.
  public let why: String
  /// What the caller can do about it.
  public let remedy: String

  /// Makes an error of its parts; none of them ends with punctuation.
  public init(code: Code, what: String, why: String, remedy: String) {
    self.code = code
    self.what = what
    self.why = why
    self.remedy = remedy
  }

  /// `<what>: <why>; <what to do>`, one line.
  public var description: String { "\(what): \(why); \(remedy)" }
}

extension ImageError {
  static func damaged(_ format: ImageFormat, _ why: String) -> ImageError {
    ImageError(
      code: .failedToReadImage, what: "\(format.label) image", why: why,
      remedy: "upload the original file again or export it anew")
  }

  static func unsupported(_ what: String, _ why: String, _ remedy: String) -> ImageError {
    ImageError(code: .unsupportedFormat, what: what, why: why, remedy: remedy)
  }

  static func encodeFailed(_ format: ImageFormat, _ why: String) -> ImageError {
    ImageError(
      code: .encodeFailed, what: "\(format.label) image", why: "cannot be written (\(why))",
      remedy: "try a smaller size or the other format")
  }

  static func invalidArgument(_ what: String, _ why: String, _ remedy: String) -> ImageError {
    ImageError(code: .invalidArgument, what: what, why: why, remedy: remedy)
  }
}
