import ArgumentParser
import SwiftletSkills

import Swiftlet

/// `swiftlet run`.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Run a model on tensors from .npy files.")

  @Argument(help: "The .nest file.")
  var model: String

  @Option(
    name: .long, parsing: .upToNextOption,
    help: .init("An input's tensor: float32 .npy, in ONNX order.", valueName: "[NAME=]X.npy"))
  var input: [String]

  @Option(name: .shortAndLong, help: "The folder to write OUTPUT.npy files to.")
  var output: String

  @OptionGroup var engine: EngineFlags
  @OptionGroup var json: JSONFlag

  func run() throws {
    let session = try Session(
      model: try Model.load(model), options: try engine.session)
    let outputs = try session.run(try NamedTensors.read(input, for: session.inputs))
    try Files.makeFolder(output)
    var files: [JSONValue] = []
    for info in session.outputs {
      guard let tensor = outputs[info.name] else { continue }
      let name = String(info.name.map { $0 == "/" || $0 == ":" ? "_" : $0 })
      let path = "\(output)/\(name).npy"
      try Files.write(tensor, to: path)
      files.append(.compact([("file", .string(path))]).appending(info.json))
      if !json.isOn { Console.note("\(path) \(tensor.shape)") }
    }
    if json.isOn { try Console.emit(["schema": "swiftlet.run/1", "outputs": .array(files)]) }
  }
}
