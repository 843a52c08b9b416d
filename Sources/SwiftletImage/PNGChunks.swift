internal import CPNG

/// The chunks of a PNG, every one with its checksum verified.
///
/// The decoder is shown only what makes the pixels; colour, orientation and metadata are read here,
/// within limits, so that no ancillary chunk reaches it. Layout: W3C PNG, third edition.
struct PNGChunks {
  static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
  /// More than any encoder writes into a file of the largest size.
  static let maxChunks = 50_000
  static let maxProfileBytes = 4 << 20

  private var header: ImageHeader
  private var colorType = 0
  private var parts: [Range<Int>] = [0..<signature.count]
  private var paletteCount = 0
  private var dataState = DataState.before
  /// The chunk with the ICC profile, which is unpacked for the pixels only.
  private var profile: ByteReader?
  private var isSRGB = false
  private var gamma: Double?
  private var primaries: [(x: Double, y: Double)]?

  private enum DataState { case before, inside, after }

  init(_ bytes: [UInt8], limits: ImageLimits) throws(ImageError) {
    header = ImageHeader(
      format: .png, width: 0, height: 0, bitDepth: 8, colorModel: .rgb, hasAlpha: false,
      isProgressive: false, orientation: 1, hasICCProfile: false, hasExif: false, hasGPS: false,
      hasXMP: false)
    let reader = ByteReader(bytes: bytes[...])
    var position = PNGChunks.signature.count
    var count = 0
    while true {
      guard let length = reader.uint32(position), let type = reader.uint32(position + 4),
        let body = reader.slice(position + 8, length),
        let checksum = reader.uint32(position + 8 + length)
      else { throw .damaged(.png, "the file ends inside a chunk") }
      guard PNGChunks.checksum(bytes, position + 4, length + 4) == checksum else {
        throw .damaged(.png, "wrong checksum in the chunk at byte \(position)")
      }
      count += 1
      guard count <= PNGChunks.maxChunks else {
        throw .damaged(.png, "more than \(PNGChunks.maxChunks) chunks")
      }
      guard (count == 1) == (type == .header) else {
        throw .damaged(.png, "IHDR is not the first chunk and the only one")
      }
      let end = position + 12 + length
      try read(type, ByteReader(bytes: body), position..<end, limits)
      position = end
      if type == .imageEnd { break }
    }
    guard position == bytes.count else {
      throw .damaged(.png, "\(bytes.count - position) bytes after its end")
    }
  }

  func parsed() throws(ImageError) -> ParsedImage {
    guard dataState != .before else { throw .damaged(.png, "no picture data") }
    if header.colorModel == .palette, paletteCount == 0 { throw .damaged(.png, "no palette") }
    var parsed = ParsedImage(header: header, parts: parts)
    if let profile {
      parsed.color = .packedProfile(profile.bytes)
    } else if let gamma, !isSRGB {
      parsed.color = .calibrated(gamma: gamma, primaries: primaries)
    }
    return parsed
  }

  private static func checksum(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> Int {
    bytes.withUnsafeBufferPointer { buffer in
      Int(crc32_z(0, UnsafeBufferPointer(rebasing: buffer[offset...]).baseAddress, count))
    }
  }

  private mutating func read(
    _ type: Int, _ body: ByteReader, _ range: Range<Int>, _ limits: ImageLimits
  ) throws(ImageError) {
    if type != .imageData, dataState == .inside { dataState = .after }
    switch type {
    case .header:
      try readHeader(body, limits)
      parts.append(range)
    case .palette: try readPalette(body, range)
    case .transparency: try readTransparency(body, range)
    case .imageData:
      guard dataState != .after else { throw .damaged(.png, "picture data in two places") }
      dataState = .inside
      parts.append(range)
    case .imageEnd:
      guard body.count == 0 else { throw .damaged(.png, "data in its end chunk") }
      parts.append(range)
    case .animation:
      guard (body.uint32(0) ?? 0) > 1 else { break }
      throw .unsupported(
        "animated PNG", "it has \(body.uint32(0) ?? 0) frames", "export one frame as PNG or JPEG")
    default:
      // Bit 5 of a chunk's first letter is clear where a decoder must understand it.
      guard type >> 24 & 0x20 != 0 else { throw .damaged(.png, "an unknown critical chunk") }
      try readAncillary(type, body)
    }
  }

  private mutating func readHeader(
    _ body: ByteReader, _ limits: ImageLimits
  ) throws(ImageError) {
    guard body.count == 13, let width = body.uint32(0), let height = body.uint32(4),
      let depth = body.byte(8), let color = body.byte(9), let interlace = body.byte(12)
    else { throw .damaged(.png, "a header of \(body.count) bytes") }
    guard (1..<1 << 31).contains(width), (1..<1 << 31).contains(height) else {
      throw .damaged(.png, "\(width) x \(height) pixels are no picture")
    }
    let depths =
      switch color {
      case 0: [1, 2, 4, 8, 16]
      case 3: [1, 2, 4, 8]
      case 2, 4, 6: [8, 16]
      default: [Int]()
      }
    guard depths.contains(depth), body.byte(10) == 0, body.byte(11) == 0, interlace <= 1 else {
      throw .damaged(.png, "an impossible combination in its header")
    }
    try limits.check(width: width, height: height, format: .png)
    header.width = width
    header.height = height
    header.bitDepth = depth
    header.colorModel = color == 3 ? .palette : color & 2 == 0 ? .grey : .rgb
    header.hasAlpha = color & 4 != 0
    header.isProgressive = interlace == 1
    colorType = color
  }

  private mutating func readPalette(
    _ body: ByteReader, _ range: Range<Int>
  ) throws(ImageError) {
    // In a true-colour picture a palette is advice for displays with few colours.
    guard header.colorModel == .palette else { return }
    let count = body.count / 3
    guard count >= 1, count <= 1 << header.bitDepth, body.count == count * 3,
      paletteCount == 0, dataState == .before
    else { throw .damaged(.png, "a broken palette") }
    paletteCount = count
    parts.append(range)
  }

  private mutating func readTransparency(
    _ body: ByteReader, _ range: Range<Int>
  ) throws(ImageError) {
    let isValid =
      switch colorType {
      case 0: body.count == 2
      case 2: body.count == 6
      case 3: body.count >= 1 && body.count <= paletteCount
      default: false
      }
    guard isValid, !header.hasAlpha, dataState == .before else {
      throw .damaged(.png, "a broken tRNS chunk")
    }
    header.hasAlpha = true
    parts.append(range)
  }

  private mutating func readAncillary(_ type: Int, _ body: ByteReader) throws(ImageError) {
    switch type {
    case .iccProfile:
      guard profile == nil else { throw .damaged(.png, "two ICC profiles") }
      profile = body
    case .standardRGB: isSRGB = true
    case .gamma:
      if let value = body.uint32(0), value > 0 { gamma = Double(value) / 100_000 }
    case .chromaticities:
      let values = (0..<8).compactMap { body.uint32($0 * 4) }.map { Double($0) / 100_000 }
      guard values.count == 8 else { break }
      primaries = (0..<4).map { (x: values[$0 * 2], y: values[$0 * 2 + 1]) }
    case .exif:
      let exif = ExifReader(tiff: body.bytes)
      header.hasExif = true
      header.orientation = exif.orientation
      header.hasGPS = exif.hasGPS
    case .internationalText: if body.has("XML:com.adobe.xmp\0") { header.hasXMP = true }
    default: break
    }
    header.hasICCProfile = profile != nil
  }

  /// The profile of a chunk: a name of up to 79 bytes, 0, the method 0, and a zlib stream.
  static func inflateProfile(_ chunk: ArraySlice<UInt8>) throws(ImageError) -> [UInt8] {
    let body = ByteReader(bytes: chunk)
    let failure = ImageError.damaged(.png, "its ICC profile cannot be unpacked")
    guard let zero = body.bytes.prefix(80).firstIndex(of: 0) else { throw failure }
    let start = zero - body.bytes.startIndex
    guard body.byte(start + 1) == 0, let packed = body.slice(start + 2, body.count - start - 2)
    else { throw failure }
    // No zlib stream grows by more than 1,032.
    let capacity = min(maxProfileBytes, packed.count * 1032 + 64)
    var status = Z_BUF_ERROR
    let profile = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, initialized in
      var count = uLongf(capacity)
      status = packed.withUnsafeBufferPointer {
        uncompress(buffer.baseAddress, &count, $0.baseAddress, uLong($0.count))
      }
      initialized = status == Z_OK ? Int(count) : 0
    }
    guard status == Z_OK else { throw failure }
    return profile
  }
}

/// Types of chunks: four letters as a big-endian number.
extension Int {
  fileprivate static let header = 0x4948_4452  // IHDR
  fileprivate static let palette = 0x504C_5445  // PLTE
  fileprivate static let imageData = 0x4944_4154  // IDAT
  fileprivate static let imageEnd = 0x4945_4E44  // IEND
  fileprivate static let transparency = 0x7452_4E53  // tRNS
  fileprivate static let animation = 0x6163_544C  // acTL
  fileprivate static let iccProfile = 0x6943_4350  // iCCP
  fileprivate static let standardRGB = 0x7352_4742  // sRGB
  fileprivate static let gamma = 0x6741_4D41  // gAMA
  fileprivate static let chromaticities = 0x6348_524D  // cHRM
  fileprivate static let exif = 0x6558_4966  // eXIf
  fileprivate static let internationalText = 0x6954_5874  // iTXt
}
