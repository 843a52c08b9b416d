internal import Swiftlet

// MARK: - Activations and normalisation

extension Translator {
  mutating func activation(_ node: NodeReader) throws(ONNXError) -> ValueID {
    let activation: Activation
    switch node.op {
    case "Relu": activation = .relu
    case "Clip": activation = try clip(node)
    case "LeakyRelu": activation = .leakyRelu(slope: try node.float("alpha", default: 0.01))
    case "Sigmoid": activation = .sigmoid
    case "HardSigmoid":
      activation = .hardSigmoid(
        alpha: try node.float("alpha", default: 0.2), beta: try node.float("beta", default: 0.5))
    case "HardSwish": activation = .hardSwish
    case "Exp": activation = .exp
    case "Sqrt": activation = .sqrt
    default: activation = .tanh
    }
    return try append(node, .activation(activation), [try value(node, 0)])
  }

  /// The bounds are attributes up to opset 10 and inputs since.
  private func clip(_ node: NodeReader) throws(ONNXError) -> Activation {
    guard opset >= 11 else {
      return .clip(
        lower: try node.float("min", default: -.infinity),
        upper: try node.float("max", default: .infinity))
    }
    return .clip(
      lower: node.hasInput(1) ? try scalar(node, 1, "lower bound") : -.infinity,
      upper: node.hasInput(2) ? try scalar(node, 2, "upper bound") : .infinity)
  }

  mutating func prelu(_ node: NodeReader) throws(ONNXError) -> Operand {
    let x = try value(node, 0)
    let slope = try literal(node, 1, "slope")
    if slope.count == 1, let number = slope.floatingPoint?.first {
      return .value(try append(node, .activation(.leakyRelu(slope: number)), [x]))
    }
    return .value(try append(node, .prelu, [x, try value(node, 1)]))
  }

  mutating func batchNormalization(_ node: NodeReader) throws(ONNXError) -> Operand {
    guard try node.flag("spatial", default: true), try !node.flag("training_mode") else {
      throw node.unsupported(
        "statistics of a batch or a pixel are not supported", "export the model for inference")
    }
    let x = try value(node, 0)
    for (index, role) in [(1, "scale"), (2, "bias"), (3, "mean"), (4, "variance")] {
      _ = try literal(node, index, role)
    }
    return .value(
      try append(
        node, .batchNormalization(epsilon: try node.float("epsilon", default: 1e-5)),
        [x, try value(node, 1), try value(node, 2), try value(node, 3), try value(node, 4)]))
  }

  /// Along one axis since opset 13; before, over all dimensions from the axis on.
  mutating func softmax(_ node: NodeReader) throws(ONNXError) -> Operand {
    let x = try value(node, 0)
    let shape = graph[x].shape
    let axis = try node.axis(node.int("axis", default: opset < 13 ? 1 : -1), rank: shape.count)
    if opset >= 13 || shape[(axis + 1)...].allSatisfy({ $0 == 1 }) {
      return .value(try append(node, .softmax(axis: axis), [x]))
    }
    let rows = shape[..<axis].reduce(1, *)
    let flat = try append(node, .reshape, [x], shape: [rows, shape[axis...].reduce(1, *)])
    let result = try append(node, .softmax(axis: 1), [flat])
    return .value(try append(node, .reshape, [result], shape: shape))
  }
}

// MARK: - Matrices

extension Translator {
  mutating func gemm(_ node: NodeReader) throws(ONNXError) -> Operand {
    let a = try value(node, 0)
    let b = try value(node, 1)
    let c = node.hasInput(2) ? try value(node, 2) : nil
    let op = Op.gemm(
      alpha: try node.float("alpha", default: 1), beta: try node.float("beta", default: 1),
      transposeA: try node.flag("transA"), transposeB: try node.flag("transB"), activation: .none)
    return .value(try append(node, op, [a, b, c]))
  }

  /// A vector is a row on the left and a column on the right; its dimension of 1 goes at the end.
  mutating func matmul(_ node: NodeReader) throws(ONNXError) -> Operand {
    var a = try value(node, 0)
    var b = try value(node, 1)
    let (rowVector, columnVector) = (graph[a].shape.count == 1, graph[b].shape.count == 1)
    if rowVector { a = try append(node, .reshape, [a], shape: [1] + graph[a].shape) }
    if columnVector { b = try append(node, .reshape, [b], shape: graph[b].shape + [1]) }
    let matrices = graph[a].shape.count == 2 && graph[b].shape.count == 2
    let product = try append(
      node,
      matrices
        ? .gemm(alpha: 1, beta: 1, transposeA: false, transposeB: false, activation: .none)
        : .matmul, [a, b])
    guard rowVector || columnVector else { return .value(product) }
    var shape = graph[product].shape
    if columnVector { shape.removeLast() }
    if rowVector { shape.remove(at: shape.count - (columnVector ? 1 : 2)) }
    return .value(try append(node, .reshape, [product], shape: shape))
  }

  mutating func reduceMean(_ node: NodeReader) throws(ONNXError) -> Operand {
    let x = try value(node, 0)
    let rank = graph[x].shape.count
    guard let axes = try reducedAxes(node, rank: rank, inputSince: 18) else { return .value(x) }
    let keep = try node.flag("keepdims", default: true)
    return .value(try append(node, .reduceMean(axes: axes, keepDimensions: keep), [x]))
  }

  /// The axes of a reduction in ascending order; nil where it changes nothing.
  func reducedAxes(
    _ node: NodeReader, rank: Int, inputSince: Int
  ) throws(ONNXError) -> [Int]? {
    var axes: [Int] = []
    if opset >= inputSince {
      if node.hasInput(1) { axes = try integers(node, 1, "list of axes") }
    } else {
      axes = try node.ints("axes") ?? []
    }
    if axes.isEmpty {
      return try node.flag("noop_with_empty_axes") ? nil : Array(0..<rank)
    }
    return try node.axes(axes, rank: rank).sorted()
  }
}
