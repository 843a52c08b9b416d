/// What the first bytes of a file say it is.
enum FileKind {
  case image(ImageFormat)
  /// A known format that is not decoded here.
  case foreign(ImageError)
  case unknown

  init(_ bytes: [UInt8]) {
    let reader = ByteReader(bytes: bytes[...])
    if bytes.starts(with: PNGChunks.signature) {
      self = .image(.png)
    } else if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
      self = .image(.jpeg)
    } else if let error = FileKind.baseMedia(reader) ?? FileKind.other(reader) {
      self = .foreign(error)
    } else {
      self = .unknown
    }
  }

  /// ISO base media files: HEIC, AVIF, JPEG 2000 and video, told apart by their brands.
  private static func baseMedia(_ reader: ByteReader) -> ImageError? {
    guard reader.has("ftyp", at: 4) else { return nil }
    let end = min(reader.uint32(0) ?? 0, reader.count, 256)
    let brands = [8] + Swift.stride(from: 16, to: max(end - 3, 16), by: 4)
    func anyBrand(_ names: [StaticString]) -> Bool {
      brands.contains { offset in names.contains { reader.has($0, at: offset) } }
    }
    if anyBrand(["avif", "avis"]) {
      return .unsupported("AVIF image", "AVIF is not decoded", "convert it to JPEG or PNG")
    }
    if anyBrand(["heic", "heix", "hevc", "hevx", "heim", "heis", "hevm", "hevs", "mif1", "msf1"]) {
      return .unsupported(
        "HEIC image", "HEIC is not decoded",
        "export it as JPEG or set the phone's camera to Most Compatible")
    }
    return .unsupported("video file", "a video is not a photo", "give a JPEG or PNG photo")
  }

  private static func other(_ reader: ByteReader) -> ImageError? {
    if reader.has("RIFF"), reader.has("WEBP", at: 8) {
      return .unsupported("WebP image", "WebP is not decoded", "convert it to JPEG or PNG")
    }
    if reader.has("GIF87a") || reader.has("GIF89a") {
      return .unsupported("GIF image", "GIF is not decoded", "convert it to PNG")
    }
    if reader.has("BM"), reader.count >= 26, (reader.byte(15) ?? 1) == 0 {
      return .unsupported("BMP image", "BMP is not decoded", "convert it to PNG")
    }
    if reader.has("II*\0") || reader.has("MM\0*") || reader.has("II+\0") || reader.has("MM\0+") {
      return .unsupported(
        "TIFF image", "TIFF and camera raw files are not decoded", "export it as JPEG or PNG")
    }
    if reader.has("8BPS") {
      return .unsupported("Photoshop file", "PSD is not decoded", "export it as JPEG or PNG")
    }
    if reader.has("JXL ", at: 4) || (reader.byte(0) == 0xFF && reader.byte(1) == 0x0A) {
      return .unsupported("JPEG XL image", "JPEG XL is not decoded", "convert it to JPEG or PNG")
    }
    if reader.has("jP  ", at: 4) {
      return .unsupported("JPEG 2000 image", "JPEG 2000 is not decoded", "convert it to JPEG")
    }
    if reader.has("%PDF") {
      return .unsupported("PDF file", "a document is not a photo", "export its page as JPEG or PNG")
    }
    if reader.has("<svg") || reader.has("<?xml") {
      return .unsupported("SVG file", "a drawing is not a photo", "export it as PNG")
    }
    return nil
  }
}
