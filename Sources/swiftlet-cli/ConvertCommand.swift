import ArgumentParser
import SwiftletONNX
import SwiftletSkills

import Swiftlet

/// `swiftlet convert`.
struct ConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert", abstract: "Turn an ONNX file into an optimised model file.")

  @Argument(help: "The .onnx file, opsets 7 to 21.")
  var input: String

  @Option(name: .shortAndLong, help: "The .nest file to write.")
  var output: String

  @Option(help: "A YAML file that says what the model is for.")
  var metadata: String?

  @Flag(name: .customLong("fp16"), help: "Store weights in half precision.")
  var halfPrecision = false

  @Option(
    name: .customLong("input-shape"),
    help: .init(
      "The shape of an input that the file leaves open.", valueName: "NAME=1,3,224,224"))
  var inputShapes: [String] = []

  @OptionGroup var json: JSONFlag

  func run() throws {
    try checkOutput()
    let metadata = try self.metadata.map { try MetadataFile.read($0) }
    let graph = try ONNXImporter.import(
      path: input, inputShapes: try NamedShape.parse(inputShapes))
    let model = try Model(
      graph: graph, metadata: metadata ?? ModelMetadata(name: Files.stem(of: input)))
    try ModelFile.write(model, to: output, halfPrecision: halfPrecision)
    let summary = ModelSummary(model)
    if json.isOn {
      try Console.emit(
        .compact([("schema", "swiftlet.convert/1"), ("output", .string(output))])
          .appending(summary.json))
    } else {
      Console.note("\(output): \(summary.text)")
      for pass in model.metadata.passes { Console.note("  \(pass)") }
    }
  }

  /// Sees that the model replaces nothing but a model.
  private func checkOutput() throws(CommandFailure) {
    guard output != "-" else {
      throw .usage("-o -", "a model is not written to standard output", "name a .nest file")
    }
    for path in [input, metadata].compactMap({ $0 }) where Files.areSame(path, output) {
      throw .usage("-o \(output)", "it is read for the model", "name another file")
    }
    guard !Files.exists(output) || output.hasSuffix(".nest") else {
      throw .usage("-o \(output)", "it is there, and no .nest file", "name a .nest file")
    }
  }
}
