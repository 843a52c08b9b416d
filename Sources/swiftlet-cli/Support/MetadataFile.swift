import SwiftletImage
import Yams

import Swiftlet

/// The YAML file that says what a model is for: schema `swiftlet.model/1`.
///
///     schema: swiftlet.model/1
///     name: segment-fast
///     task: segment                      # segment, tag or none
///     version: 1.0.0
///     input: {name: input, width: 320, height: 320, resize: stretch, color: rgb,
///             scale: 0.00392156862745098, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225]}
///     outputs:
///       - {name: mask, kind: mask, activation: sigmoid, labels: []}
///     license: Apache-2.0
///     provenance: what it was trained on, and how
///
/// Everything but `schema` and `name` may be left out. An unknown key is an error.
enum MetadataFile {
  /// The metadata that a file states.
  static func read(_ path: String) throws -> ModelMetadata {
    let bytes = try readFile(path, maxBytes: 1 << 20)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw CommandFailure(.environment, path, "it is not UTF-8", "save it as UTF-8")
    }
    return try parse(text, file: path)
  }

  /// The metadata that YAML text states.
  static func parse(_ text: String, file: String) throws(CommandFailure) -> ModelMetadata {
    let root: Yams.Node?
    do {
      root = try Yams.compose(yaml: text)
    } catch {
      throw CommandFailure(.environment, file, "it is not YAML (\(error))", "correct it")
    }
    guard let root else {
      throw CommandFailure(.environment, file, "it is empty", "begin it with schema: \(schema)")
    }
    let reader = YAMLReader(file: file, node: root)
    let members = try reader.members(
      "schema", "name", "task", "version", "input", "outputs", "license", "provenance")
    guard try members["schema"]?.text() == schema else {
      throw reader.failure("the schema is not \(schema)", "begin the file with schema: \(schema)")
    }
    guard let name = try members["name"]?.text(), !name.isEmpty else {
      throw reader.failure("the model has no name", "add a key 'name'")
    }
    var metadata = ModelMetadata(name: name)
    if let task = members["task"] { metadata.task = try task.choice() }
    if let version = members["version"] { metadata.version = try version.text() }
    if let input = members["input"] { metadata.input = try imageInput(input) }
    if let outputs = members["outputs"] {
      for node in try outputs.elements() { metadata.outputs.append(try output(node)) }
    }
    if let license = members["license"] { metadata.license = try license.text() }
    if let provenance = members["provenance"] { metadata.provenance = try provenance.text() }
    return metadata
  }

  private static let schema = "swiftlet.model/1"

  private static func imageInput(
    _ reader: YAMLReader
  ) throws(CommandFailure) -> ModelMetadata.ImageInput {
    let members = try reader.members(
      "name", "width", "height", "resize", "color", "scale", "mean", "std")
    guard let name = members["name"], let width = members["width"], let height = members["height"]
    else { throw reader.failure("the input lacks name, width or height", "add it") }
    var input = ModelMetadata.ImageInput(
      name: try name.text(), width: try width.extent(), height: try height.extent())
    if let resize = members["resize"] { input.resize = try resize.choice() }
    if let color = members["color"] { input.color = try color.choice() }
    if let scale = members["scale"] { input.scale = try scale.number() }
    if let mean = members["mean"] { input.mean = try mean.triple() }
    if let std = members["std"] {
      input.std = try std.triple()
      guard !input.std.contains(0) else {
        throw std.failure("a standard deviation is 0", "give numbers that can be divided by")
      }
    }
    return input
  }

  private static func output(_ reader: YAMLReader) throws(CommandFailure) -> ModelMetadata.Output {
    let members = try reader.members("name", "kind", "activation", "labels")
    guard let name = members["name"] else {
      throw reader.failure("an output lacks its name", "add the name it has in the graph")
    }
    var output = ModelMetadata.Output(name: try name.text())
    if let kind = members["kind"] { output.kind = try kind.choice() }
    if let activation = members["activation"] { output.activation = try activation.choice() }
    if let labels = members["labels"] {
      for label in try labels.elements() { output.labels.append(try label.text()) }
    }
    return output
  }
}

/// A node of a YAML file, read strictly.
private struct YAMLReader {
  let file: String
  let node: Yams.Node

  /// An error at this node's line.
  func failure(_ why: String, _ remedy: String) -> CommandFailure {
    let line = node.mark.map { ":\($0.line)" } ?? ""
    return CommandFailure(.environment, file + line, why, remedy)
  }

  /// The members of a mapping, all of whose keys are `known` and differ.
  func members(_ known: String...) throws(CommandFailure) -> [String: YAMLReader] {
    guard case .mapping(let mapping) = node else {
      throw failure("it is not a mapping", "write keys and values")
    }
    var members: [String: YAMLReader] = [:]
    for (key, value) in mapping {
      let name = key.string ?? ""
      guard known.contains(name) else {
        throw YAMLReader(file: file, node: key).failure(
          "there is no key '\(name)' here", "use \(known.joined(separator: ", "))")
      }
      guard members.updateValue(YAMLReader(file: file, node: value), forKey: name) == nil else {
        throw YAMLReader(file: file, node: key).failure(
          "the key '\(name)' occurs twice", "keep one")
      }
    }
    return members
  }

  /// The elements of a sequence.
  func elements() throws(CommandFailure) -> [YAMLReader] {
    guard case .sequence(let sequence) = node else {
      throw failure("it is not a list", "write [a, b, c]")
    }
    return sequence.map { YAMLReader(file: file, node: $0) }
  }

  /// A scalar as it is written.
  func text() throws(CommandFailure) -> String {
    guard case .scalar(let scalar) = node else { throw failure("it is not a text", "write one") }
    return scalar.string
  }

  /// A finite number.
  func number() throws(CommandFailure) -> Float {
    guard let value = Float(try text()), value.isFinite else {
      throw failure("'\(try text())' is not a number", "write one")
    }
    return value
  }

  /// A number of pixels.
  func extent() throws(CommandFailure) -> Int {
    guard let value = Int(try text()), (1...16_384).contains(value) else {
      throw failure("'\(try text())' is not 1 to 16384", "write a number of pixels")
    }
    return value
  }

  /// A number for each of three channels.
  func triple() throws(CommandFailure) -> [Float] {
    var values: [Float] = []
    for element in try elements() { values.append(try element.number()) }
    guard values.count == 3 else {
      throw failure("there are \(values.count) numbers", "give one for each of three channels")
    }
    return values
  }

  /// One of a few names.
  func choice<T: RawRepresentable<String>>() throws(CommandFailure) -> T {
    guard let value = T(rawValue: try text()) else {
      throw failure("'\(try text())' is not known", "use one of the names that the format lists")
    }
    return value
  }
}
