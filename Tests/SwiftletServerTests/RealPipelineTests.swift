import SwiftletImage
import SwiftletServer
import SwiftletSkills
import Testing

/// The repository, by the place of this file.
private let repository = #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" }

private let hasWeights =
  (try? Resources(home: repository).weights("segment-fast.nest")) != nil

@Suite("Server with the shipped weights", .enabled(if: hasWeights, "there are no weights"))
struct RealPipelineTests {
  /// A red disc on grey, which any mask network must find.
  private var photo: [UInt8] {
    get throws {
      var pixels = PixelBuffer(width: 800, height: 600, channels: 3)
      for y in 0..<600 {
        for x in 0..<800 {
          let isDisc = (x - 400) * (x - 400) + (y - 300) * (y - 300) < 200 * 200
          let color: [UInt8] = isDisc ? [200, 30, 20] : [190, 190, 195]
          for channel in 0..<3 { pixels.data[(y * 800 + x) * 3 + channel] = color[channel] }
        }
      }
      return try ImageEncoder.png(pixels)
    }
  }

  @Test("the processor gives a square white picture for amazon-main, and a report")
  func process() throws {
    let processor = PipelineProcessor(try ProductPipeline(resources: Resources(home: repository)))
    try processor.warmUp()
    let result = try processor.process(
      try photo, options: PhotoOptions(profile: "amazon-main", format: "jpg"))
    let picture = try #require(result.picture)
    #expect(picture.mediaType == "image/jpeg" && picture.width == picture.height)
    let pixels = try ImageDecoder.decode(picture.bytes).pixels
    #expect(pixels.width == picture.width && pixels.data.prefix(3) == [255, 255, 255])
    for key in ["status", "width", "height", "tags", "qa"] {
      #expect(result.report[key] != nil, "\(key)")
    }
    #expect(result.report["status"]?.text == result.status)
    #expect(result.stages.contains { $0.name == "segment" })
  }

  @Test("options that do not exist are the client's fault")
  func options() throws {
    let processor = PipelineProcessor(try ProductPipeline(resources: Resources(home: repository)))
    for (options, code) in [
      (PhotoOptions(profile: "nowhere"), "unknown_profile"),
      (PhotoOptions(background: "blue"), "invalid_argument"),
      (PhotoOptions(format: "webp"), "invalid_format"),
      (PhotoOptions(background: "transparent", format: "jpeg"), "invalid_argument"),
    ] {
      let error = #expect(throws: (any Error).self) {
        try processor.process(try photo, options: options)
      }
      let answer = ServiceError(answering: try #require(error))
      #expect(answer?.code == code, "\(options)")
    }
  }
}
