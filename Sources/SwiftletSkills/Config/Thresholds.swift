/// The numbers by which quality is judged. What each means, in which unit and where it comes from
/// is written beside it in `configs/thresholds.yaml`, whose values are these defaults.
public struct Thresholds: Sendable, Equatable {
  /// Sharpness, 1 for a sharp photo, below which a product is blurry.
  public var sharpnessMin = 0.45
  /// Evenness of perpendicular directions below which blur is one of motion.
  public var evennessMin = 0.67
  /// Mean squared second difference from which there is texture enough to judge sharpness by.
  public var textureMin = 8.0
  /// Standard deviation of noise, in steps of 255, above which it is high.
  public var noiseMax = 6.0
  /// Brightness of the 99th percentile below which a product is dark.
  public var darkMax = 0.32
  /// Brightness of the 5th percentile above which a product is bright.
  public var brightMin = 0.95
  /// Share of the product with all channels at 254 or more.
  public var clippedShareMax = 0.02
  /// Difference of the 95th and 5th percentile of brightness.
  public var contrastMin = 0.06
  /// Distance from white, in steps of 255, that still counts as white.
  public var whiteTolerance = 3.0
  /// Share of white pixels in the border band and in the background.
  public var whiteShareMin = 0.98
  /// Mean of the background's darkest channel from which it is light.
  public var lightMin = 215.0
  /// Standard deviation of background colours above which it is not uniform.
  public var uniformStdMax = 12.0
  /// Share of edge pixels in the background above which it is cluttered.
  public var clutterEdgesMax = 0.06
  /// Gradient in steps of 255 a pixel from which a pixel is an edge.
  public var edgeGradientMin = 24.0
  /// Chroma in CIELAB of a light, uniform background from which it has a cast.
  public var castMin = 8.0
  /// Chroma from which such a background is one of a colour on purpose.
  public var castMax = 25.0
  /// Lightness in CIELAB from which a background tells a cast.
  public var castLightnessMin = 70.0
  /// Share of the composed edge that still shows the old background.
  public var haloShareMax = 0.2
  /// Width of the border band as a share of the shorter side.
  public var borderBand = 0.02
  /// Offset of the product's centre as a share of the side.
  public var centerOffsetMax = 0.06
  /// Product pixels within 2 pixels of the border, as a share of the longer side.
  public var touchShareMin = 0.01
  /// Share of the picture from which a separate part counts as a product.
  public var componentShareMin = 0.005
  /// Shorter over longer side below which the shape is odd.
  public var aspectOddMin = 0.35
  /// Uncertainty from which the mask is named as uncertain.
  public var uncertaintyWarn = 0.2
  /// Uncertainty from which a person should look.
  public var uncertaintyReview = 0.3
  /// Estimated JPEG quality below which blocks may show.
  public var jpegQualityMin = 70.0
  /// Steps at the grid of blocks over those elsewhere above which blocks show.
  public var blockinessMax = 1.75
  /// Depth of a frame as a share of the shorter side from which it is one.
  public var overlayBorderMin = 0.004
  /// Characters in rows beside the product from which they are taken for text.
  public var overlayCharactersMin = 6.0
  /// Share of edge pixels in the background above which text is not looked for.
  public var textEdgesMax = 0.06

  /// The built-in values.
  public init() {}

  /// The values of a file; those it does not state keep their default.
  ///
  /// - Throws: `SkillError` that names file, key and what was expected.
  public static func load(_ path: String) throws(SkillError) -> Thresholds {
    try read(ConfigNode(path: path))
  }

  /// The values of YAML text.
  package static func parse(_ yaml: String, file: String) throws(SkillError) -> Thresholds {
    try read(ConfigNode(yaml: yaml, file: file))
  }

  private static func read(_ root: ConfigNode) throws(SkillError) -> Thresholds {
    var thresholds = Thresholds()
    try root.readNumbers(into: &thresholds, fields: fields, schema: "swiftlet.thresholds/1")
    return thresholds
  }

  /// Every threshold with its key.
  package static let fields: [NumberField<Thresholds>] = [
    NumberField("blur.sharpness_min", \.sharpnessMin, 0...10),
    NumberField("blur.evenness_min", \.evennessMin, 0...1),
    NumberField("blur.texture_min", \.textureMin, 0...65025),
    NumberField("noise.deviation_max", \.noiseMax, 0...255),
    NumberField("exposure.dark_max", \.darkMax, 0...1),
    NumberField("exposure.bright_min", \.brightMin, 0...1),
    NumberField("exposure.clipped_share_max", \.clippedShareMax, 0...1),
    NumberField("exposure.contrast_min", \.contrastMin, 0...1),
    NumberField("background.white_tolerance", \.whiteTolerance, 0...255),
    NumberField("background.white_share_min", \.whiteShareMin, 0...1),
    NumberField("background.light_min", \.lightMin, 0...255),
    NumberField("background.uniform_std_max", \.uniformStdMax, 0...255),
    NumberField("background.clutter_edges_max", \.clutterEdgesMax, 0...1),
    NumberField("background.edge_gradient_min", \.edgeGradientMin, 0...255),
    NumberField("background.cast_min", \.castMin, 0...200),
    NumberField("background.cast_max", \.castMax, 0...200),
    NumberField("background.cast_lightness_min", \.castLightnessMin, 0...100),
    NumberField("background.halo_share_max", \.haloShareMax, 0...1),
    NumberField("background.border_band", \.borderBand, 0...0.5),
    NumberField("product.center_offset_max", \.centerOffsetMax, 0...1),
    NumberField("product.touch_share_min", \.touchShareMin, 0...1),
    NumberField("product.component_share_min", \.componentShareMin, 0...1),
    NumberField("product.uncertainty_warn", \.uncertaintyWarn, 0...1),
    NumberField("product.uncertainty_review", \.uncertaintyReview, 0...1),
    NumberField("aspect.odd_min", \.aspectOddMin, 0...1),
    NumberField("jpeg.quality_min", \.jpegQualityMin, 0...100),
    NumberField("jpeg.blockiness_max", \.blockinessMax, 1...100),
    NumberField("overlay.border_min", \.overlayBorderMin, 0...1),
    NumberField("overlay.characters_min", \.overlayCharactersMin, 1...10000),
    NumberField("overlay.text_edges_max", \.textEdgesMax, 0...1),
  ]
}
