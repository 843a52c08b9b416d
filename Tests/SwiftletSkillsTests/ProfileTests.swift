import SwiftletImage
import SwiftletSkills
import Testing

/// Every shipped profile, from photo to file, checked on the decoded file.
@Suite struct ProfileTests {
  private static let root =
    #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }
  private static let resources = Resources(home: root)
  private static let names = resources.profileNames

  @Test func everyMarketplaceHasItsProfile() throws {
    let expected = [
      "amazon-main", "amazon-secondary", "ebay", "etsy", "shopify", "woocommerce",
      "google-merchant", "google-merchant-apparel", "google-merchant-2027", "walmart",
      "walmart-swatch", "tiktok-shop", "flipkart", "meesho", "myntra-apparel", "myntra", "ajio",
      "ajio-detail", "vtex",
    ]
    #expect(Set(Self.names).isSuperset(of: expected))
    for name in Self.names {
      let profile = try Profile.named(name, in: Self.resources)
      #expect(profile.name == name && !profile.source.isEmpty)
      #expect((profile.json["note"] != nil) == (profile.confidence == .secondary))
      if let successor = profile.successor {
        _ = try Profile.named(successor, in: Self.resources)
      }
      for evidence in profile.evidence { #expect(profile.json[evidence.key] != nil, "\(name)") }
    }
    let until = try Profile.named("google-merchant", in: Self.resources)
    let from = try Profile.named("google-merchant-2027", in: Self.resources)
    #expect(until.effectiveUntil == "2027-01-30" && from.effectiveFrom == "2027-01-31")
    #expect(until.widthMin == 100 && from.widthMin == 500)
  }

  @Test(arguments: names) func theFileIsInsideTheLimits(name: String) throws {
    let home = try SmallHome()
    let pipeline = try ProductPipeline(resources: Resources(home: home.path))
    let profile = try Profile.named(name, in: Self.resources)
    for (width, height) in [(2400, 1700), (1500, 2100)] {
      // A product with texture, so that a file can become too large, on paper that is not white.
      let photo = Pictures.make(width, height) { x, y in
        let grain = Int(60 * Pictures.noise(x / 2, y / 2))
        let inside = Pictures.disk(
          x, y, Double(width) * 0.47, Double(height) / 2, Double(min(width, height)) * 0.42)
        return Pictures.mix((70 + grain, 60 + grain / 2, 90), (222, 226, 228), inside)
      }
      var options = ProcessOptions(wantsTags: false)
      options.ownProfile = profile
      let result = try pipeline.process(
        bytes: try ImageEncoder.jpeg(photo, quality: 95), options: options)
      let bytes = try #require(result.output)
      let file = try ImageDecoder.decode(bytes)
      let written = file.pixels
      #expect(profile.formats.contains(file.header.format), "\(name)")
      #expect(bytes.count >= profile.bytesMin ?? 0, "\(name): \(bytes.count)")
      #expect(bytes.count <= profile.bytesMax ?? .max, "\(name): \(bytes.count)")
      let (long, short) = (max(written.width, written.height), min(written.width, written.height))
      #expect(long >= profile.longSideMin ?? 0 && long <= profile.longSideMax ?? .max, "\(name)")
      #expect(long <= profile.longSideTarget ?? .max, "\(name): \(long)")
      #expect(
        written.width >= profile.widthMin ?? 0 && written.height >= profile.heightMin ?? 0,
        "\(name): \(written.width) x \(written.height)")
      #expect(long * short <= profile.pixelsMax ?? .max)
      if let aspect = profile.aspect {
        let found = Double(written.width) / Double(written.height)
        #expect(abs(found / aspect - 1) <= profile.aspectTolerance, "\(name): \(found)")
      } else {
        #expect((written.width > written.height) == (width > height), "\(name)")
      }
      let corner = written.data.prefix(3).map { Int($0) }
      if profile.background == .lightGrey {
        #expect(corner.allSatisfy { (225...245).contains($0) }, "\(name): \(corner)")
      } else {
        #expect(corner == [255, 255, 255], "\(name): \(corner)")
      }
      #expect(
        !result.findings.contains { $0.severity == .error }, "\(name): \(result.findings)")
    }
  }

  @Test func aSmallProductGetsMoreBackgroundAndIsNeverEnlarged() throws {
    let home = try SmallHome()
    let pipeline = try ProductPipeline(resources: Resources(home: home.path))
    let bytes = try ImageEncoder.png(Pictures.product(1300, 1500, share: 0.62))
    func process(_ name: String) throws -> ProcessResult {
      var options = ProcessOptions(wantsTags: false)
      options.ownProfile = try Profile.named(name, in: Self.resources)
      return try pipeline.process(bytes: bytes, options: options)
    }
    let myntra = try process("myntra")
    #expect(myntra.width == 1080 && myntra.height == 1440)
    #expect(!myntra.findings.contains { $0.severity == .error }, "\(myntra.findings)")
    #expect(myntra.findings.contains { $0.rule == "file.filled" && $0.severity == .info })
    let walmart = try process("walmart")
    #expect(walmart.width < 1500)
    #expect(walmart.findings.contains { $0.rule == "dimension.below_zoom" && $0.fix == nil })
    #expect(!walmart.findings.contains { $0.severity == .error }, "\(walmart.findings)")
  }

  @Test func numbersAreThoseOfTheSources() throws {
    func named(_ name: String) throws -> Profile { try Profile.named(name, in: Self.resources) }
    #expect(try named("walmart").widthMin == nil && named("meesho").widthMin == nil)
    #expect(try named("walmart").shortSideZoom == 1500 && named("meesho").shortSideZoom == 1200)
    #expect(try named("walmart-swatch").longSideMax == nil)
    for name in Self.names where name.hasPrefix("google-merchant") {
      #expect(try named(name).background == .any && named(name).backgroundStyle == .white)
    }
    #expect(try named("ajio").bytesMin == 200 * 1024 && named("ajio-detail").bytesMin == 200 * 1024)
    #expect(try named("myntra").bytesMin == 500 * 1024 && named("vtex").bytesMin == 300 * 1024)
  }

  @Test func aProfileOutOfDateIsFound() throws {
    let home = try SmallHome()
    var setup = PipelineOptions()
    #expect(setup.today.count == 10 && setup.today > "2026-01-01")
    for (day, isFound) in [("2027-01-30", false), ("2027-01-31", true)] {
      setup.today = day
      let pipeline = try ProductPipeline(resources: Resources(home: home.path), options: setup)
      var options = ProcessOptions(wantsTags: false)
      options.ownProfile = try Profile.named("google-merchant", in: Self.resources)
      let photo = try ImageEncoder.png(Pictures.product(400, 400))
      for result in [
        try pipeline.qa(bytes: photo, options: options),
        try pipeline.process(bytes: photo, options: options),
      ] {
        let found = result.findings.first { $0.rule == "profile.expired" }
        #expect((found != nil) == isFound)
        #expect(!isFound || found?.fix == "use profile google-merchant-2027")
      }
    }
  }

  @Test func theShadowStaysOffTheProduct() throws {
    let home = try SmallHome()
    let pipeline = try ProductPipeline(resources: Resources(home: home.path))
    let bytes = try ImageEncoder.png(Pictures.product(400, 400))
    var options = ProcessOptions(format: .png, wantsTags: false)
    let plain = try ImageDecoder.decode(
      try #require(try pipeline.process(bytes: bytes, options: options).output)
    ).pixels
    options.shadow = .soft
    let shaded = try pipeline.process(bytes: bytes, options: options)
    let pixels = try ImageDecoder.decode(try #require(shaded.output)).pixels
    let alpha = try #require(shaded.segmentation?.alpha)
    var darker = 0
    for index in alpha.data.indices {
      let (before, after) = (plain.data[3 * index], pixels.data[3 * index])
      if alpha.data[index] == 255 { #expect(before == after) }
      #expect(after <= before)
      darker += after < before ? 1 : 0
    }
    #expect(darker > 1000)
    #expect(pixels.data.prefix(3) == [255, 255, 255])
  }

  @Test func fillerStandsBehindTheApplicationSegments() throws {
    let home = try SmallHome()
    let pipeline = try ProductPipeline(resources: Resources(home: home.path))
    var options = ProcessOptions(format: .jpeg, wantsTags: false)
    var profile = Profile.amazonMain
    (profile.bytesMin, profile.background) = (1_000_000, .any)
    for background in [BackgroundStyle.white, .color(red: 240, green: 240, blue: 240)] {
      profile.backgroundStyle = background
      options.ownProfile = profile
      let photo = try ImageEncoder.png(Pictures.product(600, 600))
      let file = try #require(try pipeline.process(bytes: photo, options: options).output)
      #expect(file.count >= 1_000_000)
      // SOI, an application segment, then the comment.
      #expect(file[2] == 0xff && (0xe0...0xef).contains(file[3]))
      let next = 4 + (Int(file[4]) << 8 | Int(file[5]))
      #expect(file[next] == 0xff && file[next + 1] == 0xfe)
    }
  }
}
