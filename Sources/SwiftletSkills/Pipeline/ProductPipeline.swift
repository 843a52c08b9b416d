internal import Swiftlet
internal import SwiftletImage

/// The skills behind one door: bytes of a photo in, picture and JSON out.
///
/// Safe to call from several threads. Models are loaded on first use and shared; the same bytes and
/// options give the same result on any number of threads.
public final class ProductPipeline: Sendable {
  /// Where weights and configuration lie.
  public let resources: Resources
  /// The set-up.
  public let options: PipelineOptions
  /// How the skills work.
  public let settings: PipelineSettings
  /// The numbers by which quality is judged.
  public let thresholds: Thresholds

  private let segmenterSlot = Lazy<Segmenter>()
  private let taggerSlot = Lazy<Tagger>()

  /// A pipeline with the configuration of `resources`; no model is loaded yet.
  ///
  /// - Throws: `SkillError` for a damaged configuration file.
  public init(
    resources: Resources, options: PipelineOptions = PipelineOptions()
  ) throws(SkillError) {
    self.resources = resources
    self.options = options
    if let path = resources.configuration("pipeline.yaml") {
      settings = try PipelineSettings.load(path)
    } else {
      settings = PipelineSettings()
    }
    if let path = resources.configuration("thresholds.yaml") {
      thresholds = try Thresholds.load(path)
    } else {
      thresholds = Thresholds()
    }
  }

  /// Loads the models now and runs each once, so that the first photo does not wait for it. A
  /// missing tag model is left out.
  ///
  /// - Throws: `SkillError` for a missing mask model or a damaged one.
  public func prepare() throws(SkillError) {
    let grey = PixelBuffer(width: 8, height: 8, channels: 3)
    _ = try segmenter().networkMask(of: grey)
    if canTag { _ = try tagger().tags(of: grey, segmentation: nil) }
  }

  /// Runs `body` and beside it, on a thread that would idle, loads the networks and runs the first once,
  /// unless that was done before. What cannot be loaded is left to the step that needs it.
  func preparing<Value>(tags: Bool, _ body: () -> Value) -> Value {
    let isReady = segmenterSlot.isMade && (!tags || taggerSlot.isMade)
    nonisolated(unsafe) var value: Value?
    withoutActuallyEscaping(body) { body in
      nonisolated(unsafe) let body = body
      parallel(isReady || ThreadPool.shared.helpers == 0 ? 1 : 2) { task in
        if task == 0 {
          value = body()
        } else {
          let grey = PixelBuffer(width: 8, height: 8, channels: 3)
          _ = try? segmenter().networkMask(of: grey)
          if tags { _ = try? tagger() }
        }
      }
    }
    // `parallel` returns when every task has run.
    return value ?? body()
  }

  /// The segmenter, loaded on first use.
  ///
  /// - Throws: `SkillError` with code `missingWeights` or the engine's error.
  public func segmenter() throws(SkillError) -> Segmenter {
    try segmenterSlot.value { () throws(SkillError) in
      try Segmenter(
        model: try load(options.segmentModel, "segment-fast.nest"),
        sessionOptions: options.session, settings: settings,
        concurrency: options.concurrency)
    }
  }

  /// The tagger, loaded on first use.
  ///
  /// - Throws: `SkillError` with code `missingWeights` or the engine's error.
  public func tagger() throws(SkillError) -> Tagger {
    try taggerSlot.value { () throws(SkillError) in
      try Tagger(
        model: try load(options.tagModel, "tag-mobilenet.nest"),
        sessionOptions: options.session, settings: settings,
        concurrency: options.concurrency)
    }
  }

  /// Whether there is a tag model.
  public var canTag: Bool {
    if let path = options.tagModel { return FileSystem.exists(path) }
    return (try? resources.weights("tag-mobilenet.nest")) != nil
  }

  /// Everything for a listing: picture, verdict, tags.
  ///
  /// A photo without a product is no error: the result has no output, the finding
  /// `product.not_found` and the verdict `needs_review`.
  ///
  /// - Parameters:
  ///   - bytes: a PNG or JPEG.
  ///   - options: what is wanted.
  /// - Throws: `SkillError` for bytes that are no photo, an unknown profile, options that
  ///   contradict each other, or missing weights.
  public func process(
    bytes: [UInt8], options: ProcessOptions = ProcessOptions()
  ) throws(SkillError) -> ProcessResult {
    var run = try PipelineRun(self, .process, bytes, options)
    return try run.finish()
  }

  /// A photo's pixels and its product as `tag` finds it, nil where it finds none.
  func product(
    of bytes: [UInt8]
  ) throws(SkillError) -> (pixels: PixelBuffer, product: Segmentation?) {
    var run = try PipelineRun(self, .tag, bytes, ProcessOptions())
    return try run.findProduct()
  }

  /// The cut-out of a photo: the product over `options.background` (nothing by default), or alpha
  /// itself with `options.onlyMask`.
  ///
  /// - Throws: `SkillError` as ``process(bytes:options:)`` does, and with code `noForeground`.
  public func segment(
    bytes: [UInt8], options: ProcessOptions = ProcessOptions()
  ) throws(SkillError) -> ProcessResult {
    var run = try PipelineRun(self, .segment, bytes, options)
    let result = try run.finish()
    guard result.segmentation != nil else { throw .noForeground() }
    return result
  }

  /// The verdict on a photo as it is. Needs no tag model.
  ///
  /// - Throws: `SkillError` as ``process(bytes:options:)`` does.
  public func qa(
    bytes: [UInt8], options: ProcessOptions = ProcessOptions()
  ) throws(SkillError) -> ProcessResult {
    var run = try PipelineRun(self, .qa, bytes, options)
    return try run.finish()
  }

  /// The tags of a photo.
  ///
  /// - Throws: `SkillError` as ``process(bytes:options:)`` does; missing tag weights are an error.
  public func tag(
    bytes: [UInt8], options: ProcessOptions = ProcessOptions()
  ) throws(SkillError) -> ProcessResult {
    _ = try tagger()
    var run = try PipelineRun(self, .tag, bytes, options)
    return try run.finish()
  }

  /// Checks options before there is a photo.
  ///
  /// - Throws: `SkillError` as ``process(bytes:options:)`` does for the same options.
  package func check(
    _ options: ProcessOptions, for kind: ProcessResult.Kind
  ) throws(SkillError) {
    _ = try validate(options, kind)
  }

  /// What options come to: profile, background and format.
  ///
  /// - Throws: `SkillError` for a profile that does not exist and for options that contradict each
  ///   other.
  func validate(
    _ options: ProcessOptions, _ kind: ProcessResult.Kind
  ) throws(SkillError) -> (profile: Profile?, background: BackgroundStyle, format: ImageFormat) {
    let profile = try profile(of: options)
    let background = background(of: options, profile, kind)
    let format = format(of: options, profile, kind)
    try PipelineRun.check(kind, options, background, format, profile)
    return (profile, background, format)
  }

  /// The profile that options name; nil without one.
  func profile(of options: ProcessOptions) throws(SkillError) -> Profile? {
    if let own = options.ownProfile { return own }
    guard let name = options.profile else { return nil }
    return try Profile.named(name, in: resources)
  }

  func background(
    of options: ProcessOptions, _ profile: Profile?, _ kind: ProcessResult.Kind
  ) -> BackgroundStyle {
    options.background ?? (kind == .segment ? .transparent : profile?.backgroundStyle ?? .white)
  }

  func format(
    of options: ProcessOptions, _ profile: Profile?, _ kind: ProcessResult.Kind
  ) -> ImageFormat {
    if let format = options.format { return format }
    let isSeeThrough = background(of: options, profile, kind) == .transparent
    return isSeeThrough || kind == .segment ? .png : profile?.formats.first ?? .jpeg
  }

  private func load(_ path: String?, _ name: String) throws(SkillError) -> Model {
    let path = if let path { path } else { try resources.weights(name) }
    return try engine { () throws(EngineError) in try Model.load(path) }
  }
}
