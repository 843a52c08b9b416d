internal import CPNG

/// PNG files by libpng.
enum PNGEncoder {
  static func encode(_ pixels: PixelBuffer, compression: Int) throws(ImageError) -> [UInt8] {
    guard let encoder = swiftlet_png_encoder_create() else {
      throw .encodeFailed(.png, "out of memory")
    }
    defer { swiftlet_png_encoder_destroy(encoder) }
    let isComplete = pixels.withPixels {
      swiftlet_png_encoder_run(
        encoder, $0, Int32(pixels.width), Int32(pixels.height), Int32(pixels.channels),
        Int32(compression))
    }
    guard isComplete == 1, let bytes = encoder.pointee.bytes else {
      throw .encodeFailed(.png, String(cString: swiftlet_png_encoder_message(encoder)))
    }
    return [UInt8](UnsafeBufferPointer(start: bytes, count: encoder.pointee.count))
  }
}
