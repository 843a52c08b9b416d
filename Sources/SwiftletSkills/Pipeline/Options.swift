public import Swiftlet
public import SwiftletImage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// How a pipeline is set up.
public struct PipelineOptions: Sendable {
  /// Threads and instruction set of the networks.
  public var session: SessionOptions
  /// The path of the mask network; nil takes `weights/segment-fast.nest`.
  public var segmentModel: String?
  /// The path of the tag network; nil takes `weights/tag-mobilenet.nest`.
  public var tagModel: String?
  /// Limits of photos.
  public var limits: ImageLimits
  /// Photos worked on at the same time for which networks are kept, at least 1: each more costs the
  /// memory of its sessions.
  public var concurrency = 1
  /// The day, as `2027-01-31`, on which a profile has to hold: after its last one, photos have the
  /// finding `profile.expired`. By default the day in UTC on which these options were made.
  public var today: String

  /// A set-up; the defaults fit a machine of its own.
  public init(
    session: SessionOptions = SessionOptions(), segmentModel: String? = nil,
    tagModel: String? = nil, limits: ImageLimits = .standard
  ) {
    self.session = session
    self.segmentModel = segmentModel
    self.tagModel = tagModel
    self.limits = limits
    today = PipelineOptions.currentDay
  }
}

extension PipelineOptions {
  /// The day in UTC, as `2027-01-31`.
  fileprivate static var currentDay: String {
    var now = time(nil)
    var day = tm()
    guard gmtime_r(&now, &day) != nil else { return "" }
    func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return "\(day.tm_year + 1900)-\(two(day.tm_mon + 1))-\(two(day.tm_mday))"
  }
}

/// What is wanted of a photo.
public struct ProcessOptions: Sendable, Equatable {
  /// The name of a marketplace's profile; nil keeps the photo's frame and applies general rules.
  public var profile: String?
  /// Rules of the user's own, in place of a profile by name.
  public var ownProfile: Profile?
  /// What the product is laid over; nil takes the profile's, else white.
  public var background: BackgroundStyle?
  /// The shadow on an opaque background; nil takes the profile's, else none.
  public var shadow: ShadowStyle?
  /// The format of the picture; nil takes the profile's first, else JPEG, or PNG over nothing.
  public var format: ImageFormat?
  /// The quality of a JPEG; nil takes that of the configuration.
  public var jpegQuality: Int?
  /// Whether tags are wanted.
  public var wantsTags: Bool
  /// The photo's file name, for the rule on extensions; nil where there is none.
  public var fileName: String?
  /// Whether `segment` writes the alpha itself, as a grey picture.
  public var onlyMask: Bool
  /// Whether the result carries small pictures and a fingerprint, for reports on many photos.
  var wantsOverview = false

  /// Options; the defaults give an opaque white JPEG in the photo's frame, with tags.
  public init(
    profile: String? = nil, background: BackgroundStyle? = nil, format: ImageFormat? = nil,
    jpegQuality: Int? = nil, wantsTags: Bool = true, fileName: String? = nil,
    onlyMask: Bool = false
  ) {
    self.profile = profile
    self.background = background
    self.format = format
    self.jpegQuality = jpegQuality
    self.wantsTags = wantsTags
    self.fileName = fileName
    self.onlyMask = onlyMask
  }
}
