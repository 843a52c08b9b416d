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

  private func sharpness(_ photo: PixelBuffer, _ alpha: PixelBuffer) throws -> Sharpness? {
    let box = try segmentation(alpha).boundingBox
    return Sharpness(
      ProductView(photo, alpha: alpha, box: box), textureMin: Thresholds().textureMin)
  }

  private func texture(_ contrast: Double, cell: Int = 3) -> PixelBuffer {
    Pictures.make(256, 256) { x, y in
      let value = UInt8(128 + contrast * Pictures.noise(x / cell, y / cell))
      return (value, value, value)
    }
  }

  @Test func sharpnessFallsWithBlur() throws {
    let alpha = Pictures.square(256, margin: 10)
    var last = Double.infinity
    for radius in 0...2 {
      let blurred = blur(texture(90), across: radius, down: radius)
      let found = try #require(try sharpness(blurred, alpha))
      #expect(found.value < last, "radius \(radius)")
      last = found.value
    }
    #expect(last < Thresholds().sharpnessMin)
    // Wider boxes leave ripples, but no sharpness.
    for radius in 3...5 {
      let blurred = blur(texture(90), across: radius, down: radius)
      let found = try #require(try sharpness(blurred, alpha))
      #expect(found.value < Thresholds().sharpnessMin, "radius \(radius)")
    }
    // Contrast cancels.
    let full = try #require(try sharpness(texture(90), alpha)).value
    let weak = try #require(try sharpness(texture(30), alpha)).value
    #expect(abs(full / weak - 1) < 0.05)
  }

  @Test func sharpnessMatchesTheNaiveSums() throws {
    // Widths that leave a rest of every kind after groups of eight.
    for width in 16...26 {
      let height = 21
      let luma = (0..<width * height).map {
        Float(100 + 80 * Pictures.noise($0 % width, $0 / width))
      }
      let weights: [Float] = (0..<width * height).map { $0 % 5 == 0 ? 0 : 1 }
      var (near, far) = ([0.0, 0, 0, 0], [0.0, 0, 0, 0])
      var count = 0.0
      for y in 4..<height - 4 {
        for x in 4..<width - 4 where weights[y * width + x] == 1 {
          count += 1
          for (index, step) in [(1, 0), (0, 1), (1, 1), (-1, 1)].enumerated() {
            func second(_ distance: Int) -> Double {
              func value(_ times: Int) -> Double {
                Double(luma[(y + times * step.1) * width + x + times * step.0])
              }
              return value(distance) + value(-distance) - 2 * value(0)
            }
            near[index] += second(1) * second(1)
            far[index] += second(2) * second(2)
          }
        }
      }
      guard count >= 100 else {
        #expect(
          Sharpness(luma, weights: weights, width: width, height: height, textureMin: 0) == nil)
        continue
      }
      let found = try #require(
        Sharpness(luma, weights: weights, width: width, height: height, textureMin: 0))
      let sharp = [0.329, 0.317, 0.441, 0.450]
      for index in 0..<4 {
        let expected = (near[index] / count + 0.5) / (far[index] / count + 0.5) / sharp[index]
        #expect(abs(found.directions[index] / expected - 1) < 1e-4, "\(width), \(index)")
      }
      #expect(abs(found.texture / (far.max().map { $0 / count } ?? 0) - 1) < 1e-4)
    }
  }

  @Test func motionIsToldFromDefocus() throws {
    let alpha = Pictures.square(256, margin: 10)
    func rules(_ photo: PixelBuffer) throws -> Set<String> {
      let metrics = QualityMetrics(
        photo, segmentation: try segmentation(alpha), file: nil, thresholds: Thresholds())
      return Set(self.rules(metrics).map(\.rule).filter { $0.hasPrefix("blur") })
    }
    // Cells wider than the blur's steps: what boxes leave of smaller ones passes for detail.
    let photo = texture(90, cell: 6)
    #expect(try rules(photo) == [])
    #expect(try rules(blur(photo, across: 3, down: 3)) == ["blur.foreground"])
    #expect(try rules(blur(photo, across: 3, down: 0)) == ["blur.motion"])
    #expect(try rules(blur(photo, across: 0, down: 3)) == ["blur.motion"])
  }

  /// Strong blur can be why no product is found, so it is named all the same.
  @Test func blurIsNamedWithoutAProduct() {
    func rules(_ photo: PixelBuffer) -> Set<String> {
      let metrics = QualityMetrics(
        photo, segmentation: nil, file: nil, thresholds: Thresholds())
      return Set(self.rules(metrics).map(\.rule).filter { $0 != "product.not_found" })
    }
    let photo = texture(90, cell: 6)
    #expect(rules(photo) == [])
    #expect(rules(blur(photo, across: 3, down: 3)) == ["blur.foreground"])
    #expect(rules(Pictures.make(300, 300) { _, _ in (240, 240, 240) }) == [])
  }

  @Test func whatHasNeitherTextureNorOutlineIsUnknown() throws {
    let alpha = Pictures.alpha(300, 300) { x, y in
      UInt8(255 * Pictures.disk(x, y, 150, 150, 90))
    }
    // White on white, slightly shaded.
    let photo = Pictures.make(300, 300) { x, _ in
      let value = UInt8(250 - x / 60)
      return (value, value, value)
    }
    #expect(try sharpness(photo, alpha) == nil)
    let metrics = QualityMetrics(
      photo, segmentation: try segmentation(alpha), file: nil, thresholds: Thresholds())
    #expect(metrics.json["blur"]?["sharpness"]?.text == "unknown")
    #expect(!rules(metrics).contains { $0.rule.hasPrefix("blur") })
    // A plain product has its outline.
    let plain = try #require(try sharpness(Pictures.product(300, 300), alpha))
    #expect(plain.value > Thresholds().sharpnessMin)
  }

  @Test func noiseIsMeasuredWhereThereIsNoTexture() throws {
    let alpha = Pictures.square(256, margin: 60)
    func deviation(_ noise: Double, texture: Double = 0) throws -> Noise {
      let photo = Pictures.make(256, 256) { x, y in
        let inside = alpha.data[y * 256 + x] == 255
        let own = 128 + (inside ? texture * Pictures.noise(x / 4, y / 4) : 0)
        let value = UInt8(max(0, min(255, (own + noise * Pictures.noise(x, y)).rounded())))
        return (value, value, value)
      }
      let metrics = QualityMetrics(
        photo, segmentation: try segmentation(alpha), file: nil, thresholds: Thresholds())
      let found = rules(metrics).contains { $0.rule == "noise.high" }
      let background = try #require(metrics.noise.background)
      #expect(found == (background.deviation > Thresholds().noiseMax))
      return background
    }
    // Uniform noise of amplitude a has a deviation of a / sqrt(3).
    #expect(try deviation(0).deviation == 0)
    let strong = try deviation(30).deviation
    #expect(abs(strong / (30 / 3.0.squareRoot()) - 1) < 0.15, "\(strong)")
    #expect(try deviation(0, texture: 60).deviation < 1)
    let flat = [Float](repeating: 250, count: 64 * 64)
    #expect(Noise(flat, isIncluded: flat.map { _ in true }, width: 64, height: 64) == nil)
  }

  @Test func blocksAreSeenWhateverTheFile() throws {
    let alpha = Pictures.square(256, margin: 60)
    // Slopes whose turns keep no grid of 8.
    func slope(_ place: Int, _ period: Int) -> Int { 3 * abs(place % period - period / 2) }
    let photo = Pictures.make(256, 256) { x, y in
      let value = UInt8(60 + slope(x, 53) + slope(y, 47) + Int(4 * Pictures.noise(x, y)))
      return (value, UInt8(255 - Int(value)), value)
    }
    let box = try segmentation(alpha).boundingBox
    func value(_ quality: Int) throws -> Double {
      let file = try ImageEncoder.jpeg(photo, quality: quality)
      let decoded = try ImageDecoder.decode(file).pixels
      return try #require(Blockiness(decoded, around: box)).value
    }
    let (hard, soft) = (try value(8), try value(95))
    #expect(hard > Thresholds().blockinessMax && hard > 1.5 * soft, "\(hard), \(soft)")
    #expect(Blockiness(Pictures.product(40, 40), around: box) == nil)
  }

  @Test func aLightGroundTellsACast() throws {
    let alpha = Pictures.square(200, margin: 60)
    func rules(_ ground: (UInt8, UInt8, UInt8)) throws -> Set<String> {
      let photo = Pictures.make(200, 200) { x, y in
        alpha.data[y * 200 + x] == 255 ? (90, 60, 40) : ground
      }
      let metrics = QualityMetrics(
        photo, segmentation: try segmentation(alpha), file: nil, thresholds: Thresholds())
      return Set(self.rules(metrics).map(\.rule))
    }
    #expect(try !rules((245, 245, 245)).contains("color.cast"))
    #expect(try rules((255, 238, 205)).contains("color.cast"))
    // Dark, or plainly of a colour: nothing is said.
    #expect(try !rules((60, 50, 40)).contains("color.cast"))
    #expect(try !rules((255, 190, 90)).contains("color.cast"))
  }

  @Test func framesAndTextAreSuspected() throws {
    let alpha = Pictures.square(300, margin: 100)
    func overlay(_ color: (Int, Int) -> (UInt8, UInt8, UInt8)?) -> Overlay {
      let photo = Pictures.make(300, 300) { x, y in
        color(x, y) ?? (alpha.data[y * 300 + x] == 255 ? (90, 60, 40) : (240, 240, 240))
      }
      return Overlay(PhotoView(photo, alpha: alpha), isBusy: false)
    }
    let plain = overlay { _, _ in nil }
    #expect(plain.border == 0 && plain.characters == 0)
    let framed = overlay { x, y in min(x, y, 299 - x, 299 - y) < 6 ? (200, 20, 30) : nil }
    #expect(abs(framed.border - 0.02) < 1e-9)
    // A bar along one side is no frame.
    #expect(overlay { x, _ in x < 6 ? (200, 20, 30) : nil }.border == 0)
    // Eight strokes with gaps, like capitals of 14 pixels.
    let text = overlay { x, y in
      (20..<34).contains(y) && (40..<136).contains(x) && x % 12 < 7 ? (20, 20, 20) : nil
    }
    // The strokes, or the gaps between and beside them.
    #expect((8...9).contains(text.characters ?? 0))
    // Three are no line.
    let few = overlay { x, y in
      (20..<34).contains(y) && (40..<76).contains(x) && x % 12 < 7 ? (20, 20, 20) : nil
    }
    #expect(few.characters == 0)
  }

  @Test func theComposedEdgeShowsTheOldBackground() throws {
    let alpha = Pictures.alpha(200, 200) { x, y in
      UInt8(255 * Pictures.disk(x, y, 100, 100, 60, softness: 8))
    }
    func share(_ edge: (Int, Int, Int)) throws -> Double {
      let picture = Pictures.make(200, 200) { x, y in
        let share = Double(alpha.data[y * 200 + x]) / 255
        // The edge's own colour is `edge`, the product's grey, the ground white.
        let own = share < 1 ? edge : (120, 120, 120)
        return Pictures.mix(own, (255, 255, 255), share)
      }
      return try #require(Rim(picture, alpha: alpha, background: (255, 255, 255))).share
    }
    #expect(try share((120, 120, 120)) == 0)
    // Where alpha is high, white does not hide it.
    #expect(try share((0, 160, 0)) > 0.2)
    let hard = Pictures.alpha(50, 50) { x, _ in x < 25 ? 255 : 0 }
    #expect(
      Rim(Pictures.product(50, 50), alpha: hard, background: (255, 255, 255)) == nil)
  }

  /// To the left and to the right the product's own colour is looked up in the same way.
  @Test func theComposedEdgeOfAMirroredPictureIsAlike() throws {
    let alpha = Pictures.alpha(121, 90) { x, y in
      UInt8(255 * Pictures.disk(x, y, 52, 41, 29, softness: 9))
    }
    let picture = Pictures.make(121, 90) { x, y in
      (UInt8(x * 2), UInt8(120 + 60 * Pictures.noise(x, y)), UInt8(y * 2))
    }
    let rim = try #require(Rim(picture, alpha: alpha, background: (255, 255, 255)))
    #expect(rim.share > 0 && rim.share < 1)
    #expect(
      Rim(
        picture.flippedHorizontally(), alpha: alpha.flippedHorizontally(),
        background: (255, 255, 255)) == rim)
  }

  @Test func partsAreScored() throws {
    let alpha = Pictures.square(200, margin: 60)
    let photo = Pictures.make(200, 200) { x, y in
      alpha.data[y * 200 + x] == 255 ? (0, 0, 0) : (255, 255, 255)
    }
    let metrics = QualityMetrics(
      photo, segmentation: try segmentation(alpha), file: nil, thresholds: Thresholds())
    let scores = try #require(metrics.json["scores"])
    #expect(scores["foreground"]?["brightness"]?.double == 0)
    #expect(scores["background"]?["brightness"]?.double == 100)
    #expect(abs((scores["whole"]?["brightness"]?.double ?? 0) - 84) < 0.1)
    #expect(scores["whole"]?["contrast"]?.double == 100)
    #expect(scores["foreground"]?["contrast"]?.double == 0)
    #expect(scores["foreground"]?["sharpness"] != nil)
  }

  @Test func compressionStaysAfterComposition() throws {
    let alpha = Pictures.square(128, margin: 30)
    let bytes = try ImageEncoder.jpeg(Pictures.product(128, 128), quality: 40)
    let metrics = QualityMetrics(
      Pictures.product(128, 128), segmentation: try segmentation(alpha),
      file: FileFacts(bytes, format: .jpeg, header: nil), thresholds: Thresholds())
    let fine = try ImageEncoder.jpeg(Pictures.product(128, 128), quality: 95)
    let after = metrics.recomposed(
      Pictures.product(128, 128), alpha: alpha,
      file: FileFacts(fine, format: .jpeg, header: nil), ground: (255, 255, 255),
      isCutOut: false, thresholds: Thresholds())
    #expect(rules(metrics).contains { $0.rule == "jpeg.blocky" })
    #expect(rules(after).contains { $0.rule == "jpeg.blocky" })
  }

  @Test func exposureIsOfTheProductAlone() throws {
    let alpha = Pictures.square(100, margin: 20)
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
    let alpha = Pictures.square(400, margin: 120)
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

  private func blur(_ photo: PixelBuffer, across: Int, down: Int) -> PixelBuffer {
    Pictures.make(photo.width, photo.height) { x, y in
      var (sum, count) = (0, 0)
      for v in max(0, y - down)...min(photo.height - 1, y + down) {
        for u in max(0, x - across)...min(photo.width - 1, x + across) {
          sum += Int(photo.data[3 * (v * photo.width + u)])
          count += 1
        }
      }
      let value = UInt8(sum / count)
      return (value, value, value)
    }
  }
}
