/// How the skills do their work, from `configs/pipeline.yaml`; the file's values are these
/// defaults.
public struct PipelineSettings: Sendable, Equatable {
  /// Longer side of the grid on which the guided filter's coefficients are computed, in cells.
  public var gridSide = 640.0
  /// Radius of the guided filter's window, in pixels of the network mask.
  public var radius = 4.0
  /// Regularisation of the guided filter, as a variance of colours in 0...1.
  public var epsilon = 3e-4
  /// The network's value at which the product's edge lies.
  public var edgeCenter = 0.5
  /// Steepening of the network's edge before it is refined.
  public var edgeGain = 1.0
  /// Refined values up to this become an alpha of 0.
  public var alphaLow = 0.1
  /// Refined values from this become an alpha of 255.
  public var alphaHigh = 0.9
  /// Share of the mask above 0.5 below which there is no product.
  public var foregroundMin = 0.002
  /// Border added around the photo for the padded retry, as a share of the side.
  public var padding = 0.125
  /// Confidence of the first category below which the tagger abstains.
  public var categoryConfidenceMin = 0.5
  /// Confidence from which a material is suggested.
  public var materialConfidenceMin = 0.9
  /// Border around the product's box in the tagger's input, as a share of the box.
  public var tagMargin = 0.1
  /// Quality of a written JPEG.
  public var jpegQuality = 90.0

  /// The built-in values.
  public init() {}

  /// The values of a file; those it does not state keep their default.
  ///
  /// - Throws: `SkillError` that names file, key and what was expected.
  public static func load(_ path: String) throws(SkillError) -> PipelineSettings {
    try read(ConfigNode(path: path))
  }

  /// The values of YAML text.
  package static func parse(_ yaml: String, file: String) throws(SkillError) -> PipelineSettings {
    try read(ConfigNode(yaml: yaml, file: file))
  }

  private static func read(_ root: ConfigNode) throws(SkillError) -> PipelineSettings {
    var settings = PipelineSettings()
    try root.readNumbers(into: &settings, fields: fields, schema: "swiftlet.pipeline/1")
    guard settings.alphaLow < settings.alphaHigh else {
      throw SkillError(
        .invalidConfiguration, root.file,
        "segment.alpha_low \(settings.alphaLow) is not below segment.alpha_high", "lower it")
    }
    return settings
  }

  /// Every setting with its key.
  package static let fields: [NumberField<PipelineSettings>] = [
    NumberField("segment.grid_side", \.gridSide, 64...2048),
    NumberField("segment.radius", \.radius, 1...32),
    NumberField("segment.epsilon", \.epsilon, 1e-6...1),
    NumberField("segment.edge_center", \.edgeCenter, 0.05...0.95),
    NumberField("segment.edge_gain", \.edgeGain, 1...10),
    NumberField("segment.alpha_low", \.alphaLow, 0...1),
    NumberField("segment.alpha_high", \.alphaHigh, 0...1),
    NumberField("segment.foreground_min", \.foregroundMin, 0...1),
    NumberField("segment.padding", \.padding, 0...0.4),
    NumberField("tag.category_confidence_min", \.categoryConfidenceMin, 0...1),
    NumberField("tag.material_confidence_min", \.materialConfidenceMin, 0...1),
    NumberField("tag.margin", \.tagMargin, 0...1),
    NumberField("listing.jpeg_quality", \.jpegQuality, 1...100),
  ]
}
