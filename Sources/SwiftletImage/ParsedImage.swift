/// A file taken apart as far as needed to decode its pixels.
struct ParsedImage {
  var header: ImageHeader
  /// What the stored colours mean; `nil` for sRGB.
  var color: ColorDefinition?
  /// Whether a CMYK JPEG stores 255 for no ink, as Adobe's programs do.
  var isInverted = false
  /// The parts of a PNG that its decoder is shown: signature, IHDR, PLTE, tRNS, IDAT, IEND.
  var parts: [Range<Int>] = []
  /// Where the parts of a JPEG lie.
  var layout: JPEGLayout?

  /// Recognises the format, reads the header and checks it against the limits.
  static func parse(_ bytes: [UInt8], limits: ImageLimits) throws(ImageError) -> ParsedImage {
    guard !bytes.isEmpty else {
      throw ImageError(
        code: .invalidFileType, what: "image file", why: "it is empty",
        remedy: "give a JPEG or PNG photo")
    }
    try limits.check(byteCount: bytes.count)
    switch FileKind(bytes) {
    case .image(.png): return try PNGChunks(bytes, limits: limits).parsed()
    case .image(.jpeg): return try JPEGSegments(bytes, limits: limits).parsed()
    case .foreign(let error): throw error
    case .unknown:
      throw ImageError(
        code: .invalidFileType, what: "image file", why: "its bytes are no known image format",
        remedy: "give a JPEG or PNG photo")
    }
  }
}

/// What stored colours mean, where it is not sRGB.
enum ColorDefinition {
  /// An ICC profile.
  case profile([UInt8])
  /// A PNG's chunk with one.
  case packedProfile(ArraySlice<UInt8>)
  /// A power law and, for colour, the chromaticities of white, red, green and blue (PNG gAMA and
  /// cHRM).
  case calibrated(gamma: Double, primaries: [(x: Double, y: Double)]?)
}
