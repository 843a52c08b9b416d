internal import CJPEG
internal import Swiftlet

/// JPEG files by libjpeg.
enum JPEGEncoder {
  static func encode(
    _ pixels: PixelBuffer, quality: Int, chroma: ImageEncoder.Chroma
  ) throws(ImageError) -> [UInt8] {
    guard chroma == .exactWhite else {
      return try run { encoder in
        pixels.withPixels {
          swiftlet_jpeg_encoder_run(
            encoder, $0, Int32(pixels.width), Int32(pixels.height), Int32(pixels.channels),
            Int32(quality), chroma == .half ? 1 : 0)
        }
      }
    }
    let strips = JPEGStrips.ranges(height: pixels.height)
    var files = [Result<[UInt8], ImageError>](repeating: .success([]), count: strips.count)
    pixels.withPixels { start in
      files.withUnsafeMutableBufferPointer { buffer in
        nonisolated(unsafe) let (start, files) = (start, buffer)
        parallel(strips.count) { index in
          files[index] = strip(
            start, pixels, rows: strips[index], quality: quality, restarts: strips.count > 1)
        }
      }
    }
    return try JPEGStrips.joined(
      files.map { file throws(ImageError) in try file.get() }, height: pixels.height)
  }

  /// A file of some rows of a picture, without a colour transform.
  private static func strip(
    _ start: UnsafePointer<UInt8>, _ pixels: PixelBuffer, rows: Range<Int>, quality: Int,
    restarts: Bool
  ) -> Result<[UInt8], ImageError> {
    let source = JPEGBlockSource(
      pixels: start + rows.lowerBound * pixels.stride, width: pixels.width, height: rows.count,
      channels: pixels.channels)
    return Result { () throws(ImageError) in
      try run { encoder in
        withExtendedLifetime(source) {
          swiftlet_jpeg_encoder_run_blocks(
            encoder, Int32(pixels.width), Int32(rows.count), Int32(pixels.channels),
            Int32(quality), restarts ? 1 : 0,
            { context, component, row, quantizers, coefficients in
              guard let context, let quantizers, let coefficients else { return }
              Unmanaged<JPEGBlockSource>.fromOpaque(context).takeUnretainedValue().fill(
                coefficients, component: Int(component), row: Int(row), quantizers: quantizers)
            }, Unmanaged.passUnretained(source).toOpaque())
        }
      }
    }
  }

  /// The bytes that `body` has an encoder write; it returns 1 where it could.
  private static func run(
    _ body: (UnsafeMutablePointer<swiftlet_jpeg_encoder>) -> Int32
  ) throws(ImageError) -> [UInt8] {
    guard let encoder = swiftlet_jpeg_encoder_create() else {
      throw .encodeFailed(.jpeg, "out of memory")
    }
    defer { swiftlet_jpeg_encoder_destroy(encoder) }
    guard body(encoder) == 1, let bytes = encoder.pointee.bytes else {
      throw .encodeFailed(.jpeg, String(cString: swiftlet_jpeg_encoder_message(encoder)))
    }
    return [UInt8](UnsafeBufferPointer(start: bytes, count: encoder.pointee.count))
  }
}
