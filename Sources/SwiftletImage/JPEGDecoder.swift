internal import CJPEG
internal import Swiftlet

/// JPEG pixels by libjpeg.
enum JPEGDecoder {
  /// More scans than any encoder writes; each one costs a pass over all coefficients.
  static let maxScans: Int32 = 64

  /// Decodes band by band, converts the colours of each and puts it in its upright place. Strips that
  /// restart markers separate are decoded at the same time.
  static func decode(_ bytes: [UInt8], _ parsed: ParsedImage) throws(ImageError) -> PixelBuffer {
    let header = parsed.header
    let converter = try ColorConverter(parsed, channels: 3)
    return try PixelBuffer.decode(header, channels: 3) { target in
      guard converter == nil, let strips = JPEGStrips.split(bytes, parsed) else {
        return decode(bytes, rows: 0..<header.height, header, converter, into: target)
      }
      var failures = [ImageError?](repeating: nil, count: strips.count)
      failures.withUnsafeMutableBufferPointer { buffer in
        nonisolated(unsafe) let (target, failures) = (target, buffer)
        parallel(strips.count) { index in
          let strip = strips[index]
          failures[index] = decode(strip.file, rows: strip.rows, header, nil, into: target)
        }
      }
      return failures.lazy.compactMap { $0 }.first
    }
  }

  /// Decodes a file of some rows of a picture to their place.
  private static func decode(
    _ bytes: [UInt8], rows: Range<Int>, _ header: ImageHeader, _ converter: ColorConverter?,
    into target: UnsafeMutablePointer<UInt8>
  ) -> ImageError? {
    guard let decoder = swiftlet_jpeg_decoder_create(maxScans) else {
      return .damaged(.jpeg, "out of memory")
    }
    defer { swiftlet_jpeg_decoder_destroy(decoder) }
    let isComplete = bytes.withUnsafeBufferPointer { buffer in
      start(decoder, buffer, header, height: rows.count)
        && read(decoder, rows, header, converter, into: target)
        && swiftlet_jpeg_decoder_finish(decoder) == 1
    }
    if isComplete { return nil }
    return .damaged(
      .jpeg, "damaged data (\(String(cString: swiftlet_jpeg_decoder_message(decoder))))")
  }

  private static func start(
    _ decoder: UnsafeMutablePointer<swiftlet_jpeg_decoder>, _ bytes: UnsafeBufferPointer<UInt8>,
    _ header: ImageHeader, height: Int
  ) -> Bool {
    let isInks = header.colorModel == .cmyk
    let components: Int32 = header.colorModel == .grey ? 1 : isInks ? 4 : 3
    return swiftlet_jpeg_decoder_start(
      decoder, bytes.baseAddress, bytes.count, isInks ? JCS_CMYK : JCS_RGB, Int32(header.width),
      Int32(height), components) == 1
  }

  private static func read(
    _ decoder: UnsafeMutablePointer<swiftlet_jpeg_decoder>, _ rows: Range<Int>,
    _ header: ImageHeader, _ converter: ColorConverter?, into target: UnsafeMutablePointer<UInt8>
  ) -> Bool {
    let (width, height) = (header.width, header.height)
    let isInks = header.colorModel == .cmyk
    let isUpright = header.orientation == 1
    let writer = UprightWriter(
      width: width, height: height, orientation: header.orientation, channels: 3)
    // A turned band becomes a run of as many neighbours in each row of the upright picture.
    let bandHeight = min(header.orientation >= 5 ? 64 : 16, rows.count)
    let bandPixels = width * bandHeight
    var inks = [UInt8](repeating: 0, count: isInks ? bandPixels * 4 : 0)
    var colors = [UInt8](repeating: 0, count: isUpright ? 0 : bandPixels * 3)
    return inks.withUnsafeMutableBufferPointer { inks in
      colors.withUnsafeMutableBufferPointer { colors in
        for row in stride(from: rows.lowerBound, to: rows.upperBound, by: bandHeight) {
          let count = min(bandHeight, rows.upperBound - row)
          guard let band = isUpright ? target + row * width * 3 : colors.baseAddress else {
            return false
          }
          if isInks {
            guard let inks = inks.baseAddress,
              swiftlet_jpeg_decoder_read(decoder, inks, width * 4, Int32(count)) == 1
            else { return false }
            converter?.convertInks(inks, to: band, count: width * count)
          } else {
            guard swiftlet_jpeg_decoder_read(decoder, band, width * 3, Int32(count)) == 1 else {
              return false
            }
            converter?.convert(band, count: width * count, channels: 3)
          }
          if !isUpright { writer.place(band, first: row, count: count, into: target) }
        }
        return true
      }
    }
  }
}

extension PixelBuffer {
  /// An upright picture of the header's size, every byte of which `fill` writes unless it fails.
  static func decode(
    _ header: ImageHeader, channels: Int,
    fill: (UnsafeMutablePointer<UInt8>) -> ImageError?
  ) throws(ImageError) -> PixelBuffer {
    var failure: ImageError?
    let pixels = PixelBuffer.make(
      width: header.uprightWidth, height: header.uprightHeight, channels: channels
    ) { target in failure = fill(target) }
    if let failure { throw failure }
    return pixels
  }
}
