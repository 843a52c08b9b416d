internal import CPNG

/// PNG pixels by libpng.
enum PNGDecoder {
  static func decode(_ bytes: [UInt8], _ parsed: ParsedImage) throws(ImageError) -> PixelBuffer {
    let header = parsed.header
    let channels = header.hasAlpha ? 4 : 3
    let converter = try ColorConverter(parsed, channels: channels)
    let parts = parsed.parts.map { swiftlet_png_part(offset: $0.lowerBound, count: $0.count) }
    return try PixelBuffer.decode(header, channels: channels) { target in
      guard let decoder = swiftlet_png_decoder_create() else {
        return .damaged(.png, "out of memory")
      }
      defer { swiftlet_png_decoder_destroy(decoder) }
      let isComplete = bytes.withUnsafeBufferPointer { bytes in
        parts.withUnsafeBufferPointer { parts in
          swiftlet_png_decoder_start(
            decoder, bytes.baseAddress, parts.baseAddress, parts.count, header.width,
            Int32(channels)) == 1 && read(decoder, header, channels, converter, into: target)
        }
      }
      let message = String(cString: swiftlet_png_decoder_message(decoder))
      if isComplete && message.isEmpty { return nil }
      return .damaged(.png, "damaged data (\(message))")
    }
  }

  private static func read(
    _ decoder: UnsafeMutablePointer<swiftlet_png_decoder>, _ header: ImageHeader, _ channels: Int,
    _ converter: ColorConverter?, into target: UnsafeMutablePointer<UInt8>
  ) -> Bool {
    let (width, height) = (header.width, header.height)
    let writer = UprightWriter(
      width: width, height: height, orientation: header.orientation, channels: channels)
    let isUpright = header.orientation == 1
    // Interlaced rows come in several passes and must stay where they are until the last.
    let isInterlaced = swiftlet_png_decoder_passes(decoder) > 1
    let stripHeight = isInterlaced ? height : min(header.orientation >= 5 ? 64 : 16, height)
    var strip = [UInt8](repeating: 0, count: isUpright ? 0 : width * stripHeight * channels)
    return strip.withUnsafeMutableBufferPointer { strip in
      var row = 0
      while row < height {
        let count = min(stripHeight, height - row)
        guard let rows = isUpright ? target + row * width * channels : strip.baseAddress else {
          return false
        }
        for pass in 0..<swiftlet_png_decoder_passes(decoder) {
          let isLastPass = pass == swiftlet_png_decoder_passes(decoder) - 1
          guard
            readRows(
              decoder, rows, stride: width * channels, first: row, count: count, of: height,
              isLastPass: isLastPass)
          else { return false }
        }
        converter?.convert(rows, count: width * count, channels: channels)
        if !isUpright { writer.place(rows, first: row, count: count, into: target) }
        row += count
      }
      return true
    }
  }

  /// The last two rows may take only as many compressed bytes as they could ever need: what follows
  /// them would be inflated without end and thrown away.
  private static func readRows(
    _ decoder: UnsafeMutablePointer<swiftlet_png_decoder>, _ rows: UnsafeMutablePointer<UInt8>,
    stride: Int, first: Int, count: Int, of height: Int, isLastPass: Bool
  ) -> Bool {
    let free = isLastPass || height == 1 ? max(0, min(count, height - 2 - first)) : count
    let budget = stride * 5 + (1 << 17)
    return swiftlet_png_decoder_read(decoder, rows, stride, Int32(free), .max) == 1
      && swiftlet_png_decoder_read(
        decoder, rows + free * stride, stride, Int32(count - free), budget) == 1
  }
}
