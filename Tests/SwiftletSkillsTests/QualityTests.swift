import SwiftletImage
import SwiftletSkills
import Testing

@Suite struct QualityTests {
  private func segmentation(_ alpha: PixelBuffer, uncertainty: Double = 0) throws -> Segmentation {
    let mask = try NetworkMask(
      width: alpha.width, height: alpha.height, values: alpha.data.map { Float($0) / 255 })
    return try #require(
      Segmentation(alpha: alpha, networkMask: mask, uncertainty: uncertainty))
  }

  private func square(_ side: Int, margin: Int) -> PixelBuffer {
    Pictures.alpha(side, side) { x, y in
      x >= margin && y >= margin && x < side - margin && y < side - margin ? 255 : 0
    }
  }

  private func sharpness(_ photo: PixelBuffer, _ alpha: PixelBuffer) throws -> Sharpness? {
    let box = try segmentation(alpha).boundingBox
    return Sharpness(ProductView(photo, alpha: alpha, box: box), stdMin: 6, tilesMin: 6)
  }

  @Test func sharpnessFallsWithBlur() throws {
    let side = 256
    let texture = Pictures.make(side, side) { x, y in
      let value = UInt8(128 + 90 * Pictures.noise(x / 3, y / 3))
      return (value, value, value)
    }
    let alpha = square(side, margin: 10)
    var last = Double.infinity
    for radius in 0...5 {
      let blurred = blur(texture, radius: radius)
      let found = try #require(try sharpness(blurred, alpha))
      #expect(found.laplacian < last, "radius \(radius)")
      last = found.laplacian
    }
    #expect(last < Thresholds().sharpnessMin)
    // Contrast cancels.
    let faint = Pictures.make(side, side) { x, y in
      let value = UInt8(128 + 30 * Pictures.noise(x / 3, y / 3))
      return (value, value, value)
    }
    let full = try #require(try sharpness(texture, alpha)).laplacian
    let weak = try #require(try sharpness(faint, alpha)).laplacian
    #expect(abs(full / weak - 1) < 0.05)
  }

  @Test func flatProductsHaveUnknownSharpness() throws {
    let photo = Pictures.product(300, 300)
    let alpha = Pictures.alpha(300, 300) { x, y in
      UInt8(255 * Pictures.disk(x, y, 150, 150, 90))
    }
    #expect(try sharpness(photo, alpha) == nil)
    let metrics = QualityMetrics(
      photo, segmentation: try segmentation(alpha), file: nil, thresholds: Thresholds())
    #expect(metrics.json["blur"]?["sharpness"]?.text == "unknown")
    #expect(!rules(metrics).contains { $0.rule == "blur.foreground" })
  }

  @Test func exposureIsOfTheProductAlone() throws {
    let alpha = square(100, margin: 20)
    func found(_ product: UInt8, _ ground: UInt8) throws -> Set<String> {
      let photo = Pictures.make(100, 100) { x, y in
        let value = alpha.data[y * 100 + x] == 255 ? product : ground
        return (value, value, value)
      }
      let metrics = QualityMetrics(
        photo, segmentation: try segmentation(alpha), file: nil, thresholds: Thresholds())
      return Set(rules(metrics).map(\.rule).filter { $0.hasPrefix("exposure") })
    }
    #expect(try found(30, 255) == ["exposure.dark"])
    #expect(try found(128, 255) == [])
    #expect(try found(128, 0) == [])
    #expect(try found(250, 0) == ["exposure.bright"])
    #expect(try found(255, 0) == ["exposure.bright", "exposure.clipped_highlights"])
  }

  @Test func whiteIsMeasuredOutsideTheProduct() throws {
    let alpha = square(200, margin: 50)
    func background(_ value: UInt8, spots: Int = 0) throws -> BackgroundMetrics {
      let photo = Pictures.make(200, 200) { x, y in
        if alpha.data[y * 200 + x] == 255 { return (9, 9, 9) }
        return y * 200 + x < spots ? (0, 0, 0) : (value, value, value)
      }
      return try #require(BackgroundMetrics(photo, alpha: alpha, thresholds: Thresholds()))
    }
    let white = try background(255)
    #expect(white.whiteShare == 1 && white.exactWhiteShare == 1 && white.borderWhiteShare == 1)
    #expect(white.mean == SIMD3(255, 255, 255) && white.colorStd == 0 && white.edgeDensity == 0)
    let near = try background(252)
    #expect(near.whiteShare == 1 && near.exactWhiteShare == 0)
    #expect(try background(251).whiteShare == 0)
    // 300 of the 30,000 background pixels and of the 3,136 of the border band (4 wide) are black.
    let spotted = try background(255, spots: 300)
    #expect(abs(spotted.whiteShare - 0.99) < 1e-9)
    #expect(abs(spotted.borderWhiteShare - (1 - 300.0 / 3136)) < 1e-9)
  }

  @Test func clutterGrowsWithEdges() throws {
    let alpha = square(256, margin: 90)
    func edges(_ period: Int) throws -> BackgroundMetrics {
      let photo = Pictures.make(256, 256) { x, y in
        (x / period + y / period) % 2 == 0 ? (60, 60, 60) : (200, 200, 200)
      }
      return try #require(BackgroundMetrics(photo, alpha: alpha, thresholds: Thresholds()))
    }
    let (fine, coarse) = (try edges(8), try edges(64))
    #expect(fine.edgeDensity > 3 * coarse.edgeDensity)
    #expect(fine.edgeDensity > Thresholds().clutterEdgesMax)
    #expect(coarse.colorStd > Thresholds().uniformStdMax)
  }

  @Test func framingIsExact() throws {
    let alpha = Pictures.alpha(200, 100) { x, y in
      (10..<110).contains(x) && (20..<60).contains(y) ? 255 : x == 199 ? 9 : 0
    }
    let framing = try #require(Framing(alpha))
    #expect(framing.fill == 0.5)
    #expect(abs(framing.areaFill - (4000 * 255 + 100 * 9) / 255 / 20000) < 1e-9)
    #expect(abs(framing.centerOffset - 0.2) < 1e-9)
    #expect(framing.touchShare == 0)
    let touching = Pictures.alpha(100, 100) { x, y in x < 30 && y > 39 && y < 60 ? 200 : 0 }
    #expect(try #require(Framing(touching)).touchShare == 0.2)
    #expect(Framing(Pictures.alpha(5, 5) { _, _ in 10 }) == nil)
  }

  @Test func separateProductsAreCounted() throws {
    let alpha = Pictures.alpha(100, 100) { x, y in
      (5..<30).contains(x) && (5..<30).contains(y) || (60..<90).contains(x) && (60..<90).contains(y)
        || (x == 50 && y == 5) ? 255 : 0
    }
    #expect(Framing.products(in: try segmentation(alpha).networkMask, shareMin: 0.005) == 2)
  }

  @Test func theProfileJudges() throws {
    let alpha = square(400, margin: 120)
    let photo = Pictures.make(400, 400) { _, _ in (128, 128, 128) }
    let metrics = QualityMetrics(
      photo, segmentation: try segmentation(alpha), file: nil, thresholds: Thresholds())
    let findings = QualityRules(Thresholds(), profile: .amazonMain).findings(metrics)
    let byRule = Dictionary(grouping: findings, by: \.rule)
    #expect(byRule["dimension.too_small"]?.first?.severity == .error)
    #expect(byRule["dimension.too_small"]?.first?.fix == nil)
    let fill = try #require(byRule["product.fill_low"]?.first)
    #expect(fill.measured["bbox_fill"]?.double == 0.4)
    #expect(fill.required["bbox_fill_min"]?.double == 0.85)
    #expect(fill.fix == "process --profile amazon-main")
    #expect(byRule["background.not_white"]?.first?.severity == .error)
    #expect(byRule["aspect.mismatch"] == nil)
    #expect(Verdict(findings, doubtful: false) == .fail)
  }

  @Test func verdictsAreOrdered() {
    let error = Finding("product.fill_low", .error, measured: [:], required: [:])
    let size = Finding("dimension.too_small", .error, measured: [:], required: [:])
    let warn = Finding("product.off_center", .warn, measured: [:], required: [:])
    let info = Finding("color.grayscale", .info, measured: [:], required: [:])
    #expect(Verdict([], doubtful: false) == .pass)
    #expect(Verdict([info], doubtful: false) == .pass)
    #expect(Verdict([info, warn], doubtful: false) == .warn)
    #expect(Verdict([warn, error], doubtful: false) == .fail)
    #expect(Verdict([warn, error], doubtful: true) == .needsReview)
    #expect(Verdict([size], doubtful: true) == .fail)
  }

  @Test func jpegQualityIsReadFromTheTables() throws {
    let photo = Pictures.product(64, 64)
    for quality in [30, 60, 75, 90, 95] {
      let bytes = try ImageEncoder.jpeg(photo, quality: quality)
      let found = try #require(JPEGQuality.estimate(bytes))
      #expect(abs(found - quality) <= 1, "\(quality): \(found)")
    }
    #expect(JPEGQuality.estimate([]) == nil)
    #expect(JPEGQuality.estimate([0xff, 0xd8, 0xff, 0xdb, 0, 67, 0, 1]) == nil)
    #expect(JPEGQuality.estimate([0xff, 0xd8, 0xff, 0xe0, 0, 0]) == nil)
  }

  @Test func filesAreJudged() throws {
    let bytes = try ImageEncoder.jpeg(Pictures.product(64, 64), quality: 40)
    let file = FileFacts(bytes, format: .jpeg, header: nil, pathExtension: "png")
    var profile = Profile.amazonMain
    profile.formats = [.png]
    profile.bytesMin = 1_000_000
    let metrics = QualityMetrics(
      Pictures.product(64, 64), segmentation: nil, file: file, thresholds: Thresholds())
    let found = Set(QualityRules(Thresholds(), profile: profile).findings(metrics).map(\.rule))
    #expect(
      found.isSuperset(of: [
        "file.format_not_allowed", "file.too_small", "file.extension_mismatch", "jpeg.blocky",
        "product.not_found",
      ]))
  }

  private func rules(_ metrics: QualityMetrics) -> [Finding] {
    QualityRules(Thresholds(), profile: nil).findings(metrics)
  }

  private func blur(_ photo: PixelBuffer, radius: Int) -> PixelBuffer {
    Pictures.make(photo.width, photo.height) { x, y in
      var (sum, count) = (0, 0)
      for v in max(0, y - radius)...min(photo.height - 1, y + radius) {
        for u in max(0, x - radius)...min(photo.width - 1, x + radius) {
          sum += Int(photo.data[3 * (v * photo.width + u)])
          count += 1
        }
      }
      let value = UInt8(sum / count)
      return (value, value, value)
    }
  }
}
