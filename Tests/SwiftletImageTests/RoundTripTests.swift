import CJPEG
import SwiftletImage
import Testing

@Suite struct RoundTripTests {
  @Test func pngKeepsEveryByte() throws {
    for (width, height) in [(1, 1), (7, 3), (64, 33), (255, 2)] {
      for compression in [0, 1, 6] {
        for channels in [1, 3, 4] {
          let picture = PixelBuffer.random(width, height, channels, seed: 7)
          let file = try ImageEncoder.png(picture, compression: compression)
          let decoded = try ImageDecoder.decode(file)
          let expected = channels == 1 ? picture.composited(over: (0, 0, 0)) : picture
          #expect(decoded.pixels == expected)
          #expect(decoded.header.format == .png)
          #expect(decoded.header.hasAlpha == (channels == 4))
          #expect(decoded.header.colorModel == (channels == 1 ? .grey : .rgb))
        }
      }
    }
  }

  @Test func jpegStaysClose() throws {
    for (width, height) in [(1, 1), (8, 8), (37, 21), (130, 66)] {
      let picture = PixelBuffer.gradient(width, height)
      for chroma in [ImageEncoder.Chroma.full, .half] {
        let file = try ImageEncoder.jpeg(picture, quality: 98, chroma: chroma)
        let decoded = try ImageDecoder.decode(file)
        #expect(decoded.header.format == .jpeg)
        #expect(largestDifference(decoded.pixels.data, picture.data) <= (width < 37 ? 60 : 12))
      }
    }
    let grey = PixelBuffer.flat(9, 5, [77])
    let decoded = try ImageDecoder.decode(ImageEncoder.jpeg(grey))
    #expect(decoded.pixels == .flat(9, 5, [77, 77, 77]))
    #expect(decoded.header.colorModel == .grey)
  }

  /// White against colours, edges across the blocks, sizes that end inside a block.
  @Test func exactWhiteStaysWhiteBesideAnyEdge() throws {
    for (width, height) in [(1, 1), (8, 8), (16, 9), (37, 21), (130, 66)] {
      for channels in [1, 3] {
        let noise = PixelBuffer.random(width, height, channels, seed: 21)
        var picture = noise
        for y in 0..<height {
          for x in 0..<width where (x * x + 3 * x * y) % 29 < 19 {
            picture[x, y] = [UInt8](repeating: 255, count: channels)
          }
        }
        for quality in [1, 10, 24, 30, 60, 90, 95, 100] {
          let file = try ImageEncoder.jpeg(picture, quality: quality, chroma: .exactWhite)
          let decoded = try ImageDecoder.decode(file)
          #expect(decoded.header.format == .jpeg)
          #expect(decoded.header.colorModel == (channels == 1 ? .grey : .rgb))
          var (whites, exact, error) = (0, 0, 0.0)
          for y in 0..<height {
            for x in 0..<width {
              let (before, after) = (picture[x, y], decoded.pixels[x, y])
              for (channel, value) in after.enumerated() {
                let wanted = before[min(channel, channels - 1)]
                if wanted == 255 {
                  whites += 1
                  exact += value == 255 ? 1 : 0
                } else {
                  error += (Double(value) - Double(wanted)) * (Double(value) - Double(wanted))
                }
              }
            }
          }
          #expect(exact == whites, "\(width) x \(height) x \(channels), quality \(quality)")
          let count = Double(max(1, 3 * width * height - whites))
          #expect(
            (error / count).squareRoot() <= (quality < 90 ? 40 : quality < 100 ? 12 : 2),
            "\(width) x \(height) x \(channels), quality \(quality)")
        }
      }
    }
  }

  /// The case that ``ImageEncoder/Chroma/exactWhite`` exists for.
  @Test func aColourTransformRingsBesideAnEdge() throws {
    var picture = PixelBuffer.flat(24, 24, [255, 255, 255])
    for y in 0..<24 { for x in 0..<(y / 2) { picture[x, y] = [200, 20, 10] } }
    func whites(_ pixels: PixelBuffer) -> Int {
      (0..<576).filter { pixels.data[(3 * $0)..<(3 * $0 + 3)].allSatisfy { $0 == 255 } }.count
    }
    func decoded(_ chroma: ImageEncoder.Chroma) throws -> PixelBuffer {
      try ImageDecoder.decode(ImageEncoder.jpeg(picture, quality: 95, chroma: chroma)).pixels
    }
    #expect(whites(try decoded(.full)) < whites(picture))
    #expect(whites(try decoded(.exactWhite)) >= whites(picture))
  }

  @Test func progressiveAndRestartMarkersDecodeAsBaseline() throws {
    let picture = PixelBuffer.gradient(75, 50)
    let baseline = jpegFile(75, 50, samples: picture.data, options: JPEGOptions())
    let progressive = jpegFile(
      75, 50, samples: picture.data, options: JPEGOptions(isProgressive: true))
    let restarts = jpegFile(
      75, 50, samples: picture.data, options: JPEGOptions(restartInterval: 3))
    let expected = try ImageDecoder.decode(baseline)
    let decoded = try ImageDecoder.decode(progressive)
    #expect(decoded.header.isProgressive && !expected.header.isProgressive)
    #expect(decoded.pixels == expected.pixels)
    #expect(try ImageDecoder.decode(restarts).pixels == expected.pixels)
  }

  @Test func jpegRefusesTransparencyAndBadOptions() {
    let rgba = PixelBuffer(width: 2, height: 2, channels: 4)
    let rgb = PixelBuffer(width: 2, height: 2, channels: 3)
    #expect { try ImageEncoder.jpeg(rgba) } throws: { error in
      (error as? ImageError)?.description
        == "JPEG image: JPEG cannot hold transparency; "
        + "composite it over a colour first or write a PNG"
    }
    #expect(throws: ImageError.self) { try ImageEncoder.jpeg(rgb, quality: 0) }
    #expect(throws: ImageError.self) { try ImageEncoder.jpeg(rgb, quality: 101) }
    #expect(throws: ImageError.self) { try ImageEncoder.png(rgb, compression: 10) }
    #expect(throws: ImageError.self) {
      try ImageEncoder.jpeg(PixelBuffer(width: 70_000, height: 1, channels: 3))
    }
  }

  @Test func encodingIsDeterministic() throws {
    let picture = PixelBuffer.random(40, 30, 3, seed: 3)
    #expect(try ImageEncoder.png(picture) == ImageEncoder.png(picture))
    #expect(try ImageEncoder.jpeg(picture) == ImageEncoder.jpeg(picture))
  }

  @Test func encodedFilesCarryNoMetadata() throws {
    let picture = PixelBuffer.gradient(16, 16)
    let tagged = inserting(
      exifSegment(exifBlock(orientation: 1, gps: true)), into: try ImageEncoder.jpeg(picture))
    let decoded = try ImageDecoder.decode(tagged)
    #expect(decoded.header.hasGPS)
    for file in [try ImageEncoder.jpeg(decoded.pixels), try ImageEncoder.png(decoded.pixels)] {
      let header = try ImageHeader.read(file)
      #expect(!header.hasExif && !header.hasGPS && !header.hasXMP && !header.hasICCProfile)
    }
  }
}
