import KernelTemplates

extension StepBuilder {
  /// Maximum or mean over windows.
  func pool(
    _ node: Node, _ window: Window, _ operation: Kernel.Operation, countIncludePad: Bool
  ) throws(EngineError) -> Step {
    let x = shape(node, 0)
    let y = graph[node.output].shape
    let input = try source(node, 0)
    let output = try output(node)
    let pick = try kernels.pooling(operation)
    func positions(_ axis: Int, _ taps: Int, _ stride: Int, _ dilation: Int, _ pad: Int)
      -> [AxisSpan]
    {
      AxisSpan.spans(
        outputs: y[axis], inputs: x[axis], taps: taps, stride: stride, dilation: dilation, pad: pad
      ).flatMap { span in
        (0..<span.count).map {
          AxisSpan(
            first: span.first + $0, count: 1, firstTap: span.firstTap, tapCount: span.tapCount)
        }
      }
    }
    let spansY = positions(
      1, window.kernelHeight, window.strideY, window.dilationY, window.padTop)
    let spansX = positions(
      2, window.kernelWidth, window.strideX, window.dilationX, window.padLeft)
    /// Taps within the padded input: with ceil mode a window may reach beyond the padding.
    func padded(_ first: Int, _ stride: Int, _ taps: Int, _ dilation: Int, _ limit: Int) -> Int {
      max(0, min(taps, (limit - first * stride + dilation - 1) / dilation))
    }
    let paddedY = (0..<y[1]).map {
      padded(
        $0, window.strideY, window.kernelHeight, window.dilationY,
        x[1] + window.padTop + window.padBottom)
    }
    let paddedX = (0..<y[2]).map {
      padded(
        $0, window.strideX, window.kernelWidth, window.dilationX,
        x[2] + window.padLeft + window.padRight)
    }
    // Neighbouring columns with the same taps and divisor.
    var runs: [(column: Int, count: Int, span: AxisSpan, padded: Int)] = []
    for (column, span) in spansX.enumerated() {
      if let last = runs.last, last.span.firstTap == span.firstTap,
        last.span.tapCount == span.tapCount, last.padded == paddedX[column]
      {
        runs[runs.count - 1].count += 1
      } else {
        runs.append((column, 1, span, paddedX[column]))
      }
    }
    let columns = runs
    let width = y[2]
    let channels = x[3]
    let rows = y[0] * y[1]
    let height = y[1]
    let inputHeight = x[1]
    let inputWidth = x[2]
    let work = Self.saturating(
      y.reduce(1, *), window.kernelHeight, window.kernelWidth, 2)
    let tasks = Self.tasks(operations: work, atMost: rows)
    return step(node, kernel: pick.name, tasks: tasks) { task, arena in
      let base = input.pointer(arena)
      let inputStep = input.placement.step
      for row in Self.share(task, of: tasks, count: rows) {
        let line = row % height
        let spanY = spansY[line]
        let firstY =
          (row / height) * inputHeight + line * window.strideY - window.padTop
          + spanY.firstTap * window.dilationY
        var target = arena + output.offset + row * width * output.step
        for run in columns {
          let firstX =
            run.column * window.strideX - window.padLeft + run.span.firstTap * window.dilationX
          let taps = spanY.tapCount * run.span.tapCount
          let divisor = countIncludePad ? paddedY[line] * run.padded : taps
          var arguments = PoolingWindow(
            input: taps == 0 ? base : base + (firstY * inputWidth + firstX) * inputStep,
            tapStepY: window.dilationY * inputWidth * inputStep,
            tapStepX: window.dilationX * inputStep, tapsY: taps == 0 ? 0 : spanY.tapCount,
            tapsX: run.span.tapCount, output: target, channels: channels,
            scale: divisor == 0 ? 0 : 1 / Float(divisor))
          arguments.pixels = run.count
          arguments.inputStep = taps == 0 ? 0 : window.strideX * inputStep
          arguments.outputStep = output.step
          pick.function(&arguments)
          target += run.count * output.step
        }
      }
    }
  }

  /// The mean of each channel's plane.
  func globalAverage(_ node: Node) throws(EngineError) -> Step {
    let x = shape(node, 0)
    let input = try source(node, 0)
    let output = try output(node)
    let pick = try kernels.columnSum()
    let pixels = x[1] * x[2]
    let channels = x[3]
    let parts = Self.tasks(
      operations: Self.saturating(pixels, channels, 16), atMost: (channels + 63) / 64)
    return step(node, kernel: pick.name, tasks: x[0] * parts) { task, arena in
      let image = task / parts
      let blocks = Self.share(task % parts, of: parts, count: (channels + 63) / 64)
      let first = blocks.lowerBound * 64
      let last = min(channels, blocks.upperBound * 64)
      guard first < last else { return }
      var arguments = ColumnSum(
        input: input.pointer(arena) + image * pixels * input.placement.step + first,
        inputStep: input.placement.step, rows: pixels, channels: last - first,
        output: arena + output.offset + image * output.step + first, scale: 1 / Float(pixels))
      pick.function(&arguments)
    }
  }

  /// The largest of each channel's plane.
  func globalMax(_ node: Node) throws(EngineError) -> Step {
    let x = shape(node, 0)
    let input = try source(node, 0)
    let output = try output(node)
    let pick = try kernels.pooling(.maxPool)
    return step(node, kernel: pick.name, tasks: x[0]) { image, arena in
      var arguments = PoolingWindow(
        input: input.pointer(arena) + image * x[1] * x[2] * input.placement.step,
        tapStepY: x[2] * input.placement.step, tapStepX: input.placement.step, tapsY: x[1],
        tapsX: x[2], output: arena + output.offset + image * output.step, channels: x[3], scale: 1)
      pick.function(&arguments)
    }
  }
}
