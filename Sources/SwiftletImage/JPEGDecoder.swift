internal import CJPEG

/// JPEG pixels by libjpeg.
enum JPEGDecoder {
  /// More scans than any encoder writes; each one costs a pass over all coefficients.
  static let maxScans: Int32 = 64

  /// Decodes strip by strip, converts the colours of each and puts it in its upright place.
  static func decode(_ bytes: [UInt8], _ parsed: ParsedImage) throws(ImageError) -> PixelBuffer {
    let header = parsed.header
    let converter = try ColorConverter(parsed, channels: 3)
    return try PixelBuffer.decode(header, channels: 3) { target in
      guard let decoder = swiftlet_jpeg_decoder_create(maxScans) else {
        return .damaged(.jpeg, "out of memory")
      }
      defer { swiftlet_jpeg_decoder_destroy(decoder) }
      let isComplete = bytes.withUnsafeBufferPointer { buffer in
        start(decoder, buffer, header)
          && readStrips(decoder, header, converter, into: target)
          && swiftlet_jpeg_decoder_finish(decoder) == 1
      }
      if isComplete { return nil }
      return .damaged(
        .jpeg, "damaged data (\(String(cString: swiftlet_jpeg_decoder_message(decoder))))")
    }
  }

  private static func start(
    _ decoder: UnsafeMutablePointer<swiftlet_jpeg_decoder>, _ bytes: UnsafeBufferPointer<UInt8>,
    _ header: ImageHeader
  ) -> Bool {
    let isInks = header.colorModel == .cmyk
    let components: Int32 = header.colorModel == .grey ? 1 : isInks ? 4 : 3
    return swiftlet_jpeg_decoder_start(
      decoder, bytes.baseAddress, bytes.count, isInks ? JCS_CMYK : JCS_RGB, Int32(header.width),
      Int32(header.height), components) == 1
  }

  private static func readStrips(
    _ decoder: UnsafeMutablePointer<swiftlet_jpeg_decoder>, _ header: ImageHeader,
    _ converter: ColorConverter?, into target: UnsafeMutablePointer<UInt8>
  ) -> Bool {
    let (width, height) = (header.width, header.height)
    let isInks = header.colorModel == .cmyk
    let isUpright = header.orientation == 1
    let writer = UprightWriter(
      width: width, height: height, orientation: header.orientation, channels: 3)
    // A turned strip becomes a run of as many neighbours in each row of the upright picture.
    let stripHeight = min(header.orientation >= 5 ? 64 : 16, height)
    let stripPixels = width * stripHeight
    var inks = [UInt8](repeating: 0, count: isInks ? stripPixels * 4 : 0)
    var colors = [UInt8](repeating: 0, count: isUpright ? 0 : stripPixels * 3)
    return inks.withUnsafeMutableBufferPointer { inks in
      colors.withUnsafeMutableBufferPointer { colors in
        var row = 0
        while row < height {
          let count = min(stripHeight, height - row)
          guard let strip = isUpright ? target + row * width * 3 : colors.baseAddress else {
            return false
          }
          if isInks {
            guard let inks = inks.baseAddress,
              swiftlet_jpeg_decoder_read(decoder, inks, width * 4, Int32(count)) == 1
            else { return false }
            converter?.convertInks(inks, to: strip, count: width * count)
          } else {
            guard swiftlet_jpeg_decoder_read(decoder, strip, width * 3, Int32(count)) == 1 else {
              return false
            }
            converter?.convert(strip, count: width * count, channels: 3)
          }
          if !isUpright { writer.place(strip, first: row, count: count, into: target) }
          row += count
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
