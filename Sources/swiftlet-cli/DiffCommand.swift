import ArgumentParser
import SwiftletSkills

import Swiftlet

/// `swiftlet diff`.
struct DiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff", abstract: "Compare a model's output with an expected one.",
    discussion: "Exit code 1 where |output - expected| > atol + rtol * |expected| anywhere.")

  @Argument(help: "The .nest file.")
  var model: String

  @Option(
    name: .long, parsing: .upToNextOption,
    help: .init("An input's tensor.", valueName: "[NAME=]X.npy"))
  var input: [String]

  @Option(help: "The expected output, a float32 .npy file.")
  var expected: String

  @Option(name: .customLong("output"), help: "The output to compare; the first unless given.")
  var outputName: String?

  @Option(help: "The absolute tolerance.")
  var atol: Double = 1e-4

  @Option(help: "The relative tolerance.")
  var rtol: Double = 0

  @OptionGroup var engine: EngineFlags
  @OptionGroup var json: JSONFlag

  func run() throws {
    guard atol >= 0, rtol >= 0 else {
      throw CommandFailure.usage("--atol, --rtol", "a tolerance is negative", "give 0 or more")
    }
    let session = try Session(
      model: try Model.load(model), options: try engine.session)
    let name = outputName ?? session.outputs.first?.name ?? ""
    let expected = try Files.tensor(self.expected)
    let outputs = try session.run(try NamedTensors.read(input, for: session.inputs))
    guard let output = outputs[name] else {
      throw CommandFailure.usage(
        "--output \(name)", "the model has no such output",
        "use one of \(session.outputs.map(\.name).joined(separator: ", "))")
    }
    let difference = try TensorDifference(output, expected, atol: atol, rtol: rtol)
    if json.isOn {
      try Console.emit(
        JSONValue.compact([("schema", "swiftlet.diff/1"), ("output", .string(name))])
          .appending(difference.json))
    } else {
      try Console.emit("\(name): \(difference.text)")
    }
    if !difference.isWithin { throw ExitCode(ExitStatus.itemsFailed.rawValue) }
  }
}
