import KernelTemplates

extension StepBuilder {
  /// Convolution of each channel by itself.
  func depthwise(
    _ node: Node, _ window: Window, _ activation: Activation
  ) throws(EngineError) -> Step {
    let x = shape(node, 0)
    let w = shape(node, 1)
    let y = graph[node.output].shape
    let input = try source(node, 0)
    let output = try output(node)
    let channels = x[3]
    let taps = w[1] * w[2]
    let values = try constant(node, 1)
    let bias = try constant(node, 2)
    let packed = try FloatBuffer(count: (taps + 1) * channels)
    for channel in 0..<channels {
      for tap in 0..<taps { packed.start[tap * channels + channel] = values[channel * taps + tap] }
      if !bias.isEmpty { packed.start[taps * channels + channel] = bias[channel] }
    }
    let general = try kernels.depthwise("any-")
    let prefix = "\(w[1])x\(w[2])s\(window.strideX)-"
    let isSquare =
      w[1] == w[2] && window.dilationX == 1 && (w[1] == 3 || w[1] == 5)
      && (window.strideX == 1 || window.strideX == 2)
    let fast = isSquare ? try kernels.depthwise(prefix) : general
    let spansX = AxisSpan.spans(
      outputs: y[2], inputs: x[2], taps: w[2], stride: window.strideX,
      dilation: window.dilationX, pad: window.padLeft)
    let spansY = AxisSpan.spans(
      outputs: y[1], inputs: x[1], taps: w[1], stride: window.strideY,
      dilation: window.dilationY, pad: window.padTop)
    let rowSpans = spansY.flatMap { span in [AxisSpan](repeating: span, count: span.count) }
    let clamp = activation.clamp ?? (-.infinity, .infinity)
    let after = try ActivationCall.after(activation, kernels)
    let macs = Self.saturating(y.reduce(1, *), taps)
    let rows = y[0] * y[1]
    let tasks = Self.tasks(operations: Self.saturating(macs, 2), atMost: rows)
    let height = y[1]
    let width = y[2]
    let tapsX = w[2]
    let tapsY = w[1]
    let inputHeight = x[1]
    let inputWidth = x[2]
    return step(node, kernel: fast.name, macs: macs, tasks: tasks) { task, arena in
      let inputStep = input.placement.step
      let base = input.pointer(arena)
      for row in Self.share(task, of: tasks, count: rows) {
        let image = row / height
        let line = row % height
        let spanY = rowSpans[line]
        let firstY = line * window.strideY - window.padTop + spanY.firstTap * window.dilationY
        let target = arena + output.offset + row * width * output.step
        for spanX in spansX {
          let isEmpty = spanX.tapCount == 0 || spanY.tapCount == 0
          let firstX =
            spanX.first * window.strideX - window.padLeft + spanX.firstTap * window.dilationX
          let offset =
            isEmpty ? 0 : ((image * inputHeight + firstY) * inputWidth + firstX) * inputStep
          let firstTap = (spanY.firstTap * tapsX + spanX.firstTap) * channels
          var arguments = DepthwiseRow(
            input: base + offset, inputStep: isEmpty ? 0 : window.strideX * inputStep,
            tapStepY: window.dilationY * inputWidth * inputStep,
            tapStepX: window.dilationX * inputStep, tapsY: isEmpty ? 0 : spanY.tapCount,
            tapsX: isEmpty ? 0 : spanX.tapCount, weights: UnsafePointer(packed.start + firstTap),
            weightStepY: tapsX * channels, weightStepX: channels,
            bias: UnsafePointer(packed.start + taps * channels),
            output: target + spanX.first * output.step, outputStep: output.step,
            pixels: spanX.count, channels: channels, lower: clamp.lower, upper: clamp.upper)
          if spanX.tapCount == tapsX, spanY.tapCount == tapsY {
            fast.function(&arguments)
          } else {
            general.function(&arguments)
          }
        }
        if let after {
          after.apply(
            target, step: output.step, to: target, outputStep: output.step, rows: width,
            length: channels)
        }
      }
    }
  }
}
