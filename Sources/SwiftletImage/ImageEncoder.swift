/// Pixels to PNG and JPEG bytes. The same pixels and options give the same bytes.
///
/// Only pixels are written: no Exif, no GPS, no text. A PNG carries an sRGB chunk; a JPEG without a
/// profile is sRGB by convention.
public enum ImageEncoder {
  /// How a JPEG stores colour.
  public enum Chroma: Sendable {
    /// 4:4:4: a colour a pixel; keeps coloured edges sharp.
    case full
    /// 4:2:0: a colour for 2 x 2 pixels; smaller and faster.
    case half
    /// Red, green and blue as they are, without a colour transform (Adobe's APP14 marker says so),
    /// each sample of 255 quantized so that a decoder gives exactly 255: white stays white right up
    /// to an edge, where a colour transform leaves ringing. A quality below 30 counts as 30. One and a
    /// half times to twice the size of ``full``.
    case exactWhite
  }

  /// Encodes grey, RGB or RGBA as an 8-bit PNG, exactly.
  ///
  /// - Parameters:
  ///   - pixels: the picture.
  ///   - compression: 0 (none), 1 (runs only, which suits photos and cut-outs: about as small as 3
  ///     in half the time) or zlib's level 2 ... 9 (smallest, slowest).
  /// - Throws: ``ImageError`` with `invalid_argument` or `encode_failed`.
  public static func png(
    _ pixels: PixelBuffer, compression: Int = 1
  ) throws(ImageError) -> [UInt8] {
    guard (0...9).contains(compression) else {
      throw .invalidArgument("PNG compression", "\(compression) is not a level", "give 0...9")
    }
    return try PNGEncoder.encode(pixels, compression: compression)
  }

  /// Encodes grey or RGB as a baseline JPEG.
  ///
  /// - Parameters:
  ///   - pixels: the picture, 1 or 3 channels. RGBA is an error, because JPEG has no alpha and
  ///     transparency is never dropped silently.
  ///   - quality: 1 (smallest) ... 100 (best), on libjpeg's scale.
  ///   - chroma: how densely colour is sampled.
  /// - Throws: ``ImageError`` with `invalid_argument` or `encode_failed`.
  public static func jpeg(
    _ pixels: PixelBuffer, quality: Int = 92, chroma: Chroma = .full
  ) throws(ImageError) -> [UInt8] {
    guard (1...100).contains(quality) else {
      throw .invalidArgument("JPEG quality", "\(quality) is not a quality", "give 1...100")
    }
    guard pixels.channels != 4 else {
      throw .invalidArgument(
        "JPEG image", "JPEG cannot hold transparency",
        "composite it over a colour first or write a PNG")
    }
    return try JPEGEncoder.encode(pixels, quality: quality, chroma: chroma)
  }
}
