import ArgumentParser
import SwiftletSkills

import Swiftlet

/// `swiftlet profile`.
struct ProfileCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "profile", abstract: "Time every layer of a model against the machine's roofline.",
    discussion: """
      Operations are those of the layer's definition, bytes those of its inputs and output. The share is \
      of the roofline measured at the start: above 1 where a layer needs fewer operations than its \
      definition (Winograd) or its data lie in a cache. The last line, near_roofline in JSON, says how \
      much of the time passes in layers at \(percent(nearShare)) of the roofline or above (near_share), which leave little to gain.
      """)

  @Argument(help: "The .nest file.")
  var model: String

  @Option(help: "Timed runs.")
  var runs = 20

  @OptionGroup var engine: EngineFlags
  @OptionGroup var json: JSONFlag

  func run() throws {
    guard (1...1_000_000).contains(runs) else {
      throw CommandFailure.usage("--runs \(runs)", "it is not 1 to 1000000", "give another number")
    }
    let session = try Session(model: try Model.load(model), options: try engine.session)
    session.fillInputs()
    let report = session.report
    let roofline = try Roofline.measured(isa: report.isa, threads: report.threads)
    let times = session.profile(runs: runs)
    let total = times.reduce(0, +)
    let rows = zip(report.layers, times).map { layer, seconds in
      ProfileRow(layer: layer, seconds: seconds, roofline: roofline)
    }
    let near =
      rows.filter { $0.share >= nearShare }.reduce(0) { $0 + $1.seconds } / max(total, 1e-9)
    if json.isOn {
      try Console.emit([
        "schema": "swiftlet.layers/1", "model": .string(model),
        "isa": .string(report.isa.rawValue), "threads": .integer(report.threads),
        "total_ms": .rounded(total * 1e3), "near_roofline": .rounded(near),
        "near_share": .rounded(nearShare),
        "peak_gflops": .rounded(roofline.operations / 1e9),
        "memory_gbps": .rounded(roofline.bytes / 1e9), "layers": .array(rows.map(\.json)),
      ])
      return
    }
    Console.note(
      "\(report.isa.rawValue), \(report.threads) threads, "
        + "peak \(fixed(roofline.operations / 1e9)) GFLOP/s, "
        + "memory \(fixed(roofline.bytes / 1e9)) GB/s")
    let header = ["layer", "kernel", "shape", "ms", "GFLOP/s", "GB/s", "roofline"]
    let table = [header] + rows.map(\.cells)
    let widths = header.indices.map { column in table.map { $0[column].count }.max() ?? 0 }
    for row in table {
      let cells = row.enumerated().map { column, cell in
        let space = String(repeating: " ", count: widths[column] - cell.count)
        return column < 3 ? cell + space : space + cell
      }
      try Console.emit(cells.joined(separator: "  "))
    }
    try Console.emit(
      "total \(fixed(total * 1e3, digits: 3)) ms, \(fixed(near * 100)) % of it in layers at "
        + "\(percent(nearShare)) of the roofline or above")
  }
}

/// The share of the roofline from which a layer leaves little to gain.
private let nearShare = 0.6

/// A share in whole percent, for people.
private func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }

/// A layer's line in the profile.
private struct ProfileRow {
  let layer: PlanReport.Layer
  let seconds: Double
  let roofline: Roofline

  private var operations: Double { 2 * Double(layer.macs) / max(seconds, 1e-9) / 1e9 }
  private var bandwidth: Double { Double(layer.bytes) / max(seconds, 1e-9) / 1e9 }
  var share: Double { roofline.share(of: layer, seconds: seconds) }

  var json: JSONValue {
    [
      "name": .string(layer.name), "kernel": .string(layer.kernel),
      "shape": .array(layer.shape.map { .integer($0) }), "tasks": .integer(layer.tasks),
      "ms": .rounded(seconds * 1e3), "gflops": .rounded(operations), "gbps": .rounded(bandwidth),
      "roofline": .rounded(share),
    ]
  }

  var cells: [String] {
    [
      layer.name, layer.kernel, layer.shape.map(String.init).joined(separator: "x"),
      fixed(seconds * 1e3, digits: 3), fixed(operations), fixed(bandwidth),
      "\(fixed(share * 100)) %",
    ]
  }
}

/// A number with a fixed count of decimals.
private func fixed(_ value: Double, digits: Int = 1) -> String {
  guard value.isFinite, value.magnitude < 1e15 else { return "\(value)" }
  let scale = (0..<digits).reduce(1) { product, _ in product * 10 }
  let units = Int((value * Double(scale)).rounded())
  let rest = String(units.magnitude % UInt(scale))
  let zeros = String(repeating: "0", count: digits - rest.count)
  return "\(units < 0 ? "-" : "")\(units.magnitude / UInt(scale)).\(zeros)\(rest)"
}
