import SwiftletImage
public import SwiftletSkills

/// The product pipeline as the service's processor.
public struct PipelineProcessor: PhotoProcessor {
  private let pipeline: ProductPipeline

  /// A processor that shares `pipeline` with whoever else has it.
  public init(_ pipeline: ProductPipeline) { self.pipeline = pipeline }

  /// The profiles of the pipeline's resources, and the built-in one.
  public var profiles: [String] {
    Set(pipeline.resources.profileNames + [Profile.amazonMain.name]).sorted()
  }

  /// Loads the models and runs each once.
  public func warmUp() throws { try pipeline.prepare() }

  /// Checks options by themselves and against each other.
  public func check(_ options: PhotoOptions) throws {
    try pipeline.check(
      try wanted(options), for: options.product == .listing ? .process : .segment)
  }

  private func wanted(_ options: PhotoOptions) throws -> ProcessOptions {
    if let profile = options.profile, !profiles.contains(profile) {
      throw ServiceError.badRequest(
        "unknown_profile",
        "there is no profile '\(printable(profile))'; use one of "
          + profiles.joined(separator: ", "))
    }
    var wanted = ProcessOptions()
    wanted.profile = options.profile
    wanted.background = try options.background.map { try BackgroundStyle($0) }
    wanted.format = try options.format.map { try Self.format($0) }
    wanted.onlyMask = options.product == .mask
    return wanted
  }

  /// Runs the whole pipeline, or that for a cut-out, on one photo.
  public func process(_ photo: [UInt8], options: PhotoOptions) throws -> ProcessedPhoto {
    let wanted = try wanted(options)
    let result: ProcessResult
    var cutout: Cutout?
    if options.product == .listing {
      result = try pipeline.process(bytes: photo, options: wanted)
    } else {
      result = try pipeline.segment(bytes: photo, options: wanted)
      cutout = try Cutout(result, options)
    }
    return ProcessedPhoto(
      status: result.verdict.rawValue,
      picture: (cutout?.bytes ?? result.output).map {
        ProcessedPhoto.Picture(
          bytes: $0, mediaType: result.format == .png ? "image/png" : "image/jpeg",
          width: cutout?.width ?? result.width, height: cutout?.height ?? result.height)
      },
      foreground: cutout?.foreground, report: result.json,
      stages: result.plan.map { .init(name: $0.step.rawValue, milliseconds: $0.milliseconds) })
  }

  private static func format(_ name: String) throws(ServiceError) -> ImageFormat {
    switch name {
    case "png": return .png
    case "jpg", "jpeg": return .jpeg
    default:
      throw .badRequest("invalid_format", "'\(printable(name))' is no format; use png or jpeg")
    }
  }
}

/// A cut-out, cropped and reduced as asked for.
private struct Cutout {
  private(set) var bytes: [UInt8]?
  private(set) var width: Int
  private(set) var height: Int
  private(set) var foreground: ProcessedPhoto.Box?

  init(_ result: ProcessResult, _ options: PhotoOptions) throws {
    (bytes, width, height) = (result.output, result.width, result.height)
    guard let box = result.segmentation?.boundingBox else { return }
    foreground = .init(left: box.x, top: box.y, width: box.width, height: box.height)
    let pixels = options.maximumPixels ?? .max
    let cropped = options.cropsToProduct
    guard let output = result.output,
      cropped || width * height > pixels
    else { return }
    var picture = try ImageDecoder.decode(
      output, limits: ImageLimits(maxPixels: .max, maxSide: .max, maxBytes: .max)
    ).pixels
    if cropped {
      picture = picture.cropped(x: box.x, y: box.y, width: box.width, height: box.height)
      foreground = .init(left: 0, top: 0, width: box.width, height: box.height)
    }
    let scale = min(
      1, (Double(pixels) / Double(picture.width * picture.height)).squareRoot())
    if scale < 1 {
      func scaled(_ value: Int) -> Int { Int(Double(value) * scale) }
      picture = picture.resized(
        width: max(1, scaled(picture.width)), height: max(1, scaled(picture.height)),
        filter: .bilinear)
      foreground = foreground.map {
        .init(
          left: scaled($0.left), top: scaled($0.top), width: max(1, scaled($0.width)),
          height: max(1, scaled($0.height)))
      }
    }
    (width, height) = (picture.width, picture.height)
    bytes =
      result.format == .jpeg
      ? try ImageEncoder.jpeg(picture) : try ImageEncoder.png(picture)
  }
}
