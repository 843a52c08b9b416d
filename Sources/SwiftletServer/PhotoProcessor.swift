public import SwiftletSkills

/// What the service asks of the pipeline: one photo in, one picture and its report out.
///
/// The service calls `process` from as many threads as it has workers, never from an event loop.
public protocol PhotoProcessor: Sendable {
  /// Makes ready whatever the first photo would otherwise wait for. Called once, before any photo.
  func warmUp() throws

  /// Processes one encoded photo.
  ///
  /// - Throws: `ServiceError`, `SkillError` or `ImageError` where the photo or an option is at fault; any
  ///   other error is the service's own and answered with status 500.
  func process(_ photo: [UInt8], options: PhotoOptions) throws -> ProcessedPhoto
}

/// What a client may ask for. Nil stands for the default.
public struct PhotoOptions: Sendable, Equatable {
  /// The name of a marketplace profile.
  public var profile: String?
  /// `transparent`, `white` or `#RRGGBB`.
  public var background: String?
  /// `png` or `jpeg`.
  public var format: String?

  /// Options.
  public init(profile: String? = nil, background: String? = nil, format: String? = nil) {
    self.profile = profile
    self.background = background
    self.format = format
  }
}

/// What became of a photo.
public struct ProcessedPhoto: Sendable {
  /// An encoded picture.
  public struct Picture: Sendable, Equatable {
    /// The bytes of the file.
    public var bytes: [UInt8]
    /// The media type, such as `image/jpeg`.
    public var mediaType: String
    /// The extents in pixels.
    public var width: Int, height: Int

    /// An encoded picture.
    public init(bytes: [UInt8], mediaType: String, width: Int, height: Int) {
      self.bytes = bytes
      self.mediaType = mediaType
      self.width = width
      self.height = height
    }
  }

  /// How long a stage of the pipeline took.
  public struct Stage: Sendable, Equatable {
    /// A short name, such as `decode`.
    public var name: String
    /// The wall time.
    public var milliseconds: Double

    /// The time of a stage.
    public init(name: String, milliseconds: Double) {
      self.name = name
      self.milliseconds = milliseconds
    }
  }

  /// The verdict, such as `ok` or `needs_review`.
  public var status: String
  /// The picture, unless the photo gave none.
  public var picture: Picture?
  /// The report, an object with at least `status`, `width`, `height`, `tags` and `qa`.
  public var report: JSONValue
  /// The stages in order.
  public var stages: [Stage]

  /// What became of a photo.
  public init(
    status: String, picture: Picture?, report: JSONValue, stages: [Stage] = []
  ) {
    self.status = status
    self.picture = picture
    self.report = report
    self.stages = stages
  }
}
