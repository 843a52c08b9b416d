import ArgumentParser
import SwiftletSkills

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// `swiftlet watch`.
struct WatchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch", abstract: "Make each photo that comes into a folder a listing picture.",
    discussion: """
      A photo is taken once its size and time have not changed for the settle time. <stem>.out.png \
      beside its photo, where process and segment write, is left out. Ctrl-C, or a \
      file stop.txt in the folder of photos, ends the watch.
      """)

  @Argument(help: "The folder of photos.")
  var input: String

  @OptionGroup var batch: BatchFlags

  @Option(help: "Seconds for which a photo has to stay the same before it is taken.")
  var settle = 2.0

  @OptionGroup var flags: PhotoFlags

  func run() throws {
    guard (0...3600).contains(settle) else {
      throw CommandFailure.usage("--settle \(settle)", "it is not 0 to 3600", "give seconds")
    }
    var options = Batch.Options(process: try batch.process)
    options.jobs = try batch.jobCount
    options.renewsChanged = true
    let pipeline = try flags.pipeline(jobs: options.jobs)
    let work = try Batch(pipeline, input: input, output: batch.output, options: options)
    _ = try work.items()
    guard !Self.isStopped(work) else {
      throw CommandFailure(
        .environment, "\(input)/stop.txt", "it ends a watch before it begins", "remove it")
    }
    try pipeline.prepare()
    try Self.watch(work, settle: settle, asJSON: flags.json.isOn)
  }

  private static func isStopped(_ work: Batch) -> Bool {
    access("\(work.input)/stop.txt", F_OK) == 0
  }

  /// Works on what comes into the folder until an interrupt or a file `stop.txt`.
  static func watch(_ work: Batch, settle: Double, asJSON: Bool) throws {
    StopSignal.catchInterrupts()
    var watcher = BatchWatcher(work, settle: settle)
    Console.note("swiftlet: watching \(work.input)")
    while !StopSignal.isRaised {
      if isStopped(work) {
        Console.note("swiftlet: \(work.input)/stop.txt ended the watch")
        return
      }
      let ready = try watcher.ready()
      if ready.isEmpty {
        usleep(200_000)
        continue
      }
      let report = try work.run(
        ready, shouldStop: { StopSignal.isRaised || isStopped(work) })
      for entry in report.entries where !entry.isResumed {
        if asJSON {
          try Console.emit(entry.json)
        } else if let error = entry.error {
          Console.complain("\(work.input)/\(entry.source): \(error)")
        } else {
          let isKept = entry.status == .skipped
          let verdict =
            isKept ? "kept as it was" : entry.verdict?.rawValue ?? entry.status.rawValue
          Console.note("\(work.input)/\(entry.source): \(entry.target ?? "no picture"), \(verdict)")
        }
      }
    }
  }
}
