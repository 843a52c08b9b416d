#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Large pages for large pictures: a picture of 12 megapixels touches 9,000 small pages, and entering
/// the kernel for each costs more than filling them.
enum HugePages {
  private static let size = 1 << 21

  /// Asks for large pages in the part of fresh memory that consists of them. Without an effect where the
  /// system has none to give.
  static func advise(_ memory: UnsafeMutableRawBufferPointer) {
    #if os(Linux)
      guard let base = memory.baseAddress, memory.count >= 2 * size else { return }
      let start = (UInt(bitPattern: base) + UInt(size - 1)) & ~UInt(size - 1)
      let end = (UInt(bitPattern: base) + UInt(memory.count)) & ~UInt(size - 1)
      guard end > start, let pages = UnsafeMutableRawPointer(bitPattern: start) else { return }
      madvise(pages, Int(end - start), MADV_HUGEPAGE)
    #endif
  }
}
