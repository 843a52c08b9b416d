import SwiftletImage
public import SwiftletSkills

/// The product pipeline as the service's processor.
public struct PipelineProcessor: PhotoProcessor {
  private let pipeline: ProductPipeline

  /// A processor that shares `pipeline` with whoever else has it.
  public init(_ pipeline: ProductPipeline) { self.pipeline = pipeline }

  /// Loads the models and runs each once.
  public func warmUp() throws { try pipeline.prepare() }

  /// Runs the whole pipeline on one photo.
  public func process(_ photo: [UInt8], options: PhotoOptions) throws -> ProcessedPhoto {
    var wanted = ProcessOptions()
    wanted.profile = options.profile
    wanted.background = try options.background.map { try BackgroundStyle($0) }
    wanted.format = try options.format.map { try Self.format($0) }
    let result = try pipeline.process(bytes: photo, options: wanted)
    return ProcessedPhoto(
      status: result.verdict.rawValue,
      picture: result.output.map {
        ProcessedPhoto.Picture(
          bytes: $0, mediaType: result.format == .png ? "image/png" : "image/jpeg",
          width: result.width, height: result.height)
      },
      report: result.json,
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
