internal import SwiftletImage
internal import Synchronization

/// The outcomes of a folder so far, a line each, in the output folder.
///
/// Each run adds a chapter: a head with its options, then its outcomes. What was made with other
/// options stays on record, so that going back to them finds it. A line that was cut short by a
/// crash is no JSON and counts as missing.
struct BatchJournal: Sendable {
  static let name = ".swiftlet-batch.jsonl"

  /// A picture's photo and the options that it was made with.
  struct Owner: Sendable, Equatable {
    let source: String
    let options: String
  }

  /// What the runs with the same options led to.
  private struct Chapter {
    var outcomes: [String: BatchEntry] = [:]
    var isFinished = false
  }

  private let path: String
  private let options: String
  private let known: [String: BatchEntry]
  private let lines: [String]
  /// Pictures of all earlier runs and whose they are.
  let owners: [String: Owner]

  /// Reads the journal of earlier runs.
  ///
  /// An outcome holds where it was reached with the same options and its picture was not replaced
  /// since. Without `keepsFinished`, outcomes of a run that was not stopped before its end do not
  /// hold. Failures never hold: they are tried again.
  init(in folder: String, options: String, keepsFinished: Bool) throws(SkillError) {
    path = "\(folder)/\(BatchJournal.name)"
    self.options = options
    var (chapters, owners) = try BatchJournal.read(path)
    if !keepsFinished, chapters[options]?.isFinished == true { chapters[options] = nil }
    for (options, chapter) in chapters {
      chapters[options]?.outcomes = chapter.outcomes.filter { source, entry in
        entry.target.map { owners[$0] == Owner(source: source, options: options) } ?? true
      }
    }
    known = chapters[options]?.outcomes ?? [:]
    self.owners = owners
    lines = BatchJournal.lines(chapters, owners, last: options)
  }

  private static func read(_ path: String) throws(SkillError) -> (
    [String: Chapter], [String: Owner]
  ) {
    var chapters: [String: Chapter] = [:]
    var owners: [String: Owner] = [:]
    guard FileSystem.exists(path) else { return (chapters, owners) }
    let bytes = try image { () throws(ImageError) in try readFile(path, maxBytes: 2 << 30) }
    var options = ""
    for line in bytes.split(separator: 0x0a) {
      guard let value = JSONValue(parsing: String(decoding: line, as: UTF8.self)) else { continue }
      if let head = value["options"]?.text {
        options = head
        chapters[options, default: Chapter()].isFinished = false
      } else if value["finished"] == .bool(true) {
        chapters[options, default: Chapter()].isFinished = true
      } else if let source = value["file"]?.text {
        if let target = value["output"]?.text {
          owners[target] = Owner(source: source, options: options)
        }
        if let entry = BatchEntry(journal: value), entry.status != .failed {
          chapters[options, default: Chapter()].outcomes[source] = entry
        }
      }
    }
    return (chapters, owners)
  }

  /// A journal that says the same, with the chapter to go on with at its end.
  private static func lines(
    _ chapters: [String: Chapter], _ owners: [String: Owner], last: String
  ) -> [String] {
    // What does not hold still says whose picture is whose.
    let bare = owners.filter { target, owner in
      chapters[owner.options]?.outcomes[owner.source]?.target != target
    }
    let names = Set(chapters.keys).union(bare.values.map(\.options)).subtracting([last]).sorted()
    return (names + [last]).flatMap { name in
      let chapter = chapters[name] ?? Chapter()
      let head: JSONValue = ["schema": "swiftlet.batch.journal/1", "options": .string(name)]
      let pictures = bare.filter { $0.value.options == name }.sorted { $0.key < $1.key }
      let outcomes = chapter.outcomes.values.sorted { $0.source < $1.source }
      return [head.encoded()]
        + pictures.map { target, owner in
          JSONValue.compact([("file", .string(owner.source)), ("output", .string(target))])
            .encoded()
        } + outcomes.map { $0.journal.encoded() }
        + (chapter.isFinished && name != last ? [finished] : [])
    }
  }

  private static let finished = "{\"finished\":true}"

  /// Begins the journal of this run with what earlier ones left.
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

  /// Whether a picture was made of a photo, but with other options.
  func madeOtherwise(_ target: String, of source: String) -> Bool {
    owners[target].map { $0.source == source && $0.options != options } ?? false
  }

  /// Adds an outcome.
  func add(_ entry: BatchEntry) throws(SkillError) {
    guard entry.status != .skipped, entry.stamp != nil else { return }
    try FileSystem.append(entry.journal.encoded() + "\n", to: path)
  }

  /// Notes that every photo had its turn.
  func finish() throws(SkillError) {
    try FileSystem.append(BatchJournal.finished + "\n", to: path)
  }
}
