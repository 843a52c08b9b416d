import Swiftlet
import SwiftletImage
import SwiftletSkills
import Testing

@Suite struct PipelineTests {
  @Test func aPhotoBecomesAListing() throws {
    let home = try SmallHome()
    let pipeline = try ProductPipeline(resources: Resources(home: home.path))
    let photo = Pictures.product(1300, 900, share: 0.5, ground: (225, 228, 230))
    let bytes = try ImageEncoder.jpeg(photo, quality: 95)
    let result = try pipeline.process(
      bytes: bytes, options: ProcessOptions(profile: "amazon-main", fileName: "a.jpg"))
    let output = try ImageDecoder.decode(try #require(result.output))
    #expect(result.format == .jpeg && output.header.format == .jpeg)
    #expect(output.pixels.width == output.pixels.height && result.width == output.pixels.width)
    #expect(output.pixels.data.prefix(3) == [255, 255, 255])
    let fill = try #require(result.metrics?.json["product"]?["bbox_fill"]?.double)
    #expect(fill >= 0.85 && fill <= 0.9)
    #expect(result.mended.contains { $0.rule == "background.not_white" })
    #expect(result.mended.contains { $0.rule == "product.fill_low" })
    #expect(!result.findings.contains { $0.rule == "background.not_white" })
    #expect(result.tags?.categories.first?.label == "blue")
    #expect(result.tags?.colors.first?.value == .blue)
    #expect(result.json["schema"]?.text == "swiftlet.process/1")
    #expect(
      result.plan.map(\.step)
        == [.decode, .segment, .refine, .quality, .tag, .compose, .encode, .verify])
  }

  @Test func aProductCutByThePhotosFrameStaysCut() throws {
    let home = try SmallHome()
    let pipeline = try ProductPipeline(resources: Resources(home: home.path))
    let half = Pictures.product(2400, 1400, share: 0.7).cropped(
      x: 1200, y: 0, width: 1200, height: 1400)
    func isCut(_ picture: PixelBuffer) throws -> (found: Bool, mended: Bool) {
      let result = try pipeline.process(
        bytes: try ImageEncoder.png(picture), options: ProcessOptions(profile: "amazon-main"))
      #expect(result.output != nil)
      return (
        result.findings.contains { $0.rule == "product.cropped_edge" },
        result.mended.contains { $0.rule == "product.cropped_edge" }
      )
    }
    #expect(try isCut(half) == (true, false))
    // A cut-out that comes with its own alpha is trimmed to its frame, not cut by it.
    let trimmed = Pictures.product(1400, 1400, share: 1)
    var data: [UInt8] = []
    for index in 0..<1400 * 1400 {
      data += trimmed.data[3 * index..<3 * index + 3]
      data.append(trimmed.data[3 * index] < 200 ? 255 : 0)
    }
    let cutOut = try PixelBuffer(width: 1400, height: 1400, channels: 4, data: data)
    #expect(try isCut(cutOut).found == false)
  }

  @Test func withoutAProfileTheFrameIsKept() throws {
    let home = try SmallHome()
    let pipeline = try ProductPipeline(resources: Resources(home: home.path))
    let photo = Pictures.product(640, 480)
    let png = try ImageEncoder.png(photo)
    let result = try pipeline.process(bytes: png, options: ProcessOptions(format: .png))
    let output = try ImageDecoder.decode(try #require(result.output)).pixels
    #expect(output.width == 640 && output.height == 480 && output.channels == 3)
    let alpha = try #require(result.segmentation?.alpha)
    for index in alpha.data.indices where alpha.data[index] == 0 {
      #expect(output.data[3 * index..<3 * index + 3].allSatisfy { $0 == 255 })
    }
    #expect(result.verdict == .pass || result.verdict == .warn)
  }

  @Test func cutOutsKeepTheirAlpha() throws {
    let home = try SmallHome()
    let pipeline = try ProductPipeline(resources: Resources(home: home.path))
    let png = try ImageEncoder.png(Pictures.product(300, 200))
    let cut = try pipeline.segment(bytes: png)
    let output = try ImageDecoder.decode(try #require(cut.output)).pixels
    #expect(output.channels == 4 && output.width == 300)
    #expect(output.data[3] == 0 && output.data[(100 * 300 + 150) * 4 + 3] == 255)
    let again = try pipeline.segment(bytes: try #require(cut.output))
    #expect(again.segmentation?.alpha == cut.segmentation?.alpha)
    #expect(again.output == cut.output)
    let mask = try pipeline.segment(bytes: png, options: ProcessOptions(onlyMask: true))
    let grey = try ImageDecoder.decode(try #require(mask.output)).pixels
    #expect(grey.data[0] == 0 && grey.data[(100 * 300 + 150) * 3] == 255)
  }

  @Test func anEmptySceneGoesToReview() throws {
    let home = try SmallHome()
    let pipeline = try ProductPipeline(resources: Resources(home: home.path))
    let empty = try ImageEncoder.png(Pictures.make(1200, 1200) { _, _ in (240, 240, 240) })
    let result = try pipeline.process(
      bytes: empty, options: ProcessOptions(profile: "amazon-main"))
    #expect(result.output == nil && result.segmentation == nil && result.verdict == .needsReview)
    #expect(result.findings.map(\.rule) == ["product.not_found"])
    #expect(result.plan.map(\.step).suffix(2) == [.quality, .review])
    let error = #expect(throws: SkillError.self) { try pipeline.segment(bytes: empty) }
    #expect(error?.code == .noForeground)
  }

  @Test func aDoubtfulMaskIsNoPassForAnyVerb() throws {
    let home = try SmallHome()
    let pipeline = try ProductPipeline(resources: Resources(home: home.path))
    let thresholds = pipeline.thresholds
    var verdicts: Set<Verdict> = []
    for width in stride(from: 0, through: 48, by: 4) {
      let photo = Pictures.make(320, 320) { x, y in
        let isInside = (80..<240).contains(x) && (80..<240).contains(y)
        // A sure core, and columns of which the network is unsure.
        return isInside ? (x < 240 - width ? (10, 10, 10) : (178, 178, 178)) : (250, 250, 250)
      }
      let bytes = try ImageEncoder.png(photo)
      for result in [try pipeline.segment(bytes: bytes), try pipeline.tag(bytes: bytes)] {
        let uncertainty = try #require(result.segmentation).uncertainty
        let expected: Verdict =
          uncertainty >= thresholds.uncertaintyReview
          ? .needsReview : uncertainty >= thresholds.uncertaintyWarn ? .warn : .pass
        verdicts.insert(result.verdict)
        #expect(result.verdict == expected)
        #expect(result.findings.map(\.rule) == (expected == .pass ? [] : ["product.uncertain"]))
        #expect((result.json["qa"]?["verdict"] == nil) == (expected == .pass))
        for finding in result.findings {
          let review = finding.json["required"]?["uncertainty_review"]?.double
          #expect(review == thresholds.uncertaintyReview)
        }
        let box = try #require(result.json["segmentation"]?["bounding_box"])
        #expect(abs(try #require(box["width"]?.double) - 160) <= 2)
      }
    }
    #expect(verdicts == [.pass, .warn, .needsReview])
    // Without a product there is a reason as well.
    let empty = try ImageEncoder.png(Pictures.make(320, 320) { _, _ in (240, 240, 240) })
    let tagged = try pipeline.tag(bytes: empty)
    #expect(tagged.verdict == .needsReview && tagged.findings.map(\.rule) == ["product.not_found"])
    #expect(tagged.json["segmentation"] == .null)
  }

  @Test func whatProcessCannotMendItDoesNotAdvise() throws {
    let home = try SmallHome()
    let pipeline = try ProductPipeline(resources: Resources(home: home.path))
    let options = ProcessOptions(profile: "amazon-main")
    let small = try ImageEncoder.png(Pictures.product(180, 120))
    func fixes(_ findings: [Finding]) -> [String] {
      findings.compactMap { $0.json["fix"]?.text }.filter { $0.hasPrefix("process") }
    }
    let judged = try pipeline.qa(bytes: small, options: options)
    #expect(!fixes(judged.findings).isEmpty)
    let stopped = try pipeline.process(bytes: small, options: options)
    #expect(stopped.output == nil && stopped.plan.last?.step == .stop)
    #expect(stopped.findings.contains { $0.rule == "dimension.too_small" })
    #expect(fixes(stopped.findings).isEmpty)
  }

  @Test func qualityNeedsNoTagger() throws {
    let home = try SmallHome()
    home.removeTagger()
    let pipeline = try ProductPipeline(resources: Resources(home: home.path))
    try pipeline.prepare()
    let bytes = try ImageEncoder.jpeg(Pictures.product(800, 600))
    let result = try pipeline.qa(bytes: bytes, options: ProcessOptions(profile: "amazon-main"))
    #expect(result.json["schema"]?.text == "swiftlet.qa/1" && result.output == nil)
    #expect(result.findings.contains { $0.rule == "dimension.below_zoom" })
    #expect(try pipeline.process(bytes: bytes).tags == nil)
    let error = #expect(throws: SkillError.self) { try pipeline.tag(bytes: bytes) }
    #expect(error?.code == .missingWeights)
  }

  @Test func contradictionsAreErrors() throws {
    let home = try SmallHome()
    let pipeline = try ProductPipeline(resources: Resources(home: home.path))
    let bytes = try ImageEncoder.jpeg(Pictures.product(80, 60))
    let cases: [(ProcessOptions, SkillError.Code)] = [
      (ProcessOptions(background: .transparent, format: .jpeg), .invalidArgument),
      (ProcessOptions(profile: "nowhere"), .unknownProfile),
      (ProcessOptions(jpegQuality: 0), .invalidArgument),
    ]
    for (options, code) in cases {
      let error = #expect(throws: SkillError.self) {
        try pipeline.process(bytes: bytes, options: options)
      }
      #expect(error?.code == code)
    }
    let error = #expect(throws: SkillError.self) { try pipeline.process(bytes: [1, 2, 3]) }
    #expect(error?.code.rawValue == "invalid_file_type")
    let none = try ProductPipeline(resources: Resources(home: nil))
    let missing = #expect(throws: SkillError.self) { try none.qa(bytes: bytes) }
    #expect(missing?.code == .missingWeights)
  }

  @Test func severalThreadsGetTheSameResult() async throws {
    let home = try SmallHome()
    let pipeline = try ProductPipeline(resources: Resources(home: home.path))
    let bytes = try ImageEncoder.png(Pictures.product(400, 300))
    let expected = try pipeline.process(bytes: bytes).output
    let outputs = try await withThrowingTaskGroup(of: [UInt8]?.self) { group in
      for _ in 0..<6 { group.addTask { try pipeline.process(bytes: bytes).output } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(outputs.count == 6 && outputs.allSatisfy { $0 == expected })
  }

  @Test func paddedAndFlippedViewsAgree() throws {
    let segmenter = try Segmenter(model: Networks.darkness())
    let photo = Pictures.make(320, 240) { x, y in
      Pictures.mix((30, 30, 30), (250, 250, 250), Pictures.disk(x, y, 100, 120, 60))
    }
    let plain = try segmenter.networkMask(of: photo)
    let flipped = try segmenter.networkMask(of: photo, view: .flipped)
    let padded = try segmenter.networkMask(of: photo, view: .padded)
    #expect(plain.width == 64 && padded.width == 48)
    for view in [flipped, padded] {
      #expect(abs(view.foregroundShare - plain.foregroundShare) < 0.01)
    }
    let small = photo.resized(width: 128, height: 96)
    let seen = try segmenter.networkMask(of: small)
    let mirrored = try segmenter.networkMask(of: small, view: .flipped)
    #expect(zip(seen.values, mirrored.values).allSatisfy { abs($0 - $1) < 0.01 })
  }

  /// A narrow photo gets margins of 12 and 13 columns.
  @Test(arguments: [ModelMetadata.ImageInput.ColorOrder.rgb, .bgr])
  func aMirroredViewFindsThePhotoInItsMargins(_ color: ModelMetadata.ImageInput.ColorOrder) throws {
    let network = try Networks.darkness()
    var metadata = network.metadata
    metadata.input?.resize = .letterbox
    metadata.input?.color = color
    let segmenter = try Segmenter(model: Model(graph: network.graph, metadata: metadata))
    let photo = Pictures.make(61, 100) { x, y in
      (x + y / 3) % 17 < 8 ? (20, 30, 40) : (250, 245, 240)
    }
    let seen = try segmenter.networkMask(of: photo)
    let mirrored = try segmenter.networkMask(of: photo, view: .flipped)
    #expect(seen.width < 64 && seen.width % 2 == 1 && mirrored.width == seen.width)
    #expect(zip(seen.values, mirrored.values).allSatisfy { abs($0 - $1) < 0.01 })
    #expect(Set(seen.values.map { $0 > 0.5 }).count == 2)
  }

  @Test func unsuitableModelsAreErrors() throws {
    let model = try Networks.channels()
    let error = #expect(throws: SkillError.self) { try Segmenter(model: model) }
    #expect(error?.code == .unsuitableModel)
    let mask = try Networks.darkness()
    #expect(throws: SkillError.self) { try Tagger(model: mask) }
    var metadata = mask.metadata
    metadata.input = nil
    let blind = try Model(graph: mask.graph, metadata: metadata)
    #expect(throws: SkillError.self) { try Segmenter(model: blind) }
  }
}
