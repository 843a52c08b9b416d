import Logging
import SwiftletSkills

/// Writes a line to standard error for each event.
///
/// Where that is a pipe or terminal that nobody empties, lines are dropped, and counted in the next one that is
/// written: the service never waits for a reader of its log.
struct LineLogHandler: LogHandler {
  /// How a line is written.
  enum Style {
    /// For people.
    case text
    /// A JSON object.
    case json
  }

  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.info
  private let label: String
  private let style: Style

  /// A handler for the logger of that name.
  init(label: String, _ style: Style) {
    self.label = label
    self.style = style
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let (time, level, message) = (
      WallClock.text(WallClock.now), event.level.rawValue, event.message.description
    )
    var values = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
      .map { ($0.key, $0.value.description) }
    LogPipe.standardError.append { dropped in
      if dropped > 0 { values.append(("lines_dropped", String(dropped))) }
      let line: String
      switch style {
      case .text:
        line =
          "\(time) \(level) \(label): \(message)" + values.map { " \($0.0)=\($0.1)" }.joined()
      case .json:
        let fixed = [("time", time), ("level", level), ("logger", label), ("message", message)]
        line = JSONValue.object((fixed + values).map { .init($0.0, .string($0.1)) }).encoded()
      }
      // An event is one line, whatever its text.
      return line.utf8.map { $0 < 0x20 || $0 == 0x7f ? UInt8(ascii: "?") : $0 } + [0x0a]
    }
  }
}
