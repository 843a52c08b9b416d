extension Graph {
  /// Checks everything that the passes, the planner and the kernels take for granted.
  ///
  /// Identifiers are in range; inputs, constants and node outputs are distinct values; every node
  /// reads what is known before it; input and output names are unique; shapes are what the
  /// operators give; attributes are in range; parameters that must be constants are. O(values +
  /// nodes).
  ///
  /// - Throws: `EngineError` that names the value or node.
  public func validate() throws(EngineError) {
    for (index, value) in values.enumerated() { try check(value, index) }
    var known = values.map { $0.constant != nil }
    try checkInputs(&known)
    for (index, node) in nodes.enumerated() { try check(node, index, &known) }
    try checkOutputs(known)
  }

  private func check(_ value: Value, _ index: Int) throws(EngineError) {
    guard ShapeInference.isValid(value.shape) else {
      throw invalid(
        "value \(index) '\(value.name)'", "the shape \(value.shape) is empty or too large",
        "keep tensors between 1 and 2^31 elements and \(ShapeInference.maximumRank) dimensions")
    }
    if let constant = value.constant, constant.shape != value.shape {
      throw invalid(
        "value \(index) '\(value.name)'",
        "a constant of shape \(constant.shape) in a value of "
          + "\(value.shape)", "give both one shape")
    }
  }

  private func checkInputs(_ known: inout [Bool]) throws(EngineError) {
    var names: Set<String> = []
    for id in inputs {
      guard values.indices.contains(id.index), !known[id.index] else {
        throw invalid(
          "graph input \(id.index)", "it is no value, a constant or stated twice",
          "name distinct values without data")
      }
      known[id.index] = true
      guard names.insert(self[id].name).inserted else {
        throw invalid(
          "graph input '\(self[id].name)'", "two inputs have this name", "give each its own")
      }
    }
  }

  private func check(_ node: Node, _ index: Int, _ known: inout [Bool]) throws(EngineError) {
    let what = "node \(index) '\(node.name)' (\(node.op.kind))"
    for case let id? in node.inputs {
      guard values.indices.contains(id.index), known[id.index] else {
        throw invalid(
          what, "it reads value \(id.index) before anything has produced it",
          "order nodes after the producers of their inputs")
      }
    }
    try checkConstants(node, what)
    guard values.indices.contains(node.output.index), !known[node.output.index] else {
      throw invalid(
        what, "its output, value \(node.output.index), is no value or known already",
        "give every node an output of its own")
    }
    let output = self[node.output]
    let inferred = try ShapeInference.outputShape(
      of: node.op, inputs: node.inputs.map { $0.map { self[$0].shape } }, declared: output.shape,
      layout: layout, name: node.name)
    guard inferred == output.shape else {
      throw EngineError(
        .shapeMismatch, what, "the output is \(inferred), stated as \(output.shape)",
        "state the shape that the inputs give")
    }
    known[node.output.index] = true
  }

  /// Batch normalization parameters and slopes are constants; integers occur as the shape of a
  /// reshape only.
  private func checkConstants(_ node: Node, _ what: String) throws(EngineError) {
    for (position, id) in node.inputs.enumerated() {
      guard let id else { continue }
      let constant = self[id].constant
      switch (node.op, position) {
      case (.reshape, 1):
        guard let constant, constant.elementType == .int64, constant.shape.count == 1 else {
          throw invalid(what, "the shape is no list of integers", "give an int64 constant")
        }
        continue
      case (.batchNormalization, 1...), (.prelu, 1...):
        guard constant != nil else {
          throw invalid(
            what, "input \(position) is computed", "give a constant; only the data may vary")
        }
      default: break
      }
      if constant?.elementType == .int64 {
        throw invalid(
          what, "input \(position) holds integers", "compute with floating-point numbers")
      }
    }
  }

  private func checkOutputs(_ known: [Bool]) throws(EngineError) {
    guard !outputs.isEmpty else {
      throw invalid("graph", "it has no output", "name at least one")
    }
    var names: Set<String> = []
    for id in outputs {
      guard values.indices.contains(id.index), known[id.index] else {
        throw invalid(
          "graph output \(id.index)", "nothing produces it", "name a value that is computed")
      }
      guard self[id].constant?.elementType != .int64 else {
        throw invalid(
          "graph output '\(self[id].name)'", "it holds integers", "return floating-point numbers")
      }
      guard names.insert(self[id].name).inserted else {
        throw invalid(
          "graph output '\(self[id].name)'", "two outputs have this name", "give each its own")
      }
    }
  }

  private func invalid(_ what: String, _ why: String, _ remedy: String) -> EngineError {
    EngineError(.invalidGraph, what, why, remedy)
  }
}
