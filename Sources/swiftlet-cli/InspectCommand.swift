import ArgumentParser
import SwiftletSkills

import Swiftlet

/// `swiftlet inspect`.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Show a model: metadata, passes, layers, sizes.")

  @Argument(help: "The .nest file.")
  var model: String

  @OptionGroup var engine: EngineFlags
  @OptionGroup var json: JSONFlag

  func run() throws {
    let model = try Model.load(self.model)
    let session = try Session(model: model, options: try engine.session)
    let summary = ModelSummary(model)
    let report = session.report
    if json.isOn {
      let plan: JSONValue = [
        "isa": .string(report.isa.rawValue), "threads": .integer(report.threads),
        "arena_bytes": .integer(report.arenaBytes),
        "activation_bytes": .integer(report.activationBytes),
        "macs": .integer(report.macs),
        "inputs": .array(session.inputs.map(\.json)),
        "outputs": .array(session.outputs.map(\.json)),
        "layers": .array(report.layers.map(\.json)),
      ]
      try Console.emit(
        JSONValue.compact([("schema", "swiftlet.inspect/1"), ("model", .string(self.model))])
          .appending(summary.json).appending(plan)
          .appending(["metadata": model.metadata.json]))
      return
    }
    try Console.emit("\(self.model): \(summary.text)")
    for (name, value) in model.metadata.lines { try Console.emit("\(name): \(value)") }
    for input in session.inputs { try Console.emit("input \(input.name) \(input.shape)") }
    for output in session.outputs { try Console.emit("output \(output.name) \(output.shape)") }
    for pass in model.metadata.passes { try Console.emit("pass \(pass)") }
    try Console.emit(
      "plan: \(report.isa.rawValue), \(report.threads) threads, \(report.macs) MACs, "
        + "arena \(report.arenaBytes) bytes for \(report.activationBytes) of activations")
    for layer in report.layers {
      try Console.emit("  \(layer.name)  \(layer.kernel)  \(layer.shape)  \(layer.macs) MACs")
    }
  }
}
