internal import Swiftlet

// MARK: - Facts about shapes

extension Translator {
  /// The extents from `start` to `end`, attributes since opset 15.
  func shapeOf(_ node: NodeReader) throws(ONNXError) -> Operand {
    let shape = shape(try operand(node, 0))
    let range = SliceRange(
      start: try node.int("start", default: 0), end: try node.int("end", default: shape.count),
      step: 1, extent: shape.count)
    return .literal(Literal(range.count == 0 ? [] : Array(shape[range.start..<range.end])))
  }

  func size(_ node: NodeReader) throws(ONNXError) -> Operand {
    let count = shape(try operand(node, 0)).reduce(1, *)
    return .literal(Literal([count]).reshaped([]))
  }
}

// MARK: - Constants

extension Translator {
  func constant(_ node: NodeReader) throws(ONNXError) -> Operand {
    if let tensor = try node.tensor("value", folder: folder) { return .literal(tensor) }
    if let number = try node.float("value_float") {
      return .literal(Literal(shape: [], elements: .floats([number])))
    }
    if let numbers = try node.floats("value_floats") {
      return .literal(Literal(shape: [numbers.count], elements: .floats(numbers)))
    }
    if let number = try node.int("value_int") {
      return .literal(Literal([number]).reshaped([]))
    }
    if let numbers = try node.ints("value_ints") { return .literal(Literal(numbers)) }
    throw node.unsupported("it holds no dense tensor of numbers", "state a tensor or numbers")
  }

  mutating func constantOfShape(_ node: NodeReader) throws(ONNXError) -> Operand {
    let shape = try integers(node, 0, "shape")
    try reserve(node, shape)
    let value =
      try node.tensor("value", folder: folder) ?? Literal(shape: [], elements: .floats([0]))
    guard value.count == 1 else {
      throw node.invalid("its value has \(value.count) elements", "give one")
    }
    return .literal(value.reshaped([]).broadcast(to: shape))
  }

  mutating func range(_ node: NodeReader) throws(ONNXError) -> Operand {
    let parts = [
      try literal(node, 0, "start"), try literal(node, 1, "limit"), try literal(node, 2, "step"),
    ]
    guard parts.allSatisfy({ $0.count == 1 }) else {
      throw node.invalid("its bounds are no single numbers", "give scalars")
    }
    let integers = parts.compactMap(\.integers).flatMap { $0 }
    let numbers =
      integers.count == 3 ? integers.map(Double.init) : parts.map { Double($0.floats[0]) }
    let (start, limit, step) = (numbers[0], numbers[1], numbers[2])
    let length = ((limit - start) / step).rounded(.up)
    guard length.isFinite, length <= Double(Self.foldingLimit) else {
      throw node.invalid("from \(start) to \(limit) by \(step)", "give a finite range")
    }
    let count = Int(max(length, 0))
    try reserve(node, [count])
    if integers.count == 3 {
      let values = (0..<count).map { Int64(integers[0]) &+ Int64($0) &* Int64(integers[2]) }
      return .literal(Literal(shape: [count], elements: .integers(values)))
    }
    let values = (0..<count).map { Float(start + Double($0) * step) }
    return .literal(Literal(shape: [count], elements: .floats(values)))
  }

  /// Floating-point types are one and the same to the graph; anything else must be known.
  mutating func cast(_ node: NodeReader) throws(ONNXError) -> Operand {
    let number = try node.int("to", default: 0)
    guard let type = TensorType(rawValue: Int32(truncatingIfNeeded: number)) else {
      throw node.unsupported(
        "a cast to \(TensorType.name(Int32(truncatingIfNeeded: number)))", "cast to float")
    }
    let x = try operand(node, 0)
    switch x {
    case .literal(let literal):
      try reserve(node, literal.shape)
      return .literal(literal.cast(to: type))
    case .value:
      guard type.isFloatingPoint else {
        throw node.unsupported(
          "it casts data to \(TensorType.name(type.rawValue))", "compute with float32")
      }
      return x
    }
  }

  func dropout(_ node: NodeReader) throws(ONNXError) -> Operand {
    if node.hasInput(2), try integers(node, 2, "training mode") != [0] {
      throw node.unsupported("it is in training mode", "export the model for inference")
    }
    return try operand(node, 0)
  }
}

// MARK: - New shapes for the same elements

extension Translator {
  /// The operand under another shape of as many elements.
  private mutating func reshape(
    _ node: NodeReader, _ operand: Operand, to shape: [Int]
  ) throws(ONNXError) -> Operand {
    switch operand {
    case .value(let id):
      return .value(try append(node, .reshape, [id], shape: shape))
    case .literal(let literal):
      guard Literal.count(of: shape) == literal.count else {
        throw node.invalid(
          "\(literal.shape) to \(shape)",
          "keep the number of elements and \(ShapeInference.maximumRank) dimensions")
      }
      return .literal(literal.reshaped(shape))
    }
  }

  /// 0 keeps an extent unless `allowzero`, -1 is what is left.
  mutating func reshape(_ node: NodeReader) throws(ONNXError) -> Operand {
    let x = try operand(node, 0)
    let from = shape(x)
    let allowZero = try node.flag("allowzero")
    var target = try integers(node, 1, "shape")
    for (axis, extent) in target.enumerated() where extent == 0 && !allowZero {
      guard axis < from.count else {
        throw node.invalid("extent \(axis) of \(from) is to be kept", "give its number")
      }
      target[axis] = from[axis]
    }
    if let unknown = target.firstIndex(of: -1) {
      target[unknown] = 1
      guard let count = Shape.elementCount(from), let known = Shape.elementCount(target),
        known > 0, count % known == 0
      else {
        target[unknown] = -1
        throw node.invalid("\(from) to \(target)", "keep the number of elements")
      }
      target[unknown] = count / known
    }
    return try reshape(node, x, to: target)
  }

  mutating func flatten(_ node: NodeReader) throws(ONNXError) -> Operand {
    let x = try operand(node, 0)
    let from = shape(x)
    let axis = try node.int("axis", default: 1)
    let split = axis == from.count ? axis : try node.axis(axis, rank: from.count)
    return try reshape(
      node, x, to: [from[..<split].reduce(1, *), from[split...].reduce(1, *)])
  }

  mutating func squeeze(_ node: NodeReader) throws(ONNXError) -> Operand {
    let x = try operand(node, 0)
    let from = shape(x)
    let axes: [Int]
    if let stated = try statedAxes(node) {
      axes = try node.axes(stated, rank: from.count)
    } else {
      axes = from.indices.filter { from[$0] == 1 }
    }
    guard axes.allSatisfy({ from[$0] == 1 }) else {
      throw node.invalid("axes \(axes) of \(from) are not all 1", "squeeze extents of 1 only")
    }
    return try reshape(
      node, x, to: from.indices.filter { !axes.contains($0) }.map { from[$0] })
  }

  mutating func unsqueeze(_ node: NodeReader) throws(ONNXError) -> Operand {
    let x = try operand(node, 0)
    guard let stated = try statedAxes(node) else {
      throw node.invalid("its axes are missing", "state the new axes")
    }
    let from = shape(x)
    let rank = from.count + stated.count
    let axes = try node.axes(stated, rank: rank)
    var rest = from[...]
    var shape: [Int] = []
    for axis in 0..<rank {
      shape.append(axes.contains(axis) ? 1 : rest.popFirst() ?? 1)
    }
    return try reshape(node, x, to: shape)
  }

  /// Axes are an attribute up to opset 12 and an input since.
  private func statedAxes(_ node: NodeReader) throws(ONNXError) -> [Int]? {
    let axes =
      opset < 13
      ? try node.ints("axes") : node.hasInput(1) ? try integers(node, 1, "list of axes") : nil
    guard axes?.count ?? 0 <= ShapeInference.maximumRank else {
      throw node.invalid("it names \(axes?.count ?? 0) axes", "name the axes of the value")
    }
    return axes
  }
}
