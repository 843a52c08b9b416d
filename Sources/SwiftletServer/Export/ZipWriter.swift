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
  /// - Parameter name: a relative path.
  package mutating func file(_ name: String, _ bytes: [UInt8]) -> [UInt8] {
    var checksum = CRC32()
    bytes.withUnsafeBytes { checksum.update($0) }
    return header(name, count: bytes.count, checksum: checksum.value) + bytes
  }

  /// The bytes that go before those of a file of `count` bytes, which must follow.
  ///
  /// - Parameter name: a relative path.
  package mutating func header(_ name: String, count bytes: Int, checksum: UInt32) -> [UInt8] {
    // Version 1.0, names in UTF-8, stored, 1 January 1980.
    var common: [UInt8] = []
    common.append(little: 10, 2)
    common.append(little: 0x0800, 2)
    common.append(little: 0, 2)
    common.append(little: 0, 2)
    common.append(little: 0x0021, 2)
    common.append(little: Int(checksum), 4)
    common.append(little: bytes, 4)
    common.append(little: bytes, 4)
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
    count += 1
    offset += local.count + bytes
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
package struct CRC32: Sendable {
  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in
      value & 1 == 1 ? 0xedb8_8320 ^ value >> 1 : value >> 1
    }
  }

  private var state = UInt32.max

  /// The checksum of no bytes yet.
  package init() {}

  /// Takes the next bytes.
  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    var state = state
    Self.table.withUnsafeBufferPointer { table in
      for byte in bytes { state = table[Int(UInt8(truncatingIfNeeded: state) ^ byte)] ^ state >> 8 }
    }
    self.state = state
  }

  /// The checksum of the bytes so far.
  package var value: UInt32 { ~state }
}
