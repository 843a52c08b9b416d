internal import CJPEG

/// JPEG files by libjpeg.
enum JPEGEncoder {
  static func encode(
    _ pixels: PixelBuffer, quality: Int, chroma: ImageEncoder.Chroma
  ) throws(ImageError) -> [UInt8] {
    guard let encoder = swiftlet_jpeg_encoder_create() else {
      throw .encodeFailed(.jpeg, "out of memory")
    }
    defer { swiftlet_jpeg_encoder_destroy(encoder) }
    let (width, height, channels) = (
      Int32(pixels.width), Int32(pixels.height), Int32(pixels.channels)
    )
    let isComplete = pixels.withPixels { start in
      guard chroma == .exactWhite else {
        return swiftlet_jpeg_encoder_run(
          encoder, start, width, height, channels, Int32(quality), chroma == .half ? 1 : 0)
      }
      var source = JPEGBlockSource(
        pixels: start, width: pixels.width, height: pixels.height, channels: pixels.channels)
      return withUnsafeMutablePointer(to: &source) { source in
        swiftlet_jpeg_encoder_run_blocks(
          encoder, width, height, channels, Int32(quality),
          { context, component, row, quantizers, coefficients in
            guard let context, let quantizers, let coefficients else { return }
            context.assumingMemoryBound(to: JPEGBlockSource.self).pointee.fill(
              coefficients, component: Int(component), row: Int(row), quantizers: quantizers)
          }, source)
      }
    }
    guard isComplete == 1, let bytes = encoder.pointee.bytes else {
      throw .encodeFailed(.jpeg, String(cString: swiftlet_jpeg_encoder_message(encoder)))
    }
    return [UInt8](UnsafeBufferPointer(start: bytes, count: encoder.pointee.count))
  }
}
