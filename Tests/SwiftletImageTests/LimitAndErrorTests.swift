import CJPEG
import SwiftletImage
import Testing

@Suite struct LimitAndErrorTests {
  private func failure(
    _ bytes: [UInt8], limits: ImageLimits = .standard,
    sourceLocation: SourceLocation = #_sourceLocation
  ) -> ImageError? {
    do {
      _ = try ImageDecoder.decode(bytes, limits: limits)
      Issue.record("decoded", sourceLocation: sourceLocation)
      return nil
    } catch {
      return error
    }
  }

  @Test func lyingPNGHeader() {
    let file =
      pngSignature + pngHeader(60_000, 60_000, depth: 16, colorType: 6)
      + pngChunk("IDAT", deflated([0])) + pngChunk("IEND", [])
    let error = failure(file)
    #expect(error?.code == .resolutionTooHigh)
    #expect(
      error?.description
        == "PNG image: 60000 x 60000 pixels have a side over the limit of 16384; "
        + "scale it down before uploading"
    )
    let huge =
      pngSignature + pngHeader(0x7FFF_FFFF, 0x7FFF_FFFF, depth: 16, colorType: 6)
      + pngChunk("IEND", [])
    let unlimited = ImageLimits(maxPixels: .max, maxSide: .max)
    #expect(failure(huge, limits: unlimited)?.code == .failedToReadImage)
  }

  @Test func lyingJPEGHeader() throws {
    var file = try ImageEncoder.jpeg(.gradient(16, 16))
    let frame = try #require(
      file.indices.dropLast().first { file[$0] == 0xFF && file[$0 + 1] == 0xC0 })
    file.replaceSubrange((frame + 5)..<(frame + 9), with: [0xEA, 0x60, 0xEA, 0x60])
    #expect(failure(file)?.code == .resolutionTooHigh)
    file.replaceSubrange((frame + 5)..<(frame + 9), with: [0x20, 0x00, 0x20, 0x00])
    #expect(
      failure(file)?.description
        == "JPEG image: 8192 x 8192 pixels are over the limit of 50000000 pixels; "
        + "scale it down before uploading"
    )
    // Within the limits, but the data is not there.
    file.replaceSubrange((frame + 5)..<(frame + 9), with: [0x10, 0x00, 0x10, 0x00])
    #expect(failure(file)?.code == .failedToReadImage)
  }

  @Test func limitsAreInclusive() throws {
    let file = try ImageEncoder.png(.gradient(20, 10))
    let exact = ImageLimits(maxPixels: 200, maxSide: 20, maxBytes: file.count)
    #expect(throws: Never.self) { try ImageDecoder.decode(file, limits: exact) }
    var limits = exact
    limits.maxPixels = 199
    #expect(failure(file, limits: limits)?.code == .resolutionTooHigh)
    limits = exact
    limits.maxSide = 19
    #expect(failure(file, limits: limits)?.code == .resolutionTooHigh)
    limits = exact
    limits.maxBytes -= 1
    #expect(failure(file, limits: limits)?.code == .fileTooLarge)
  }

  @Test func foreignFormatsAreNamed() {
    func box(_ brand: String, _ others: String = "") -> [UInt8] {
      bigEndian(16 + others.utf8.count, 4) + Array("ftyp\(brand)".utf8) + [0, 0, 0, 0]
        + Array(others.utf8) + [UInt8](repeating: 0, count: 40)
    }
    let rest = [UInt8](repeating: 0, count: 40)
    let heic =
      "HEIC image: HEIC is not decoded; "
      + "export it as JPEG or set the phone's camera to Most Compatible"
    let cases: [([UInt8], String)] = [
      (
        box("heic"),
        heic
      ),
      (
        box("mif1", "heic"),
        heic
      ),
      (box("avif"), "AVIF image: AVIF is not decoded; convert it to JPEG or PNG"),
      (box("mif1", "miafavif"), "AVIF image: AVIF is not decoded; convert it to JPEG or PNG"),
      (box("isom"), "video file: a video is not a photo; give a JPEG or PNG photo"),
      (
        Array("RIFF".utf8) + [1, 2, 3, 4] + Array("WEBPVP8 ".utf8),
        "WebP image: WebP is not decoded; convert it to JPEG or PNG"
      ),
      (Array("GIF89a".utf8) + rest, "GIF image: GIF is not decoded; convert it to PNG"),
      (Array("BM".utf8) + rest, "BMP image: BMP is not decoded; convert it to PNG"),
      (
        Array("II*\0".utf8) + rest,
        "TIFF image: TIFF and camera raw files are not decoded; export it as JPEG or PNG"
      ),
      (
        Array("MM\0*".utf8) + rest,
        "TIFF image: TIFF and camera raw files are not decoded; export it as JPEG or PNG"
      ),
      (
        Array("%PDF-1.7".utf8),
        "PDF file: a document is not a photo; export its page as JPEG or PNG"
      ),
    ]
    for (bytes, text) in cases {
      let error = failure(bytes)
      #expect(error?.code == .unsupportedFormat)
      #expect(error?.description == text)
    }
  }

  @Test func whatIsNoImage() {
    #expect(failure([])?.description == "image file: it is empty; give a JPEG or PNG photo")
    for bytes in [[0], [0xFF], [0xFF, 0xD8], Array("hello".utf8), Array(pngSignature.prefix(7))]
      as [[UInt8]]
    {
      let error = failure(bytes)
      #expect(error?.code == .invalidFileType)
      #expect(
        error?.description
          == "image file: its bytes are no known image format; give a JPEG or PNG photo")
    }
  }

  @Test func animatedPNG() throws {
    func file(frames: Int) -> [UInt8] {
      let control = bigEndian(frames, 4) + bigEndian(0, 4)
      return pngFile(.gradient(3, 3), chunks: pngChunk("acTL", control))
    }
    let error = failure(file(frames: 12))
    #expect(error?.code == .unsupportedFormat)
    #expect(
      error?.description == "animated PNG: it has 12 frames; export one frame as PNG or JPEG")
    #expect(try ImageDecoder.decode(file(frames: 1)).pixels == .gradient(3, 3))
  }

  @Test func pngStructure() throws {
    let good = pngFile(.gradient(3, 3), chunks: [])
    let end = pngChunk("IEND", [])
    let data = pngChunk("IDAT", deflated([0, 1, 2, 3]))
    let header = pngHeader(1, 1, depth: 8, colorType: 2)
    let broken: [[UInt8]] = [
      good + [0], Array(good.dropLast(end.count)), pngSignature + end, pngSignature + header + end,
      pngSignature + data + header + end, pngSignature + header + header + data + end,
      pngSignature + header + data + pngChunk("tEXt", []) + data + end,
      pngSignature + header + pngChunk("ABCD", []) + data + end,
      pngSignature + header + data + pngChunk("IEND", [1]),
      pngSignature + pngHeader(0, 1, depth: 8, colorType: 2) + data + end,
      pngSignature + pngHeader(1, 1, depth: 3, colorType: 2) + data + end,
      pngSignature + pngHeader(1, 1, depth: 8, colorType: 5) + data + end,
      // Too little and too much data.
      pngSignature + header + pngChunk("IDAT", deflated([0, 1, 2])) + end,
      pngSignature + header + pngChunk("IDAT", deflated([0, 1, 2, 3, 4])) + end,
      // A filter that does not exist.
      pngSignature + header + pngChunk("IDAT", deflated([9, 1, 2, 3])) + end,
    ]
    for (index, file) in broken.enumerated() {
      #expect(failure(file)?.code == .failedToReadImage, "case \(index)")
    }
    let many = (0..<50_001).flatMap { _ in pngChunk("tEXt", []) }
    #expect(failure(pngFile(.gradient(2, 2), chunks: many))?.code == .failedToReadImage)
  }

  @Test func dataAfterTheLastRowIsNotInflated() {
    // One pixel, and far more compressed bytes than one pixel can need.
    let rows = [0, 0] + PixelBuffer.random(300_000, 1, 1, seed: 21).data
    let bomb =
      pngSignature + pngHeader(1, 1, depth: 8, colorType: 0) + pngChunk("IDAT", deflated(rows))
      + pngChunk("IEND", [])
    let error = failure(bomb)
    #expect(error?.why == "damaged data (compressed data beyond the last row)")
  }

  @Test func progressiveScansAreLimited() throws {
    // A scan for each of the 64 coefficients, and one more that refines the first.
    func scan(_ coefficient: Int32, from high: Int32 = 0, to low: Int32 = 0) -> jpeg_scan_info {
      jpeg_scan_info(
        comps_in_scan: 1, component_index: (0, 0, 0, 0), Ss: coefficient, Se: coefficient,
        Ah: high, Al: low)
    }
    let waves = (1..<64).map { scan($0) }
    let picture = PixelBuffer.random(24, 24, 1, seed: 4)
    func file(_ scans: [jpeg_scan_info]) -> [UInt8] {
      jpegFile(
        24, 24, samples: picture.data,
        options: JPEGOptions(space: JCS_GRAYSCALE, components: 1, scans: scans))
    }
    let most = try ImageDecoder.decode(file([scan(0)] + waves))
    let plain = try ImageDecoder.decode(file([]))
    #expect(most.pixels == plain.pixels)
    let error = failure(file([scan(0, to: 1)] + waves + [scan(0, from: 1)]))
    #expect(error?.why == "damaged data (more than 64 scans)")
    // A file that ends properly, but before its last scan.
    #expect(failure(file([scan(0, to: 1)] + waves))?.why == "damaged data (missing scans)")
  }

  @Test func jpegThatIsNotDecoded() throws {
    let file = try ImageEncoder.jpeg(.gradient(16, 16))
    let frame = try #require(
      file.indices.dropLast().first { file[$0] == 0xFF && file[$0 + 1] == 0xC0 })
    var lossless = file
    lossless[frame + 1] = 0xC3
    #expect(failure(lossless)?.code == .unsupportedFormat)
    var deep = file
    deep[frame + 4] = 12
    #expect(
      failure(deep)?.description
        == "JPEG image: 12 bits a sample are not decoded; export it with 8 bits")
    var flat = file
    flat[frame + 5] = 0
    flat[frame + 6] = 0
    #expect(failure(flat)?.code == .failedToReadImage)
  }

  @Test func everyErrorIsOneLine() {
    for bytes in [[], [1], pngSignature, [0xFF, 0xD8, 0xFF], Array("GIF89a".utf8)] as [[UInt8]] {
      guard let text = failure(bytes)?.description else { continue }
      #expect(!text.contains("\n") && text.contains(": ") && text.contains("; "))
    }
  }
}
