import SwiftletSkills

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What a long verb tells.
enum Progress {
  /// Shows on a terminal how many items are done.
  static func show(_ done: Int, of total: Int) {
    guard Console.isTerminal(STDERR_FILENO) else { return }
    let end = done == total ? "\n" : ""
    try? Console.write(Array("\r\(done) of \(total)\(end)".utf8), to: STDERR_FILENO)
  }

  /// Prints a result as JSON, or indented for people.
  static func report(_ json: JSONValue, asJSON: Bool) throws {
    try Console.emit(json.encoded(pretty: !asJSON))
  }
}
