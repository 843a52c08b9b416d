internal import Swiftlet

// MARK: - Two operands and more

extension Translator {
  /// Carried out where both operands are known, else an operator of the graph.
  mutating func binary(
    _ node: NodeReader, _ kind: BinaryKind, _ arithmetic: Literal.Arithmetic
  ) throws(ONNXError) -> Operand {
    if case .literal(let a) = try operand(node, 0), case .literal(let b) = try operand(node, 1) {
      return .literal(try combine(node, a, b, arithmetic))
    }
    let inputs = [try value(node, 0), try value(node, 1)]
    return .value(try append(node, .binary(kind, activation: .none), inputs))
  }

  /// From left to right.
  mutating func variadic(
    _ node: NodeReader, _ kind: BinaryKind, _ arithmetic: Literal.Arithmetic
  ) throws(ONNXError) -> Operand {
    let literals = try operands(node).compactMap { operand in
      if case .literal(let literal) = operand { literal } else { nil }
    }
    if literals.count == node.inputs.count {
      var result = literals[0]
      for literal in literals.dropFirst() {
        result = try combine(node, result, literal, arithmetic)
      }
      return .literal(result)
    }
    var result = try value(node, 0)
    for index in node.inputs.indices.dropFirst() {
      let next = try value(node, index)
      result = try append(node, .binary(kind, activation: .none), [result, next])
    }
    return .value(result)
  }

  mutating func mean(_ node: NodeReader) throws(ONNXError) -> Operand {
    let share = 1 / Float(max(node.inputs.count, 1))
    switch try variadic(node, .add, .add) {
    case .literal(let sum):
      try reserve(node, sum.shape)
      return .literal(sum.map { $0 * share })
    case .value(let sum):
      let factor = try constant(
        node, Literal(shape: [], elements: .floats([share])), name: "\(node.label).share")
      return .value(
        try append(node, .binary(.multiply, activation: .none), [sum, factor]))
    }
  }

  /// The exponent may be of another type than the base.
  mutating func power(_ node: NodeReader) throws(ONNXError) -> Operand {
    guard case .literal(let exponent) = try operand(node, 1) else {
      return try binary(node, .power, .power)
    }
    if case .literal(let base) = try operand(node, 0) {
      return .literal(try combine(node, base, exponent.cast(like: base), .power))
    }
    let converted = try constant(
      node, exponent.cast(to: .float), name: "\(node.label).exponent")
    return .value(
      try append(
        node, .binary(.power, activation: .none), [try value(node, 0), converted]))
  }

  mutating func modulo(_ node: NodeReader) throws(ONNXError) -> Operand {
    let a = try literal(node, 0, "dividend")
    let b = try literal(node, 1, "divisor")
    guard try !node.flag("fmod") || a.floatingPoint != nil else {
      throw node.unsupported("fmod of integers is not supported", "give fmod = 0")
    }
    return .literal(try combine(node, a, b, .modulo))
  }

  private mutating func combine(
    _ node: NodeReader, _ a: Literal, _ b: Literal, _ arithmetic: Literal.Arithmetic
  ) throws(ONNXError) -> Literal {
    let shape = try broadcast(node, a.shape, b.shape)
    do {
      return try Literal.combine(a, b, shape: shape, arithmetic)
    } catch {
      throw failure(node, error)
    }
  }

  /// The shape that two known operands broadcast to; its elements are taken from the budget.
  private mutating func broadcast(
    _ node: NodeReader, _ a: [Int], _ b: [Int]
  ) throws(ONNXError) -> [Int] {
    guard let shape = Shape.broadcast(a, b) else {
      throw node.invalid("\(a) and \(b) do not broadcast", "extents must be equal or 1")
    }
    try reserve(node, shape)
    return shape
  }

  private func failure(_ node: NodeReader, _ error: LiteralError) -> ONNXError {
    switch error {
    case .types: node.invalid("it mixes integers and floating-point numbers", "cast one of them")
    case .divisionByZero: node.invalid("an integer is divided by 0", "export the model again")
    }
  }
}

// MARK: - One operand

extension Translator {
  mutating func negative(_ node: NodeReader) throws(ONNXError) -> Operand {
    if case .literal(let x) = try operand(node, 0) {
      try reserve(node, x.shape)
      return .literal(x.map(float: { -$0 }, integer: { 0 &- $0 }))
    }
    let factor = try constant(
      node, Literal(shape: [], elements: .floats([-1])), name: "\(node.label).sign")
    return .value(
      try append(node, .binary(.multiply, activation: .none), [try value(node, 0), factor]))
  }

  mutating func reciprocal(_ node: NodeReader) throws(ONNXError) -> Operand {
    if case .literal(let x) = try operand(node, 0) {
      try reserve(node, x.shape)
      return .literal(Literal(shape: x.shape, elements: .floats(x.floats.map { 1 / $0 })))
    }
    let one = try constant(
      node, Literal(shape: [], elements: .floats([1])), name: "\(node.label).one")
    return .value(
      try append(node, .binary(.divide, activation: .none), [one, try value(node, 0)]))
  }

  mutating func exponentialOrRoot(_ node: NodeReader) throws(ONNXError) -> Operand {
    guard case .literal(let x) = try operand(node, 0), let values = x.floatingPoint else {
      return .value(try activation(node))
    }
    try reserve(node, x.shape)
    let function = node.op == "Exp" ? FloatMath.exponential : { $0.squareRoot() }
    return .literal(Literal(shape: x.shape, elements: .floats(values.map(function))))
  }

  /// Functions that the graph has no operator for; the operand must be known.
  mutating func unaryLiteral(_ node: NodeReader) throws(ONNXError) -> Operand {
    let x = try literal(node, 0, "operand")
    try reserve(node, x.shape)
    switch node.op {
    case "Abs":
      return .literal(x.map(float: \.magnitude, integer: { $0 < 0 ? 0 &- $0 : $0 }))
    case "Floor": return .literal(x.map { $0.rounded(.down) })
    case "Ceil": return .literal(x.map { $0.rounded(.up) })
    case "Round": return .literal(x.map { $0.rounded(.toNearestOrEven) })
    case "Log": return .literal(x.map(float: FloatMath.logarithm))
    default: return .literal(x.cast(to: .bool).map(float: { $0 }, integer: { 1 - $0 }))
    }
  }

  /// Products, sums and extremes of numbers known at import.
  mutating func reduceLiteral(_ node: NodeReader) throws(ONNXError) -> Operand {
    let x = try literal(node, 0, "operand")
    let inputSince = node.op == "ReduceSum" ? 13 : 18
    guard
      let axes = try reducedAxes(node, rank: x.shape.count, inputSince: inputSince)
    else { return .literal(x) }
    guard x.count > 0 else {
      throw node.unsupported("it reduces an empty tensor", "export the model again")
    }
    try reserve(node, x.shape)
    let keep = try node.flag("keepdims", default: true)
    let arithmetic: Literal.Arithmetic =
      switch node.op {
      case "ReduceProd": .multiply
      case "ReduceSum": .add
      case "ReduceMax": .maximum
      default: .minimum
      }
    return .literal(x.reduced(axes, keep: keep, arithmetic))
  }
}

// MARK: - Conditions

extension Translator {
  mutating func comparison(
    _ node: NodeReader, _ comparison: Literal.Comparison
  ) throws(ONNXError) -> Operand {
    let a = try literal(node, 0, "first operand")
    let b = try literal(node, 1, "second operand")
    let shape = try broadcast(node, a.shape, b.shape)
    do {
      return .literal(try Literal.compare(a, b, shape: shape, comparison))
    } catch {
      throw failure(node, error)
    }
  }

  mutating func logical(_ node: NodeReader) throws(ONNXError) -> Operand {
    let a = try literal(node, 0, "first operand").cast(to: .bool)
    let b = try literal(node, 1, "second operand").cast(to: .bool)
    return .literal(try combine(node, a, b, node.op == "And" ? .minimum : .maximum))
  }

  mutating func select(_ node: NodeReader) throws(ONNXError) -> Operand {
    let condition = try literal(node, 0, "condition")
    let a = try literal(node, 1, "first choice")
    let b = try literal(node, 2, "second choice")
    guard let shape = Shape.broadcast(a.shape, b.shape) else {
      throw node.invalid("\(a.shape) and \(b.shape) do not broadcast", "extents must be equal or 1")
    }
    let result = try broadcast(node, condition.shape, shape)
    guard let choices = condition.broadcast(to: result).integers else {
      throw node.invalid("its condition holds no booleans", "give booleans")
    }
    switch (a.broadcast(to: result).elements, b.broadcast(to: result).elements) {
    case (.floats(let x), .floats(let y)):
      return .literal(
        Literal(
          shape: result, elements: .floats(choices.indices.map { choices[$0] != 0 ? x[$0] : y[$0] })
        ))
    case (.integers(let x), .integers(let y)):
      return .literal(
        Literal(
          shape: result,
          elements: .integers(choices.indices.map { choices[$0] != 0 ? x[$0] : y[$0] })))
    default:
      throw failure(node, .types)
    }
  }
}
