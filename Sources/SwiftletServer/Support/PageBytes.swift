#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Bytes in pages of their own, outside the heap.
///
/// Pictures that are kept for minutes lie scattered among the buffers of photos that live for
/// milliseconds, and each keeps the heap around it from shrinking.
final class PageBytes: @unchecked Sendable {
  private let pages: UnsafeMutableRawBufferPointer

  /// A copy of `bytes`; nil where there are none or the system has no page to give.
  init?(_ bytes: [UInt8]) {
    guard !bytes.isEmpty,
      let start = mmap(
        nil, bytes.count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0),
      start != MAP_FAILED
    else { return nil }
    pages = UnsafeMutableRawBufferPointer(start: start, count: bytes.count)
    pages.copyBytes(from: bytes)
  }

  deinit { munmap(pages.baseAddress, pages.count) }

  /// A copy on the heap.
  var copy: [UInt8] { [UInt8](pages) }
}
