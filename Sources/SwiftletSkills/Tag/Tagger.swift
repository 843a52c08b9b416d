public import Swiftlet
public import SwiftletImage

/// A label and how sure the network is of it.
public struct LabelScore: Sendable, Equatable {
  /// The model's label.
  public var label: String
  /// 0...1.
  public var confidence: Double
}

/// What a photo is tagged with.
public struct Tags: Sendable, Equatable {
  /// The five likeliest categories.
  public var categories: [LabelScore]
  /// Whether the first category is too unlikely to be claimed.
  public var abstained: Bool
  /// Materials that may be meant; never a claim.
  public var materials: [LabelScore]
  /// The product's colours; empty where no product was found.
  public var colors: [ProductColor]
  /// Whether the product has three or more colours of weight.
  public var isMulticolor: Bool
  /// Name and version of the model.
  public var modelVersion: String

  /// Words for search: the category unless abstained, then the colours.
  public var words: [String] {
    (abstained ? [] : categories.prefix(1).map(\.label)) + colors.map(\.value.rawValue)
  }

  /// A short description for those who do not see the picture, such as `navy shirt`.
  public var altText: String {
    let noun = abstained ? "product" : categories.first?.label ?? "product"
    guard let color = colors.first else { return noun }
    let adjective = isMulticolor ? "multicolor" : color.value.rawValue
    return adjective.split(separator: "_").joined(separator: " ") + " " + noun
  }

  /// The tags with `suggestion: true` on each material.
  public var json: JSONValue {
    [
      "category": .array(
        categories.map { score in
          let category = ProductCategory(label: score.label)
          return .compact([
            ("name", .string(score.label)), ("confidence", .rounded(score.confidence)),
            ("id", category.map { .string($0.gid) }),
            ("google_id", category.map { .integer($0.googleID) }),
            ("path", category.map { .string($0.path) }),
          ])
        }),
      "abstained": .bool(abstained), "colors": .array(colors.map(\.json)),
      "multicolor": .bool(isMulticolor),
      "material": .array(
        materials.map {
          [
            "value": .string($0.label), "confidence": .rounded($0.confidence), "suggestion": true,
          ]
        }),
      "tags": .array(words.map { .string($0) }), "alt_text": .string(altText),
      "model_version": .string(modelVersion),
    ]
  }
}

/// Names category, material and colours of a product.
///
/// Safe to call from several threads; the network runs for `concurrency` of them at a time.
public final class Tagger: Sendable {
  /// The model.
  public let model: Model
  /// Confidences and margins.
  public let settings: PipelineSettings

  private let session: SharedSession
  private let input: ModelInput
  private let category: Head
  private let material: Head?

  /// An output with a label for each of its scores.
  private struct Head: Sendable {
    let output: Int
    let labels: [String]
    let activation: ModelMetadata.Output.Activation
  }

  /// A tagger over the model's outputs of kind categories and materials.
  ///
  /// - Throws: `SkillError` with code `unsuitableModel` where the model has no categories or a
  ///   label is missing, or the engine's error.
  public init(
    model: Model, sessionOptions: SessionOptions = .init(),
    settings: PipelineSettings = PipelineSettings(), concurrency: Int = 1
  ) throws(SkillError) {
    let session = try engine { () throws(EngineError) in
      try SharedSession(model: model, options: sessionOptions, count: concurrency)
    }
    input = try ModelInput(of: model, session: session)
    guard let category = try Tagger.head(.categories, of: model, session) else {
      throw SkillError(
        .unsuitableModel, "model '\(model.metadata.name)'",
        "its metadata names no output of kind categories that the graph has",
        "convert it with a metadata file that does")
    }
    self.category = category
    material = try Tagger.head(.materials, of: model, session)
    self.model = model
    self.settings = settings
    self.session = session
  }

  /// The tags of a photo.
  ///
  /// - Parameters:
  ///   - pixels: RGB or RGBA, any size.
  ///   - segmentation: the product; the network then sees its box with a margin, and colours are
  ///     named. Without it the network sees the whole photo and no colours are named.
  public func tags(of pixels: PixelBuffer, segmentation: Segmentation?) -> Tags {
    // One after the other, the network last: beside measurements, the thread that is done with them can
    // help with its layers; alone, each has all threads.
    let palette = segmentation.map { ProductColors(pixels, segmentation: $0) }
    let scores = self.scores(of: pixels, segmentation: segmentation)
    let categories = scores.categories.prefix(5)
    let materials = scores.materials.prefix(3).filter {
      $0.confidence >= settings.materialConfidenceMin
    }
    let colors = palette?.named(by: materials.first?.label)
    return Tags(
      categories: Array(categories),
      abstained: (categories.first?.confidence ?? 0) < settings.categoryConfidenceMin,
      materials: materials, colors: colors?.colors ?? [],
      isMulticolor: colors?.isMulticolor ?? false,
      modelVersion: "\(model.metadata.name) \(model.metadata.version)")
  }

  /// The labels that the model knows.
  public var labels: (categories: [String], materials: [String]) {
    (category.labels, material?.labels ?? [])
  }

  /// Every category and every material, the likeliest first.
  package func scores(
    of pixels: PixelBuffer, segmentation: Segmentation?
  ) -> (categories: [LabelScore], materials: [LabelScore]) {
    let fitted = input.fit(view(pixels, segmentation))
    let outputs = session.run(
      outputs: [category.output] + (material.map { [$0.output] } ?? [])
    ) { input.write(fitted, into: $0) }
    let categories = Tagger.sorted(outputs[0], category)
    guard let material, outputs.count == 2 else { return (categories, []) }
    return (categories, Tagger.sorted(outputs[1], material))
  }

  /// The part of the photo the network sees, reduced to about twice its input.
  private func view(_ pixels: PixelBuffer, _ segmentation: Segmentation?) -> PixelBuffer {
    guard let box = segmentation?.boundingBox else { return pixels }
    let margin = Int(Double(box.longSide) * settings.tagMargin)
    let region = box.grown(by: margin, in: pixels.width, pixels.height)
    let factor = min(
      region.width / (2 * input.description.width), region.height / (2 * input.description.height))
    return pixels.opaque.boxMean(factor: max(1, min(256, factor)), in: region)
  }

  private static func sorted(_ scores: [Float], _ head: Head) -> [LabelScore] {
    let values = activated(scores, head.activation)
    return zip(head.labels, values).map { label, value in
      LabelScore(label: label, confidence: value > 0 ? min(1, Double(value)) : 0)
    }.sorted { $0.confidence > $1.confidence }
  }

  private static func head(
    _ kind: ModelMetadata.Output.Kind, of model: Model, _ session: SharedSession
  ) throws(SkillError) -> Head? {
    guard let output = model.metadata.outputs.first(where: { $0.kind == kind }),
      let index = session.outputs.firstIndex(where: { $0.name == output.name })
    else { return nil }
    let count = session.outputs[index].shape.reduce(1, *)
    guard count == output.labels.count, count > 0 else {
      throw SkillError(
        .unsuitableModel, "model '\(model.metadata.name)'",
        "output '\(output.name)' has \(count) scores for \(output.labels.count) labels",
        "give the metadata a label for each score")
    }
    return Head(output: index, labels: output.labels, activation: output.activation)
  }
}
