package import SwiftletImage

/// Everything that is measured of a photo, before any rule judges it.
public struct QualityMetrics: Sendable {
  /// Columns of the upright photo.
  public var width: Int
  /// Rows of the upright photo.
  public var height: Int
  /// What is known of the file; nil for pixels without one.
  public var file: FileFacts?
  /// How unsure the mask is; nil where no product was found.
  public var uncertainty: Double?
  /// Of the product; of the whole photo where none was found.
  package var sharpness: Sharpness?
  package var exposure: Exposure?
  package var framing: Framing?
  package var background: BackgroundMetrics?
  package var products: Int?
  package var isGrey: Bool
  /// Noise of the product and of what surrounds it.
  package var noise: (product: Noise?, background: Noise?)
  package var blockiness: Blockiness?
  package var overlay: Overlay?
  /// The edge of a composed product; nil for a photo as it came.
  package var rim: Rim?
  /// The JPEG quality that the photo came with: what it took away does not come back.
  package var sourceQuality: Int?
  /// Brightness, contrast and sharpness of the photo's parts.
  package var scores: [PartScores]

  /// Metrics of a photo.
  ///
  /// - Parameters:
  ///   - pixels: RGB or RGBA.
  ///   - segmentation: the product; nil where none was found, then only size, file and sharpness are
  ///     measured: blur may be the reason.
  ///   - file: what is known of the file.
  /// - Complexity: a few passes over the photo.
  package init(
    _ pixels: PixelBuffer, segmentation: Segmentation?, file: FileFacts?, thresholds: Thresholds
  ) {
    width = pixels.width
    height = pixels.height
    self.file = file
    isGrey = file?.header?.colorModel == .grey
    sourceQuality = file?.jpegQuality
    noise = (nil, nil)
    scores = []
    let opaque = pixels.opaque
    guard let segmentation else {
      sharpness = Sharpness(ProductView(whole: opaque), textureMin: thresholds.textureMin)
      return
    }
    uncertainty = segmentation.uncertainty
    // The product by itself, and beside it the whole photo.
    let (ofProduct, ofPhoto) = both(
      { ProductMeasures(opaque, segmentation, thresholds: thresholds) },
      { PhotoMeasures(opaque, segmentation, thresholds: thresholds) })
    (sharpness, exposure, blockiness) = (
      ofProduct.sharpness, ofProduct.exposure, ofProduct.blockiness
    )
    (framing, background, overlay) = (ofPhoto.framing, ofPhoto.background, ofPhoto.overlay)
    noise = (ofProduct.noise, ofPhoto.noise)
    scores = ofPhoto.scores
    products = Framing.products(
      in: segmentation.networkMask, shareMin: thresholds.componentShareMin)
  }

  /// The metrics of a composed picture: what was measured of the product stays, and that the photo's frame
  /// cut it; size, framing and background are measured anew, and its edge against the colour that now lies
  /// behind it.
  ///
  /// - Parameter isCutOut: whether the picture came with its own alpha: a cut-out that reaches its frame is
  ///   trimmed, not cut.
  package func recomposed(
    _ pixels: PixelBuffer, alpha: PixelBuffer, file: FileFacts?, ground: (UInt8, UInt8, UInt8)?,
    isCutOut: Bool, thresholds: Thresholds
  ) -> QualityMetrics {
    var metrics = self
    metrics.width = pixels.width
    metrics.height = pixels.height
    metrics.file = file
    metrics.background = nil
    metrics.overlay = nil
    metrics.noise.background = nil
    metrics.scores = []
    func framed(_ framing: Framing?) -> Framing? {
      guard var framing, !isCutOut, let before = self.framing else { return framing }
      framing.touchShare = max(framing.touchShare, before.touchShare)
      return framing
    }
    guard pixels.channels == 3 else {
      metrics.framing = framed(Framing(alpha))
      return metrics
    }
    // What takes longer first: it gets the other thread's help.
    let (rest, edge) = both(
      {
        let photo = PhotoView(pixels, alpha: alpha)
        return both(
          { PartScores.all(photo, textureMin: thresholds.textureMin) },
          { BackgroundMetrics(pixels, alpha: alpha, view: photo, thresholds: thresholds) })
      },
      { (Framing(alpha), ground.flatMap { Rim(pixels, alpha: alpha, background: $0) }) })
    (metrics.framing, metrics.rim) = (framed(edge.0), edge.1)
    (metrics.scores, metrics.background) = rest
    return metrics
  }

  /// The values by group; a value that could not be measured is missing, unknown sharpness is
  /// `"unknown"`.
  public var json: JSONValue {
    .compact([
      ("width", .integer(width)), ("height", .integer(height)), ("file", fileJSON),
      ("uncertainty", uncertainty.map { .rounded($0, 3) }),
      ("blur", uncertainty == nil && sharpness == nil ? nil : blurJSON), ("exposure", exposureJSON),
      ("noise", uncertainty == nil ? nil : noiseJSON),
      ("jpeg", blockiness.map { ["blockiness": .rounded($0.value, 3)] }),
      ("product", framingJSON), ("background", backgroundJSON),
      ("edge", rim.map { ["residual_share": .rounded($0.share)] }),
      ("overlay", overlayJSON),
      ("scores", scores.isEmpty ? nil : PartScores.json(scores)),
    ])
  }

  private var fileJSON: JSONValue? {
    file.map {
      .compact([
        ("format", .string($0.format.rawValue)), ("bytes", .integer($0.bytes)),
        ("jpeg_quality", $0.jpegQuality.map { .integer($0) }),
        ("color_model", ($0.header?.colorModel.rawValue).map { .string($0) }),
        ("icc_profile", $0.header.map { .bool($0.hasICCProfile) }),
        ("gps", $0.header.map { .bool($0.hasGPS) }),
      ])
    }
  }

  private var blurJSON: JSONValue {
    guard let sharpness else { return ["sharpness": "unknown"] }
    return [
      "sharpness": .rounded(sharpness.value), "evenness": .rounded(sharpness.evenness),
      "texture": .rounded(sharpness.texture, 1),
    ]
  }

  private var noiseJSON: JSONValue {
    func value(_ noise: Noise?) -> JSONValue {
      noise.map { .rounded($0.deviation, 2) } ?? "unknown"
    }
    return ["product": value(noise.product), "background": value(noise.background)]
  }

  private var overlayJSON: JSONValue? {
    overlay.map { overlay in
      [
        "border": .rounded(overlay.border),
        "characters": overlay.characters.map { .integer($0) } ?? "unknown",
      ]
    }
  }

  private var exposureJSON: JSONValue? {
    exposure.map {
      [
        "p5": .rounded($0.p5), "p50": .rounded($0.p50), "p95": .rounded($0.p95),
        "p99": .rounded($0.p99), "clipped_share": .rounded($0.clippedShare),
        "contrast": .rounded($0.contrast),
      ]
    }
  }

  private var framingJSON: JSONValue? {
    framing.map {
      .compact([
        ("bbox_fill", .rounded($0.fill)), ("area_fill", .rounded($0.areaFill)),
        ("center_offset", .rounded($0.centerOffset)), ("border_touch", .rounded($0.touchShare)),
        ("count", products.map { .integer($0) }),
      ])
    }
  }

  private var backgroundJSON: JSONValue? {
    background.map {
      [
        "white_share": .rounded($0.whiteShare), "exact_white_share": .rounded($0.exactWhiteShare),
        "border_white_share": .rounded($0.borderWhiteShare),
        "mean": .array([.rounded($0.mean.x, 1), .rounded($0.mean.y, 1), .rounded($0.mean.z, 1)]),
        "chroma": .rounded($0.lab.chroma, 2), "color_std": .rounded($0.colorStd, 2),
        "edge_density": .rounded($0.edgeDensity),
      ]
    }
  }
}

/// What is measured of a product at its normalised scale.
private struct ProductMeasures: Sendable {
  let sharpness: Sharpness?
  let exposure: Exposure?
  let noise: Noise?
  let blockiness: Blockiness?

  init(_ photo: PixelBuffer, _ segmentation: Segmentation, thresholds: Thresholds) {
    let view = ProductView(photo, alpha: segmentation.alpha, box: segmentation.boundingBox)
    sharpness = Sharpness(view, textureMin: thresholds.textureMin)
    exposure = Exposure(view)
    noise = Noise(
      view.luma, isIncluded: view.interior(radius: 2), width: view.width, height: view.height)
    blockiness = Blockiness(photo, around: segmentation.boundingBox)
  }
}

/// What is measured of a whole photo.
private struct PhotoMeasures: Sendable {
  let framing: Framing?
  let background: BackgroundMetrics?
  let noise: Noise?
  let overlay: Overlay
  let scores: [PartScores]

  init(_ photo: PixelBuffer, _ segmentation: Segmentation, thresholds: Thresholds) {
    framing = Framing(segmentation.extent, of: segmentation.alpha)
    let view = PhotoView(photo, alpha: segmentation.alpha)
    background = BackgroundMetrics(
      photo, alpha: segmentation.alpha, view: view, thresholds: thresholds)
    noise = Noise(
      view.luma,
      isIncluded: Morphology.eroded(
        view.alpha.data.converted { $0 == 0 }, width: view.width, height: view.height, radius: 2),
      width: view.width, height: view.height)
    let isBusy = background.map { $0.edgeDensity > thresholds.textEdgesMax } ?? true
    (overlay, scores) = both(
      { Overlay(view, isBusy: isBusy) },
      { PartScores.all(view, textureMin: thresholds.textureMin) })
  }
}
