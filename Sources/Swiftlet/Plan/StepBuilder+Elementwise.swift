import KernelTemplates

extension StepBuilder {
  /// How the operands of an element-wise node map to rows of the output: a step of 0 repeats one row.
  struct RowBroadcast {
    /// Whether the first operand is one row repeated.
    var repeatsA: Bool
    /// Whether the second operand is one row repeated.
    var repeatsB: Bool
    /// Whether an operand is one number.
    var scalarA: Bool, scalarB: Bool
  }

  /// The row broadcast of a prelu or binary node, or nil if its operands combine otherwise.
  static func broadcastRows(_ node: Node, _ graph: Graph) -> RowBroadcast? {
    guard node.inputs.count == 2, let a = node.inputs[0], let b = node.inputs[1] else { return nil }
    let output = graph[node.output].shape
    if case .binary(.power, _) = node.op { return nil }
    func kind(_ id: ValueID) -> (whole: Bool, row: Bool, scalar: Bool) {
      let shape = graph[id].shape
      let count = shape.reduce(1, *)
      let isScalar = count == 1 && graph[id].constant != nil
      return (shape == output, count == (output.last ?? 1) && shape.last == output.last, isScalar)
    }
    let first = kind(a)
    let second = kind(b)
    guard first.whole || second.whole, first.whole || first.row || first.scalar,
      second.whole || second.row || second.scalar
    else { return nil }
    return RowBroadcast(
      repeatsA: !first.whole, repeatsB: !second.whole, scalarA: !first.whole && first.scalar,
      scalarB: !second.whole && second.scalar)
  }

  /// An operand, a single number spread over a row.
  private func operand(
    _ node: Node, _ index: Int, isScalar: Bool, columns: Int
  ) throws(EngineError) -> Source {
    guard isScalar else { return try source(node, index) }
    let value = try constant(node, index)
    let buffer = try FloatBuffer([Float](repeating: value.first ?? 0, count: columns))
    return Source(
      placement: Placement(offset: 0, step: columns, rows: 1, columns: columns), constant: buffer)
  }

  private func rows(
    _ node: Node, _ name: String,
    _ function: @escaping @Sendable (UnsafePointer<ElementwiseRows>) -> Void,
    _ a: Source, _ aStep: Int, _ b: Source, _ bStep: Int, alpha: Float = 0, beta: Float = 0,
    clamp: (lower: Float, upper: Float), after: ActivationCall? = nil
  ) throws(EngineError) -> Step {
    let output = try output(node)
    let count = output.rows
    let length = output.columns
    let isFlat =
      output.isContiguous && aStep == a.placement.columns && bStep == b.placement.columns
      && a.placement.isContiguous && b.placement.isContiguous
    let total = count * length
    // What a thread has written lies in its own cache: two threads read less from each other than one would.
    let tasks = Self.tasks(operations: total * 16, atMost: isFlat ? max(1, total / 1024) : count)
    return step(node, kernel: name, tasks: tasks) { task, arena in
      let share =
        isFlat
        ? Self.share(task, of: tasks, count: (total + 63) / 64)
        : Self.share(task, of: tasks, count: count)
      let first = isFlat ? share.lowerBound * 64 : share.lowerBound
      let last = isFlat ? min(total, share.upperBound * 64) : share.upperBound
      let scale = isFlat ? 1 : output.step
      var arguments = ElementwiseRows(
        a: a.pointer(arena) + first * (isFlat ? 1 : aStep), aStep: aStep,
        b: b.pointer(arena) + first * (isFlat ? 1 : bStep), bStep: bStep,
        output: arena + output.offset + first * scale, outputStep: output.step,
        rows: isFlat ? 1 : last - first, length: isFlat ? last - first : length)
      arguments.alpha = alpha
      arguments.beta = beta
      arguments.lower = clamp.lower
      arguments.upper = clamp.upper
      function(&arguments)
      if let after {
        after.apply(
          UnsafePointer(arguments.output), step: output.step, to: arguments.output,
          outputStep: output.step, rows: arguments.rows, length: arguments.length)
      }
    }
  }

  /// An activation by itself.
  func elementwise(_ node: Node, _ activation: Activation) throws(EngineError) -> Step {
    let kernel = activation.kernel
    let pick = try kernels.elementwise(kernel.operation)
    let x = try source(node, 0)
    let y = try output(node)
    if y.columns == 1, !(y.isContiguous && x.placement.isContiguous) {
      return try column(node, x, y, try ActivationCall(activation, kernels))
    }
    return try rows(
      node, pick.name, pick.function, x, x.placement.step, x, x.placement.step,
      alpha: kernel.alpha, beta: kernel.beta, clamp: activation.clamp ?? (-.infinity, .infinity))
  }

  /// An activation of single floats that lie apart: gathered, computed side by side, and put back.
  private func column(
    _ node: Node, _ input: Source, _ output: Placement, _ activation: ActivationCall
  ) throws(EngineError) -> Step {
    let part = 1024
    let tasks = max(1, (output.rows + part - 1) / part)
    return step(node, kernel: activation.name, macs: 0, tasks: tasks, scratch: part) {
      task, arena, scratch in
      let first = task * part
      let count = min(part, output.rows - first)
      let source = input.pointer(arena) + first * input.placement.step
      let target = arena + output.offset + first * output.step
      for i in 0..<count { scratch[i] = source[i * input.placement.step] }
      activation.apply(scratch, step: count, to: scratch, outputStep: count, rows: 1, length: count)
      for i in 0..<count { target[i * output.step] = scratch[i] }
    }
  }

  /// A parametric rectifier with a slope a channel; nil if the slopes vary otherwise.
  func prelu(_ node: Node) throws(EngineError) -> Step? {
    guard let broadcast = Self.broadcastRows(node, graph), !broadcast.repeatsA else { return nil }
    let pick = try kernels.elementwise(.prelu)
    let x = try source(node, 0)
    let slope = try operand(
      node, 1, isScalar: broadcast.scalarB, columns: x.placement.columns)
    return try rows(
      node, pick.name, pick.function, x, x.placement.step, slope,
      broadcast.repeatsB ? 0 : slope.placement.step, clamp: (-.infinity, .infinity))
  }

  /// An operator of two tensors, of which one may be a row or a number; nil if they broadcast otherwise.
  func binary(
    _ node: Node, _ kind: BinaryKind, _ activation: Activation
  ) throws(EngineError) -> Step? {
    guard let broadcast = Self.broadcastRows(node, graph) else { return nil }
    let operation: Kernel.Operation
    switch kind {
    case .add: operation = .add
    case .subtract: operation = .subtract
    case .multiply: operation = .multiply
    case .divide: operation = .divide
    case .maximum: operation = .maximum
    case .minimum: operation = .minimum
    case .power: return nil
    }
    let pick = try kernels.elementwise(operation)
    let columns = graph[node.output].shape.last ?? 1
    let a = try operand(node, 0, isScalar: broadcast.scalarA, columns: columns)
    let b = try operand(node, 1, isScalar: broadcast.scalarB, columns: columns)
    return try rows(
      node, pick.name, pick.function, a, broadcast.repeatsA ? 0 : a.placement.step, b,
      broadcast.repeatsB ? 0 : b.placement.step,
      clamp: activation.clamp ?? (-.infinity, .infinity),
      after: try .after(activation, kernels))
  }
}
