import KernelTemplates

extension StepBuilder {
  /// What a way of computing a layer costs: multiply-adds of a register, or what takes as long.
  enum Cost {
    /// A register of inputs of a tile through Winograd's input transform, or of outputs back.
    static let transform = 230.0
    /// A multiply-add of the planes' products and of direct convolution: the first has shorter sums.
    static let product = 1.15
    /// A register of weights from beyond the second-level cache.
    static let weight = 10.0
    /// Registers of weights that stay in the second-level cache.
    static let cachedWeights = 1 << 14
  }

  /// The step of a 3x3 convolution of stride 1 by Winograd's method, or nil where direct convolution is
  /// cheaper or the method would lose too many digits.
  func winograd(
    _ node: Node, _ window: Window, _ activation: Activation, weights: FloatBuffer, bias: [Float],
    residual: Source?, macs: Int, runs: [ConvolutionRun]
  ) throws(EngineError) -> Step? {
    let x = shape(node, 0)
    let y = graph[node.output].shape
    let channels = x[3]
    let outputs = y[3]
    guard window.kernelHeight == 3, window.kernelWidth == 3, window.strideY == 1,
      window.strideX == 1, channels >= 4, outputs >= 4, channels * outputs >= 64
    else { return nil }
    let inputRegisters = Double((channels + kernels.lanes - 1) / kernels.lanes)
    let outputRegisters = Double((outputs + kernels.lanes - 1) / kernels.lanes)
    let taps = runs.reduce(0.0) { $0 + Double($1.taps) }
    let direct = taps * outputRegisters

    let points = WinogradPoints.four
    guard WinogradCall.fits(points, inputs: channels, outputs: outputs) else { return nil }
    let planes = Double(points.inputs * points.inputs)
    let tiles = Double(
      WinogradGrid.tiles(
        tile: points.outputs, images: y[0], outputs: (y[1], y[2]), window: window))
    let spilled = planes * Double(channels) * outputRegisters - Double(Cost.cachedWeights)
    let cost =
      tiles
      * (planes * Double(channels) * outputRegisters * Cost.product
        + (inputRegisters + outputRegisters) * Cost.transform)
      + max(0, spilled) * Cost.weight
    guard cost < direct else { return nil }
    let packed = try WinogradWeights(
      points, weights: weights, outputs: outputs, inputs: channels, kernels: kernels,
      memory: memory)
    guard try WinogradGate.admits(packed, weights, kernels: kernels) else {
      memory.giveBack(packed.buffer)
      return nil
    }
    let call = try WinogradCall(
      weights: packed,
      bias: try FloatBuffer(bias.isEmpty ? [Float](repeating: 0, count: outputs) : bias),
      grid: WinogradGrid(
        tile: points.outputs, images: y[0], outputs: (y[1], y[2]),
        inputs: (x[1], x[2]), window: window),
      geometry: WinogradCall.Geometry(
        inputHeight: x[1], inputWidth: x[2], outputHeight: y[1], outputWidth: y[2]),
      input: try source(node, 0), output: try output(node), residual: residual,
      addsLast: addsLast.contains(node.output.index),
      clamp: activation.clamp ?? (-.infinity, .infinity),
      activation: try .after(activation, kernels), kernels: kernels)
    return step(
      node, kernel: WinogradCall.name(points, kernels.isa), macs: macs,
      tasks: call.tasks, scratch: call.scratch
    ) { task, arena, scratch in
      call.run(task, arena, scratch)
    }
  }
}
