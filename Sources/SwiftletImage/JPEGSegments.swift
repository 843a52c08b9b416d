/// The segments of a JPEG before its pixels.
///
/// Layout: ITU-T T.81, Annex B; Exif in APP1 (CIPA DC-008), ICC in APP2 (ICC.1, Annex B.4), Adobe
/// in APP14.
struct JPEGSegments {
  /// Where they lie.
  private(set) var layout = JPEGLayout()
  private var header: ImageHeader
  private var isAdobe = false
  private var components = 0
  private var profileParts: [Int: ArraySlice<UInt8>] = [:]
  private var profilePartCount = 0

  init(_ bytes: [UInt8], limits: ImageLimits) throws(ImageError) {
    header = ImageHeader(
      format: .jpeg, width: 0, height: 0, bitDepth: 8, colorModel: .rgb, hasAlpha: false,
      isProgressive: false, orientation: 1, hasICCProfile: false, hasExif: false, hasGPS: false,
      hasXMP: false)
    let reader = ByteReader(bytes: bytes[...])
    var position = 2
    while true {
      guard reader.byte(position) == 0xFF else {
        throw .damaged(.jpeg, "no marker where one must stand at byte \(position)")
      }
      while reader.byte(position + 1) == 0xFF { position += 1 }
      guard let marker = reader.byte(position + 1) else { throw JPEGSegments.cutShort }
      position += 2
      if marker == 0x01 { continue }
      guard marker >= 0xC0, !(0xD0...0xD9).contains(marker) else {
        throw .damaged(.jpeg, "marker \(hex(marker)) before the picture")
      }
      guard let length = reader.uint16(position) else { throw JPEGSegments.cutShort }
      guard length >= 2, let body = reader.slice(position + 2, length - 2) else {
        throw JPEGSegments.cutShort
      }
      if marker == 0xDA {
        layout.scan = position + length
        if ByteReader(bytes: body).byte(0) != components { layout.isPlain = false }
        break
      }
      if marker == 0xDD { layout.restartInterval = ByteReader(bytes: body).uint16(0) ?? 0 }
      if (0xC0...0xC2).contains(marker) { layout.height = position + 3 }
      try read(marker, ByteReader(bytes: body), limits)
      position += length
    }
    guard header.width > 0 else { throw .damaged(.jpeg, "no frame header") }
  }

  func parsed() throws(ImageError) -> ParsedImage {
    var parsed = ParsedImage(header: header, isInverted: isAdobe, layout: layout)
    guard header.hasICCProfile else { return parsed }
    var profile: [UInt8] = []
    for index in 1...max(profilePartCount, 1) {
      guard let part = profileParts[index] else {
        throw .damaged(.jpeg, "its ICC profile is incomplete")
      }
      profile += part
    }
    parsed.color = .profile(profile)
    return parsed
  }

  private static let cutShort = ImageError.damaged(.jpeg, "the file ends before the picture")

  private mutating func read(
    _ marker: Int, _ body: ByteReader, _ limits: ImageLimits
  ) throws(ImageError) {
    switch marker {
    case 0xC4, 0xC8, 0xCC: break
    case 0xC0...0xCF: try readFrame(marker, body, limits)
    case 0xE1 where body.has("Exif\0"): readExif(body)
    case 0xE1 where body.has("http://ns.adobe.com/xap/1.0/\0"): header.hasXMP = true
    case 0xE2 where body.has("ICC_PROFILE\0"): try readProfilePart(body)
    case 0xEE where body.has("Adobe"): isAdobe = true
    default: break
    }
  }

  private mutating func readFrame(
    _ marker: Int, _ body: ByteReader, _ limits: ImageLimits
  ) throws(ImageError) {
    guard header.width == 0 else { throw .damaged(.jpeg, "two frame headers") }
    guard [0xC0, 0xC1, 0xC2, 0xC9, 0xCA].contains(marker) else {
      throw .unsupported(
        "JPEG image", "a lossless or hierarchical JPEG (SOF \(hex(marker))) is not decoded",
        "export it as an ordinary JPEG or as PNG")
    }
    guard let precision = body.byte(0), let height = body.uint16(1), let width = body.uint16(3),
      let components = body.byte(5)
    else { throw JPEGSegments.cutShort }
    guard width > 0, height > 0 else { throw .damaged(.jpeg, "a side of 0 pixels") }
    guard precision == 8 else {
      throw .unsupported(
        "JPEG image", "\(precision) bits a sample are not decoded", "export it with 8 bits")
    }
    switch components {
    case 1: header.colorModel = .grey
    case 3: header.colorModel = .rgb
    case 4: header.colorModel = .cmyk
    default:
      throw .unsupported(
        "JPEG image", "\(components) colour components are not decoded", "export it as RGB")
    }
    try limits.check(width: width, height: height, format: .jpeg)
    header.width = width
    header.height = height
    header.isProgressive = marker == 0xC2 || marker == 0xCA
    self.components = components
    guard marker == 0xC0 || marker == 0xC1 else { return }
    layout.isPlain =
      components != 4 && (0..<components).allSatisfy { body.byte(7 + 3 * $0) == 0x11 }
  }

  private mutating func readExif(_ body: ByteReader) {
    guard !header.hasExif, let tiff = body.slice(6, body.count - 6) else { return }
    let exif = ExifReader(tiff: tiff)
    header.hasExif = true
    header.orientation = exif.orientation
    header.hasGPS = exif.hasGPS
  }

  private mutating func readProfilePart(_ body: ByteReader) throws(ImageError) {
    guard let index = body.byte(12), let count = body.byte(13),
      let part = body.slice(14, body.count - 14), index >= 1, index <= count,
      profilePartCount == 0 || profilePartCount == count, profileParts[index] == nil
    else { throw .damaged(.jpeg, "its ICC profile is out of order") }
    header.hasICCProfile = true
    profilePartCount = count
    profileParts[index] = part
  }
}

/// Two hexadecimal digits with a prefix.
private func hex(_ value: Int) -> String {
  "0x" + (value < 16 ? "0" : "") + String(value, radix: 16, uppercase: true)
}
