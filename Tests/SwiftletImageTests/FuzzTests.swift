import CJPEG
import SwiftletImage
import Testing

/// Damaged files, the same in every run: an error or a whole picture, never a crash.
@Suite struct FuzzTests {
  private static let rounds = 1000

  private enum Outcome: Equatable { case picture, error }

  private func decode(_ bytes: [UInt8]) -> Outcome {
    do {
      let decoded = try ImageDecoder.decode(bytes)
      let pixels = decoded.pixels
      #expect(pixels.data.count == pixels.width * pixels.height * pixels.channels)
      #expect(decoded.header.uprightWidth == pixels.width)
      return .picture
    } catch {
      #expect(!error.why.isEmpty && !error.remedy.isEmpty)
      return .error
    }
  }

  private static let pngs: [[UInt8]] = {
    let noise = PixelBuffer.random(23, 17, 4, seed: 1)
    let rows = (0..<19).map { row in (0..<30).map { UInt8(($0 * row) % 4) } }
    let palette =
      pngChunk("PLTE", (0..<12).map { UInt8($0 * 20) }) + pngChunk("tRNS", [0, 128])
    return [
      pngFile(.gradient(40, 30), chunks: pngChunk("eXIf", exifBlock(orientation: 6))),
      pngFile(noise, chunks: pngChunk("gAMA", bigEndian(100_000, 4))),
      pngFile(30, depth: 8, colorType: 3, rows: rows, chunks: palette),
      pngFile(7, depth: 16, colorType: 0, rows: (0..<9).map { _ in [UInt8](0..<14) }),
    ]
  }()

  private static let jpegs: [[UInt8]] = {
    let picture = PixelBuffer.gradient(61, 45)
    let grey = PixelBuffer.random(33, 20, 1, seed: 2)
    let inks = PixelBuffer.random(20, 33, 4, seed: 3)
    let plain = jpegFile(61, 45, samples: picture.data, options: JPEGOptions())
    return [
      plain,
      inserting(exifSegment(exifBlock(orientation: 8, gps: true)), into: plain),
      jpegFile(61, 45, samples: picture.data, options: JPEGOptions(isProgressive: true)),
      jpegFile(61, 45, samples: picture.data, options: JPEGOptions(restartInterval: 2)),
      jpegFile(
        33, 20, samples: grey.data, options: JPEGOptions(space: JCS_GRAYSCALE, components: 1)),
      jpegFile(20, 33, samples: inks.data, options: JPEGOptions(space: JCS_CMYK, components: 4)),
    ]
  }()

  @Test func goodFilesDecode() {
    for file in FuzzTests.pngs + FuzzTests.jpegs { #expect(decode(file) == .picture) }
  }

  @Test func truncatedFilesAreErrors() {
    var generator = SeededGenerator(seed: 11)
    for files in [FuzzTests.pngs, FuzzTests.jpegs] {
      for round in 0..<FuzzTests.rounds {
        let file = files[round % files.count]
        let count = Int.random(in: 0..<file.count, using: &generator)
        #expect(decode(Array(file.prefix(count))) == .error, "round \(round), \(count) bytes")
      }
      // Every cut near the end, where only the closing marker is missing.
      for file in files {
        for missing in 1...min(64, file.count) {
          #expect(decode(Array(file.dropLast(missing))) == .error, "\(missing) bytes missing")
        }
      }
    }
  }

  @Test func anyFlippedBitInAPNGIsAnError() {
    var generator = SeededGenerator(seed: 12)
    for round in 0..<FuzzTests.rounds {
      var file = FuzzTests.pngs[round % FuzzTests.pngs.count]
      let bit = Int.random(in: 0..<(file.count * 8), using: &generator)
      file[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(decode(file) == .error, "round \(round), bit \(bit)")
    }
  }

  /// JPEG has no checksum: a flip is an error, or leaves a valid file with other pixels.
  @Test func flippedBitsInAJPEGNeverCrash() {
    var generator = SeededGenerator(seed: 13)
    var errors = 0
    for round in 0..<FuzzTests.rounds {
      var file = FuzzTests.jpegs[round % FuzzTests.jpegs.count]
      for _ in 0..<(1 + round % 3) {
        let bit = Int.random(in: 0..<(file.count * 8), using: &generator)
        file[bit / 8] ^= 1 << UInt8(bit % 8)
      }
      if decode(file) == .error { errors += 1 }
    }
    #expect(errors > FuzzTests.rounds / 4)
  }

  /// A flip in 64 bits: enough that the codes contradict each other somewhere.
  @Test func manyFlippedBitsInAJPEGAreAnError() {
    var generator = SeededGenerator(seed: 17)
    for round in 0..<FuzzTests.rounds {
      var file = FuzzTests.jpegs[round % FuzzTests.jpegs.count]
      for _ in 0..<file.count / 8 {
        let bit = Int.random(in: 0..<(file.count * 8), using: &generator)
        file[bit / 8] ^= 1 << UInt8(bit % 8)
      }
      #expect(decode(file) == .error, "round \(round)")
    }
  }

  @Test func randomBytesAreErrors() {
    var generator = SeededGenerator(seed: 14)
    let starts: [[UInt8]] = [
      [], pngSignature, [0xFF, 0xD8, 0xFF],
      pngSignature + pngHeader(30, 30, depth: 8, colorType: 2),
      Array(FuzzTests.jpegs[0].prefix(200)), Array(FuzzTests.jpegs[2].prefix(200)),
    ]
    for round in 0..<(2 * FuzzTests.rounds) {
      let count = Int.random(in: 0...600, using: &generator)
      let noise = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
      #expect(decode(starts[round % starts.count] + noise) == .error, "round \(round)")
    }
  }

  /// Random entropy-coded data under intact headers: the part that goes through libjpeg's decoder.
  @Test func randomScansNeverCrash() throws {
    var generator = SeededGenerator(seed: 15)
    for round in 0..<FuzzTests.rounds {
      let file = FuzzTests.jpegs[round % FuzzTests.jpegs.count]
      let scan = try #require(
        file.indices.dropLast().first { file[$0] == 0xFF && file[$0 + 1] == 0xDA })
      let noise = (0..<2000).map { _ in UInt8.random(in: 0...254, using: &generator) }
      _ = decode(Array(file.prefix(scan + 14)) + noise + [0xFF, 0xD9])
    }
  }

  /// Flips inside an ICC profile: Little CMS sees hostile tables.
  @Test func flippedProfilesNeverCrash() throws {
    var generator = SeededGenerator(seed: 16)
    let file = try ImageEncoder.jpeg(.gradient(16, 16))
    let inks = FuzzTests.jpegs[5]
    let seeds = [(TestProfile.sRGB(), file), (TestProfile.inks(), inks)]
    for round in 0..<FuzzTests.rounds {
      var (flipped, file) = seeds[round % 2]
      for _ in 0..<4 {
        let bit = Int.random(in: 0..<(flipped.count * 8), using: &generator)
        flipped[bit / 8] ^= 1 << UInt8(bit % 8)
      }
      file = inserting(profileSegments(flipped), into: file)
      _ = decode(file)
    }
  }
}
