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
    // A pipe holds 64 KiB, or less where memory is short.
    #expect(!counts.isEmpty && counts.count < 1000 && counts.allSatisfy { $0 == 0 })

    var rest = [UInt8](repeating: 0, count: 1000 * counts.count)
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
    #expect(told == 1000 - counts.count)
  }
}
