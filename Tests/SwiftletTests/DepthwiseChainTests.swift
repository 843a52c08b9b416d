import Swiftlet
import Testing

/// Chains of convolutions around a depthwise one, computed a few rows at a time: against the naive
/// evaluation of the same graphs, like every other plan.
@Suite struct DepthwiseChainTests {
  /// What stands around the depthwise convolution.
  struct Around: Sendable {
    var expands = true
    var projects = true
    var hasResidual = false
    var activation = Activation.clip(lower: 0, upper: 6)
  }

  /// [1x1] - depthwise - [1x1, with a residual], large enough between to be joined.
  private func graph(
    _ height: Int, _ width: Int, _ window: Window, _ around: Around, seed: UInt64
  ) throws -> Graph {
    var random = Seeded(seed)
    var graph = Graph(layout: .nhwc)
    let channels = 107
    func convolution(
      _ input: ValueID, _ outputs: Int, _ window: Window, groups: Int = 1, _ activation: Activation,
      residual: ValueID? = nil
    ) throws -> ValueID {
      let inputs = graph[input].shape[3] / groups
      let shape = [outputs, window.kernelHeight, window.kernelWidth, inputs]
      let scale = 1 / Float(shape[1] * shape[2] * inputs).squareRoot()
      let weights = graph.addConstant(
        "w",
        try Constant(shape: shape, floats: random.floats(shape.reduce(1, *), in: -scale...scale))
      )
      let bias = graph.addConstant(
        "b", try Constant(shape: [outputs], floats: random.floats(outputs)))
      return try graph.append(
        .convolution(window: window, groups: groups, activation: activation), name: "y",
        inputs: [input, weights, bias] + (residual.map { [$0] } ?? []))
    }
    let input = graph.addValue(
      Value(name: "x", shape: [1, height, width, around.expands ? 9 : channels]))
    graph.inputs = [input]
    var value = input
    if around.expands {
      value = try convolution(value, channels, Window(kernel: (1, 1)), around.activation)
    }
    value = try convolution(value, channels, window, groups: channels, around.activation)
    if around.projects {
      var residual: ValueID?
      if around.hasResidual {
        let shape = graph[value].shape
        let other = graph.addValue(Value(name: "r", shape: [1, shape[1], shape[2], 21]))
        graph.inputs.append(other)
        residual = other
      }
      value = try convolution(value, 21, Window(kernel: (1, 1)), .none, residual: residual)
    }
    graph.outputs = [value]
    return graph
  }

  @Test func everyChain() throws {
    let windows = [
      Window(kernel: (3, 3), pads: (1, 1, 1, 1)),
      Window(kernel: (3, 3), strides: (2, 2), pads: (0, 0, 1, 1)),
      Window(kernel: (5, 5), pads: (2, 2, 2, 2)),
      Window(kernel: (5, 5), strides: (2, 2), pads: (2, 2, 2, 2)), Window(kernel: (3, 3)),
    ]
    var seed: UInt64 = 900
    var used: Set<String> = []
    for (index, window) in windows.enumerated() {
      let around = [
        Around(hasResidual: true), Around(activation: .hardSwish), Around(projects: false),
        Around(expands: false, hasResidual: true),
      ]
      for around in index < 2 ? around : [around[index % 4]] {
        let graph = try graph(61, 67, window, around, seed: seed)
        used.formUnion(
          try PlanParityTests().check(graph, seed: seed, "chain of \(window), \(around)"))
        seed += 1
      }
    }
    // OpenBLAS takes the 1x1 convolutions where kernels lack fused multiply-add.
    let joins = CPU.usable.contains { $0 != .portable } || !used.contains("f32-gemm-openblas")
    #expect(used.contains { $0.hasPrefix("chain-") } == joins, "\(used)")
  }

  @Test func rowsFewerThanAGroupAndWiderThanTheCache() throws {
    for (height, width) in [(2, 2100), (1, 4000), (3000, 2)] {
      let graph = try graph(
        height, width, Window(kernel: (3, 3), pads: (1, 1, 1, 1)), Around(), seed: 77)
      try PlanParityTests().check(graph, seed: 78, "chain on \(height)x\(width)")
    }
  }

  @Test func whatPassesBetweenHasNoMemory() throws {
    let graph = try graph(
      61, 67, Window(kernel: (3, 3), pads: (1, 1, 1, 1)), Around(), seed: 79)
    let isa = try ISA.selected()
    guard isa != .portable else { return }
    let session = try Session(
      model: try Model(graph: graph, metadata: ModelMetadata(name: "test")),
      options: SessionOptions(isa: isa))
    #expect(session.report.layers.count == 1)
    #expect(session.report.arenaBytes < 61 * 67 * 107 * 4)
  }
}
