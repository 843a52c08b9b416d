import SwiftletImage
import Testing

@Suite struct OrientationTests {
  /// Where Exif's orientations put the stored pixel in column `x` of row `y`.
  static func upright(_ stored: PixelBuffer, _ orientation: Int) -> PixelBuffer {
    let (w, h) = (stored.width, stored.height)
    let turned = orientation >= 5
    var result = PixelBuffer(
      width: turned ? h : w, height: turned ? w : h, channels: stored.channels)
    for y in 0..<h {
      for x in 0..<w {
        let (toX, toY) =
          switch orientation {
          case 2: (w - 1 - x, y)
          case 3: (w - 1 - x, h - 1 - y)
          case 4: (x, h - 1 - y)
          case 5: (y, x)
          case 6: (h - 1 - y, x)
          case 7: (h - 1 - y, w - 1 - x)
          case 8: (y, w - 1 - x)
          default: (x, y)
          }
        result[toX, toY] = stored[x, y]
      }
    }
    return result
  }

  @Test func jpegIsTurnedUpright() throws {
    // More than one strip of rows and more than one block of columns, with a rest in both.
    let file = try ImageEncoder.jpeg(.gradient(83, 147), quality: 95)
    let stored = try ImageDecoder.decode(file).pixels
    for orientation in 1...8 {
      for littleEndian in [false, true] {
        let block = exifBlock(orientation: orientation, littleEndian: littleEndian)
        let decoded = try ImageDecoder.decode(inserting(exifSegment(block), into: file))
        #expect(decoded.header.orientation == orientation)
        #expect((decoded.header.width, decoded.header.height) == (83, 147))
        #expect(decoded.header.uprightWidth == decoded.pixels.width)
        #expect(
          decoded.pixels == OrientationTests.upright(stored, orientation),
          "orientation \(orientation)")
      }
    }
  }

  @Test func pngIsTurnedUpright() throws {
    for channels in [3, 4] {
      let stored = PixelBuffer.random(35, 70, channels, seed: 5)
      for orientation in 1...8 {
        let chunk = pngChunk("eXIf", exifBlock(orientation: orientation))
        let decoded = try ImageDecoder.decode(pngFile(stored, chunks: chunk))
        #expect(
          decoded.pixels == OrientationTests.upright(stored, orientation),
          "orientation \(orientation)")
      }
    }
  }

  @Test func nonsenseCountsAsUpright() throws {
    let file = try ImageEncoder.jpeg(.gradient(20, 10))
    var blocks = [0, 9, 65_535].map { exifBlock(orientation: $0) }
    blocks += [[], [0x4D], Array(exifBlock(orientation: 6).prefix(15))]
    // A directory that claims to lie at the end of the address space.
    blocks.append([0x49, 0x49, 42, 0, 0xFF, 0xFF, 0xFF, 0xFF])
    for block in blocks {
      let decoded = try ImageDecoder.decode(inserting(exifSegment(block), into: file))
      #expect(decoded.header.orientation == 1)
      #expect(decoded.pixels.width == 20)
    }
  }
}
