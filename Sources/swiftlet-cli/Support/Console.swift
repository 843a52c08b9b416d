import SwiftletSkills

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The two streams: results for machines on standard output, everything for people on standard error.
enum Console {
  /// Prints a result as one line of JSON.
  static func emit(_ json: JSONValue) throws(CommandFailure) {
    try write(Array((json.encoded() + "\n").utf8), to: STDOUT_FILENO)
  }

  /// Prints a line of a result.
  static func emit(_ line: String) throws(CommandFailure) {
    try write(Array((line + "\n").utf8), to: STDOUT_FILENO)
  }

  /// Prints a line for people.
  static func note(_ line: String) {
    try? write(Array((line + "\n").utf8), to: STDERR_FILENO)
  }

  /// Prints an error as one line.
  static func complain(_ error: String) {
    note("swiftlet: \(error.printable)")
  }

  /// Ends the program.
  static func leave(_ status: Int32) -> Never { exit(status) }

  /// Whether a stream is a terminal.
  static func isTerminal(_ stream: Int32) -> Bool { isatty(stream) == 1 }

  /// Writes all of `bytes` to a stream.
  static func write(_ bytes: [UInt8], to stream: Int32) throws(CommandFailure) {
    var failure: Int32 = 0
    bytes.withUnsafeBytes { buffer in
      var done = 0
      while done < buffer.count {
        let rest = UnsafeRawBufferPointer(rebasing: buffer[done...])
        let count = posixWrite(stream, rest)
        if count >= 0 {
          done += count
        } else if errno != EINTR {
          failure = errno
          return
        }
      }
    }
    if failure != 0 {
      throw CommandFailure(
        .environment, stream == STDOUT_FILENO ? "standard output" : "standard error",
        "cannot write: \(String(cString: strerror(failure)))", "check what reads it")
    }
  }
}

private func posixWrite(_ stream: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
  write(stream, bytes.baseAddress, bytes.count)
}
