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

  /// Bytes of a line, which a pipe that is ready takes at once.
  private static let lineMax = 4096

  private struct State {
    /// Lines that were dropped since the last one that was written.
    var dropped = 0
    /// What is left of a line that has begun.
    var rest: ArraySlice<UInt8> = []
  }

  private let descriptor: Int32
  private let state = Mutex(State())

  /// Lines go to an open file, which stays the caller's.
  package init(descriptor: Int32) {
    var status = stat()
    let isPipe = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO
    // Opened once more, it does not block: a flag of the file itself would be there for all who have it.
    let own =
      isPipe || isatty(descriptor) == 1
      ? open("/proc/self/fd/\(descriptor)", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC) : -1
    self.descriptor = own >= 0 ? own : descriptor
  }

  /// Writes a line, which is told how many before it were dropped, or drops it.
  package func append(_ line: (_ dropped: Int) -> [UInt8]) {
    state.withLock { state in
      put(&state.rest)
      guard state.rest.isEmpty else {
        state.dropped += 1
        return
      }
      var bytes = line(state.dropped)[...]
      if bytes.count > Self.lineMax { bytes = bytes.prefix(Self.lineMax - 1) + [0x0a] }
      let count = bytes.count
      put(&bytes)
      if bytes.count == count, count > 0 {
        state.dropped += 1
      } else {
        state.dropped = 0
        state.rest = bytes
      }
    }
  }

  /// Writes as much as goes now, and leaves the rest.
  private func put(_ bytes: inout ArraySlice<UInt8>) {
    while !bytes.isEmpty {
      var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      guard poll(&ready, 1, 0) > 0 else { return }
      let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      guard count > 0 || (count < 0 && errno == EINTR) else { return }
      bytes = bytes.dropFirst(max(0, count))
    }
  }
}
