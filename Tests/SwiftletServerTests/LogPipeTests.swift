import SwiftletServer
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite struct LogPipeTests {
  /// A service must not wait for whoever should read its log.
  @Test func aFullPipeDropsLinesAndTheNextOneSaysHowMany() {
    var ends: [Int32] = [-1, -1]
    #expect(pipe(&ends) == 0)
    defer { for end in ends { close(end) } }
    let log = LogPipe(descriptor: ends[1])
    let line = [UInt8](repeating: 0x61, count: 1000)
    var counts: [Int] = []
    for _ in 0..<1000 {
      log.append { dropped in
        counts.append(dropped)
        return line
      }
    }
    // A pipe holds 64 KiB, or less where memory is short. The first line that is dropped knows of none.
    let written = counts.count { $0 == 0 } - 1
    #expect(written > 0 && counts.last == 999 - written)

    var rest = [UInt8](repeating: 0, count: 1000 * written)
    var got = 0
    while got < rest.count {
      let count = rest.withUnsafeMutableBytes { bytes in
        bytes.baseAddress.map { read(ends[0], $0 + got, bytes.count - got) } ?? -1
      }
      guard count > 0 else { break }
      got += count
    }
    #expect(got == rest.count && rest.allSatisfy { $0 == 0x61 })
    var told = -1
    log.append { dropped in
      told = dropped
      return line
    }
    #expect(told == 1000 - written)
  }

  @Test func aReaderThatIsGoneCountsAsDropped() {
    signal(SIGPIPE, SIG_IGN)
    var ends: [Int32] = [-1, -1]
    #expect(pipe(&ends) == 0)
    defer { close(ends[1]) }
    let log = LogPipe(descriptor: ends[1])
    close(ends[0])
    var counts: [Int] = []
    for _ in 0..<3 {
      log.append { dropped in
        counts.append(dropped)
        return [0x61, 0x0a]
      }
    }
    #expect(counts == [0, 1, 2])
  }

  #if os(Linux)
    /// Both ends of a new terminal; nil where there are none.
    private static func terminal() -> (reader: Int32, writer: Int32)? {
      let reader = open("/dev/ptmx", O_RDWR | O_NOCTTY)
      guard reader >= 0 else { return nil }
      // TIOCSPTLCK and TIOCGPTN.
      var (lock, number): (Int32, Int32) = (0, -1)
      if ioctl(reader, 0x4004_5431, &lock) == 0, ioctl(reader, 0x8004_5430, &number) == 0 {
        let writer = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY)
        if writer >= 0 { return (reader, writer) }
      }
      close(reader)
      return nil
    }

    private static var hasTerminals: Bool {
      guard let ends = terminal() else { return false }
      close(ends.writer)
      close(ends.reader)
      return true
    }

    /// A terminal says that it is ready when it has room for a part of a line.
    @Test(.enabled(if: hasTerminals, "there are no terminals here"))
    func aTerminalThatNobodyReadsIsNotWaitedFor() throws {
      let (reader, writer) = try #require(Self.terminal())
      defer {
        close(writer)
        close(reader)
      }
      let log = LogPipe(descriptor: writer)
      let line = [UInt8](repeating: 0x61, count: 299) + [0x0a]
      for _ in 0..<5000 { log.append { _ in line } }
      // Whoever reads at last gets lines again, and hears of those that were dropped.
      var bytes = [UInt8](repeating: 0, count: 4096)
      var told = 0
      for _ in 0..<5000 where told == 0 {
        #expect(read(reader, &bytes, bytes.count) > 0)
        log.append { dropped in
          told = dropped
          return line
        }
      }
      #expect(told > 0 && told < 5000)
    }
  #endif
}
