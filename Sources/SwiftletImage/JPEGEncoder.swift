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
    let isComplete = pixels.withPixels {
      swiftlet_jpeg_encoder_run(
        encoder, $0, Int32(pixels.width), Int32(pixels.height), Int32(pixels.channels),
        Int32(quality), chroma == .half ? 1 : 0)
    }
    guard isComplete == 1, let bytes = encoder.pointee.bytes else {
      throw .encodeFailed(.jpeg, String(cString: swiftlet_jpeg_encoder_message(encoder)))
    }
    return [UInt8](UnsafeBufferPointer(start: bytes, count: encoder.pointee.count))
  }
}
