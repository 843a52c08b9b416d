internal import Swiftlet
internal import SwiftletImage

/// One photo on its way: the planner names the step, this takes it and notes the time.
struct PipelineRun {
  private let pipeline: ProductPipeline
  private let kind: ProcessResult.Kind
  private let options: ProcessOptions
  private let profile: Profile?
  private let background: BackgroundStyle
  private let format: ImageFormat

  private var bytes: [UInt8]
  private var state: PlanState
  private var plan: [PlanEntry] = []
  private var pixels = PixelBuffer(width: 1, height: 1, channels: 3)
  private var source: FileFacts?
  private var mask: NetworkMask?
  private var segmentation: Segmentation?
  private var metrics: QualityMetrics?
  private var findings: [Finding] = []
  private var mended: [Finding] = []
  private var tags: Tags?
  /// How long steps took that were taken beside each other.
  private var ownTimes: [PlanStep: Duration] = [:]
  private var composition: Composition?
  private var output: [UInt8]?
  private var filler = 0
  private var overview: Overview?

  init(
    _ pipeline: ProductPipeline, _ kind: ProcessResult.Kind, _ bytes: [UInt8],
    _ options: ProcessOptions
  ) throws(SkillError) {
    self.pipeline = pipeline
    self.kind = kind
    self.bytes = bytes
    self.options = options
    (profile, background, format) = try pipeline.validate(options, kind)
    state = PlanState(
      wantsQuality: kind == .process || kind == .qa,
      wantsTags: kind == .tag || (kind == .process && options.wantsTags && pipeline.canTag),
      wantsPicture: kind == .process || kind == .segment)
  }

  /// Takes the steps until the planner has none left.
  mutating func finish() throws(SkillError) -> ProcessResult {
    try ThreadPool.shared.occupied { () throws(SkillError) in try takeSteps() }
    return result
  }

  /// Takes the steps that lead to the product, without tags.
  mutating func findProduct() throws(SkillError) -> (pixels: PixelBuffer, product: Segmentation?) {
    state.wantsTags = false
    try ThreadPool.shared.occupied { () throws(SkillError) in try takeSteps() }
    return (pixels, segmentation)
  }

  private mutating func takeSteps() throws(SkillError) {
    let planner = Planner(profile: profile, doubt: pipeline.thresholds.uncertaintyWarn)
    let clock = ContinuousClock()
    while let (step, why) = planner.next(state) {
      let (_, passed) = try clock.timed { () throws(SkillError) in try take(step) }
      let time = ownTimes[step] ?? passed
      plan.append(PlanEntry(step: step, why: why, milliseconds: time / .milliseconds(1)))
      state.done.append(step)
    }
  }

  private var result: ProcessResult {
    let rules = QualityRules(pipeline.thresholds, profile: profile, today: pipeline.options.today)
    let doubtful =
      metrics.map { rules.isDoubtful($0) }
      ?? segmentation.map { $0.uncertainty >= pipeline.thresholds.uncertaintyReview } ?? true
    let matte = composition?.alpha
    // Cut-outs and tags are judged by the mask alone.
    let isMeasured = kind == .process || kind == .qa
    let findings = isMeasured ? findings : rules.findings(segmentation)
    return ProcessResult(
      kind: kind, output: output, format: output == nil ? nil : format,
      width: matte?.width ?? pixels.width, height: matte?.height ?? pixels.height,
      segmentation: segmentation, profile: profile?.name, findings: findings, mended: mended,
      metrics: metrics, verdict: Verdict(findings, doubtful: doubtful), tags: tags, plan: plan,
      overview: overview)
  }

  /// Refuses options that contradict each other.
  static func check(
    _ kind: ProcessResult.Kind, _ options: ProcessOptions, _ background: BackgroundStyle,
    _ format: ImageFormat,
    _ profile: Profile?
  ) throws(SkillError) {
    if background == .transparent, format == .jpeg, !options.onlyMask {
      throw SkillError(
        .invalidArgument, "background 'transparent'", "a JPEG has no transparency",
        "choose png, or a background colour")
    }
    if let profile, !profile.formats.contains(format) {
      throw SkillError(
        .invalidArgument, "format '\(format.rawValue)'", "\(profile.name) does not take it",
        "use one of " + profile.formats.map(\.rawValue).joined(separator: ", "))
    }
    if kind == .process, let profile, profile.background == .white,
      let wanted = options.background, wanted != .white
    {
      throw SkillError(
        .invalidArgument, "background '\(wanted.description)'", "\(profile.name) asks for white",
        "leave the background out, or choose another profile")
    }
    if kind == .process, let profile, profile.background == .white, options.shadow == .soft {
      throw SkillError(
        .invalidArgument, "shadow 'soft'", "\(profile.name) asks for pure white",
        "leave the shadow out, or choose another profile")
    }
    if options.jpegQuality != nil, format != .jpeg {
      throw SkillError(
        .invalidArgument, "JPEG quality", "a PNG has none", "leave it out, or write a .jpg")
    }
    if let quality = options.jpegQuality, !(1...100).contains(quality) {
      throw SkillError(
        .invalidArgument, "JPEG quality \(quality)", "it is not from 1 to 100", "give 1...100")
    }
  }

  private mutating func take(_ step: PlanStep) throws(SkillError) {
    switch step {
    case .decode: try decode()
    case .segment: try look(.plain)
    case .segmentContrasted: try look(.contrasted)
    case .segmentFlipped: try look(.flipped)
    case .segmentPadded: try look(.padded)
    case .refine: try refine()
    case .quality: try measure()
    case .tag: try tag()
    case .compose: compose()
    case .encode: try encode()
    case .verify: try verify()
    case .review, .stop: endWithoutPicture()
    }
  }

  /// Where no picture was made, what `process` mends it did not mend: no finding advises it.
  private mutating func endWithoutPicture() {
    guard kind == .process, output == nil, let metrics else { return }
    findings = findings(on: metrics, isProcessed: true)
  }

  private mutating func decode() throws(SkillError) {
    let (contents, limits) = (bytes, pipeline.options.limits)
    // Decoding keeps one core busy; meanwhile another loads the networks, on the first photo.
    let result = pipeline.preparing(tags: state.wantsTags) {
      Result { () throws(ImageError) in try ImageDecoder.decode(contents, limits: limits) }
    }
    let decoded = try image { () throws(ImageError) in try result.get() }
    let name = options.fileName.map(FileSystem.pathExtension) ?? ""
    source = FileFacts(
      contents, format: decoded.header.format, header: decoded.header, pathExtension: name)
    bytes = []
    pixels = decoded.pixels
    if pixels.channels == 4, try pixels.ownSegmentation() == nil { pixels = pixels.opaque }
    if options.wantsOverview { overview = Overview(pixels) }
    state.width = pixels.width
    state.height = pixels.height
  }

  /// Lets the network look at a view of the photo. What it adds to a mask found before: the mirrored
  /// view the mean of both, any other one its own mask where that is the surer one.
  private mutating func look(_ view: Segmenter.View) throws(SkillError) {
    if view == .plain, let own = try pixels.ownSegmentation() {
      segmentation = own
      state.foundProduct = true
      state.hasOwnMatte = true
      return
    }
    let segmenter = try pipeline.segmenter()
    let seen = try segmenter.networkMask(of: pixels, view: view)
    let isFound = segmenter.showsProduct(seen) && !(view == .padded && seen.showsFrame)
    if view == .plain {
      let isSure = isFound && seen.uncertainty < pipeline.thresholds.uncertaintyWarn
      state.isPale = !isSure && pixels.isPale
    }
    guard isFound else {
      state.foundProduct = state.foundProduct ?? false
      return
    }
    if let known = mask {
      if view == .flipped {
        mask = known.averaged(with: seen)
      } else if seen.uncertainty < state.uncertainty {
        mask = seen
        state.uncertainty = seen.uncertainty
      }
    } else {
      mask = seen
      state.uncertainty = seen.uncertainty
      state.touchesBorder = seen.borderShare >= pipeline.thresholds.touchShareMin
    }
    state.foundProduct = true
  }

  /// Carries the mask to the photo's resolution.
  private mutating func refine() throws(SkillError) {
    guard let mask else { return }
    segmentation = try pipeline.segmenter().segmentation(
      of: pixels, mask: mask, uncertainty: state.uncertainty)
    state.foundProduct = segmentation != nil
  }

  /// Measures, and beside it tags the product where that comes next: neither needs the other.
  private mutating func measure() throws(SkillError) {
    let (pixels, segmentation, source) = (pixels, segmentation, source)
    let thresholds = pipeline.thresholds
    let measuring = { @Sendable in
      QualityMetrics(pixels, segmentation: segmentation, file: source, thresholds: thresholds)
    }
    let measured: QualityMetrics
    if state.wantsTags, state.foundProduct == true {
      let pipeline = pipeline
      let tagging = { @Sendable in
        Result { () throws(SkillError) in
          try pipeline.tagger().tags(of: pixels, segmentation: segmentation)
        }
      }
      // Tagging ends with a network, in which the thread that has measured can help.
      let (tags, metrics) = both(
        { ContinuousClock().timed(tagging) }, { ContinuousClock().timed(measuring) })
      measured = metrics.0
      self.tags = try tags.0.get()
      ownTimes = [.quality: metrics.1, .tag: tags.1]
    } else {
      measured = measuring()
    }
    metrics = measured
    findings = findings(on: measured)
  }

  /// - Parameter isProcessed: whether `process` did what it can, so that no finding advises it.
  private func findings(on metrics: QualityMetrics, isProcessed: Bool = false) -> [Finding] {
    var findings = QualityRules(
      pipeline.thresholds, profile: profile, isProcessed: isProcessed,
      today: pipeline.options.today
    ).findings(metrics)
    // Where no product was looked for, none is missing.
    if state.foundProduct == nil { findings.removeAll { $0.rule == "product.not_found" } }
    return findings
  }

  /// Tags the photo where that was not done beside the measurements.
  private mutating func tag() throws(SkillError) {
    if tags == nil { tags = try pipeline.tagger().tags(of: pixels, segmentation: segmentation) }
  }

  private mutating func compose() {
    guard let segmentation else { return }
    if kind == .segment, options.onlyMask {
      composition = Composition(
        pixels: segmentation.alpha, alpha: segmentation.alpha, background: .transparent)
      return
    }
    // A picture that came with its own alpha has its own colours in the edge already.
    if pixels.channels == 3 { Decontamination.apply(&pixels, alpha: segmentation.alpha) }
    var alpha = segmentation.alpha
    var canvas: Canvas?
    if let profile {
      let frame = PixelBox(x: 0, y: 0, width: pixels.width, height: pixels.height)
      var box = profile.aspect == nil ? frame : segmentation.boundingBox
      func wanted(_ box: PixelBox) -> Canvas {
        guard let aspect = profile.aspect else {
          return Canvas(width: box.width, height: box.height)
        }
        return .fitting(box, profile, aspect: aspect, sideMax: profile.writtenSideMax)
      }
      var fitted = wanted(box)
      // The canvas can be several times the photo; the photo is reduced first where it is too large.
      let scale = fitted.scale(
        toLongSide: profile.writtenSideMax, pixels: profile.writtenPixelsMax)
      if scale < 1 {
        let (width, height) = (
          max(1, Int(Double(pixels.width) * scale)), max(1, Int(Double(pixels.height) * scale))
        )
        pixels = pixels.resized(width: width, height: height, filter: .bilinear)
        alpha = alpha.resized(width: width, height: height, filter: .bilinear)
        box = box.scaled(by: scale, width: width, height: height)
        fitted = wanted(box)
      }
      canvas = fitted
    }
    // The photo's pixels are given away, so that they can be covered in place.
    let photo = pixels
    pixels = PixelBuffer(width: 1, height: 1, channels: 3)
    var composed = Composer.compose(photo, alpha: alpha, background: background, canvas: canvas)
    composed.add(options.shadow ?? profile?.shadow ?? .none)
    composition = composed
  }

  private mutating func encode() throws(SkillError) {
    guard let composition else { return }
    let file = try ListingEncoder.encode(
      composition, as: format,
      quality: options.jpegQuality ?? Int(pipeline.settings.jpegQuality), profile: profile)
    output = file.bytes
    filler = file.filler
    if options.wantsOverview { overview?.after = Overview.thumbnail(file.composition.pixels) }
    // The pixels are read back from the file; nobody needs these any longer.
    self.composition = file.composition
    self.composition?.pixels = PixelBuffer(width: 1, height: 1, channels: 3)
  }

  /// Reads the written file back and applies the rules to it.
  private mutating func verify() throws(SkillError) {
    guard let output, let composition, let before = metrics else { return }
    // Our own file may exceed what is accepted from outside.
    let written = try image { () throws(ImageError) in
      try ImageDecoder.decode(output, limits: .none)
    }
    let file = FileFacts(output, format: format, header: written.header)
    var ground: (UInt8, UInt8, UInt8)?
    if case .color(let red, let green, let blue) = composition.background,
      !composition.hasShadow
    {
      ground = (red, green, blue)
    }
    let after = before.recomposed(
      written.pixels, alpha: composition.alpha, file: file, ground: ground,
      isCutOut: state.hasOwnMatte, thresholds: pipeline.thresholds)
    var remaining = findings(on: after, isProcessed: true)
    if filler > 0 {
      remaining.append(
        Finding(
          "file.filled", .info, measured: ["filler_bytes": .integer(filler)],
          required: ["bytes_min": profile?.bytesMin.map { .integer($0) } ?? .null]))
    }
    let rules = Set(remaining.map(\.rule))
    mended = findings.filter { !rules.contains($0.rule) }
    findings = remaining
    metrics = after
  }
}

extension ContinuousClock {
  /// The result of `body` and how long it took.
  fileprivate func timed<Value, Failure: Error>(
    _ body: () throws(Failure) -> Value
  ) throws(Failure) -> (Value, Duration) {
    let start = now
    let value = try body()
    return (value, now - start)
  }
}
