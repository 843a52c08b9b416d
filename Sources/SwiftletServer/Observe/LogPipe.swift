import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file that log lines go to as long as it takes them at once.
package final class LogPipe: Sendable {
  /// Standard error.
  static let standardError = LogPipe(descriptor: STDERR_FILENO)

  private let descriptor: Int32
  /// Lines that were dropped since the last one that was written.
  private let dropped = Mutex(0)

  /// Lines go to an open file, which stays the caller's.
  package init(descriptor: Int32) { self.descriptor = descriptor }

  /// Writes a line, which is told how many before it were dropped, or drops it.
  package func append(_ line: (_ dropped: Int) -> [UInt8]) {
    dropped.withLock { dropped in
      // A pipe that is ready takes 4 KiB in one piece; whoever writes a longer line may wait for its end.
      var state = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      guard poll(&state, 1, 0) > 0 else {
        dropped += 1
        return
      }
      let bytes = line(dropped)
      dropped = 0
      bytes.withUnsafeBytes { bytes in
        var written = 0
        while written < bytes.count, let base = bytes.baseAddress {
          let count = write(descriptor, base + written, bytes.count - written)
          guard count > 0 || errno == EINTR else { return }
          written += max(0, count)
        }
      }
    }
  }
}
