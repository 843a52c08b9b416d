import Swiftlet

/// The tensors that `--input [NAME=]FILE` names.
enum NamedTensors {
  /// One tensor for each of a model's inputs.
  static func read(_ arguments: [String], for inputs: [TensorInfo]) throws -> [String: Tensor] {
    let names = inputs.map(\.name)
    var tensors: [String: Tensor] = [:]
    for argument in arguments {
      // The longest name wins where one contains a '='.
      let named = names.filter { argument.hasPrefix("\($0)=") }.max {
        $0.utf8.count < $1.utf8.count
      }
      guard let name = named ?? (names.count == 1 ? names[0] : nil) else {
        throw CommandFailure.usage(
          "--input \(argument)", "it names none of the model's inputs",
          "put one of \(names.map { "\($0)=" }.joined(separator: ", ")) before the file")
      }
      let path = named == nil ? argument : String(argument.dropFirst(name.count + 1))
      guard tensors.updateValue(try Files.tensor(path), forKey: name) == nil else {
        throw CommandFailure.usage(
          "--input \(argument)", "the input is given twice", "give it once")
      }
    }
    if let missing = names.first(where: { tensors[$0] == nil }) {
      throw CommandFailure.usage(
        "--input", "the model's input '\(missing)' is missing", "add --input \(missing)=FILE.npy")
    }
    return tensors
  }
}

/// The shapes that `--input-shape NAME=1,3,224,224` names.
enum NamedShape {
  /// The shape of each input named.
  static func parse(_ arguments: [String]) throws(CommandFailure) -> [String: [Int]] {
    var shapes: [String: [Int]] = [:]
    for argument in arguments {
      let parts = argument.split(separator: "=", omittingEmptySubsequences: false)
      let extents = parts.last.map { $0.split(separator: ",").map { Int($0) ?? 0 } } ?? []
      guard parts.count == 2, !parts[0].isEmpty, !extents.isEmpty, extents.allSatisfy({ $0 > 0 })
      else {
        throw .usage(
          "--input-shape \(argument)", "it is not a name and extents",
          "write it as NAME=1,3,224,224")
      }
      shapes[String(parts[0])] = extents
    }
    return shapes
  }
}
