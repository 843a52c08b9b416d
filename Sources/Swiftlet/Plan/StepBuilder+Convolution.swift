import KernelTemplates

extension StepBuilder {
  /// Convolution: depthwise, through OpenBLAS, or over packed weights.
  func convolution(
    _ node: Node, _ window: Window, _ groups: Int, _ activation: Activation
  ) throws(EngineError) -> Step? {
    let x = shape(node, 0)
    let w = shape(node, 1)
    let y = graph[node.output].shape
    let hasResidual = node.inputs.count > 3 && node.inputs[3] != nil
    if groups == x[3], w[0] == groups, w[3] == 1, groups > 1, !hasResidual {
      return try depthwise(node, window, activation)
    }
    let input = try source(node, 0)
    let output = try output(node)
    let residual = hasResidual ? try source(node, 3) : nil
    let pointwise =
      w[1] == 1 && w[2] == 1 && window.strideY == 1 && window.strideX == 1 && window.padTop == 0
      && window.padLeft == 0 && window.padBottom == 0 && window.padRight == 0
    let weights = try weights(node, 1)
    let bias = try constant(node, 2)
    let macs = Self.saturating(y.reduce(1, *), w[1], w[2], w[3])
    if pointwise, groups == 1 {
      return try matrix(
        node, input, weights, bias, output, residual, pixels: y[0] * y[1] * y[2], outputs: w[0],
        inputs: w[3], activation, macs: macs)
    }
    let grid = ConvolutionGrid(
      inputHeight: x[1], inputWidth: x[2], inputRowStep: x[2] * input.placement.step,
      inputStep: input.placement.step, outputHeight: y[1], outputWidth: y[2],
      outputRowStep: y[2] * output.step, outputStep: output.step,
      residualRowStep: y[2] * (residual?.placement.step ?? 0),
      residualStep: residual?.placement.step ?? 0, tapsY: w[1], tapsX: w[2],
      strideY: window.strideY, strideX: window.strideX, dilationY: window.dilationY,
      dilationX: window.dilationX, padY: window.padTop, padX: window.padLeft, tapLength: w[3])
    let runs = batched(grid.runs(longest: 192), y[0], x, y, input, output, residual)
    if groups == 1,
      let step = try winograd(
        node, window, activation, weights: weights, bias: bias, residual: residual, macs: macs,
        runs: runs)
    {
      return step
    }
    let packed = try PackedWeights(
      weights: weights, bias: bias, outputs: w[0], taps: w[1] * w[2], inputsPerGroup: w[3],
      groups: groups, kernels: kernels, memory: memory,
      bySums: PackedWeights.isSum(
        outputsPerGroup: w[0] / groups,
        run: runs.first { $0.innerCount == 1 } == nil ? w[3] : w[2] * w[3],
        taps: runs.first { $0.innerCount == 1 } == nil ? w[1] * w[2] : w[1], lanes: kernels.lanes))
    let call = ConvolutionCall(
      packed: packed, tapsX: w[2], runs: runs,
      input: input, output: output, residual: residual,
      addsLast: addsLast.contains(node.output.index),
      clamp: activation.clamp ?? (-.infinity, .infinity),
      activation: try .after(activation, kernels), macs: macs, bytesPerPixel: w[3] * 4,
      threads: threads,
      im2col: Im2col(grid, images: y[0], groups: groups, outputs: w[0], runs: runs))
    return step(
      node, kernel: call.kernelName, macs: macs, tasks: call.tasks, scratch: call.scratch
    ) { task, arena, scratch in
      call.run(task, arena, scratch)
    }
  }

  /// The runs of one image repeated for each image of a batch.
  func batched(
    _ runs: [ConvolutionRun], _ images: Int, _ x: [Int], _ y: [Int], _ input: Source,
    _ output: Placement, _ residual: Source?
  ) -> [ConvolutionRun] {
    guard images > 1 else { return runs }
    return (0..<images).flatMap { image in
      runs.map { run in
        var run = run
        run.input += image * x[1] * x[2] * input.placement.step
        run.output += image * y[1] * y[2] * output.step
        run.residual += image * y[1] * y[2] * (residual?.placement.step ?? 0)
        return run
      }
    }
  }

  /// Rows of inputs times weights [outputs, inputs]: a 1x1 convolution or a fully connected layer.
  func matrix(
    _ node: Node, _ input: Source, _ weights: FloatBuffer, _ bias: [Float], _ output: Placement,
    _ residual: Source?, pixels: Int, outputs: Int, inputs: Int, _ activation: Activation,
    macs: Int
  ) throws(EngineError) -> Step {
    if !addsLast.contains(node.output.index),
      BLASCall.isFaster(isa: kernels.isa, pixels: pixels, outputs: outputs, inputs: inputs),
      let gemm = OpenBLAS.gemm
    {
      let call = BLASCall(
        gemm: gemm, weights: weights,
        bias: try FloatBuffer(bias.isEmpty ? [Float](repeating: 0, count: outputs) : bias),
        input: input, output: output, residual: residual, pixels: pixels, outputs: outputs,
        inputs: inputs,
        activation: activation == .none ? nil : try ActivationCall(activation, kernels))
      return step(node, kernel: BLASCall.name, macs: macs, tasks: call.tasks) { task, arena in
        call.run(task, arena)
      }
    }
    let packed = try PackedWeights(
      weights: weights, bias: bias, outputs: outputs, taps: 1, inputsPerGroup: inputs, groups: 1,
      kernels: kernels, memory: memory,
      bySums: PackedWeights.isSum(
        outputsPerGroup: outputs, run: inputs, taps: 1, lanes: kernels.lanes))
    let grid = ConvolutionGrid(
      inputHeight: 1, inputWidth: pixels, inputRowStep: 0, inputStep: input.placement.step,
      outputHeight: 1, outputWidth: pixels, outputRowStep: 0, outputStep: output.step,
      residualRowStep: 0, residualStep: residual?.placement.step ?? 0, tapsY: 1, tapsX: 1,
      strideY: 1, strideX: 1, dilationY: 1, dilationX: 1, padY: 0, padX: 0, tapLength: inputs)
    let parts = ConvolutionCall.parts(
      pixels: pixels, bytesPerPixel: inputs * 4, strips: packed.strips.count, macs: macs,
      threads: threads)
    let cuts = ConvolutionCall.cuts(pixels: pixels, parts: parts.pixels)
    let runs = grid.runs(longest: max(1, pixels)).flatMap { whole in
      zip(cuts, cuts.dropFirst()).map { first, end in whole.part(first..<end) }
    }
    let call = ConvolutionCall(
      packed: packed, tapsX: 1, runs: runs, input: input, output: output,
      residual: residual, addsLast: addsLast.contains(node.output.index),
      clamp: activation.clamp ?? (-.infinity, .infinity),
      activation: try .after(activation, kernels), macs: macs, bytesPerPixel: inputs * 4,
      threads: threads)
    return step(
      node, kernel: call.kernelName, macs: macs, tasks: call.tasks, scratch: call.scratch
    ) { task, arena, scratch in
      call.run(task, arena, scratch)
    }
  }

  /// Fully connected layer or product with a constant right side; nil if the operands are not of that form.
  func gemm(
    _ node: Node, _ alpha: Float, _ beta: Float, _ transposeB: Bool, _ activation: Activation
  ) throws(EngineError) -> Step? {
    let a = shape(node, 0)
    let b = shape(node, 1)
    guard b.count == 2, a.count >= 1, let inputs = a.last, inputs > 0, let id = node.inputs[1],
      graph[id].constant != nil
    else { return nil }
    let outputs = transposeB ? b[0] : b[1]
    var bias = [Float](repeating: 0, count: outputs)
    if node.inputs.count > 2, let id = node.inputs[2] {
      guard let constant = graph[id].constant, constant.count == outputs || constant.count == 1,
        constant.shape.last == outputs || constant.count == 1
      else { return nil }
      let values = constant.floats
      for n in 0..<outputs { bias[n] = beta * (constant.count == 1 ? values[0] : values[n]) }
    }
    var weights = try weights(node, 1)
    if !transposeB || alpha != 1 {
      let values = weights
      weights = try FloatBuffer(count: values.count)
      let (rowStep, columnStep) = transposeB ? (inputs, 1) : (1, outputs)
      withExtendedLifetime(values) {
        for n in 0..<outputs {
          for k in 0..<inputs {
            weights.start[n * inputs + k] = alpha * values.start[n * rowStep + k * columnStep]
          }
        }
      }
    }
    let pixels = a.dropLast().reduce(1, *)
    return try matrix(
      node, try source(node, 0), weights, bias, try output(node), nil, pixels: pixels,
      outputs: outputs, inputs: inputs, activation, macs: pixels * outputs * inputs)
  }

  /// Whether a transposed convolution is computed phase by phase: few phases and no dilation.
  static func hasPhases(_ window: Window) -> Bool {
    window.dilationY == 1 && window.dilationX == 1 && window.strideY <= 8 && window.strideX <= 8
  }

  /// The weights of a phase of a transposed convolution as a convolution has them, [outputs, taps, inputs of a group].
  ///
  /// - Parameters:
  ///   - values: Those of the transposed convolution, of `shape` [inputs, height, width, outputs of a group].
  ///   - taps: The taps that reach the phase, in the order of its convolution, each row * width + column.
  private static func phaseWeights(
    _ values: FloatBuffer, shape: [Int], groups: Int, taps: [Int]
  ) throws(EngineError) -> FloatBuffer {
    let (inputs, outputs) = (shape[0] / groups, shape[3])
    let step = shape[1] * shape[2] * outputs
    let length = taps.count * inputs
    let weights = try FloatBuffer(count: groups * outputs * length)
    withExtendedLifetime(values) {
      for group in 0..<groups {
        for (index, tap) in taps.enumerated() {
          transpose(
            UnsafePointer(values.start) + group * inputs * step + tap * outputs, sourceStep: step,
            rows: inputs, columns: outputs,
            to: weights.start + group * outputs * length + index * inputs, step: length)
        }
      }
    }
    return weights
  }

  /// Transposed convolution: for each phase of the output grid a convolution of stride 1 with the taps that
  /// reach it.
  func transposedConvolution(
    _ node: Node, _ window: Window, _ groups: Int, _ activation: Activation
  ) throws(EngineError) -> Step? {
    let x = shape(node, 0)
    let w = shape(node, 1)
    let y = graph[node.output].shape
    guard Self.hasPhases(window) else { return nil }
    let input = try source(node, 0)
    let output = try output(node)
    let values = try weights(node, 1)
    let bias = try constant(node, 2)
    let inputsPerGroup = w[0] / groups
    let outputsPerGroup = w[3]
    let outputs = outputsPerGroup * groups
    let macs = Self.saturating(x.reduce(1, *), w[1], w[2], outputsPerGroup)
    var calls: [ConvolutionCall] = []
    for phaseY in 0..<min(window.strideY, y[1]) {
      for phaseX in 0..<min(window.strideX, y[2]) {
        let tapsY = stride(from: 0, to: w[1], by: 1)
          .filter { (phaseY + window.padTop - $0) % window.strideY == 0 }.reversed()
        let tapsX = stride(from: 0, to: w[2], by: 1)
          .filter { (phaseX + window.padLeft - $0) % window.strideX == 0 }.reversed()
        let rows = Array(tapsY)
        let columns = Array(tapsX)
        let taps = rows.flatMap { tapY in columns.map { tapY * w[2] + $0 } }
        let packed = try PackedWeights(
          weights: try Self.phaseWeights(values, shape: w, groups: groups, taps: taps),
          bias: bias, outputs: outputs, taps: taps.count,
          inputsPerGroup: inputsPerGroup, groups: groups, kernels: kernels, memory: memory)
        let grid = ConvolutionGrid(
          inputHeight: x[1], inputWidth: x[2], inputRowStep: x[2] * input.placement.step,
          inputStep: input.placement.step,
          outputHeight: (y[1] - phaseY + window.strideY - 1) / window.strideY,
          outputWidth: (y[2] - phaseX + window.strideX - 1) / window.strideX,
          outputRowStep: window.strideY * y[2] * output.step,
          outputStep: window.strideX * output.step, tapsY: rows.count, tapsX: columns.count,
          strideY: 1, strideX: 1, dilationY: 1, dilationX: 1,
          padY: rows.first.map { ($0 - phaseY - window.padTop) / window.strideY } ?? 0,
          padX: columns.first.map { ($0 - phaseX - window.padLeft) / window.strideX } ?? 0,
          tapLength: inputsPerGroup)
        var runs = batched(grid.runs(longest: 192), y[0], x, y, input, output, nil)
        for index in runs.indices {
          runs[index].output += (phaseY * y[2] + phaseX) * output.step
        }
        calls.append(
          ConvolutionCall(
            packed: packed, tapsX: columns.count, runs: runs, input: input, output: output,
            residual: nil, clamp: activation.clamp ?? (-.infinity, .infinity),
            activation: try .after(activation, kernels),
            macs: macs / (window.strideY * window.strideX), bytesPerPixel: inputsPerGroup * 4,
            threads: threads))
      }
    }
    // The phases of the same pixels follow each other, since their outputs share cache lines.
    let phases = calls
    let order = (0..<phases.reduce(0) { max($0, $1.tasks) }).flatMap { task in
      phases.indices.filter { task < phases[$0].tasks }.map { (phase: $0, task: task) }
    }
    return step(
      node, kernel: phases.first?.kernelName ?? "none", macs: macs, tasks: order.count, scratch: 0
    ) { index, arena, scratch in
      phases[order[index].phase].run(order[index].task, arena, scratch)
    }
  }
}
