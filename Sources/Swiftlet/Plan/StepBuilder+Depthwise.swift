import KernelTemplates

extension StepBuilder {
  /// Convolution of each channel by itself.
  func depthwise(
    _ node: Node, _ window: Window, _ activation: Activation
  ) throws(EngineError) -> Step {
    let call = try depthwiseCall(
      node, window, activation, input: try source(node, 0), output: try output(node))
    return step(node, kernel: call.kernelName, macs: call.macs, tasks: call.tasks) { task, arena in
      call.run(task, arena)
    }
  }

  /// The call of a depthwise node on memory of the caller's choice.
  func depthwiseCall(
    _ node: Node, _ window: Window, _ activation: Activation, input: Source, output: Placement
  ) throws(EngineError) -> DepthwiseCall {
    let w = shape(node, 1)
    let (channels, taps) = (w[0], w[1] * w[2])
    let values = try weights(node, 1)
    let bias = try constant(node, 2)
    let packed = try FloatBuffer(count: (taps + 1) * channels)
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
      outputShape: graph[node.output].shape, input: input, output: output,
      clamp: activation.clamp ?? (-.infinity, .infinity),
      activation: try .after(activation, kernels), kernels: kernels)
  }
}
