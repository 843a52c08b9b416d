/// The two facts about a photo that are taken from Exif: which way is up, and whether it tells
/// where it was taken. Whatever is malformed counts as absent.
struct ExifReader {
  /// 1...8.
  var orientation = 1
  /// Whether there is a GPS block.
  var hasGPS = false

  /// - Parameter tiff: the TIFF structure of an Exif block.
  init(tiff: ArraySlice<UInt8>) {
    var reader = ByteReader(bytes: tiff)
    if reader.has("II*\0") {
      reader.littleEndian = true
    } else if !reader.has("MM\0*") {
      return
    }
    guard let directory = reader.uint32(4), let count = reader.uint16(directory) else { return }
    for index in 0..<count {
      let entry = directory + 2 + index * 12
      guard let tag = reader.uint16(entry), let type = reader.uint16(entry + 2) else { return }
      switch (tag, type) {
      case (0x0112, 3): setOrientation(reader.uint16(entry + 8))
      case (0x0112, 4): setOrientation(reader.uint32(entry + 8))
      case (0x8825, _): hasGPS = true
      default: break
      }
    }
  }

  private mutating func setOrientation(_ value: Int?) {
    if let value, (1...8).contains(value) { orientation = value }
  }
}
