import CJPEG
import SwiftletImage
import Testing

/// Files of several strips: the same picture as by one decoder from the first byte to the last.
@Suite struct StripTests {
  /// What libjpeg makes of the whole file.
  private func inOnePiece(_ file: [UInt8], _ header: ImageHeader) throws -> PixelBuffer {
    let decoder = try #require(swiftlet_jpeg_decoder_create(64))
    defer { swiftlet_jpeg_decoder_destroy(decoder) }
    var result = PixelBuffer(width: header.width, height: header.height, channels: 3)
    let components: Int32 = header.colorModel == .grey ? 1 : 3
    let isRead = file.withUnsafeBufferPointer { bytes in
      result.data.withUnsafeMutableBufferPointer { rows in
        swiftlet_jpeg_decoder_start(
          decoder, bytes.baseAddress, bytes.count, JCS_RGB, Int32(header.width),
          Int32(header.height), components) == 1
          && swiftlet_jpeg_decoder_read(
            decoder, rows.baseAddress, header.width * 3, Int32(header.height)) == 1
          && swiftlet_jpeg_decoder_finish(decoder) == 1
      }
    }
    #expect(isRead, "\(String(cString: swiftlet_jpeg_decoder_message(decoder)))")
    return result
  }

  /// Noise with white between, so that both kinds of blocks occur.
  private func picture(_ width: Int, _ height: Int, _ channels: Int) -> PixelBuffer {
    var picture = PixelBuffer.random(width, height, channels, seed: 3)
    for y in 0..<height where y % 40 < 17 {
      for x in 0..<width { picture[x, y] = [UInt8](repeating: 255, count: channels) }
    }
    return picture
  }

  private func markers(_ file: [UInt8]) -> [Int] {
    file.indices.dropLast().filter {
      file[$0] == 0xFF && (0xD0...0xD7).contains(file[$0 + 1])
    }
  }

  private func failure(_ file: [UInt8]) -> ImageError? {
    do throws(ImageError) {
      _ = try ImageDecoder.decode(file)
      return nil
    } catch {
      return error
    }
  }

  @Test func stripsDecodeAsOneFile() throws {
    for (width, height) in [(43, 63), (43, 64), (8, 65), (21, 128), (19, 1580)] {
      for channels in [1, 3] {
        let file = try ImageEncoder.jpeg(
          picture(width, height, channels), quality: 90, chroma: .exactWhite)
        #expect(markers(file).count == (height > 64 ? (height + 7) / 8 - 1 : 0))
        let decoded = try ImageDecoder.decode(file)
        #expect((decoded.header.width, decoded.header.height) == (width, height))
        #expect(try decoded.pixels == inOnePiece(file, decoded.header), "\(width) x \(height)")
      }
    }
  }

  @Test func exactWhiteHoldsInEveryStrip() throws {
    let picture = picture(30, 1100, 3)
    let file = try ImageEncoder.jpeg(picture, quality: 85, chroma: .exactWhite)
    let decoded = try ImageDecoder.decode(file).pixels
    for y in 0..<1100 where y % 40 < 17 {
      for x in 0..<30 where decoded[x, y] != [255, 255, 255] {
        Issue.record("\(x), \(y) is \(decoded[x, y])")
        return
      }
    }
  }

  @Test func turnedStripsAreTurnedAsOneFile() throws {
    let file = try ImageEncoder.jpeg(picture(37, 1050, 3), quality: 90, chroma: .exactWhite)
    let stored = try ImageDecoder.decode(file).pixels
    for orientation in 1...8 {
      let turned = inserting(exifSegment(exifBlock(orientation: orientation)), into: file)
      let pixels = try ImageDecoder.decode(turned).pixels
      #expect(pixels == OrientationTests.upright(stored, orientation), "orientation \(orientation)")
    }
  }

  /// Each strip would have a copy of what stands before the scan: a hostile file could make it gigabytes.
  @Test func longHeadersAreNotCopiedForEveryStrip() throws {
    let file = try ImageEncoder.jpeg(picture(24, 1500, 3), quality: 90, chroma: .exactWhite)
    var long = file
    for _ in 0..<20 {
      let comment: [UInt8] = [0xFF, 0xFE, 0xFA, 0x00] + [UInt8](repeating: 32, count: 0xFA00 - 2)
      long = inserting(comment, into: long)
    }
    #expect(try ImageDecoder.decode(long).pixels == ImageDecoder.decode(file).pixels)
    // Rows of one block, 24 MB of comments: 256 strips would have taken 6 GB.
    #expect(!JPEGStrips.isFrugal(header: 24 << 20, strips: 256, file: 25 << 20))
    #expect(JPEGStrips.isFrugal(header: 700, strips: 63, file: 3 << 20))
  }

  /// Where colours are shared between rows, strips would differ along their borders.
  @Test func sharedColoursAreNotSplit() throws {
    let picture = PixelBuffer.random(24, 600, 3, seed: 8)
    let file = jpegFile(24, 600, samples: picture.data, options: JPEGOptions(restartInterval: 2))
    let decoded = try ImageDecoder.decode(file)
    #expect(try decoded.pixels == inOnePiece(file, decoded.header))
  }

  @Test func damagedStripsAreRefused() throws {
    let file = try ImageEncoder.jpeg(picture(40, 1300, 3), quality: 90, chroma: .exactWhite)
    let markers = markers(file)
    #expect(failure(file) == nil)
    for index in [5, 63, 64, 127] {
      var renumbered = file
      renumbered[markers[index] + 1] ^= 1
      #expect(failure(renumbered)?.code == .failedToReadImage, "marker \(index) renumbered")
      var shortened = file
      shortened.removeSubrange(markers[index]..<markers[index + 1])
      #expect(failure(shortened)?.code == .failedToReadImage, "interval \(index) taken out")
      var cut = file
      cut.removeSubrange(markers[index] - 20..<markers[index])
      #expect(failure(cut)?.code == .failedToReadImage, "interval \(index) cut")
    }
    #expect(failure(Array(file.dropLast(200)))?.code == .failedToReadImage)
  }
}
