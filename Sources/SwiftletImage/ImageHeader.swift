/// A file format that is decoded and encoded.
public enum ImageFormat: String, Sendable, CaseIterable {
  /// Portable Network Graphics, one frame.
  case png
  /// JPEG (JFIF, Exif): baseline, extended and progressive, 8 bits a sample.
  case jpeg

  /// The name for people: `PNG`, `JPEG`.
  var label: String { self == .png ? "PNG" : "JPEG" }
}

/// What a file says of its picture before any pixel is decoded.
public struct ImageHeader: Sendable, Equatable {
  /// How the stored samples make a colour.
  public enum ColorModel: String, Sendable {
    /// One channel of light.
    case grey
    /// Red, green, blue (in JPEG also as YCbCr).
    case rgb
    /// An index into a table of RGB colours.
    case palette
    /// Four inks (in JPEG also as YCCK).
    case cmyk
  }

  /// The file format.
  public var format: ImageFormat
  /// Columns as stored, before the orientation is applied.
  public var width: Int
  /// Rows as stored, before the orientation is applied.
  public var height: Int
  /// Bits a sample (a palette index counts as a sample): 1, 2, 4, 8 or 16.
  public var bitDepth: Int
  /// How the samples make a colour.
  public var colorModel: ColorModel
  /// Whether the picture has an alpha channel or a transparent colour.
  public var hasAlpha: Bool
  /// Whether the file is interlaced (PNG) or progressive (JPEG).
  public var isProgressive: Bool
  /// Exif orientation, 1...8; 1 where the file does not say or says nonsense.
  public var orientation: Int
  /// Whether an ICC profile is embedded.
  public var hasICCProfile: Bool
  /// Whether Exif metadata is embedded.
  public var hasExif: Bool
  /// Whether the Exif metadata has a GPS block: where the photo was taken.
  public var hasGPS: Bool
  /// Whether XMP metadata is embedded.
  public var hasXMP: Bool

  /// Columns of the upright picture.
  public var uprightWidth: Int { orientation >= 5 ? height : width }
  /// Rows of the upright picture.
  public var uprightHeight: Int { orientation >= 5 ? width : height }
}

extension ImageHeader {
  /// Reads the header of a PNG or JPEG and checks it against `limits`.
  ///
  /// - Throws: ``ImageError`` with `file_too_large`, `resolution_too_high`, `unsupported_format`
  ///   (another format, an animation, a JPEG of 12 bits), `invalid_file_type` (no picture) or
  ///   `failed_to_read_image` (a damaged header; in a PNG also a damaged chunk anywhere).
  /// - Complexity: the length of the metadata of a JPEG; of the whole file for a PNG, whose
  ///   checksums are verified.
  public static func read(
    _ bytes: [UInt8], limits: ImageLimits = .standard
  ) throws(ImageError) -> ImageHeader {
    try ParsedImage.parse(bytes, limits: limits).header
  }
}
