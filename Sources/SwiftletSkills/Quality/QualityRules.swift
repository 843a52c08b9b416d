internal import SwiftletImage

/// The rules: metrics against thresholds and, where one is given, against a marketplace's profile.
package struct QualityRules: Sendable {
  private let thresholds: Thresholds
  private let profile: Profile?
  private let isProcessed: Bool
  private let today: String?

  /// Rules of a profile, or the general ones.
  ///
  /// - Parameters:
  ///   - isProcessed: whether `process` has done what it can, so that no finding advises it.
  ///   - today: the day, as `2027-01-31`, on which the profile has to hold; nil does not ask.
  package init(
    _ thresholds: Thresholds, profile: Profile?, isProcessed: Bool = false, today: String? = nil
  ) {
    self.thresholds = thresholds
    self.profile = profile
    self.isProcessed = isProcessed
    self.today = today
  }

  /// What stands against a photo, in a fixed order: profile, size, file, shape, mask, product,
  /// background, quality, overlay.
  package func findings(_ metrics: QualityMetrics) -> [Finding] {
    var findings = age() + size(metrics) + file(metrics) + compression(metrics) + shape(metrics)
    guard let uncertainty = metrics.uncertainty else {
      return findings + [Self.notFound] + blur(metrics)
    }
    findings += product(metrics, uncertainty)
    findings += background(metrics)
    findings += quality(metrics)
    findings += overlay(metrics)
    return findings
  }

  /// Whether the mask is too uncertain for a verdict without a person.
  package func isDoubtful(_ metrics: QualityMetrics) -> Bool {
    metrics.uncertainty.map { $0 >= thresholds.uncertaintyReview } ?? true
  }

  /// What stands against a cut-out or tags by the mask alone; nil where no product is found.
  package func findings(_ segmentation: Segmentation?) -> [Finding] {
    segmentation.map { doubt($0.uncertainty) } ?? [Self.notFound]
  }

  private static let notFound = Finding(
    "product.not_found", .error, measured: ["products": 0], required: ["products_min": 1])

  /// What stands against a mask of that uncertainty, 0...1.
  private func doubt(_ uncertainty: Double) -> [Finding] {
    guard uncertainty >= thresholds.uncertaintyWarn else { return [] }
    return [
      Finding(
        "product.uncertain", .warn, measured: ["uncertainty": .rounded(uncertainty, 3)],
        required: [
          "uncertainty_max": .number(thresholds.uncertaintyWarn),
          "uncertainty_review": .number(thresholds.uncertaintyReview),
        ])
    ]
  }

  /// What mends what the profile asks for.
  private var fix: String? {
    isProcessed ? nil : profile.map { "process --profile \($0.name)" }
  }

  /// What mends what any listing asks for.
  private var generalFix: String? { isProcessed ? nil : fix ?? "process" }

  private func age() -> [Finding] {
    guard let today, let profile, let last = profile.effectiveUntil, today > last else { return [] }
    return [
      Finding(
        "profile.expired", .warn, measured: ["day": .string(today)],
        required: ["effective_until": .string(last)],
        fix: profile.successor.map { "use profile \($0)" })
    ]
  }

  private func size(_ metrics: QualityMetrics) -> [Finding] {
    guard let profile else { return [] }
    let (width, height) = (metrics.width, metrics.height)
    let (long, short) = (max(width, height), min(width, height))
    func finding(
      _ rule: String, _ severity: Finding.Severity, _ measured: (String, Int),
      _ required: (String, Int), fix: String? = nil
    ) -> Finding {
      Finding(
        rule, severity, measured: .compact([(measured.0, .integer(measured.1))]),
        required: .compact([(required.0, .integer(required.1))]), fix: fix)
    }
    let least: [(String, Int, String, Int?)] = [
      ("long_side", long, "long_side_min", profile.longSideMin),
      ("width", width, "width_min", profile.widthMin),
      ("height", height, "height_min", profile.heightMin),
    ]
    for (name, value, limit, bound) in least {
      guard let bound, value < bound else { continue }
      // More background brings a photo of the wrong shape to the size, as far as the fill allows.
      return [
        finding(
          "dimension.too_small", .error, (name, value), (limit, bound),
          fix: name != "long_side" && long >= bound ? fix : nil)
      ]
    }
    var findings: [Finding] = []
    let wished: [(String, Int, String, Int?)] = [
      ("long_side", long, "long_side_min", profile.longSideZoom),
      ("short_side", short, "short_side_min", profile.shortSideZoom),
    ]
    for (name, value, limit, bound) in wished where findings.isEmpty {
      guard let bound, value < bound else { continue }
      findings.append(finding("dimension.below_zoom", .warn, (name, value), (limit, bound)))
    }
    if let most = profile.longSideMax, long > most {
      findings.append(
        finding(
          "dimension.too_large", .error, ("long_side", long), ("long_side_max", most), fix: fix))
    }
    if let most = profile.pixelsMax, width * height > most {
      findings.append(
        finding(
          "megapixels.too_many", .error, ("pixels", width * height), ("pixels_max", most),
          fix: fix))
    }
    return findings
  }

  private func file(_ metrics: QualityMetrics) -> [Finding] {
    guard let file = metrics.file else { return [] }
    var findings: [Finding] = []
    if let profile {
      if !profile.formats.contains(file.format) {
        findings.append(
          Finding(
            "file.format_not_allowed", .error, measured: ["format": .string(file.format.rawValue)],
            required: ["formats": .array(profile.formats.map { .string($0.rawValue) })], fix: fix))
      }
      if let most = profile.bytesMax, file.bytes > most {
        findings.append(
          Finding(
            "file.too_large", .error, measured: ["bytes": .integer(file.bytes)],
            required: ["bytes_max": .integer(most)], fix: fix))
      }
      if let least = profile.bytesMin, file.bytes < least {
        findings.append(
          Finding(
            "file.too_small", .error, measured: ["bytes": .integer(file.bytes)],
            required: ["bytes_min": .integer(least)], fix: fix))
      }
    }
    let extensions = file.format == .jpeg ? ["jpg", "jpeg", "jpe", "jfif"] : ["png"]
    if !file.pathExtension.isEmpty, !extensions.contains(file.pathExtension) {
      findings.append(
        Finding(
          "file.extension_mismatch", .warn,
          measured: ["extension": .string(file.pathExtension)],
          required: ["extension": .string(extensions[0])], fix: fix))
    }
    if let header = file.header {
      if header.colorModel == .cmyk {
        findings.append(
          Finding(
            "color.cmyk", .info, measured: ["color_model": "cmyk"],
            required: ["color_model": "rgb"], fix: generalFix))
      }
      if metrics.isGrey {
        findings.append(
          Finding(
            "color.grayscale", .info, measured: ["color_model": "grey"],
            required: ["color_model": "rgb"]))
      }
    }
    return findings
  }

  private func compression(_ metrics: QualityMetrics) -> [Finding] {
    let qualities = [metrics.sourceQuality, metrics.file?.jpegQuality].compactMap { $0 }
    let quality = qualities.min().flatMap { Double($0) < thresholds.jpegQualityMin ? $0 : nil }
    let blockiness = metrics.blockiness.flatMap {
      $0.value > thresholds.blockinessMax ? $0.value : nil
    }
    guard quality != nil || blockiness != nil else { return [] }
    return [
      Finding(
        "jpeg.blocky", .warn,
        measured: .compact([
          ("jpeg_quality", quality.map { .integer($0) }),
          ("blockiness", blockiness.map { .rounded($0) }),
        ]),
        required: .compact([
          ("jpeg_quality_min", quality.map { _ in .number(thresholds.jpegQualityMin) }),
          ("blockiness_max", blockiness.map { _ in .number(thresholds.blockinessMax) }),
        ]))
    ]
  }

  private func shape(_ metrics: QualityMetrics) -> [Finding] {
    let (width, height) = (Double(metrics.width), Double(metrics.height))
    var findings: [Finding] = []
    if let aspect = profile?.aspect, let profile {
      let deviation = abs(width / height / aspect - 1)
      if deviation > profile.aspectTolerance {
        findings.append(
          Finding(
            "aspect.mismatch", .warn, measured: ["aspect": .rounded(width / height)],
            required: ["aspect": .number(aspect), "tolerance": .number(profile.aspectTolerance)],
            fix: fix))
      }
    }
    let ratio = min(width / height, height / width)
    if ratio < thresholds.aspectOddMin {
      findings.append(
        Finding(
          "aspect.odd", .warn, measured: ["short_over_long": .rounded(ratio)],
          required: ["short_over_long_min": .number(thresholds.aspectOddMin)], fix: fix))
    }
    return findings
  }

  private func product(_ metrics: QualityMetrics, _ uncertainty: Double) -> [Finding] {
    var findings = doubt(uncertainty)
    guard let framing = metrics.framing else { return findings }
    if let least = profile?.fillMin, framing.fill < least {
      findings.append(
        Finding(
          "product.fill_low", .error, measured: ["bbox_fill": .rounded(framing.fill)],
          required: ["bbox_fill_min": .number(least)], fix: fix))
    }
    if let most = profile?.fillMax, framing.fill > most {
      findings.append(
        Finding(
          "product.fill_high", .error, measured: ["bbox_fill": .rounded(framing.fill)],
          required: ["bbox_fill_max": .number(most)], fix: fix))
    }
    if framing.centerOffset > thresholds.centerOffsetMax {
      findings.append(
        Finding(
          "product.off_center", .warn,
          measured: ["center_offset": .rounded(framing.centerOffset)],
          required: ["center_offset_max": .number(thresholds.centerOffsetMax)], fix: fix))
    }
    if framing.touchShare >= thresholds.touchShareMin {
      findings.append(
        Finding(
          "product.cropped_edge", profile?.wholeProduct == true ? .error : .warn,
          measured: ["border_touch": .rounded(framing.touchShare)],
          required: ["border_touch_max": .number(thresholds.touchShareMin)]))
    }
    if let count = metrics.products, count > 1 {
      findings.append(
        Finding(
          "product.multiple", profile?.singleProduct == true ? .error : .info,
          measured: ["products": .integer(count)], required: ["products_max": 1]))
    }
    return findings
  }

  private func background(_ metrics: QualityMetrics) -> [Finding] {
    guard let background = metrics.background else { return [] }
    var findings: [Finding] = []
    let isWhite =
      min(background.whiteShare, background.borderWhiteShare) >= thresholds.whiteShareMin
    if profile?.background == .white, !isWhite {
      findings.append(
        Finding(
          "background.not_white", .error,
          measured: [
            "white_share": .rounded(background.whiteShare),
            "border_white_share": .rounded(background.borderWhiteShare),
          ],
          required: [
            "white_share_min": .number(thresholds.whiteShareMin),
            "tolerance": .number(thresholds.whiteTolerance),
          ], fix: fix))
    }
    let light = min(background.mean.x, min(background.mean.y, background.mean.z))
    let wantsLight = profile?.background == .light || profile?.background == .lightGrey
    if wantsLight, light < thresholds.lightMin {
      findings.append(
        Finding(
          "background.not_light", .error, measured: ["darkest_channel": .rounded(light, 1)],
          required: ["darkest_channel_min": .number(thresholds.lightMin)], fix: fix))
    }
    if profile?.background == .lightGrey, isWhite {
      findings.append(
        Finding(
          "background.is_white", .error, measured: ["white_share": .rounded(background.whiteShare)],
          required: ["white_share_max": .number(thresholds.whiteShareMin)], fix: fix))
    }
    if background.colorStd > thresholds.uniformStdMax {
      findings.append(
        Finding(
          "background.not_uniform", .warn,
          measured: ["color_std": .rounded(background.colorStd, 2)],
          required: ["color_std_max": .number(thresholds.uniformStdMax)], fix: generalFix))
    }
    let (lab, isUniform) = (background.lab, background.colorStd <= thresholds.uniformStdMax)
    if isUniform, lab.l >= thresholds.castLightnessMin, lab.chroma > thresholds.castMin,
      lab.chroma < thresholds.castMax
    {
      findings.append(
        Finding(
          "color.cast", .warn, measured: ["background_chroma": .rounded(lab.chroma, 2)],
          required: ["background_chroma_max": .number(thresholds.castMin)]))
    }
    if let rim = metrics.rim, rim.share > thresholds.haloShareMax {
      findings.append(
        Finding(
          "background.residual_halo", .warn, measured: ["edge_share": .rounded(rim.share)],
          required: ["edge_share_max": .number(thresholds.haloShareMax)]))
    }
    if background.edgeDensity > thresholds.clutterEdgesMax {
      findings.append(
        Finding(
          "background.cluttered", .warn,
          measured: ["edge_density": .rounded(background.edgeDensity)],
          required: ["edge_density_max": .number(thresholds.clutterEdgesMax)],
          fix: generalFix))
    }
    return findings
  }

  private func blur(_ metrics: QualityMetrics) -> [Finding] {
    guard let sharpness = metrics.sharpness, sharpness.value < thresholds.sharpnessMin else {
      return []
    }
    // Motion leaves the direction across it sharp.
    let isMotion = sharpness.evenness < thresholds.evennessMin
    return [
      Finding(
        isMotion ? "blur.motion" : "blur.foreground", .warn,
        measured: [
          "sharpness": .rounded(sharpness.value), "evenness": .rounded(sharpness.evenness),
        ],
        required: ["sharpness_min": .number(thresholds.sharpnessMin)])
    ]
  }

  private func quality(_ metrics: QualityMetrics) -> [Finding] {
    var findings = blur(metrics)
    // Texture may pass for noise, and a smooth ground may have been cleaned: both have to show it.
    let noise = [metrics.noise.product, metrics.noise.background].compactMap { $0?.deviation }
    if let deviation = noise.min(), deviation > thresholds.noiseMax {
      findings.append(
        Finding(
          "noise.high", .warn, measured: ["deviation": .rounded(deviation, 2)],
          required: ["deviation_max": .number(thresholds.noiseMax)]))
    }
    guard let exposure = metrics.exposure else { return findings }
    if exposure.p99 < thresholds.darkMax {
      findings.append(
        Finding(
          "exposure.dark", .warn, measured: ["brightness_p99": .rounded(exposure.p99)],
          required: ["brightness_p99_min": .number(thresholds.darkMax)]))
    }
    if exposure.p5 > thresholds.brightMin {
      findings.append(
        Finding(
          "exposure.bright", .warn, measured: ["brightness_p5": .rounded(exposure.p5)],
          required: ["brightness_p5_max": .number(thresholds.brightMin)]))
    }
    if exposure.clippedShare > thresholds.clippedShareMax {
      findings.append(
        Finding(
          "exposure.clipped_highlights", .warn,
          measured: ["clipped_share": .rounded(exposure.clippedShare)],
          required: ["clipped_share_max": .number(thresholds.clippedShareMax)]))
    }
    if exposure.contrast < thresholds.contrastMin {
      findings.append(
        Finding(
          "contrast.low", .info, measured: ["contrast": .rounded(exposure.contrast)],
          required: ["contrast_min": .number(thresholds.contrastMin)]))
    }
    return findings
  }

  /// Suspicions only: a frame or a row of letters can belong to the goods.
  private func overlay(_ metrics: QualityMetrics) -> [Finding] {
    guard let overlay = metrics.overlay else { return [] }
    var findings: [Finding] = []
    if overlay.border > thresholds.overlayBorderMin {
      findings.append(
        Finding(
          "overlay.border", .warn, measured: ["border": .rounded(overlay.border)],
          required: ["border_max": .number(thresholds.overlayBorderMin)], fix: generalFix))
    }
    if let characters = overlay.characters,
      Double(characters) >= thresholds.overlayCharactersMin
    {
      findings.append(
        Finding(
          "overlay.text_suspected", .warn, measured: ["characters": .integer(characters)],
          required: ["characters_max": .number(thresholds.overlayCharactersMin - 1)],
          fix: generalFix))
    }
    return findings
  }
}
