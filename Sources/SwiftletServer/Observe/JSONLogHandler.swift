import Logging
import SwiftletSkills

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Writes a line of JSON to standard error for each event.
struct JSONLogHandler: LogHandler {
  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.info
  private let label: String

  /// A handler for the logger of that name.
  init(label: String) { self.label = label }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    var members: [JSONValue.Member] = [
      .init("time", .string(WallClock.text(WallClock.now))),
      .init("level", .string(event.level.rawValue)),
      .init("logger", .string(label)),
      .init("message", .string(event.message.description)),
    ]
    let all = metadata.merging(event.metadata ?? [:]) { $1 }
    members += all.sorted { $0.key < $1.key }.map { .init($0.key, .string($0.value.description)) }
    let line = Array((JSONValue.object(members).encoded() + "\n").utf8)
    _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }
}

/// The bytes of a page of memory.
var pageSize: Int { Int(sysconf(Int32(_SC_PAGESIZE))) }
