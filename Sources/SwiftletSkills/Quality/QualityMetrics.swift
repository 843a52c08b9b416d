package import SwiftletImage

/// Everything that is measured of a photo, before any rule judges it.
public struct QualityMetrics: Sendable, Equatable {
  /// Columns of the upright photo.
  public var width: Int
  /// Rows of the upright photo.
  public var height: Int
  /// What is known of the file; nil for pixels without one.
  public var file: FileFacts?
  /// How unsure the mask is; nil where no product was found.
  public var uncertainty: Double?
  package var sharpness: Sharpness?
  package var exposure: Exposure?
  package var framing: Framing?
  package var background: BackgroundMetrics?
  package var products: Int?
  package var isGrey: Bool

  /// Metrics of a photo.
  ///
  /// - Parameters:
  ///   - pixels: RGB or RGBA.
  ///   - segmentation: the product; nil where none was found, then only size and file are measured.
  ///   - file: what is known of the file.
  /// - Complexity: a few passes over the photo.
  package init(
    _ pixels: PixelBuffer, segmentation: Segmentation?, file: FileFacts?, thresholds: Thresholds
  ) {
    width = pixels.width
    height = pixels.height
    self.file = file
    isGrey = file?.header?.colorModel == .grey
    guard let segmentation else { return }
    let opaque = pixels.opaque
    uncertainty = segmentation.uncertainty
    let view = ProductView(opaque, alpha: segmentation.alpha, box: segmentation.boundingBox)
    sharpness = Sharpness(
      view, stdMin: thresholds.textureStdMin, tilesMin: Int(thresholds.textureTilesMin))
    exposure = Exposure(view)
    framing = Framing(segmentation.alpha)
    background = BackgroundMetrics(opaque, alpha: segmentation.alpha, thresholds: thresholds)
    products = Framing.products(
      in: segmentation.networkMask, shareMin: thresholds.componentShareMin)
  }

  /// The metrics of a composed picture: what was measured of the product stays, size, framing and
  /// background are measured anew.
  package func recomposed(
    _ pixels: PixelBuffer, alpha: PixelBuffer, file: FileFacts?, thresholds: Thresholds
  ) -> QualityMetrics {
    var metrics = self
    metrics.width = pixels.width
    metrics.height = pixels.height
    metrics.file = file
    metrics.framing = Framing(alpha)
    metrics.background =
      pixels.channels == 3
      ? BackgroundMetrics(pixels, alpha: alpha, thresholds: thresholds) : nil
    return metrics
  }

  /// The values by group; a value that could not be measured is missing, unknown sharpness is
  /// `"unknown"`.
  public var json: JSONValue {
    .compact([
      ("width", .integer(width)), ("height", .integer(height)), ("file", fileJSON),
      ("uncertainty", uncertainty.map { .rounded($0, 3) }),
      ("blur", uncertainty == nil ? nil : blurJSON), ("exposure", exposureJSON),
      ("product", framingJSON), ("background", backgroundJSON),
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
      "sharpness": .rounded(sharpness.laplacian), "tenengrad": .rounded(sharpness.tenengrad),
      "tiles": .integer(sharpness.tiles),
    ]
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
        "color_std": .rounded($0.colorStd, 2), "edge_density": .rounded($0.edgeDensity),
      ]
    }
  }
}
