import ArgumentParser
import SwiftletImage
import SwiftletSkills
import Synchronization

/// `swiftlet batch`.
struct BatchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "batch", abstract: "Make a folder of photos into a folder of listing pictures.",
    discussion: """
      Folders inside are kept; links to folders are not followed. <stem>.out.png beside its photo, where process and segment write, is left out. A photo that fails is reported and does not stop the others. Ctrl-C
      ends after the photos in work; the same command then goes on where it was stopped.
      """)

  @Argument(help: "The folder of photos.")
  var input: String

  @OptionGroup var batch: BatchFlags

  @Option(
    help: .init(
      "Where there is a picture already: skip, overwrite or rename. With skip, pictures made with other options end the run before it begins.",
      valueName: "action"))
  var onExists = "skip"

  @Option(
    help: .init(
      "A report to write, .jsonl, .csv or .html; may be given several times. Default: all three in the output folder.",
      valueName: "file"))
  var report: [String] = []

  @Option(
    help: .init(
      "A file .csv, .tsv or .txt for a shop's import, as shopify=, woocommerce= or google= and a path; may be given several times.",
      valueName: "shop=file"))
  var export: [String] = []

  @Option(
    help: "The address below which the shop finds the pictures, such as https://example.com/p.")
  var imageBase = ""

  @Flag(help: "End at the first photo that fails.")
  var failFast = false

  @Flag(help: "Print what would be done, and do nothing.")
  var dryRun = false

  @Flag(help: "Exit with 3 unless every verdict is pass or warn.")
  var strict = false

  @OptionGroup var flags: PhotoFlags

  func run() throws {
    let reports = try report.map { try ReportFile(path: $0) }
    let exports = try export.map { try ExportFile($0) }
    try checkPlaces(reports.map(\.path) + exports.map(\.path))
    guard let action = Batch.OnExists(rawValue: onExists) else {
      throw CommandFailure.usage(
        "--on-exists \(onExists)", "there is no such action", "use skip, overwrite or rename")
    }
    var options = Batch.Options(process: try batch.process)
    options.jobs = try batch.jobCount
    options.onExists = action
    options.failFast = failFast
    let pipeline = try flags.pipeline(jobs: options.jobs)
    let work = try Batch(pipeline, input: input, output: batch.output, options: options)
    let (items, made) = try work.contents()
    BatchRunner.noteMade(made, in: input)
    if dryRun {
      for (item, step) in zip(items, try work.steps(items)) {
        let outcome =
          switch step {
          case .write(let target): "-> \(batch.output)/\(target)"
          case .skip: "skipped, there is a picture"
          case .resume: "done already"
          }
        try Console.emit("\(input)/\(item.source) \(outcome)")
      }
      return
    }
    guard !items.isEmpty else { throw CommandFailure.noPhotos(in: input) }
    for file in reports { try Files.makePlace(for: file.path) }
    for file in exports { try Files.makePlace(for: file.path) }
    try pipeline.prepare()
    let result = try BatchRunner(isJSON: flags.json.isOn).run(work, items)
    for file in reports.isEmpty ? ReportFile.all(in: batch.output) : reports {
      try file.write(result)
    }
    for file in exports { try file.write(result, imageBase: imageFolder) }
    if !exports.isEmpty, imageBase.isEmpty {
      Console.note(
        "swiftlet: pictures are exported without an address; a shop that loads them needs --image-base"
      )
    }
    if flags.json.isOn {
      try Console.emit(result.json)
    } else {
      Console.note(BatchRunner.summary(of: result))
    }
    noteWhatIsLeft(result, of: items.count)
    try BatchRunner.endIfStopped()
    if result.count(.failed) + result.count(.unwritten) > 0 {
      throw ExitCode(ExitStatus.itemsFailed.rawValue)
    }
    if strict, result.count(.pass) + result.count(.warn) < result.entries.count {
      throw ExitCode(ExitStatus.rejected.rawValue)
    }
  }
}

extension BatchCommand {
  /// The address below which the pictures lie; empty without one.
  private var imageFolder: String {
    guard let last = imageBase.last, last.isLetter || last.isNumber else { return imageBase }
    return imageBase + "/"
  }

  /// Makes sure that no report or import file takes the place of another one or of the journal.
  ///
  /// Paths are compared as they are written: those that differ, but lead to one file, are not told.
  private func checkPlaces(_ paths: [String]) throws(CommandFailure) {
    func plain(_ path: String) -> [Substring] { path.split(separator: "/").filter { $0 != "." } }
    let defaults = report.isEmpty ? ReportFile.all(in: batch.output).map(\.path) : []
    var taken: Set = [plain("\(batch.output)/\(Batch.journalName)")]
    for path in defaults + paths where !taken.insert(plain(path)).inserted {
      throw .usage(path, "another report or file would be written to it", "name two files")
    }
  }

  /// Says which photos were not worked on, and why.
  private func noteWhatIsLeft(_ result: BatchReport, of count: Int) {
    let changed = result.entries.count(where: \.hasChanged)
    if changed > 0 {
      Console.note(
        "swiftlet: photos that changed since their pictures were made, which stay: \(changed); --on-exists overwrite makes all anew"
      )
    }
    if failFast, !result.isComplete, !StopSignal.isRaised {
      Console.note(
        "swiftlet: ended at the first failure; not begun: \(count - result.entries.count)")
    }
  }
}

/// Runs a batch with progress for people, and stops it at an interrupt.
struct BatchRunner {
  let isJSON: Bool

  func run(_ batch: Batch, _ items: [BatchItem]) throws -> BatchReport {
    StopSignal.catchInterrupts()
    let bar = Mutex(ProgressBar(total: items.count))
    defer { bar.withLock { $0.finish() } }
    return try batch.run(items, shouldStop: { StopSignal.isRaised }) { entry in
      bar.withLock { bar in
        if let error = entry.error {
          bar.clear()
          Console.complain("\(batch.input)/\(entry.source): \(error)")
        }
        bar.advance(worked: !entry.isResumed && entry.status != .skipped)
      }
    }
  }

  /// Says which files are left out as pictures of photos beside them.
  static func noteMade(_ made: [BatchItem], in folder: String) {
    guard let first = made.first else { return }
    Console.note(
      "swiftlet: left out, since they lie beside the photos they were made from: "
        + "\(made.count) in \(folder), such as \(first.source)".printable)
  }

  /// Ends the program where an interrupt stopped the batch, and says how it goes on.
  static func endIfStopped() throws {
    guard StopSignal.isRaised else { return }
    Console.note("swiftlet: stopped; the same command goes on with the rest")
    throw ExitCode(StopSignal.status)
  }

  /// A line on what became of the photos.
  static func summary(of report: BatchReport) -> String {
    var counts = BatchEntry.Status.allCases.map { "\(report.count($0)) \($0.rawValue)" }
    if report.resumedCount > 0 { counts.append("\(report.resumedCount) known from an earlier run") }
    let verdicts = Verdict.all.map { "\(report.count($0)) \($0.rawValue)" }
    return "\(report.output): " + (counts + verdicts).joined(separator: ", ")
  }
}

/// A report on a folder.
struct ReportFile {
  /// Where it goes.
  let path: String
  private let kind: Kind

  private enum Kind: String, CaseIterable {
    case jsonl, csv, html
  }

  /// The report that a path's extension names.
  init(path: String) throws(CommandFailure) {
    let ending = path.split(separator: ".").last.map { $0.lowercased() } ?? ""
    guard let kind = Kind(rawValue: ending) else {
      throw CommandFailure.usage(
        "--report \(path)", "its extension names no report", "end it with .jsonl, .csv or .html")
    }
    (self.path, self.kind) = (path, kind)
  }

  private init(_ path: String, _ kind: Kind) { (self.path, self.kind) = (path, kind) }

  /// The three reports of a folder.
  static func all(in folder: String) -> [ReportFile] {
    Kind.allCases.map { ReportFile("\(folder)/report.\($0.rawValue)", $0) }
  }

  /// Writes the report, whole or not at all.
  func write(_ report: BatchReport) throws {
    let text =
      switch kind {
      case .jsonl: report.jsonLines
      case .csv: report.csv
      case .html: report.html(shouldStop: { StopSignal.isRaised })
      }
    try writeAtomically(Array(text.utf8), to: path)
  }
}

/// A file for the import of a shop.
struct ExportFile {
  /// Where it goes.
  let path: String
  private let kind: TagExport

  /// The export that `shop=file` names.
  init(_ argument: String) throws(CommandFailure) {
    let parts = argument.split(separator: "=", maxSplits: 1)
    guard parts.count == 2, let kind = TagExport(rawValue: parts[0].lowercased()) else {
      throw CommandFailure.usage(
        "--export \(argument)", "it names no shop and file",
        "give shopify=, woocommerce= or google= and a path")
    }
    let ending = parts[1].split(separator: ".").last.map { $0.lowercased() } ?? ""
    guard parts[1].contains("."), ["csv", "tsv", "txt"].contains(ending) else {
      throw CommandFailure.usage(
        "--export \(argument)", "its file could be anything", "end its name with .csv, .tsv or .txt"
      )
    }
    (self.kind, path) = (kind, String(parts[1]))
  }

  /// Writes the file, whole or not at all, and says what it lacks.
  func write(_ report: BatchReport, imageBase: String) throws {
    let leftOut = kind.leftOut(of: report).count
    if leftOut > 0 {
      let reason = kind == .google ? "skipped, or fail or needs_review" : "skipped"
      Console.note("swiftlet: \(path): left out what is \(reason): \(leftOut) of the pictures")
    }
    try writeAtomically(Array(kind.text(of: report, imageBase: imageBase).utf8), to: path)
  }
}
