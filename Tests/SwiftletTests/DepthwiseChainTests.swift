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

  /// Channels between the convolutions, and before and behind them.
  private static let inner = 107, outer = 21

  /// A 1x1 convolution; [1x1] - depthwise - [1x1, with the first one's result as a residual]; and a
  /// concatenation with that first result, which has to outlive the chain.
  private func graph(
    _ height: Int, _ width: Int, _ window: Window, _ around: Around, seed: UInt64
  ) throws -> Graph {
    var random = Seeded(seed)
    var graph = Graph(layout: .nhwc)
    func convolution(
      _ input: ValueID, _ outputs: Int, _ window: Window, groups: Int = 1, _ activation: Activation,
      residual: ValueID? = nil
    ) throws -> ValueID {
      let inputs = graph[input].shape[3] / groups
      let shape = [outputs, window.kernelHeight, window.kernelWidth, inputs]
      let scale = 1 / Float(shape[1] * shape[2] * inputs).squareRoot()
      let floats = random.floats(shape.reduce(1, *), in: -scale...scale)
      let weights = graph.addConstant("w", try Constant(shape: shape, floats: floats))
      let bias = graph.addConstant(
        "b", try Constant(shape: [outputs], floats: random.floats(outputs)))
      return try graph.append(
        .convolution(window: window, groups: groups, activation: activation), name: "y",
        inputs: [input, weights, bias] + (residual.map { [$0] } ?? []))
    }
    let point = Window(kernel: (1, 1))
    let input = graph.addValue(Value(name: "x", shape: [1, height, width, 5]))
    graph.inputs = [input]
    let before = try convolution(input, Self.outer, point, .none)
    var value = before
    if around.expands {
      value = try convolution(value, Self.inner, point, around.activation)
    } else {
      // An activation by itself keeps the 1x1 convolution from being joined.
      value = try graph.append(
        .activation(.tanh), name: "t",
        inputs: [try convolution(value, Self.inner, point, .none)])
    }
    value = try convolution(value, Self.inner, window, groups: Self.inner, around.activation)
    if around.projects {
      value = try convolution(
        value, Self.outer, point, .none, residual: around.hasResidual ? before : nil)
    }
    if graph[value].shape.dropLast() == graph[before].shape.dropLast() {
      value = try graph.append(.concat(axis: 3), name: "c", inputs: [value, before])
    }
    graph.outputs = [value]
    return graph
  }

  /// A decoder's step: a picture enlarged, beside it a 1x1 convolution of another one or a second enlarged
  /// one, and a separable convolution of both. The first picture is an output as well where `isShared`.
  private func decoder(
    _ height: Int, _ width: Int, scale: Float, isShared: Bool = false, hasTwoResizes: Bool = false,
    seed: UInt64
  ) throws -> Graph {
    var random = Seeded(seed)
    var graph = Graph(layout: .nhwc)
    func weights(_ shape: [Int]) throws -> ValueID {
      let scale = 1 / Float(shape.dropFirst().reduce(1, *)).squareRoot()
      return graph.addConstant(
        "w",
        try Constant(shape: shape, floats: random.floats(shape.reduce(1, *), in: -scale...scale)))
    }
    func resize(_ value: ValueID) throws -> ValueID {
      try graph.append(
        .resize(
          Resize(mode: .linear, coordinates: .halfPixel, scaleY: scale, scaleX: scale)), name: "r",
        inputs: [value], shape: [1, height, width, graph[value].shape[3]])
    }
    let small = graph.addValue(
      Value(
        name: "small",
        shape: [1, Int(Float(height) / scale), Int(Float(width) / scale), 53]))
    let large = graph.addValue(Value(name: "large", shape: [1, height, width, 11]))
    graph.inputs = [small, large]
    let enlarged = try resize(small)
    let beside =
      hasTwoResizes
      ? try resize(small)
      : try graph.append(
        .convolution(window: Window(kernel: (1, 1)), groups: 1, activation: .none), name: "s",
        inputs: [large, try weights([70, 1, 1, 11])])
    let both = try graph.append(.concat(axis: 3), name: "c", inputs: [enlarged, beside])
    let channels = graph[both].shape[3]
    let filtered = try graph.append(
      .convolution(
        window: Window(kernel: (3, 3), pads: (1, 1, 1, 1)), groups: channels, activation: .none),
      name: "d", inputs: [both, try weights([channels, 3, 3, 1])])
    let result = try graph.append(
      .convolution(
        window: Window(kernel: (1, 1)), groups: 1, activation: .clip(lower: 0, upper: 6)),
      name: "p",
      inputs: [filtered, try weights([24, 1, 1, channels])])
    graph.outputs = [result] + (isShared ? [enlarged] : [])
    return graph
  }

  @Test func enlargedAndJoinedPicturesAreComputedInTheChain() throws {
    for (index, (height, width, scale)) in [(61, 67, Float(2)), (60, 80, 1.6), (41, 99, 0.5)]
      .enumerated()
    {
      for hasTwoResizes in [false, true] {
        let seed = UInt64(950 + index)
        let graph = try decoder(
          height, width, scale: scale, hasTwoResizes: hasTwoResizes, seed: seed)
        try check(graph, isJoined: true, seed: seed, "decoder \(height)x\(width) by \(scale)")
        guard !hasTwoResizes, try ISA.selected() != .portable else { continue }
        let session = try Session(
          model: try Model(graph: graph, metadata: ModelMetadata(name: "test")))
        #expect(session.report.layers.map(\.name) == ["r + s + d + p"])
      }
    }
  }

  @Test func anEnlargedPictureWithOtherReadersIsKept() throws {
    let graph = try decoder(61, 67, scale: 2, isShared: true, seed: 83)
    try check(graph, isJoined: true, seed: 84, "decoder with a shared picture")
    guard try ISA.selected() != .portable else { return }
    let session = try Session(
      model: try Model(graph: graph, metadata: ModelMetadata(name: "test")))
    #expect(session.report.layers.map(\.name).contains("d + p"))
  }

  /// Checks a graph and whether instruction sets with fused multiply-add join its convolutions.
  private func check(_ graph: Graph, isJoined: Bool, seed: UInt64, _ label: String) throws {
    let used = try PlanParityTests().check(graph, seed: seed, label)
    guard CPU.usable.contains(where: { $0 != .portable }) else { return }
    #expect(used.contains { $0.hasPrefix("chain-") } == isJoined, "\(label): \(used)")
  }

  @Test func everyChain() throws {
    let cases: [(Window, Around)] = [
      (Window(kernel: (3, 3), pads: (1, 1, 1, 1)), Around(hasResidual: true)),
      (Window(kernel: (3, 3), pads: (1, 1, 1, 1)), Around(activation: .hardSwish)),
      (Window(kernel: (3, 3), pads: (1, 1, 1, 1)), Around(projects: false)),
      (Window(kernel: (3, 3), pads: (1, 1, 1, 1)), Around(expands: false, hasResidual: true)),
      (Window(kernel: (3, 3), strides: (2, 2), pads: (0, 0, 1, 1)), Around()),
      (Window(kernel: (3, 3), strides: (2, 2), pads: (1, 1, 1, 1)), Around(projects: false)),
      (Window(kernel: (5, 5), pads: (2, 2, 2, 2)), Around(hasResidual: true)),
      (Window(kernel: (5, 5), strides: (2, 2), pads: (2, 2, 2, 2)), Around(activation: .silu)),
      (Window(kernel: (3, 3)), Around()),
      (Window(kernel: (3, 3), pads: (9, 8, 7, 6)), Around()),
    ]
    for (index, (window, around)) in cases.enumerated() {
      let seed = UInt64(900 + index)
      try check(
        try graph(61, 67, window, around, seed: seed), isJoined: true, seed: seed,
        "chain of \(window), \(around)")
    }
  }

  @Test func picturesOfFewRowsAndOfFewColumns() throws {
    for (height, width) in [(11, 360), (2000, 2)] {
      try check(
        try graph(
          height, width, Window(kernel: (3, 3), pads: (1, 1, 1, 1)), Around(hasResidual: true),
          seed: 77), isJoined: true, seed: 78, "chain on \(height)x\(width)")
    }
  }

  @Test func smallTensorsAndRowsBeyondTheCacheAreLeftAlone() throws {
    for (height, width) in [(20, 30), (2, 2100)] {
      try check(
        try graph(height, width, Window(kernel: (3, 3), pads: (1, 1, 1, 1)), Around(), seed: 79),
        isJoined: false, seed: 80, "no chain on \(height)x\(width)")
    }
  }

  @Test func whatPassesBetweenHasNoMemoryAndIsCounted() throws {
    let graph = try graph(
      61, 67, Window(kernel: (3, 3), pads: (1, 1, 1, 1)), Around(), seed: 81)
    let isa = try ISA.selected()
    guard isa != .portable else { return }
    let session = try Session(
      model: try Model(graph: graph, metadata: ModelMetadata(name: "test")),
      options: SessionOptions(isa: isa))
    let between = 61 * 67 * Self.inner * 4
    #expect(session.report.arenaBytes < between)
    #expect(session.report.activationBytes > 2 * between)
  }
}
