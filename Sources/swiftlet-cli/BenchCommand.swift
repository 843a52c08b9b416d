import ArgumentParser
import SwiftletSkills

import Swiftlet

/// `swiftlet bench`.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Time a model.",
    discussion: """
      --paced prints "ready", then one run's milliseconds for each line read from standard input, so \
      that runs of several engines can alternate.
      """)

  @Argument(help: "The .nest file.")
  var model: String

  @Option(help: "Timed runs.")
  var runs = 20

  @Flag(help: "Run once for each line of standard input.")
  var paced = false

  @OptionGroup var engine: EngineFlags
  @OptionGroup var json: JSONFlag

  func run() throws {
    guard (1...1_000_000).contains(runs) else {
      throw CommandFailure.usage("--runs \(runs)", "it is not 1 to 1000000", "give another number")
    }
    let options = try engine.session
    let start = Stopwatch()
    let session = try Session(model: try Model.load(model), options: options)
    let load = start.milliseconds
    session.fillInputs()
    let first = Stopwatch.time { session.run() }
    if paced {
      try Console.emit("ready")
      while readLine() != nil {
        try Console.emit("\(Stopwatch.time { session.run() })")
      }
      return
    }
    var times = (0..<runs).map { _ in Stopwatch.time { session.run() } }
    times.sort()
    let result: JSONValue = [
      "schema": "swiftlet.bench/1", "model": .string(model),
      "isa": .string(session.report.isa.rawValue), "threads": .integer(session.report.threads),
      "load_ms": .rounded(load), "first_ms": .rounded(first), "min_ms": .rounded(times[0]),
      "median_ms": .rounded(times.quantile(0.5)), "p90_ms": .rounded(times.quantile(0.9)),
      "peak_rss_bytes": .integer(Process.peakResidentBytes),
    ]
    if json.isOn {
      try Console.emit(result)
    } else if case .object(let members) = result {
      for member in members.dropFirst() { try Console.emit("\(member.name): \(member.value)") }
    }
  }
}
