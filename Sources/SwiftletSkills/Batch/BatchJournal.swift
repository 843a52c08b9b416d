internal import SwiftletImage
internal import Synchronization

/// The outcomes of a folder so far, a line each, in the output folder.
///
/// A line that was cut short by a crash is no JSON and counts as missing.
struct BatchJournal: Sendable {
  static let name = ".swiftlet-batch.jsonl"

  private let path: String
  private let known: [String: BatchEntry]
  private let lines: [String]
  /// Pictures of all earlier runs and the photos that they were made of.
  let owners: [String: String]

  /// Reads the journal of an earlier run.
  ///
  /// Its outcomes hold where that run had the same options and was stopped before its end, or, with
  /// `keepsFinished`, in any case. Failures never hold: they are tried again.
  init(in folder: String, options: String, keepsFinished: Bool) throws(SkillError) {
    path = "\(folder)/\(BatchJournal.name)"
    let head: JSONValue = ["schema": "swiftlet.batch.journal/1", "options": .string(options)]
    var known: [String: BatchEntry] = [:]
    var owners: [String: String] = [:]
    if FileSystem.exists(path) {
      let path = path
      let bytes = try image { () throws(ImageError) in try readFile(path, maxBytes: 2 << 30) }
      let values = bytes.split(separator: 0x0a).compactMap {
        JSONValue(parsing: String(decoding: $0, as: UTF8.self))
      }
      let isFinished = values.contains { $0["finished"] == .bool(true) }
      if values.first == head, keepsFinished || !isFinished {
        for value in values {
          guard let entry = BatchEntry(journal: value), entry.status != .failed else { continue }
          known[entry.source] = entry
        }
      }
      for value in values {
        guard let target = value["output"]?.text, let source = value["file"]?.text else { continue }
        owners[target] = source
      }
    }
    // What does not hold still says whose picture is whose.
    let owned = owners.filter { known[$0.value]?.target != $0.key }.sorted { $0.key < $1.key }
    self.known = known
    self.owners = owners
    lines =
      [head.encoded()]
      + owned.map { JSONValue.compact([("file", .string($0.value)), ("output", .string($0.key))]) }
      .map { $0.encoded() }
      + known.values.sorted { $0.source < $1.source }.map { $0.journal.encoded() }
  }

  /// Begins the journal of this run with what holds of earlier ones.
  func begin() throws(SkillError) {
    let text = lines.joined(separator: "\n") + "\n"
    let path = path
    try image { () throws(ImageError) in try writeAtomically(Array(text.utf8), to: path) }
  }

  /// The outcome of a photo whose file is still the same.
  func entry(of source: String, stamp: FileStamp?) -> BatchEntry? {
    guard let entry = known[source], entry.stamp == stamp else { return nil }
    return entry
  }

  /// The picture that was made of a photo, whatever version it was.
  func target(of source: String) -> String? { known[source]?.target }

  /// Adds an outcome.
  func add(_ entry: BatchEntry) throws(SkillError) {
    guard entry.status != .skipped, entry.stamp != nil else { return }
    try FileSystem.append(entry.journal.encoded() + "\n", to: path)
  }

  /// Notes that every photo had its turn.
  func finish() throws(SkillError) { try FileSystem.append("{\"finished\":true}\n", to: path) }
}
