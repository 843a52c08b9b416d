import SwiftletImage
import Testing

@Suite struct StoredFormTests {
  @Test func sixteenBitsAreRounded() throws {
    // 0x8000 is 127.5 of 255 and a little: 128. 0x807F is 127.998: 128. 0x00FF is 0.996: 1.
    let row: [UInt8] = [0x80, 0x00, 0x80, 0x7F, 0x00, 0xFF, 0xFF, 0xFF, 0x01, 0x00, 0x00, 0x00]
    let decoded = try ImageDecoder.decode(pngFile(2, depth: 16, colorType: 2, rows: [row]))
    #expect(decoded.header.bitDepth == 16)
    #expect(decoded.pixels.data == [128, 128, 1, 255, 1, 0])
  }

  @Test func greyOfEveryDepthSpansTheRange() throws {
    let cases: [(Int, [UInt8], [UInt8])] = [
      (1, [0b0101_0000], [0, 255, 0, 255]),
      (2, [0b00_01_10_11], [0, 85, 170, 255]),
      (4, [0x0F, 0x37], [0, 255, 51, 119]),
      (8, [0, 1, 127, 255], [0, 1, 127, 255]),
      (16, [0, 0, 0xFF, 0xFF, 0x40, 0x40, 0x80, 0x80], [0, 255, 64, 128]),
    ]
    for (depth, row, greys) in cases {
      let decoded = try ImageDecoder.decode(pngFile(4, depth: depth, colorType: 0, rows: [row]))
      #expect(decoded.pixels.channels == 3)
      #expect(decoded.pixels.data == greys.flatMap { [$0, $0, $0] }, "depth \(depth)")
      #expect(decoded.header.colorModel == .grey)
    }
  }

  @Test func paletteWithTransparency() throws {
    let palette = pngChunk("PLTE", [255, 0, 0, 0, 255, 0, 1, 2, 3])
    let alphas = pngChunk("tRNS", [128, 0])
    let opaque = pngFile(3, depth: 8, colorType: 3, rows: [[0, 1, 2]], chunks: palette)
    let clear = pngFile(3, depth: 8, colorType: 3, rows: [[0, 1, 2]], chunks: palette + alphas)
    #expect(try ImageDecoder.decode(opaque).pixels.data == [255, 0, 0, 0, 255, 0, 1, 2, 3])
    let decoded = try ImageDecoder.decode(clear)
    #expect(decoded.pixels.data == [255, 0, 0, 128, 0, 255, 0, 0, 1, 2, 3, 255])
    #expect(decoded.header.hasAlpha && decoded.header.colorModel == .palette)
  }

  @Test func paletteErrors() throws {
    let palette = pngChunk("PLTE", [255, 0, 0])
    let broken = [
      pngFile(1, depth: 8, colorType: 3, rows: [[0]]),
      pngFile(1, depth: 8, colorType: 3, rows: [[0]], chunks: pngChunk("PLTE", [1, 2])),
      pngFile(
        1, depth: 1, colorType: 3, rows: [[0]],
        chunks: pngChunk("PLTE", [1, 2, 3, 1, 2, 3, 1, 2, 3])),
      pngFile(1, depth: 8, colorType: 3, rows: [[0]], chunks: palette + palette),
      pngFile(1, depth: 8, colorType: 3, rows: [[0]], chunks: palette + pngChunk("tRNS", [1, 2])),
      pngFile(1, depth: 8, colorType: 6, rows: [[1, 2, 3, 4]], chunks: pngChunk("tRNS", [1, 2])),
    ]
    for file in broken {
      #expect(throws: ImageError.self) { try ImageDecoder.decode(file) }
    }
  }

  @Test func transparentColours() throws {
    let grey = pngFile(
      2, depth: 8, colorType: 0, rows: [[5, 6]], chunks: pngChunk("tRNS", [0, 5]))
    #expect(try ImageDecoder.decode(grey).pixels.data == [5, 5, 5, 0, 6, 6, 6, 255])
    let color = pngFile(
      2, depth: 8, colorType: 2, rows: [[1, 2, 3, 1, 2, 4]],
      chunks: pngChunk("tRNS", [0, 1, 0, 2, 0, 3]))
    #expect(try ImageDecoder.decode(color).pixels.data == [1, 2, 3, 0, 1, 2, 4, 255])
    // At 16 bits the whole number decides, not its upper byte.
    let deep = pngFile(
      2, depth: 16, colorType: 0, rows: [[7, 1, 7, 2]], chunks: pngChunk("tRNS", [7, 1]))
    #expect(
      try ImageDecoder.decode(deep).pixels.data.enumerated().filter { $0.offset % 4 == 3 }
        .map(\.element) == [0, 255])
  }

  @Test func greyWithAlpha() throws {
    let file = pngFile(2, depth: 8, colorType: 4, rows: [[10, 20, 30, 255]])
    #expect(try ImageDecoder.decode(file).pixels.data == [10, 10, 10, 20, 30, 30, 30, 255])
    let deep = pngFile(1, depth: 16, colorType: 4, rows: [[0x80, 0x80, 0xFF, 0xFF]])
    #expect(try ImageDecoder.decode(deep).pixels.data == [128, 128, 128, 255])
  }

  @Test func interlacedEqualsPlain() throws {
    // Adam7: the first column and row, and the steps, of each pass.
    let passes = [
      (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
      (0, 1, 1, 2),
    ]
    for (width, height) in [(1, 1), (1, 3), (3, 1), (5, 5), (8, 8), (19, 13), (33, 40)] {
      let picture = PixelBuffer.random(width, height, 3, seed: UInt64(width))
      var data: [UInt8] = []
      for (left, top, stepX, stepY) in passes where left < width && top < height {
        for y in stride(from: top, to: height, by: stepY) {
          data.append(0)
          for x in stride(from: left, to: width, by: stepX) { data += picture[x, y] }
        }
      }
      let file =
        pngSignature + pngHeader(width, height, depth: 8, colorType: 2, interlace: 1)
        + pngChunk("IDAT", deflated(data)) + pngChunk("IEND", [])
      let decoded = try ImageDecoder.decode(file)
      #expect(decoded.header.isProgressive)
      #expect(decoded.pixels == picture, "\(width) x \(height)")
    }
  }
}
