internal import Swiftlet

/// What translations read and write.
extension Translator {
  /// An input that must be there.
  func operand(_ node: NodeReader, _ index: Int) throws(ONNXError) -> Operand {
    guard node.hasInput(index) else {
      throw node.invalid("input \(index) is missing", "give the inputs that it takes")
    }
    guard let operand = operands[node.inputs[index]] else {
      throw node.invalid(
        "it reads '\(node.inputs[index])', which no node before it produces",
        "order the nodes; secondary outputs (masks, indices) are not supported")
    }
    return operand
  }

  /// All inputs; none may be left out.
  func operands(_ node: NodeReader) throws(ONNXError) -> [Operand] {
    guard !node.inputs.isEmpty else {
      throw node.invalid("it has no input", "give at least one")
    }
    var result: [Operand] = []
    for index in node.inputs.indices { result.append(try operand(node, index)) }
    return result
  }

  /// An input that must be known at import.
  func literal(_ node: NodeReader, _ index: Int, _ role: String) throws(ONNXError) -> Literal {
    guard case .literal(let literal) = try operand(node, index) else {
      throw node.unsupported(
        "its \(role) is computed from the data", "make it a constant or fold it at export")
    }
    return literal
  }

  /// An input that must be a list of integers, or one, known at import.
  func integers(_ node: NodeReader, _ index: Int, _ role: String) throws(ONNXError) -> [Int] {
    guard let values = try literal(node, index, role).integers else {
      throw node.invalid("its \(role) holds no integers", "give int64 numbers")
    }
    return values
  }

  /// An input that must be one floating-point number known at import.
  func scalar(_ node: NodeReader, _ index: Int, _ role: String) throws(ONNXError) -> Float {
    let literal = try literal(node, index, role)
    guard literal.count == 1, let value = literal.floatingPoint?.first else {
      throw node.invalid("its \(role) is no single number", "give one floating-point number")
    }
    return value
  }

  func shape(_ operand: Operand) -> [Int] {
    switch operand {
    case .literal(let literal): literal.shape
    case .value(let id): graph[id].shape
    }
  }

  /// An input as a value of the graph; a literal becomes a constant.
  mutating func value(_ node: NodeReader, _ index: Int) throws(ONNXError) -> ValueID {
    let operand = try operand(node, index)
    let name = node.inputs[index]
    switch operand {
    case .value(let id):
      return id
    case .literal(let literal):
      if let id = constants[name] { return id }
      let id = try constant(node, literal, name: name)
      constants[name] = id
      return id
    }
  }

  /// A new constant that `node` reads.
  mutating func constant(
    _ node: NodeReader, _ literal: Literal, name: String
  ) throws(ONNXError) -> ValueID {
    try constant(node.what, literal, name: name)
  }

  /// A new constant; errors name `what`.
  mutating func constant(
    _ what: String, _ literal: Literal, name: String
  ) throws(ONNXError) -> ValueID {
    guard let values = literal.floatingPoint else {
      throw ONNXError(
        .unsupported, what, "it computes with the integers of '\(name)'",
        "compute with floating-point numbers")
    }
    guard values.count <= constantBudget else {
      throw ONNXError(
        .tooLarge, what, "'\(name)' exceeds what a graph may hold",
        "keep all constants to \(Self.constantLimit) elements")
    }
    constantBudget -= values.count
    do {
      return graph.addConstant(name, try Constant(shape: literal.shape, floats: values))
    } catch {
      throw ONNXError(.invalidModel, what, error.why, error.remedy)
    }
  }

  /// Appends an operator of the graph; what the engine objects to names this node.
  mutating func append(
    _ node: NodeReader, _ op: Op, _ inputs: [ValueID?], shape: [Int]? = nil
  ) throws(ONNXError) -> ValueID {
    do {
      return try graph.append(op, name: node.label, inputs: inputs, shape: shape)
    } catch {
      throw ONNXError(
        error.code == .unsupported ? .unsupported : .invalidModel, node.what, error.why,
        error.remedy)
    }
  }

  /// Takes the elements of a literal to be computed from the budget.
  mutating func reserve(_ node: NodeReader, _ shape: [Int]) throws(ONNXError) {
    guard let count = Literal.count(of: shape), count <= foldingBudget else {
      throw node.tooLarge(
        "a constant of shape \(shape) exceeds what an import may compute",
        "keep computed constants to \(Self.foldingLimit) elements in all")
    }
    foldingBudget -= count
  }
}
