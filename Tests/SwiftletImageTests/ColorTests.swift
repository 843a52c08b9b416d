import CJPEG
import CLCMS
import SwiftletImage
import Testing

/// Profiles made for the tests by Little CMS.
enum TestProfile {
  typealias Point = (x: Double, y: Double)
  static let d65: Point = (0.3127, 0.3290)
  static let red: Point = (0.64, 0.33)
  static let green: Point = (0.30, 0.60)
  static let blue: Point = (0.15, 0.06)

  static func bytes(_ profile: cmsHPROFILE?) -> [UInt8] {
    var count: cmsUInt32Number = 0
    cmsSaveProfileToMem(profile, nil, &count)
    var bytes = [UInt8](repeating: 0, count: Int(count))
    precondition(cmsSaveProfileToMem(profile, &bytes, &count) != 0)
    cmsCloseProfile(profile)
    return bytes
  }

  static func sRGB() -> [UInt8] { bytes(cmsCreate_sRGBProfile()) }

  static func rgb(gamma: Double, _ red: Point, _ green: Point, _ blue: Point) -> [UInt8] {
    var white = cmsCIExyY(x: d65.x, y: d65.y, Y: 1)
    var primaries = cmsCIExyYTRIPLE(
      Red: cmsCIExyY(x: red.x, y: red.y, Y: 1), Green: cmsCIExyY(x: green.x, y: green.y, Y: 1),
      Blue: cmsCIExyY(x: blue.x, y: blue.y, Y: 1))
    let curve = cmsBuildGamma(nil, gamma)
    defer { cmsFreeToneCurve(curve) }
    var curves = [curve, curve, curve]
    return bytes(cmsCreateRGBProfile(&white, &primaries, &curves))
  }

  static func grey(gamma: Double) -> [UInt8] {
    let curve = cmsBuildGamma(nil, gamma)
    defer { cmsFreeToneCurve(curve) }
    return bytes(cmsCreateGrayProfile(cmsD50_xyY(), curve))
  }

  /// Four inks of the same strength, all of them grey: lightness falls with their sum.
  static func inks() -> [UInt8] {
    let profile = cmsCreateProfilePlaceholder(nil)
    cmsSetProfileVersion(profile, 2.1)
    cmsSetDeviceClass(profile, cmsSigOutputClass)
    cmsSetColorSpace(profile, cmsSigCmykData)
    cmsSetPCS(profile, cmsSigLabData)
    let table = (0..<16).flatMap { corner -> [UInt16] in
      let ink = Double(corner.nonzeroBitCount) / 4
      return [UInt16(0xFF00 * (1 - ink)), 0x8000, 0x8000]
    }
    let pipeline = cmsPipelineAlloc(nil, 4, 3)
    cmsPipelineInsertStage(pipeline, cmsAT_END, cmsStageAllocCLut16bit(nil, 2, 4, 3, table))
    cmsWriteTag(profile, cmsSigAToB0Tag, UnsafeRawPointer(pipeline))
    cmsPipelineFree(pipeline)
    return bytes(profile)
  }
}

@Suite struct ColorTests {
  private func png(_ pixel: [UInt8], profile: [UInt8], extra: [UInt8] = []) -> [UInt8] {
    let body = Array("test".utf8) + [0, 0] + deflated(profile)
    return pngFile(.flat(6, 4, pixel), chunks: pngChunk("iCCP", body) + extra)
  }

  private func jpeg(_ pixel: [UInt8], profile: [UInt8]) throws -> [UInt8] {
    let file = try ImageEncoder.jpeg(.flat(16, 16, pixel), quality: 100)
    return inserting(profileSegments(profile, limit: 200), into: file)
  }

  /// A colour of gamma 2.2 with the primaries of Adobe RGB, by the textbook's matrices.
  private func adobeRGBToSRGB(_ pixel: [UInt8]) -> [UInt8] {
    let linear = pixel.map { power(Double($0) / 255, 2.2) }
    let toXYZ = [
      [0.57667, 0.18556, 0.18823], [0.29734, 0.62736, 0.07529], [0.02703, 0.07069, 0.99134],
    ]
    let toSRGB = [
      [3.24045, -1.53714, -0.49853], [-0.96927, 1.87601, 0.04156], [0.05564, -0.20403, 1.05723],
    ]
    let xyz = toXYZ.map { row in zip(row, linear).map(*).reduce(0, +) }
    return toSRGB.map { row in
      let value = min(max(zip(row, xyz).map(*).reduce(0, +), 0), 1)
      let encoded = value <= 0.0031308 ? 12.92 * value : 1.055 * power(value, 1 / 2.4) - 0.055
      return UInt8(encoded * 255 + 0.5)
    }
  }

  private func power(_ base: Double, _ exponent: Double) -> Double {
    // exp(e ln b) through Float's own functions would need a C library; Little CMS has one.
    let curve = cmsBuildGamma(nil, exponent)
    defer { cmsFreeToneCurve(curve) }
    return Double(cmsEvalToneCurveFloat(curve, Float(base)))
  }

  @Test func swappedPrimariesSwapColours() throws {
    let profile = TestProfile.rgb(
      gamma: 2.2, TestProfile.green, TestProfile.red, TestProfile.blue)
    for file in [png([255, 0, 0], profile: profile), try jpeg([254, 0, 0], profile: profile)] {
      let decoded = try ImageDecoder.decode(file)
      #expect(decoded.header.hasICCProfile)
      #expect(largestDifference(decoded.pixels[0, 0], [0, 255, 0]) <= 3)
    }
    let clear = try ImageDecoder.decode(png([255, 0, 0, 77], profile: profile))
    #expect(largestDifference(clear.pixels[3, 3], [0, 255, 0, 77]) <= 2)
    #expect(clear.pixels[3, 3][3] == 77)
  }

  @Test func adobeRGBIsConverted() throws {
    let profile = TestProfile.rgb(gamma: 2.2, TestProfile.red, (0.21, 0.71), TestProfile.blue)
    for pixel in [[128, 200, 50], [200, 100, 90], [60, 70, 200], [255, 255, 255], [0, 0, 0]]
      as [[UInt8]]
    {
      let decoded = try ImageDecoder.decode(png(pixel, profile: profile))
      #expect(largestDifference(decoded.pixels[5, 3], adobeRGBToSRGB(pixel)) <= 2)
    }
  }

  @Test func turnedPicturesAreConvertedToo() throws {
    let profile = TestProfile.rgb(
      gamma: 2.2, TestProfile.green, TestProfile.red, TestProfile.blue)
    let file = inserting(
      exifSegment(exifBlock(orientation: 6)), into: try jpeg([254, 0, 0], profile: profile))
    let decoded = try ImageDecoder.decode(file)
    for y in 0..<16 {
      for x in 0..<16 { #expect(largestDifference(decoded.pixels[x, y], [0, 255, 0]) <= 3) }
    }
  }

  @Test func sRGBProfileChangesNothing() throws {
    let noise = PixelBuffer.random(20, 20, 3, seed: 8)
    let body = Array("sRGB".utf8) + [0, 0] + deflated(TestProfile.sRGB())
    #expect(try ImageDecoder.decode(pngFile(noise, chunks: pngChunk("iCCP", body))).pixels == noise)
  }

  @Test func greyProfile() throws {
    let file = png([128], profile: TestProfile.grey(gamma: 1))
    // Linear 128/255 is 188 in sRGB.
    #expect(try largestDifference(ImageDecoder.decode(file).pixels[0, 0], [188, 188, 188]) <= 1)
  }

  @Test func profileOfAnotherModelIsIgnored() throws {
    let grey = TestProfile.grey(gamma: 1)
    #expect(
      try ImageDecoder.decode(png([10, 20, 30], profile: grey)).pixels[0, 0] == [10, 20, 30])
    let inks = TestProfile.inks()
    #expect(
      try ImageDecoder.decode(png([10, 20, 30], profile: inks)).pixels[0, 0] == [10, 20, 30])
  }

  @Test func damagedProfileIsAnError() throws {
    let profile = TestProfile.sRGB()
    let garbage = [UInt8](repeating: 7, count: 300)
    var missing = try jpeg([1, 2, 3], profile: profile)
    // The second of the segments claims to be the third.
    missing[2 + (200 + 18) + 4 + 12] = 3
    for file in [
      png([1, 2, 3], profile: garbage), try jpeg([1, 2, 3], profile: garbage), missing,
      pngFile(
        .flat(1, 1, [1, 2, 3]), chunks: pngChunk("iCCP", Array("x".utf8) + [0, 0, 1, 2, 3])),
    ] {
      #expect { try ImageDecoder.decode(file) } throws: { error in
        (error as? ImageError)?.code == .failedToReadImage
      }
    }
  }

  /// A few bytes unpack to megabytes: only the pixels need the profile, and a PNG has one.
  @Test func profilesAreUnpackedOnceAndForThePixelsOnly() throws {
    let broken = pngChunk("iCCP", Array("x".utf8) + [0, 0, 1, 2, 3])
    let one = pngFile(.flat(1, 1, [1, 2, 3]), chunks: broken)
    #expect(try ImageHeader.read(one).hasICCProfile)
    #expect(throws: ImageError.self) { try ImageDecoder.decode(one) }
    let two = pngFile(.flat(1, 1, [1, 2, 3]), chunks: broken + broken)
    #expect {
      try ImageHeader.read(two)
    } throws: { error in
      (error as? ImageError)?.why.contains("two ICC profiles") == true
    }
  }

  @Test func pngGammaAndChromaticities() throws {
    let linear = pngChunk("gAMA", bigEndian(100_000, 4))
    let standard = pngChunk("gAMA", bigEndian(45_455, 4))
    let sRGB = pngChunk("sRGB", [0])
    func chromaticities(_ points: [TestProfile.Point]) -> [UInt8] {
      pngChunk(
        "cHRM",
        points.flatMap {
          bigEndian(Int($0.x * 100_000 + 0.5), 4) + bigEndian(Int($0.y * 100_000 + 0.5), 4)
        })
    }
    let ordinary = chromaticities([
      TestProfile.d65, TestProfile.red, TestProfile.green, TestProfile.blue,
    ])
    let swapped = chromaticities([
      TestProfile.d65, TestProfile.green, TestProfile.red, TestProfile.blue,
    ])
    let picture = PixelBuffer.flat(2, 2, [128, 128, 128])
    func decode(_ chunks: [UInt8], _ picture: PixelBuffer) throws -> [UInt8] {
      try ImageDecoder.decode(pngFile(picture, chunks: chunks)).pixels[1, 1]
    }
    #expect(try largestDifference(decode(linear, picture), [188, 188, 188]) <= 1)
    #expect(try largestDifference(decode(linear, .flat(2, 2, [128])), [188, 188, 188]) <= 1)
    #expect(try decode(linear + sRGB, picture) == [128, 128, 128])
    #expect(try decode(standard, picture) == [128, 128, 128])
    #expect(try decode(standard + ordinary, picture) == [128, 128, 128])
    let red = PixelBuffer.flat(2, 2, [255, 0, 0])
    #expect(try largestDifference(decode(standard + swapped, red), [0, 255, 0]) <= 2)
    // Nonsense is ignored.
    #expect(try decode(pngChunk("gAMA", [0, 0, 0, 0]), picture) == [128, 128, 128])
    #expect(
      try decode(standard + pngChunk("cHRM", [UInt8](repeating: 0, count: 32)), red) == [255, 0, 0])
  }

  @Test func cmykWithoutProfile() throws {
    let inks: [UInt8] = [30, 120, 200, 40]
    let expected = inks.prefix(3).map { UInt8((255 - Int($0)) * (255 - 40) / 255) }
    let samples = (0..<64).flatMap { _ in inks }
    let inverted = samples.map { 255 - $0 }
    let plain = jpegFile(
      8, 8, samples: samples,
      options: JPEGOptions(space: JCS_CMYK, components: 4, adobeMarker: false))
    let adobe = jpegFile(
      8, 8, samples: inverted, options: JPEGOptions(space: JCS_CMYK, components: 4))
    for file in [plain, adobe] {
      let decoded = try ImageDecoder.decode(file)
      #expect(decoded.header.colorModel == .cmyk)
      #expect(decoded.pixels.channels == 3)
      #expect(largestDifference(decoded.pixels[4, 4], expected) <= 2)
    }
  }

  @Test func cmykWithProfile() throws {
    let profile = TestProfile.inks()
    // One full ink is lightness 75, which is a grey of 185; no ink is white.
    for (ink, grey) in [([255, 0, 0, 0], 185), ([0, 0, 0, 255], 185), ([0, 0, 0, 0], 255)]
      as [([UInt8], UInt8)]
    {
      let samples = (0..<64).flatMap { _ in ink }
      let plain = jpegFile(
        8, 8, samples: samples,
        options: JPEGOptions(space: JCS_CMYK, components: 4, adobeMarker: false))
      let adobe = jpegFile(
        8, 8, samples: samples.map { 255 - $0 },
        options: JPEGOptions(space: JCS_CMYK, components: 4))
      for file in [plain, adobe] {
        for orientation in [1, 8] {
          let segments =
            profileSegments(profile) + exifSegment(exifBlock(orientation: orientation))
          let decoded = try ImageDecoder.decode(inserting(segments, into: file))
          #expect(largestDifference(decoded.pixels[7, 2], [grey, grey, grey]) <= 3)
        }
      }
    }
  }
}
