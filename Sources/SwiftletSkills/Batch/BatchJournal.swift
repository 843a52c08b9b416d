internal import SwiftletImage
internal import Synchronization

/// What the runs into a folder of pictures led to, a line each, in that folder.
///
/// Each line names its options, so that pictures of several options may lie side by side and going
/// back to earlier ones finds what they led to. Lines are added, before a picture is written (a claim)
/// and after it (an outcome): a claim without an outcome tells of a run that was killed between the
/// two. Lines that no longer count are taken out once they are the greater part. A line that was cut
/// short is no JSON and counts as missing.
final class BatchJournal: Sendable {
  static let name = ".swiftlet-batch.jsonl"

  /// What a photo became with some options.
  struct Record: Sendable {
    let owner: Owner
    /// Relative to the folder of pictures; nil where none was written.
    let target: String?
    /// The version of the photo and of the picture.
    let photo: FileStamp?, picture: FileStamp?
    /// The outcome; nil where it was reached with other options than those of the journal.
    let entry: BatchEntry?
    /// Its place among the lines.
    fileprivate let line: Int
  }

  /// A picture's photo and the options that it was made with.
  struct Owner: Sendable, Hashable {
    let source: String
    let options: String
  }

  /// The pictures that were written, and whose they are; also those of which only a claim tells.
  let owners: [String: Owner]

  private let folder: String
  private let path: String
  private let options: String
  private let records: [Owner: Record]
  private let latest: [String: Record]
  /// Pictures that were written, but of whose outcome nothing is known.
  private let pending: Set<String>
  /// The line behind the last run with the journal's options that came to its end.
  private let end: Int
  private let upkeep: Upkeep
  /// Whether a line could not be added: what follows would be taken for a part of it.
  private let hasFailed = Mutex(false)

  /// What the file needs before lines are added.
  private enum Upkeep {
    case none, start, newline
    case keeping(Set<Int>)
  }

  private static let head = "{\"schema\":\"swiftlet.batch.journal/2\"}"

  /// Reads what earlier runs left.
  ///
  /// - Throws: `SkillError` where there is a journal that cannot be read.
  init(in folder: String, options: String) throws(SkillError) {
    self.folder = folder
    self.options = options
    path = "\(folder)/\(BatchJournal.name)"
    let bytes = FileSystem.isTaken(path) ? try BatchJournal.bytes(of: path) : []
    let lines = bytes.split(separator: 0x0a)
    guard let first = lines.first, first.elementsEqual(BatchJournal.head.utf8) else {
      (owners, records, latest, pending) = ([:], [:], [:], [])
      (end, upkeep) = (0, .start)
      return
    }
    var pictures: [String: Record] = [:]
    var records: [Owner: Record] = [:]
    var latest: [String: Record] = [:]
    var claims: [String: (owner: Owner, line: Int)] = [:]
    var ends: [String: Int] = [:]
    for index in lines.indices.dropFirst() {
      let text = String(decoding: lines[index], as: UTF8.self)
      guard let value = JSONValue(parsing: text), let name = value["options"]?.text else {
        continue
      }
      if value["finished"] == .bool(true) {
        ends[name] = index
        continue
      }
      guard let source = value["file"]?.text else { continue }
      let owner = Owner(source: source, options: name)
      let target = value["output"]?.text
      guard value["claim"] == nil else {
        if let target { claims[target] = (owner, index) }
        continue
      }
      claims = claims.filter { $0.value.owner != owner }
      guard let entry = BatchEntry(journal: value), entry.status != .failed else { continue }
      let record = Record(
        owner: owner, target: target, photo: entry.stamp,
        picture: value["picture"].flatMap { FileStamp($0) },
        entry: name == options ? entry : nil, line: index)
      records[owner] = record
      latest[source] = record
      if let target { pictures[target] = record }
    }
    // A claim counts where another picture than the last known one lies in its place.
    var owners = pictures.mapValues(\.owner)
    claims = claims.filter { target, _ in
      let picture = FileSystem.stamp("\(folder)/\(target)")
      return picture != nil && picture != pictures[target]?.picture
    }
    for (target, claim) in claims { owners[target] = claim.owner }
    self.owners = owners
    self.records = records
    self.latest = latest
    pending = Set(claims.keys)
    end = ends[options] ?? 0
    let present = pictures.filter { FileSystem.isTaken("\(folder)/\($0.key)") }.values
    let unwritten = records.values.filter { $0.target == nil }
    let kept = Set(
      present.map(\.line) + unwritten.map(\.line) + claims.values.map(\.line) + ends.values)
    if 2 * kept.count < lines.count - 1 {
      upkeep = .keeping(kept)
    } else {
      upkeep = bytes.last == 0x0a ? .none : .newline
    }
  }

  private static func bytes(of path: String) throws(SkillError) -> [UInt8] {
    try image { () throws(ImageError) in try readFile(path, maxBytes: 4 << 30) }
  }

  /// Makes the file ready for lines to be added.
  func begin() throws(SkillError) {
    let path = path
    var text: [UInt8]
    switch upkeep {
    case .none: return
    case .newline: return try FileSystem.append("\n", to: path)
    case .start: text = Array("\(BatchJournal.head)\n".utf8)
    case .keeping(let kept):
      let lines = try BatchJournal.bytes(of: path).split(separator: 0x0a)
      text = []
      for index in lines.indices where index == 0 || kept.contains(index) {
        text += lines[index] + [0x0a]
      }
    }
    try image { () throws(ImageError) in try writeAtomically(text, to: path) }
  }

  /// What a photo became with the journal's options, where its picture was not changed since.
  func record(of source: String) -> Record? {
    guard let record = records[Owner(source: source, options: options)] else { return nil }
    return isUnchanged(record) ? record : nil
  }

  /// Whether the run that a record is of, or one after it, came to its end.
  func isPast(_ record: Record) -> Bool { record.line < end }

  /// What was last made of a photo, with any options.
  func lastRecord(of source: String) -> Record? { latest[source] }

  /// The picture of a photo with the journal's options.
  func target(of source: String) -> String? {
    let owner = Owner(source: source, options: options)
    return records[owner]?.target.flatMap { owners[$0] == owner ? $0 : nil }
  }

  /// The picture of a photo with the journal's options whose run was killed before its outcome was
  /// noted.
  func pendingTarget(of source: String) -> String? {
    let owner = Owner(source: source, options: options)
    return pending.first { owners[$0] == owner }
  }

  /// Whether a picture was made of a photo of that name, but with other options.
  func madeOtherwise(_ target: String, of source: String) -> Bool {
    owners[target].map { $0.source == source && $0.options != options } ?? false
  }

  /// Notes that a picture is about to be written.
  func claim(_ target: String, for source: String) throws(SkillError) {
    try add([
      .init("file", .string(source)), .init("output", .string(target)), .init("claim", .bool(true)),
    ])
  }

  /// Adds an outcome.
  func add(_ entry: BatchEntry) throws(SkillError) {
    guard entry.status != .skipped, entry.stamp != nil, case .object(var members) = entry.journal
    else { return }
    if let target = entry.target, let picture = FileSystem.stamp("\(folder)/\(target)") {
      members.append(.init("picture", .object(picture.members)))
    }
    try add(members)
  }

  /// Notes that every photo had its turn.
  func finish() throws(SkillError) { try add([.init("finished", .bool(true))]) }

  private func add(_ members: [JSONValue.Member]) throws(SkillError) {
    let line = JSONValue.object([.init("options", .string(options))] + members).encoded() + "\n"
    try hasFailed.withLock { hasFailed throws(SkillError) in
      guard !hasFailed else {
        throw SkillError(
          .fileAccess, path, "cannot write: an earlier line failed",
          "check the folder, its permissions and the free space")
      }
      do throws(SkillError) {
        try FileSystem.append(line, to: path)
      } catch {
        hasFailed = true
        throw error
      }
    }
  }

  private func isUnchanged(_ record: Record) -> Bool {
    guard let target = record.target else { return true }
    return record.picture != nil && FileSystem.stamp("\(folder)/\(target)") == record.picture
  }
}
