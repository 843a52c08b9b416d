public import SwiftletImage
internal import Swiftlet
internal import Synchronization

/// A folder of photos made into a folder of pictures.
///
/// Each photo is worked on by one thread. One that fails does not keep the others from their turn.
/// Pictures are written whole or not at all, and a journal in the output folder lets a later run go
/// on where this one was stopped.
public struct Batch: Sendable {
  /// What is done where there is a picture already.
  public enum OnExists: String, Sendable, CaseIterable {
    /// It stays, and its photo is not worked on, but to tag it where that is missing. Where a batch
    /// with other options made it of a photo of that name, the run is refused: it is not the picture
    /// asked for.
    case skip
    /// It is replaced.
    case overwrite
    /// The new one gets a number.
    case rename
  }

  /// How a folder is worked on.
  public struct Options: Sendable {
    /// What is wanted of each photo; its file name is set by the batch.
    public var process: ProcessOptions
    /// The skill: ``ProcessResult/Kind/process`` or ``ProcessResult/Kind/segment``.
    public var kind = ProcessResult.Kind.process
    /// Photos worked on at the same time, at most the threads of the machine.
    public var jobs = 1
    /// What is done where there is a picture already.
    public var onExists = OnExists.skip
    /// Whether a photo that has changed since this batch made its picture gets a new one, even where
    /// others are skipped.
    public var renewsChanged = false
    /// Whether the first failure ends the run.
    public var failFast = false
    /// Options with the defaults.
    public init(process: ProcessOptions) { self.process = process }
  }

  /// The file in the folder of pictures in which runs note what they did.
  public static let journalName = BatchJournal.name

  /// The folder of photos.
  public let input: String
  /// The folder of pictures.
  public let output: String
  /// How it is worked on.
  public let options: Options
  /// The format of the pictures.
  public let format: ImageFormat

  private let pipeline: ProductPipeline
  /// What has to be the same for a picture to be the one asked for.
  private let signature: String
  private let wantsTags: Bool

  /// A batch; nothing is read or written yet.
  ///
  /// - Throws: `SkillError` where a folder of pictures is, or holds, the folder of photos, where the
  ///   profile does not exist, and where options contradict each other.
  public init(
    _ pipeline: ProductPipeline, input: String, output: String, options: Options
  ) throws(SkillError) {
    if let photos = FileSystem.resolved(input), let pictures = FileSystem.resolved(output),
      FileSystem.lies(photos, in: pictures)
    {
      throw SkillError(
        .invalidArgument, output,
        "it is or holds the folder of photos, which it would replace",
        "name another folder")
    }
    self.pipeline = pipeline
    self.input = input
    self.output = output
    self.options = options
    format = try pipeline.validate(options.process, options.kind).format
    signature = try pipeline.signature(of: options.process, options.kind)
    wantsTags = options.kind == .process && options.process.wantsTags && pipeline.canTag
  }

  /// The photos and their targets, in a fixed order, and the pictures that were made beside them,
  /// which are no photos. Reads the folder once.
  ///
  /// - Throws: `SkillError` with code `fileAccess` where the folder of photos cannot be read.
  public func contents() throws(SkillError) -> (photos: [BatchItem], made: [BatchItem]) {
    try BatchItem.all(in: input, output: output, format: format)
  }

  /// The photos of ``contents()``.
  ///
  /// - Throws: `SkillError` with code `fileAccess` where the folder of photos cannot be read.
  public func items() throws(SkillError) -> [BatchItem] { try contents().photos }

  /// What a run would do with a photo.
  public enum Step: Sendable, Equatable {
    /// A picture would be written here, relative to the folder of pictures.
    case write(String)
    /// The picture there would stay.
    case skip
    /// The outcome of an earlier run holds.
    case resume
  }

  /// What ``run(_:shouldStop:progress:)`` would do with each photo; nothing is written.
  ///
  /// - Throws: `SkillError` where the journal cannot be read, and where ``run(_:shouldStop:progress:)``
  ///   would refuse.
  public func steps(_ items: [BatchItem]) throws(SkillError) -> [Step] {
    let ledger = try ledger(items)
    return items.map { item in
      if outcome(of: item, ledger) != nil { return .resume }
      let target = target(of: item, ledger)
      return target.isWritten ? .write(target.path) : .skip
    }
  }

  /// Works on photos.
  ///
  /// - Parameters:
  ///   - items: the photos.
  ///   - shouldStop: asked before each photo; once true, no further one is begun, and duplicates
  ///     are not looked for.
  ///   - progress: told after each photo, by one thread at a time.
  /// - Returns: What became of the photos that were begun, in their order.
  /// - Throws: `SkillError` where the output folder or its journal cannot be written, and, before
  ///   anything is, where pictures that would be skipped were made with other options.
  public func run(
    _ items: [BatchItem], shouldStop: @Sendable () -> Bool = { false },
    progress: @Sendable (BatchEntry) -> Void = { _ in }
  ) throws(SkillError) -> BatchReport {
    try FileSystem.makeFolders(output)
    guard
      let lock = try FolderLock(
        output, waits: options.renewsChanged, shouldStop: { shouldStop() })
    else { return report([], shouldStop) }
    defer { lock.release() }
    let ledger = try ledger(items)
    let journal = ledger.journal
    try journal.begin()
    let state = Mutex(State(entries: [BatchEntry?](repeating: nil, count: items.count)))
    ThreadPool.shared.run(items.count, threads: max(1, options.jobs)) { index in
      let isOver = state.withLock { $0.isOver }
      guard !isOver, !shouldStop() else { return }
      let entry = entry(of: items[index], ledger)
      state.withLock { state in
        state.entries[index] = entry
        if !entry.isResumed {
          do throws(SkillError) {
            try journal.add(entry)
          } catch { state.failure = error }
        }
        state.failed = state.failed || options.failFast && entry.status == .failed
        progress(entry)
      }
    }
    let final = state.withLock { $0 }
    if let failure = final.failure { throw failure }
    let entries = final.entries.compactMap { $0 }
    let isComplete = entries.count == items.count
    // Numbered pictures would be made once more where some photos have to be tried again.
    let triesAgain = options.onExists == .rename && entries.contains { $0.status == .failed }
    if isComplete, !triesAgain { try journal.finish() }
    return report(entries, isComplete: isComplete, shouldStop)
  }

  private func report(
    _ entries: [BatchEntry], isComplete: Bool = false, _ shouldStop: @Sendable () -> Bool
  ) -> BatchReport {
    BatchReport(
      input: input, output: output, profile: options.profileName, entries: entries,
      isComplete: isComplete,
      duplicates: Duplicates.pairs(
        in: entries.map(\.fingerprint), distanceMax: Duplicates.nearDistance,
        shouldStop: shouldStop))
  }

  /// What earlier runs left, and whose pictures are whose.
  private struct Ledger: Sendable {
    let journal: BatchJournal
    let claims: TargetClaims
  }

  private func ledger(_ items: [BatchItem]) throws(SkillError) -> Ledger {
    let journal = try BatchJournal(in: output, options: signature)
    let earlier = journal.owners.filter { FileSystem.isTaken("\(output)/\($0.key)") }
    let ledger = Ledger(
      journal: journal, claims: TargetClaims(items, earlier: earlier.mapValues(\.source)))
    try checkOptions(items, ledger)
    try checkStrangers(journal)
    return ledger
  }

  /// The outcome of an earlier run where it is still what was asked for.
  private func outcome(of item: BatchItem, _ ledger: Ledger) -> BatchEntry? {
    guard let record = ledger.journal.record(of: item.source),
      record.photo == FileSystem.stamp("\(input)/\(item.source)"),
      options.onExists == .skip || !ledger.journal.isPast(record), !lacksTags(record)
    else { return nil }
    return record.entry
  }

  private func lacksTags(_ record: BatchJournal.Record) -> Bool {
    guard wantsTags, record.target != nil else { return false }
    return record.entry?.result?["tags"] ?? .null == .null
  }

  /// Makes sure that no picture is taken for the one asked for that was made with other options.
  ///
  /// A batch that renews pictures is told of photos as they come, and leaves what was made of earlier
  /// ones alone.
  private func checkOptions(_ items: [BatchItem], _ ledger: Ledger) throws(SkillError) {
    guard options.onExists == .skip, !options.renewsChanged else { return }
    let others = items.compactMap { item -> String? in
      if outcome(of: item, ledger) != nil { return nil }
      let target = target(of: item, ledger)
      let isOther = !target.isWritten && ledger.journal.madeOtherwise(target.path, of: item.source)
      return isOther ? target.path : nil
    }
    guard let example = others.first else { return }
    let pictures = others.count == 1 ? "a picture" : "\(others.count) pictures"
    throw SkillError(
      .invalidArgument, output,
      "it holds \(pictures) made of photos of these names with other options, such as \(example)",
      "name another folder, or choose overwrite or rename where pictures exist (--on-exists)")
  }

  /// Makes sure that a folder of pictures among the photos holds none but what batches made: others
  /// would be left out, or replaced.
  private func checkStrangers(_ journal: BatchJournal) throws(SkillError) {
    guard !options.renewsChanged, let photos = FileSystem.resolved(input),
      let pictures = FileSystem.resolved(output), FileSystem.lies(pictures, in: photos)
    else { return }
    let all = try BatchItem.all(in: output, output: nil, format: format)
    guard let example = (all.photos + all.made).first(where: { journal.owners[$0.source] == nil })
    else { return }
    throw SkillError(
      .invalidArgument, output,
      "it lies in the folder of photos and holds some itself, such as \(example.source)",
      "name a folder of its own for the pictures")
  }

  private struct State: Sendable {
    var entries: [BatchEntry?]
    var failure: SkillError?
    var failed = false
    var isOver: Bool { failed || failure != nil }
  }

  private func entry(of item: BatchItem, _ ledger: Ledger) -> BatchEntry {
    let source = "\(input)/\(item.source)"
    let stamp = FileSystem.stamp(source)
    if let known = outcome(of: item, ledger) { return known }
    let (target, isWritten) = target(of: item, ledger)
    guard isWritten else {
      var entry = BatchEntry(item.source, .skipped, target: target)
      entry.stamp = stamp
      entry.hasChanged =
        ledger.journal.lastRecord(of: item.source).map { $0.photo != stamp } ?? false
      return entry
    }
    let start = ContinuousClock.now
    var entry: BatchEntry
    do throws(SkillError) {
      entry = try work(on: source, item, target, ledger.journal)
    } catch {
      entry = BatchEntry(item.source, .failed)
      entry.error = error.description
    }
    entry.milliseconds = (ContinuousClock.now - start) / .milliseconds(1)
    entry.stamp = stamp
    return entry
  }

  /// The path of the photo's picture, claimed, and whether it is to be written.
  private func target(
    of item: BatchItem, _ ledger: Ledger
  ) -> (path: String, isWritten: Bool) {
    let (source, claims, journal) = (item.source, ledger.claims, ledger.journal)
    if options.renewsChanged, let last = journal.lastRecord(of: source), let stale = last.target,
      last.photo != FileSystem.stamp("\(input)/\(source)"), claims.claim(stale, for: source)
    {
      return (stale, true)
    }
    // Its run was killed before its outcome was noted, so it is made once more.
    if options.onExists != .overwrite, let pending = journal.pendingTarget(of: source),
      claims.claim(pending, for: source)
    {
      return (pending, true)
    }
    if options.onExists == .skip, let own = journal.target(of: source),
      claims.claim(own, for: source)
    {
      return (own, isFree(own) || wasNotTagged(source, journal))
    }
    // A picture of another photo, from an earlier run, is neither taken for this one's nor replaced.
    let own =
      claims.claim(item.target, for: source)
      ? item.target
      : claims.first(of: "\(source).\(FileSystem.pathExtension(item.target))", for: source) { _ in
        true
      }
    switch options.onExists {
    case .skip: return (own, isFree(own))
    case .overwrite: return (own, true)
    case .rename: return (claims.first(of: own, for: source, where: isFree), true)
    }
  }

  private func isFree(_ target: String) -> Bool { !FileSystem.isTaken("\(output)/\(target)") }

  /// Whether the picture of a photo, both as they were, lacks the tags that are wanted, so that it is
  /// made once more, to the same bytes.
  private func wasNotTagged(_ source: String, _ journal: BatchJournal) -> Bool {
    guard let record = journal.record(of: source) else { return false }
    return record.photo == FileSystem.stamp("\(input)/\(source)") && lacksTags(record)
  }

  private func work(
    on source: String, _ item: BatchItem, _ target: String, _ journal: BatchJournal
  ) throws(SkillError) -> BatchEntry {
    let limit = pipeline.options.limits.maxBytes
    let bytes = try image { () throws(ImageError) in try readFile(source, maxBytes: limit) }
    var wanted = options.process
    wanted.fileName = item.source
    wanted.format = format
    wanted.wantsOverview = true
    let result =
      options.kind == .segment
      ? try pipeline.segment(bytes: bytes, options: wanted)
      : try pipeline.process(bytes: bytes, options: wanted)
    var entry: BatchEntry
    if let picture = result.output {
      let path = "\(output)/\(target)"
      let folder = FileSystem.parent(of: path)
      try FileSystem.makeFolders(folder)
      try checkPlace(of: folder)
      try journal.claim(target, for: item.source)
      try image { () throws(ImageError) in try writeAtomically(picture, to: path) }
      entry = BatchEntry(item.source, .written, target: target)
    } else {
      entry = BatchEntry(item.source, .unwritten)
      let missing = result.missingPicture
      entry.error = "\(missing.reason); \(missing.remedy)"
    }
    entry.result = result.json
    entry.fingerprint = result.overview?.fingerprint
    entry.thumbnails = (result.overview?.before, result.overview?.after)
    return entry
  }

  /// Makes sure that no link leads a picture among the photos; the folder of pictures itself may lie
  /// there.
  private func checkPlace(of folder: String) throws(SkillError) {
    guard let photos = FileSystem.resolved(input), let pictures = FileSystem.resolved(output),
      let place = FileSystem.resolved(folder), FileSystem.lies(place, in: photos),
      !FileSystem.lies(place, in: pictures)
    else { return }
    throw SkillError(
      .invalidArgument, folder, "it leads into the folder of photos", "remove that link")
  }
}

extension Batch.Options {
  /// The profile's name; nil without one.
  var profileName: String? { process.ownProfile?.name ?? process.profile }
}

extension ProductPipeline {
  /// A digest of what decides about a photo's picture and verdict, but for the weights and thresholds.
  ///
  /// Options that come to the same, such as a default and its value, have the same.
  fileprivate func signature(
    of options: ProcessOptions, _ kind: ProcessResult.Kind
  ) throws(SkillError) -> String {
    let (profile, background, format) = try validate(options, kind)
    let quality = format == .jpeg ? options.jpegQuality ?? Int(settings.jpegQuality) : 0
    let shadow = kind == .process ? options.shadow ?? profile?.shadow ?? .none : .none
    let text = [
      kind.rawValue, profile?.json.encoded() ?? "-", background.description, shadow.rawValue,
      format.rawValue, "\(quality)", options.onlyMask ? "mask" : "-",
    ].joined(separator: " ")
    return String(SHA256.hexadecimal(Array(text.utf8)).prefix(16))
  }
}
