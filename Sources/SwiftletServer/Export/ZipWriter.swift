/// Writes a zip archive of stored (uncompressed) files, one after the other.
///
/// Source: PKWARE APPNOTE 6.3, sections 4.3.7, 4.3.12 and 4.3.16; without Zip64, so at most 65,535
/// files and 4 GiB in all.
package struct ZipWriter {
  /// The most bytes that an archive may have.
  package static let maximumBytes = Int(UInt32.max)

  private var directory: [UInt8] = []
  private var count = 0
  private var offset = 0

  /// An empty archive.
  package init() {}

  /// The bytes of an archive of files with those names and sizes.
  package static func size(of files: [(name: String, bytes: Int)]) -> Int {
    files.reduce(22) { $0 + 76 + 2 * $1.name.utf8.count + $1.bytes }
  }

  /// The bytes that append a file.
  ///
  /// - Parameter name: a relative path of ASCII characters.
  package mutating func file(_ name: String, _ bytes: [UInt8]) -> [UInt8] {
    let crc = CRC32.checksum(bytes)
    // Version 1.0, names in UTF-8, stored, 1 January 1980.
    var common: [UInt8] = []
    common.append(little: 10, 2)
    common.append(little: 0x0800, 2)
    common.append(little: 0, 2)
    common.append(little: 0, 2)
    common.append(little: 0x0021, 2)
    common.append(little: Int(crc), 4)
    common.append(little: bytes.count, 4)
    common.append(little: bytes.count, 4)
    common.append(little: name.utf8.count, 2)
    common.append(little: 0, 2)

    directory.append(little: 0x0201_4b50, 4)
    directory.append(little: 20, 2)
    directory += common
    directory.append(little: 0, 2)
    directory.append(little: 0, 2)
    directory.append(little: 0, 2)
    directory.append(little: 0, 4)
    directory.append(little: offset, 4)
    directory += Array(name.utf8)

    var local: [UInt8] = []
    local.append(little: 0x0403_4b50, 4)
    local += common
    local += Array(name.utf8)
    local += bytes
    count += 1
    offset += local.count
    return local
  }

  /// The bytes that end the archive.
  package func end() -> [UInt8] {
    var bytes = directory
    bytes.append(little: 0x0605_4b50, 4)
    bytes.append(little: 0, 2)
    bytes.append(little: 0, 2)
    bytes.append(little: count, 2)
    bytes.append(little: count, 2)
    bytes.append(little: directory.count, 4)
    bytes.append(little: offset, 4)
    bytes.append(little: 0, 2)
    return bytes
  }
}

extension [UInt8] {
  fileprivate mutating func append(little value: Int, _ count: Int) {
    for i in 0..<count { append(UInt8(truncatingIfNeeded: value >> (8 * i))) }
  }
}

/// The checksum of zip archives: the polynomial 0xedb88320 over reflected bits.
package enum CRC32 {
  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in
      value & 1 == 1 ? 0xedb8_8320 ^ value >> 1 : value >> 1
    }
  }

  /// The checksum of `bytes`.
  package static func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~0) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ $0 >> 8 }
  }
}
