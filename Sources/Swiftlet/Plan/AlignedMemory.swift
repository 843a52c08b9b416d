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

  /// The size of a large page: 2 MiB on x86-64 and on arm64 with pages of 4 KiB.
  private static let largePage = 2 << 20

  /// From how many bytes on memory is mapped by itself.
  private static let largeBytes = 1 << 20

  /// `floats` zeros.
  ///
  /// - Throws: `EngineError` with code `outOfMemory`.
  static func allocate(floats: Int) throws(EngineError) -> UnsafeMutablePointer<Float> {
    let (bytes, overflow) = max(floats, 1).multipliedReportingOverflow(by: 4)
    if !overflow, bytes >= largeBytes, let memory = map(bytes) {
      return memory.bindMemory(to: Float.self, capacity: floats)
    }
    var memory: UnsafeMutableRawPointer?
    guard !overflow, bytes < largeBytes, posix_memalign(&memory, 64, bytes) == 0, let memory else {
      throw EngineError(
        .outOfMemory, "memory", "\(floats) floats are not to be had",
        "free memory or run a smaller model")
    }
    memset(memory, 0, bytes)
    return memory.bindMemory(to: Float.self, capacity: max(floats, 1))
  }

  /// Pages of zeros, large ones where the system has them: planes and images that lie far apart otherwise
  /// miss the address cache at every step. Nil where there is no memory.
  private static func map(_ bytes: Int) -> UnsafeMutableRawPointer? {
    let (padded, overflow) = bytes.addingReportingOverflow(2 * largePage)
    guard !overflow,
      let start = mmap(
        nil, padded, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0), start != MAP_FAILED
    else { return nil }
    let skipped = (largePage - Int(bitPattern: start) % largePage) % largePage
    let kept = mapped(bytes)
    if skipped > 0 { munmap(start, skipped) }
    if padded - skipped > kept { munmap(start + skipped + kept, padded - skipped - kept) }
    #if os(Linux)
      madvise(start + skipped, kept, MADV_HUGEPAGE)
    #endif
    return start + skipped
  }

  /// The bytes of whole large pages that hold `bytes`.
  private static func mapped(_ bytes: Int) -> Int {
    (bytes + largePage - 1) / largePage * largePage
  }

  /// Gives back the memory of `floats` floats.
  static func release(_ memory: UnsafeMutablePointer<Float>, floats: Int) {
    if floats * 4 >= largeBytes {
      munmap(memory, mapped(floats * 4))
    } else {
      free(memory)
    }
  }
}
