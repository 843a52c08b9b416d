import KernelTemplates

/// Turns nodes into steps for one instruction set. One extension a family of operators.
struct StepBuilder {
  /// The graph, NHWC.
  let graph: Graph
  /// The kernels to choose from.
  let kernels: KernelSet
  /// The most threads that the plan is for.
  let threads: Int
  /// Where packed weights go.
  let memory = WeightsMemory()
  /// The placements of the activations.
  let placements: [Int: Placement]
  /// The convolutions, by their output's index, whose residual is added after the activation.
  let addsLast: Set<Int>

  /// The steps of a node: fast kernels where they apply, the naive ones elsewhere.
  func step(for node: Node) throws(EngineError) -> Step {
    if let step = try fastStep(for: node) { return step }
    return try reference(node)
  }

  private func fastStep(for node: Node) throws(EngineError) -> Step? {
    switch node.op {
    case .convolution(let window, let groups, let activation):
      return try convolution(node, window, groups, activation)
    case .transposedConvolution(let window, _, _, let groups, let activation):
      return try transposedConvolution(node, window, groups, activation)
    case .gemm(let alpha, let beta, false, let transposeB, let activation):
      return try gemm(node, alpha, beta, transposeB, activation)
    case .matmul:
      return try gemm(node, 1, 1, false, .none)
    case .activation(let activation):
      return try elementwise(node, activation)
    case .prelu:
      return try prelu(node)
    case .binary(let kind, let activation):
      return try binary(node, kind, activation)
    case .maxPool(let window, _):
      return try pool(node, window, .maxPool, countIncludePad: false)
    case .averagePool(let window, _, let countIncludePad):
      return try pool(node, window, .averagePool, countIncludePad: countIncludePad)
    case .globalAveragePool:
      return try globalAverage(node)
    case .globalMaxPool:
      return try globalMax(node)
    case .resize(let resize):
      switch resize.mode {
      case .linear: return try bilinear(node, resize)
      case .nearest(let mode): return try nearest(node, resize, mode)
      }
    case .concat(let axis):
      return try concat(node, axis: axis)
    case .reshape:
      return try copy(node)
    case .softmax(let axis) where axis == graph[node.output].shape.count - 1:
      return try softmax(node)
    default:
      return nil
    }
  }

  /// Whether the steps of a node cope with rows that lie apart, in its inputs and its output.
  static func isStrided(_ node: Node, _ graph: Graph) -> Bool {
    switch node.op {
    case .transposedConvolution(let window, _, _, _, _):
      return hasPhases(window)
    case .convolution, .activation, .maxPool, .averagePool,
      .globalAveragePool, .globalMaxPool, .resize:
      return true
    case .concat(let axis):
      return axis == graph[node.output].shape.count - 1
    case .prelu, .binary:
      return broadcastRows(node, graph) != nil
    default:
      return false
    }
  }

  // MARK: Placements

  /// Where the output goes.
  func output(_ node: Node) throws(EngineError) -> Placement {
    guard let placement = placements[node.output.index] else {
      throw EngineError(
        .invalidGraph, node.name, "its output has no memory", "convert the model again")
    }
    return placement
  }

  /// Where input `index` lies, in the arena or among the constants.
  func source(_ node: Node, _ index: Int) throws(EngineError) -> Source {
    guard index < node.inputs.count, let id = node.inputs[index] else {
      throw EngineError(
        .invalidGraph, node.name, "input \(index) is missing", "convert the model again")
    }
    if let constant = graph[id].constant {
      let columns = constant.shape.last ?? 1
      let placement = Placement(
        offset: 0, step: columns, rows: columns == 0 ? 0 : constant.count / columns,
        columns: columns)
      return Source(placement: placement, constant: try .viewing(constant))
    }
    guard let placement = placements[id.index] else {
      throw EngineError(
        .invalidGraph, node.name, "input \(index) has no memory", "convert the model again")
    }
    return Source(placement: placement, constant: nil)
  }

  /// The shape of input `index`.
  func shape(_ node: Node, _ index: Int) -> [Int] {
    guard index < node.inputs.count, let id = node.inputs[index] else { return [] }
    return graph[id].shape
  }

  /// The floats of constant input `index`, empty if it is left out.
  ///
  /// - Throws: `EngineError` with code `unsupported` if the input is computed.
  func constant(_ node: Node, _ index: Int) throws(EngineError) -> [Float] {
    guard index < node.inputs.count, let id = node.inputs[index] else { return [] }
    guard let constant = graph[id].constant else {
      throw EngineError(
        .unsupported, node.name, "input \(index) (\(graph[id].name)) is computed, not constant",
        "export the model with its weights as initializers")
    }
    return constant.floats
  }

  /// The floats of constant input `index`, where they lie if they are stored as floats.
  ///
  /// - Throws: `EngineError` with code `unsupported` if the input is computed.
  func weights(_ node: Node, _ index: Int) throws(EngineError) -> FloatBuffer {
    guard index < node.inputs.count, let id = node.inputs[index], let constant = graph[id].constant
    else {
      return try FloatBuffer(try constant(node, index))
    }
    return try .viewing(constant)
  }

  /// A step; bytes are those of inputs and output.
  func step(
    _ node: Node, kernel: String, macs: Int = 0, tasks: Int,
    run: @escaping @Sendable (Int, UnsafeMutablePointer<Float>) -> Void
  ) -> Step {
    step(node, kernel: kernel, macs: macs, tasks: tasks, scratch: 0) { task, arena, _ in
      run(task, arena)
    }
  }

  /// A step whose tasks need `scratch` floats each.
  func step(
    _ node: Node, kernel: String, macs: Int, tasks: Int, scratch: Int,
    run: @escaping @Sendable (Int, UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>) -> Void
  ) -> Step {
    let values = node.inputs.compactMap { $0 } + [node.output]
    let floats = values.reduce(0) { $0 + graph[$1].shape.reduce(1, *) }
    return Step(
      name: node.name, kernel: kernel, shape: graph[node.output].shape, macs: macs,
      bytes: floats * 4, tasks: max(1, tasks), scratch: scratch, run: run)
  }

  /// The product, or the largest integer where it overflows.
  static func saturating(_ factors: Int...) -> Int {
    factors.reduce(1) { product, factor in
      let (result, overflow) = product.multipliedReportingOverflow(by: factor)
      return overflow ? .max : result
    }
  }

  /// How many tasks are worth starting for work of `operations` elementary operations: an even number, which
  /// two threads share, unless it is 1 or `atMost`.
  static func tasks(operations: Int, atMost: Int) -> Int {
    let tasks = max(1, min(atMost, 32, operations / 300_000))
    return tasks == 1 || tasks == atMost ? tasks : (tasks + 1) & ~1
  }

  /// The part of `count` items that task `index` of `tasks` does.
  static func share(_ index: Int, of tasks: Int, count: Int) -> Range<Int> {
    (count * index / tasks)..<(count * (index + 1) / tasks)
  }
}

extension Activation {
  /// The clamp that the activation is, or nil if it is another function. No activation is an open clamp.
  var clamp: (lower: Float, upper: Float)? {
    switch self {
    case .none: (-.infinity, .infinity)
    case .clip(let lower, let upper): (lower, upper)
    default: nil
    }
  }

  /// The kernel that computes the activation by itself, with its parameters.
  var kernel: (operation: Kernel.Operation, alpha: Float, beta: Float) {
    switch self {
    case .none, .clip: (.clip, 0, 0)
    case .leakyRelu(let slope): (.leakyRelu, slope, 0)
    case .sigmoid: (.sigmoid, 0, 0)
    case .hardSigmoid(let alpha, let beta): (.hardSigmoid, alpha, beta)
    case .hardSwish: (.hardSwish, 0, 0)
    case .silu: (.silu, 0, 0)
    case .tanh: (.tanh, 0, 0)
    case .exp: (.exp, 0, 0)
    case .sqrt: (.squareRoot, 0, 0)
    }
  }
}
