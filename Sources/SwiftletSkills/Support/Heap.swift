internal import Swiftlet

#if canImport(Glibc)
  // <malloc.h>, which the module Glibc leaves out.
  @_extern(c, "mallopt")
  private func mallopt(_ parameter: Int32, _ value: Int32) -> Int32
  @_extern(c, "malloc_trim")
  private func mallocTrim(_ pad: Int) -> Int32
#endif

/// How the C library's heap deals with what was freed.
package enum Heap {
  private static let trimThreshold: Int32 = -1
  private static let mmapThreshold: Int32 = -3
  private static let arenaMaximum: Int32 = -8

  /// Keeps freed memory for the next photo, up to 32 MB at the end of each heap, and as many heaps as there
  /// are CPUs. By default glibc gives a photo's buffers back to the system at once, and each page is cleared
  /// anew when it is asked for again; and it has eight times as many heaps, in each of which some pieces stay.
  package static func keepFreedMemory() {
    #if canImport(Glibc)
      _ = mallopt(mmapThreshold, 16 << 20)
      _ = mallopt(trimThreshold, 32 << 20)
      _ = mallopt(arenaMaximum, Int32(max(2, ThreadCount.available)))
    #endif
  }

  /// Gives freed memory back to the system: for a process that will idle.
  package static func releaseFreedMemory() {
    #if canImport(Glibc)
      _ = mallocTrim(0)
    #endif
  }
}
