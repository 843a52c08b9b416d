internal import Swiftlet

/// What a name in the model stands for.
enum Operand {
  /// Known at import.
  case literal(Literal)
  /// Computed by the graph.
  case value(ValueID)
}

/// Turns a model into a graph, node by node.
struct Translator {
  /// The elements that all folded nodes together may produce: 256 MiB of float32.
  static let foldingLimit = 1 << 26

  /// The elements of all constants of the graph together: 2 GiB of float32.
  static let constantLimit = 1 << 29

  let proto: ONNXGraphProto
  let opset: Int
  /// What stands for the whole model in errors.
  let name: String
  let folder: ModelFolder?

  var graph = Graph(layout: .nchw)
  /// Every name known so far.
  var operands: [String: Operand] = [:]
  /// The constants of literals that the graph reads, by name.
  var constants: [String: ValueID] = [:]
  /// The inputs and outputs of the graph, whose names are settled.
  private var taken: Set<ValueID> = []
  /// What is left of the folding budget.
  var foldingBudget = Translator.foldingLimit
  /// What is left of the constants.
  var constantBudget = Translator.constantLimit

  init(_ model: ONNXModelProto, name: String, folder: ModelFolder?) throws(ONNXError) {
    guard model.hasGraph else {
      throw ONNXError(
        .invalidFile, name, "it has no graph", "give an .onnx file as it was exported")
    }
    let versions = model.opsetImport.filter { Self.isDefault(domain: $0.domain) }.map(\.version)
    guard let version = versions.first, versions.allSatisfy({ $0 == version }) else {
      throw ONNXError(
        .invalidModel, name, "it states no single version of the default operator set",
        "export it again with opset 13")
    }
    guard ONNXImporter.opsets.contains(Int(version)) else {
      throw ONNXError(
        .unsupported, name,
        "opset \(version) is not among \(ONNXImporter.opsets.lowerBound) to "
          + "\(ONNXImporter.opsets.upperBound)", "export it with opset 13")
    }
    opset = Int(version)
    proto = model.graph
    self.name = name
    self.folder = folder
  }

  static func isDefault(domain: String) -> Bool { domain.isEmpty || domain == "ai.onnx" }

  /// The graph of the whole model.
  mutating func graph(inputShapes: [String: [Int]]) throws(ONNXError) -> Graph {
    let needed = neededNodes()
    try addInitializers(needed)
    try addInputs(inputShapes)
    for (index, node) in proto.node.enumerated() where needed.nodes[index] { try add(node) }
    for output in proto.output { try addOutput(output.name) }
    do {
      try graph.validate()
    } catch {
      throw ONNXError(.invalidModel, error.what, error.why, error.remedy)
    }
    return graph
  }
}

// MARK: - The walk

extension Translator {
  /// The nodes that an output depends on, and all names that they read.
  private func neededNodes() -> (nodes: [Bool], names: Set<String>) {
    var names = Set(proto.output.map(\.name))
    var nodes = [Bool](repeating: false, count: proto.node.count)
    for (index, node) in proto.node.enumerated().reversed()
    where node.output.contains(where: names.contains) {
      nodes[index] = true
      names.formUnion(node.input)
    }
    return (nodes, names)
  }

  private mutating func addInitializers(
    _ needed: (nodes: [Bool], names: Set<String>)
  ) throws(ONNXError) {
    for initializer in proto.initializer {
      guard operands[initializer.name] == nil else {
        throw ONNXError(
          .invalidModel, "initializer '\(initializer.name)'", "it is stated twice",
          "export the model again")
      }
      guard needed.names.contains(initializer.name) else { continue }
      operands[initializer.name] = .literal(
        try Literal(initializer, "initializer '\(initializer.name)'", folder: folder))
    }
    guard proto.sparseInitializer.isEmpty else {
      throw ONNXError(
        .unsupported, name, "sparse initializers are not supported", "export dense weights")
    }
  }

  private mutating func addInputs(_ inputShapes: [String: [Int]]) throws(ONNXError) {
    // Old models list their initializers among the inputs.
    let initialized = Set(proto.initializer.map(\.name))
    let inputs = proto.input.filter { !initialized.contains($0.name) }
    let names = Set(inputs.map(\.name))
    if let unknown = inputShapes.keys.filter({ !names.contains($0) }).min() {
      throw ONNXError(
        .inputShape, "input '\(unknown)'", "the model has no such input",
        "its inputs are \(names.sorted().joined(separator: ", "))")
    }
    for input in inputs {
      guard operands[input.name] == nil, !input.name.isEmpty else {
        throw ONNXError(
          .invalidModel, "input '\(input.name)'", "it has no name or is stated twice",
          "export the model again")
      }
      let shape = try InputShape.resolve(input, override: inputShapes[input.name])
      let id = graph.addValue(Value(name: input.name, shape: shape))
      graph.inputs.append(id)
      taken.insert(id)
      operands[input.name] = .value(id)
    }
  }

  private mutating func add(_ proto: ONNXNodeProto) throws(ONNXError) {
    let node = try NodeReader(proto, opset: opset)
    guard Self.isDefault(domain: proto.domain) else {
      throw node.unsupported(
        "operators of the domain '\(proto.domain)' are not supported",
        "export the model with the operators of ONNX")
    }
    let first = graph.values.count
    let results = try translate(node)
    for (name, result) in zip(node.outputs, results) where !name.isEmpty {
      guard operands[name] == nil else {
        throw node.invalid("'\(name)' is produced twice", "export the model again")
      }
      if case .value(let id) = result, id.index >= first { graph[id].name = name }
      operands[name] = result
    }
  }

  /// Makes the named operand an output. What a node computes takes the name; what is an input, a
  /// constant or an output already is copied.
  private mutating func addOutput(_ name: String) throws(ONNXError) {
    let what = "output '\(name)'"
    switch operands[name] {
    case nil:
      throw ONNXError(.invalidModel, what, "nothing produces it", "export the model again")
    case .value(let id)? where !taken.contains(id):
      graph[id].name = name
      graph.outputs.append(id)
      taken.insert(id)
    case .value(let id)?:
      graph.outputs.append(try copy(id, name, what))
    case .literal(let literal)?:
      graph.outputs.append(try copy(constant(what, literal, name: name), name, what))
    }
  }

  private mutating func copy(
    _ id: ValueID, _ name: String, _ what: String
  ) throws(ONNXError) -> ValueID {
    do {
      return try graph.append(.reshape, name: name, inputs: [id], shape: graph[id].shape)
    } catch {
      throw ONNXError(.invalidModel, what, error.why, error.remedy)
    }
  }
}
