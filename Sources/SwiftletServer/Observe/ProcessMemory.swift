import SwiftletImage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What the system says of this process.
enum ProcessMemory {
  /// The bytes of memory that are resident; nil where the system does not tell.
  static var resident: Int? {
    guard let bytes = try? readFile("/proc/self/statm", maxBytes: 4096) else { return nil }
    let fields = String(decoding: bytes, as: UTF8.self).split(separator: " ")
    guard fields.count > 1, let pages = Int(fields[1]) else { return nil }
    return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
  }
}
