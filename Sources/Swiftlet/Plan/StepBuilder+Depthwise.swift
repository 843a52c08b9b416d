import KernelTemplates

extension StepBuilder {
  /// Convolution of each channel by itself.
  func depthwise(
    _ node: Node, _ window: Window, _ activation: Activation
  ) throws(EngineError) -> Step {
    let call = try depthwiseCall(node, window, activation)
    let (input, output) = (try source(node, 0), try output(node))
    return step(node, kernel: call.kernelName, macs: call.macs, tasks: call.tasks) { task, arena in
      call.run(
        task,
        from: DepthwiseCall.Rows(start: input.pointer(arena), pixelStep: input.placement.step),
        to: arena + output.offset, outputStep: output.step)
    }
  }

  /// The call of a depthwise node.
  private func depthwiseCall(
    _ node: Node, _ window: Window, _ activation: Activation
  ) throws(EngineError) -> DepthwiseCall {
    let w = shape(node, 1)
    let (channels, taps) = (w[0], w[1] * w[2])
    let values = try weights(node, 1)
    let bias = try constant(node, 2)
    let packed = try memory.zeros(count: (taps + 1) * channels)
    withExtendedLifetime(values) {
      for channel in 0..<channels {
        for tap in 0..<taps {
          packed.start[tap * channels + channel] = values.start[channel * taps + tap]
        }
      }
    }
    for (channel, value) in bias.enumerated() { packed.start[taps * channels + channel] = value }
    return try DepthwiseCall(
      weights: packed, window: window, inputShape: shape(node, 0),
      outputShape: graph[node.output].shape,
      clamp: activation.clamp ?? (-.infinity, .infinity),
      activation: try .after(activation, kernels), kernels: kernels)
  }

  /// The nodes of a chain as one step.
  func chain(_ chain: DepthwiseChain) throws(EngineError) -> Step {
    let node = graph.nodes[chain.depthwise]
    guard case .convolution(let window, _, let activation) = node.op else {
      throw EngineError(
        .invalidGraph, node.name, "it is no convolution", "convert the model again")
    }
    let nodes = chain.nodes.map { graph.nodes[$0] }
    let last = graph.nodes[chain.last]
    let output = try output(last)
    let hasResidual = last.inputs.count > 3 && last.inputs[3] != nil
    let depthwise = try depthwiseCall(node, window, activation)
    var parts: [DepthwiseChainCall.Part] = []
    var channel = 0
    for index in chain.sources {
      let source = graph.nodes[index]
      parts.append(
        DepthwiseChainCall.Part(
          input: try self.source(source, 0), firstChannel: channel, work: try work(source)))
      channel += graph[source.output].shape[3]
    }
    let call = DepthwiseChainCall(
      parts: parts, depthwise: depthwise,
      projection: try chain.projection.map { index throws(EngineError) in
        try pointwise(graph.nodes[index])
      }, input: parts.isEmpty ? try source(node, 0) : nil, inputShape: shape(node, 0),
      output: output, outputShape: graph[last.output].shape,
      residual: hasResidual ? try source(last, 3) : nil, window: window, threads: threads)
    let macs = nodes.reduce(0) { sum, node in
      guard case .convolution = node.op else { return sum }
      let (w, y) = (shape(node, 1), graph[node.output].shape)
      return sum + Self.saturating(y.reduce(1, *), w[1], w[2], w[3])
    }
    let values = Set(nodes.flatMap { $0.inputs.compactMap { $0 } + [$0.output] })
      .subtracting(nodes.dropLast().map(\.output))
    let floats = values.reduce(0) { $0 + graph[$1].shape.reduce(1, *) }
    let names = chain.nodes.filter { $0 != chain.concat }.map { graph.nodes[$0].name }
    return Step(
      name: names.joined(separator: " + "), kernel: "chain-\(depthwise.kernelName)",
      shape: graph[last.output].shape, macs: macs, bytes: floats * 4, tasks: call.tasks,
      scratch: call.scratch
    ) { task, arena, scratch in call.run(task, arena, scratch) }
  }

  /// How a node before a depthwise convolution computes its rows.
  private func work(_ node: Node) throws(EngineError) -> DepthwiseChainCall.Part.Work {
    if case .resize(let resize) = node.op { return .bilinear(try bilinearCall(node, resize)) }
    return .pointwise(try pointwise(node))
  }

  private func pointwise(_ node: Node) throws(EngineError) -> DepthwiseChainCall.Pointwise {
    guard case .convolution(_, _, let activation) = node.op else {
      throw EngineError(
        .invalidGraph, node.name, "it is no convolution", "convert the model again")
    }
    let w = shape(node, 1)
    return DepthwiseChainCall.Pointwise(
      packed: try PackedWeights(
        weights: try weights(node, 1), bias: try constant(node, 2), outputs: w[0], taps: 1,
        inputsPerGroup: w[3], groups: 1, kernels: kernels, memory: memory,
        bySums: PackedWeights.isSum(
          outputsPerGroup: w[0], run: w[3], taps: 1, lanes: kernels.lanes)),
      clamp: activation.clamp ?? (-.infinity, .infinity),
      activation: try .after(activation, kernels), addsLast: addsLast.contains(node.output.index))
  }
}
