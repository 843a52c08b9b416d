public import SwiftletImage

/// What became of a photo: a picture, a verdict, tags, and how it came about.
public struct ProcessResult: Sendable {
  /// Which of the skills was asked for; it names the schema of ``json``.
  public enum Kind: String, Sendable {
    /// Everything.
    case process
    /// The cut-out.
    case segment
    /// The verdict.
    case qa
    /// The tags.
    case tag
  }

  /// The skill asked for.
  public var kind: Kind
  /// The file written; nil where none was wanted or no product was found.
  public var output: [UInt8]?
  /// The format of `output`.
  public var format: ImageFormat?
  /// Columns of the picture written, else of the upright photo.
  public var width: Int
  /// Rows of the picture written, else of the upright photo.
  public var height: Int
  /// The cut-out; nil where no product was found.
  public var segmentation: Segmentation?
  /// The name of the profile.
  public var profile: String?
  /// What stands against the picture written, else against the photo.
  public var findings: [Finding]
  /// What stood against the photo and no longer stands against the picture.
  public var mended: [Finding]
  /// What was measured of the picture written, else of the photo.
  public var metrics: QualityMetrics?
  /// What becomes of it.
  public var verdict: Verdict
  /// The tags; nil where none were wanted or the tag model is missing.
  public var tags: Tags?
  /// The steps taken.
  public var plan: [PlanEntry]
  /// Small pictures and a fingerprint; nil unless wanted.
  var overview: Overview?

  /// Why there is no picture and what the seller may do; meaningful where `output` is nil after
  /// ``ProductPipeline/process(bytes:options:)``.
  public var missingPicture: (reason: String, remedy: String) {
    if let stop = plan.first(where: { $0.step == .stop }) {
      return (stop.why, "take the photo with more pixels, or choose another profile")
    }
    return ("no product is found, so there is no picture", SkillError.noForegroundRemedy)
  }

  /// The result without the picture, schema `swiftlet.<kind>/1`. A cut-out and tags have `qa` where something stands
  /// against the mask.
  public var json: JSONValue {
    .compact([
      ("schema", .string("swiftlet.\(kind.rawValue)/1")),
      ("status", .string(verdict.rawValue)),
      ("width", .integer(width)), ("height", .integer(height)),
      ("format", format.map { .string($0.rawValue) }),
      ("bytes", output.map { .integer($0.count) }),
      ("segmentation", segmentation?.json ?? .null),
      ("tags", kind == .process || kind == .tag ? tags?.json ?? .null : nil),
      ("qa", kind == .process || kind == .qa || !findings.isEmpty ? qualityJSON : nil),
      ("plan", .array(plan.map(\.json))),
    ])
  }

  private var qualityJSON: JSONValue {
    .compact([
      ("profile", profile.map { .string($0) } ?? .null),
      ("verdict", .string(verdict.rawValue)),
      ("findings", .array(findings.map(\.json))),
      ("mended", kind == .process ? .array(mended.map(\.json)) : nil),
      ("metrics", metrics?.json),
    ])
  }
}

/// What a report on many photos shows of one.
struct Overview: Sendable {
  /// The longer side of the small pictures, in pixels.
  static let side = 160

  /// The photo's fingerprint.
  var fingerprint: Fingerprint
  /// A small JPEG of the photo.
  var before: [UInt8]?
  /// A small JPEG of the picture; nil where there is none.
  var after: [UInt8]?

  init(_ pixels: PixelBuffer) {
    fingerprint = Fingerprint(pixels)
    before = Overview.thumbnail(pixels)
  }

  /// A JPEG of at most ``side`` pixels, RGBA over white; nil where it cannot be written.
  static func thumbnail(_ pixels: PixelBuffer) -> [UInt8]? {
    let scale = min(1, Double(side) / Double(max(pixels.width, pixels.height)))
    let reduced = pixels.opaque.boxMean(factor: max(1, min(256, Int(1 / scale) / 2)))
    let width = max(1, Int(Double(pixels.width) * scale))
    let height = max(1, Int(Double(pixels.height) * scale))
    let small = reduced.resized(width: width, height: height)
    return try? ImageEncoder.jpeg(small, quality: 80, chroma: .half)
  }
}
