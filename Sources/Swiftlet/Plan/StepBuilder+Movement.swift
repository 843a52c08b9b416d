import KernelTemplates

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension StepBuilder {
  /// Bilinear resize.
  func bilinear(_ node: Node, _ resize: Resize) throws(EngineError) -> Step {
    let x = shape(node, 0)
    let y = graph[node.output].shape
    let input = try source(node, 0)
    let output = try output(node)
    if x[3] < kernels.lanes, y[1] >= 2 * x[1] {
      return try narrowBilinear(node, resize, input, output)
    }
    let call = try bilinearCall(node, resize)
    let rows = y[0] * y[1]
    let tasks = Self.tasks(operations: y.reduce(1, *) * 8, atMost: rows)
    return step(node, kernel: call.kernel.name, tasks: tasks) { task, arena in
      let base = input.pointer(arena)
      let target = arena + output.offset
      for row in Self.share(task, of: tasks, count: rows) {
        call.run(
          row, from: base, to: target + row * y[2] * output.step, outputStep: output.step,
          isFar: true)
      }
    }
  }

  /// The call of a bilinear node.
  func bilinearCall(_ node: Node, _ resize: Resize) throws(EngineError) -> BilinearCall {
    let input = try source(node, 0)
    return BilinearCall(
      resize, inputShape: shape(node, 0), inputStep: input.placement.step,
      outputShape: graph[node.output].shape, kernel: try kernels.bilinear())
  }

  /// Bilinear enlargement of few channels: each source row is stretched once, float by float, and output rows
  /// are mixed of two stretched ones, whole registers at a time.
  private func narrowBilinear(
    _ node: Node, _ resize: Resize, _ input: Source, _ output: Placement
  ) throws(EngineError) -> Step {
    let x = shape(node, 0)
    let y = graph[node.output].shape
    let kernel = try kernels.bilinear()
    let axisY = ResizeSampling.linear(
      inputs: x[1], outputs: y[1], scale: resize.scaleY, mode: resize.coordinates)
    let axisX = ResizeSampling.linear(
      inputs: x[2], outputs: y[2], scale: resize.scaleX, mode: resize.coordinates)
    let (inputStep, channels, width) = (input.placement.step, x[3], y[2] * x[3])
    let left = axisX.low.map { Int32($0 * inputStep) }
    let right = axisX.high.map { Int32($0 * inputStep) }
    let isFlat = output.step == channels
    let rows = y[0] * y[1]
    let tasks = Self.tasks(operations: y.reduce(1, *) * 8, atMost: rows)
    let rowStep = (width + 15) & ~15
    return step(node, kernel: kernel.name, macs: 0, tasks: tasks, scratch: 3 * rowStep) {
      task, arena, scratch in
      let base = input.pointer(arena)
      // Source rows alternate between two places by parity; a row and its successor never share one.
      var held = (-1, -1)
      func stretched(_ row: Int) -> UnsafeMutablePointer<Float> {
        let place = scratch + (row & 1) * rowStep
        guard row != (row & 1 == 0 ? held.0 : held.1) else { return place }
        if row & 1 == 0 { held.0 = row } else { held.1 = row }
        let line = base + row * x[2] * inputStep
        left.withUnsafeBufferPointer { left in
          right.withUnsafeBufferPointer { right in
            axisX.weight.withUnsafeBufferPointer { weight in
              for channel in 0..<channels {
                let (line, place) = (line + channel, place + channel)
                for pixel in 0..<weight.count {
                  let value = line[Int(left[pixel])]
                  place[pixel * channels] =
                    value + (line[Int(right[pixel])] - value) * weight[pixel]
                }
              }
            }
          }
        }
        return place
      }
      let (offset, weight) = (Int32(0), Float(0))
      for row in Self.share(task, of: tasks, count: rows) {
        let first = row / y[1] * x[1]
        let line = row % y[1]
        let target = arena + output.offset + row * y[2] * output.step
        let mixed = isFlat ? target : scratch + 2 * rowStep
        withUnsafePointer(to: offset) { offset in
          withUnsafePointer(to: weight) { weight in
            var arguments = BilinearRow(
              top: stretched(first + axisY.low[line]), bottom: stretched(first + axisY.high[line]),
              weightY: axisY.weight[line], left: offset, right: offset, weightX: weight,
              output: mixed, outputStep: width, pixels: 1, channels: width)
            kernel.function(&arguments)
          }
        }
        if !isFlat {
          for pixel in 0..<y[2] {
            for c in 0..<channels { target[pixel * output.step + c] = mixed[pixel * channels + c] }
          }
        }
      }
    }
  }

  /// Nearest resize.
  func nearest(_ node: Node, _ resize: Resize, _ rounding: NearestMode) throws(EngineError) -> Step
  {
    let x = shape(node, 0)
    let y = graph[node.output].shape
    let input = try source(node, 0)
    let output = try output(node)
    let rowsFrom = ResizeSampling.nearest(
      inputs: x[1], outputs: y[1], scale: resize.scaleY, mode: resize.coordinates,
      rounding: rounding)
    let columnsFrom = ResizeSampling.nearest(
      inputs: x[2], outputs: y[2], scale: resize.scaleX, mode: resize.coordinates,
      rounding: rounding)
    let rows = y[0] * y[1]
    let tasks = Self.tasks(operations: y.reduce(1, *) * 2, atMost: rows)
    let bytes = x[3] * 4
    return step(node, kernel: "copy", tasks: tasks) { task, arena in
      let base = input.pointer(arena)
      for row in Self.share(task, of: tasks, count: rows) {
        let line = (row / y[1]) * x[1] + rowsFrom[row % y[1]]
        let source = base + line * x[2] * input.placement.step
        var target = arena + output.offset + row * y[2] * output.step
        for column in columnsFrom {
          memcpy(target, source + column * input.placement.step, bytes)
          target += output.step
        }
      }
    }
  }

  /// Concatenation along the last dimension: copies the inputs that do not lie in the output already. Nil
  /// along another dimension.
  func concat(_ node: Node, axis: Int) throws(EngineError) -> Step? {
    let y = graph[node.output].shape
    guard axis == y.count - 1 else { return nil }
    let output = try output(node)
    var copies: [(source: Source, column: Int)] = []
    var column = 0
    for index in node.inputs.indices {
      let source = try source(node, index)
      let inPlace =
        source.constant == nil && source.placement.offset == output.offset + column
        && source.placement.step == output.step
      if !inPlace { copies.append((source, column)) }
      column += source.placement.columns
    }
    let pieces = copies
    let rows = output.rows
    let tasks = Self.tasks(operations: rows * output.columns, atMost: rows)
    return step(node, kernel: "copy", tasks: tasks) { task, arena in
      for row in Self.share(task, of: tasks, count: rows) {
        for piece in pieces {
          memcpy(
            arena + output.offset + row * output.step + piece.column,
            piece.source.pointer(arena) + row * piece.source.placement.step,
            piece.source.placement.columns * 4)
        }
      }
    }
  }

  /// The same elements in row-major order under another shape.
  func copy(_ node: Node) throws(EngineError) -> Step {
    let input = try source(node, 0)
    let output = try output(node)
    let bytes = graph[node.output].shape.reduce(4, *)
    return step(node, kernel: "copy", tasks: 1) { _, arena in
      memcpy(arena + output.offset, input.pointer(arena), bytes)
    }
  }

  /// Softmax along the last dimension.
  func softmax(_ node: Node) throws(EngineError) -> Step {
    let input = try source(node, 0)
    let output = try output(node)
    let exponential = try kernels.elementwise(.exp)
    return step(node, kernel: exponential.name, tasks: 1) { _, arena in
      for row in 0..<output.rows {
        let source = input.pointer(arena) + row * input.placement.step
        let target = arena + output.offset + row * output.step
        var largest = -Float.infinity
        for i in 0..<output.columns where source[i] > largest { largest = source[i] }
        for i in 0..<output.columns { target[i] = source[i] - largest }
        var arguments = ElementwiseRows(
          a: target, aStep: 0, b: target, bStep: 0, output: target, outputStep: 0, rows: 1,
          length: output.columns)
        exponential.function(&arguments)
        var sum: Float = 0
        for i in 0..<output.columns { sum += target[i] }
        for i in 0..<output.columns { target[i] /= sum }
      }
    }
  }

  /// An operator without a fast kernel, by the naive ones. Allocates while it runs.
  func reference(_ node: Node) throws(EngineError) -> Step {
    var single = Graph(layout: graph.layout)
    var inputs: [ValueID?] = []
    var sources: [(source: Source, shape: [Int])] = []
    for (index, id) in node.inputs.enumerated() {
      guard let id else {
        inputs.append(nil)
        continue
      }
      let value = graph[id]
      let copy = single.addValue(value)
      inputs.append(copy)
      if value.constant == nil {
        single.inputs.append(copy)
        sources.append((try source(node, index), value.shape))
      }
    }
    let result = single.addValue(graph[node.output])
    single.nodes = [Node(name: node.name, op: node.op, inputs: inputs, output: result)]
    single.outputs = [result]
    let output = try output(node)
    let operands = sources
    try single.validate()
    let evaluated = single
    let count = output.rows * output.columns
    return step(node, kernel: "reference", tasks: 1) { _, arena in
      let tensors = operands.compactMap { operand in
        try? Tensor(
          shape: operand.shape,
          data: [Float](
            UnsafeBufferPointer(
              start: operand.source.pointer(arena), count: operand.shape.reduce(1, *))))
      }
      // A validated node fails for want of memory only; NaN shows it.
      guard let tensor = try? evaluated.evaluate(tensors).first else {
        (arena + output.offset).update(repeating: .nan, count: count)
        return
      }
      tensor.data.withUnsafeBufferPointer { data in
        if let base = data.baseAddress {
          (arena + output.offset).update(from: base, count: data.count)
        }
      }
    }
  }
}
