/// A decoded picture and what its file said of it.
public struct DecodedImage: Sendable, Equatable {
  /// The upright picture in sRGB: RGB, or RGBA where the file has transparency.
  public let pixels: PixelBuffer
  /// The header; its width and height are as stored, before the orientation was applied.
  public let header: ImageHeader
}

/// PNG and JPEG bytes to upright sRGB pixels.
public enum ImageDecoder {
  /// Decodes a PNG or JPEG.
  ///
  /// | stored | result |
  /// |---|---|
  /// | Exif orientation 2...8 (JPEG APP1, PNG eXIf) | applied |
  /// | ICC profile of the picture's colour model | converted to sRGB by Little CMS, perceptual |
  /// | ICC profile of another colour model | ignored |
  /// | PNG gAMA and cHRM, without ICC or sRGB chunk | converted to sRGB by Little CMS |
  /// | CMYK or YCCK JPEG without profile | `R = (255 - C) * (255 - K) / 255`, and so on |
  /// | CMYK JPEG with an Adobe marker | read as inverted, as Adobe's programs write it |
  /// | 16 bits a sample | 8, rounded |
  /// | 1, 2 or 4 bits, palette, grey | RGB |
  /// | tRNS or alpha channel | straight alpha, kept |
  ///
  /// The header is checked against `limits` before pixels are allocated. Every warning of libjpeg
  /// and libpng counts as an error, and so do a bad checksum and bytes after the end of a PNG: any
  /// bit flipped in a PNG is an error. JPEG has no checksums, so a flip that leaves a valid JPEG
  /// cannot be told from a picture that was meant so; it gives a valid picture.
  ///
  /// - Throws: ``ImageError``, as ``ImageHeader/read(_:limits:)`` does, and `failed_to_read_image`
  ///   for damaged pixel data or a damaged ICC profile.
  /// - Complexity: one picture of memory, and the coefficients of a progressive JPEG (2 bytes a
  ///   sample) or a second picture for a rotated or interlaced PNG.
  public static func decode(
    _ bytes: [UInt8], limits: ImageLimits = .standard
  ) throws(ImageError) -> DecodedImage {
    let parsed = try ParsedImage.parse(bytes, limits: limits)
    let pixels =
      switch parsed.header.format {
      case .png: try PNGDecoder.decode(bytes, parsed)
      case .jpeg: try JPEGDecoder.decode(bytes, parsed)
      }
    return DecodedImage(pixels: pixels, header: parsed.header)
  }
}
