#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Memory for floats, aligned to a cache line, whose failure is an error and not a trap.
enum AlignedMemory {
  /// The machine's memory in bytes.
  static let physical: Int = {
    let (pages, size) = (sysconf(Int32(_SC_PHYS_PAGES)), sysconf(Int32(_SC_PAGESIZE)))
    return pages > 0 && size > 0 ? pages * size : .max
  }()

  /// `floats` zeros.
  ///
  /// - Throws: `EngineError` with code `outOfMemory`.
  static func allocate(floats: Int) throws(EngineError) -> UnsafeMutablePointer<Float> {
    let (bytes, overflow) = max(floats, 1).multipliedReportingOverflow(by: 4)
    var memory: UnsafeMutableRawPointer?
    guard !overflow, posix_memalign(&memory, 64, bytes) == 0, let memory else {
      throw EngineError(
        .outOfMemory, "memory", "\(floats) floats are not to be had",
        "free memory or run a smaller model")
    }
    memset(memory, 0, bytes)
    return memory.bindMemory(to: Float.self, capacity: max(floats, 1))
  }

  /// Gives memory back.
  static func release(_ memory: UnsafeMutablePointer<Float>) { free(memory) }
}
