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

  /// What stands side by side before a decoder's depthwise convolution.
  enum Part: Sendable {
    /// A small picture enlarged.
    case resize
    /// A 1x1 convolution of a large picture to more channels, and to fewer.
    case convolution, reduction
    /// The result of the part before once more.
    case again
  }

  /// A decoder's step: parts side by side, a depthwise convolution and a 1x1 convolution.
  struct Decoder: Sendable {
    var parts = [Part.resize, .convolution]
    var scale: Float = 2
    var coordinates = CoordinateMode.halfPixel
    var activation = Activation.none
    var window = Window(kernel: (3, 3), pads: (1, 1, 1, 1))
    var projects = true
    /// Whether what comes from the first part is an output of the graph too.
    var isShared = false
    var images = 1
  }

  private func graph(
    _ height: Int, _ width: Int, _ decoder: Decoder, seed: UInt64
  ) throws -> Graph {
    var random = Seeded(seed)
    var graph = Graph(layout: .nhwc)
    func convolution(
      _ name: String, _ input: ValueID, _ outputs: Int, _ window: Window, groups: Int = 1
    ) throws -> ValueID {
      let inputs = graph[input].shape[3] / groups
      let shape = [outputs, window.kernelHeight, window.kernelWidth, inputs]
      let scale = 1 / Float(shape.dropFirst().reduce(1, *)).squareRoot()
      let weights = graph.addConstant(
        "w",
        try Constant(shape: shape, floats: random.floats(shape.reduce(1, *), in: -scale...scale)))
      return try graph.append(
        .convolution(window: window, groups: groups, activation: decoder.activation), name: name,
        inputs: [input, weights])
    }
    let point = Window(kernel: (1, 1))
    let (rows, columns) = (Float(height) / decoder.scale, Float(width) / decoder.scale)
    let small = graph.addValue(
      Value(name: "small", shape: [decoder.images, Int(rows), Int(columns), 107]))
    let large = graph.addValue(
      Value(name: "large", shape: [decoder.images, height, width, 31]))
    graph.inputs = [small, large]
    var values: [ValueID] = []
    for part in decoder.parts {
      switch part {
      case .resize:
        values.append(
          try graph.append(
            .resize(
              Resize(
                mode: .linear, coordinates: decoder.coordinates, scaleY: decoder.scale,
                scaleX: decoder.scale)), name: "r", inputs: [small],
            shape: [decoder.images, height, width, 107]))
      case .convolution: values.append(try convolution("s", large, 33, point))
      case .reduction: values.append(try convolution("s", large, 13, point))
      case .again: values.append(values[values.count - 1])
      }
    }
    var value =
      values.count == 1
      ? values[0] : try graph.append(.concat(axis: 3), name: "c", inputs: values)
    let channels = graph[value].shape[3]
    value = try convolution("d", value, channels, decoder.window, groups: channels)
    if decoder.projects { value = try convolution("p", value, 24, point) }
    graph.outputs = [value] + (decoder.isShared ? [values[0]] : [])
    return graph
  }

  /// The names of the steps with the strongest instruction set; nil where convolutions are left to OpenBLAS.
  private func steps(of graph: Graph) throws -> [String]? {
    guard try ISA.selected() != .portable else { return nil }
    let model = try Model(graph: graph, metadata: ModelMetadata(name: "test"))
    return try Session(model: model).report.layers.map(\.name)
  }

  @Test func partsSideBySideAreComputedInTheChain() throws {
    let wide = Window(kernel: (5, 5), strides: (2, 2), pads: (2, 2, 2, 2))
    let cases: [(Decoder, String)] = [
      (Decoder(), "r + s + d + p"),
      (Decoder(parts: [.convolution, .resize], coordinates: .alignCorners), "s + r + d + p"),
      (Decoder(parts: [.resize, .convolution, .resize], scale: 1.6), "r + s + r + d + p"),
      (Decoder(parts: [.resize], coordinates: .asymmetric), "r + d + p"),
      (Decoder(scale: 0.5, activation: .silu), "r + s + d + p"),
      (Decoder(activation: .clip(lower: 0, upper: 6), window: wide), "r + s + d + p"),
      (Decoder(projects: false), "r + s + d"),
      (Decoder(window: Window(kernel: (3, 3), pads: (9, 8, 7, 6))), "r + s + d + p"),
    ]
    for (index, (decoder, names)) in cases.enumerated() {
      let seed = UInt64(950 + index)
      let graph = try graph(61, 67, decoder, seed: seed)
      try check(graph, isJoined: true, seed: seed, "\(decoder)")
      if let steps = try steps(of: graph) { #expect(steps == [names], "\(decoder)") }
    }
  }

  @Test func partsThatOthersReadOrThatAreSmallerThanTheirInputsAreKept() throws {
    for decoder in [
      Decoder(isShared: true), Decoder(parts: [.resize, .reduction]),
      Decoder(parts: [.resize, .again]),
      Decoder(parts: [.convolution, .convolution, .convolution]),
    ] {
      let graph = try graph(61, 67, decoder, seed: 83)
      _ = try PlanParityTests().check(graph, seed: 84, "\(decoder)")
      guard let steps = try steps(of: graph) else { continue }
      #expect(!steps.contains { $0.contains("r +") || $0.contains("s +") }, "\(decoder): \(steps)")
    }
    let batch = try graph(31, 67, Decoder(images: 2), seed: 85)
    try check(batch, isJoined: false, seed: 86, "two images")
  }

  @Test func manyChannelsAreProjectedSomeRowsAtATime() throws {
    // Beside three rows of 675 channels there is room for one filtered row, not for the four of 160 pixels.
    let graph = try graph(
      40, 40, Decoder(parts: [.convolution] + [Part](repeating: .resize, count: 6)), seed: 87)
    try check(graph, isJoined: true, seed: 88, "many channels")
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

  @Test func tensorsOfMiddleSizeAreJoinedWhereThreadsShareThem() throws {
    let narrow = Window(kernel: (3, 3), pads: (1, 1, 1, 1))
    let middle = try graph(35, 41, narrow, Around(hasResidual: true), seed: 89)
    try check(middle, isJoined: true, seed: 90, "two threads")
    let halved = Window(kernel: (5, 5), strides: (2, 2), pads: (2, 2, 2, 2))
    for (window, around) in [
      (narrow, Around(activation: .silu)), (narrow, Around(projects: false)),
      (narrow, Around(expands: false, hasResidual: true)), (halved, Around()),
    ] {
      let shared = try graph(35, 41, window, around, seed: 97)
      try check(shared, isJoined: true, seed: 98, "two threads: \(window), \(around)")
    }
    // Halves that need many of the same rows would compute these twice.
    let wide = Window(kernel: (5, 5), pads: (2, 2, 2, 2))
    try check(
      try graph(35, 41, wide, Around(), seed: 91), isJoined: false, seed: 92, "many rows shared")
    try check(
      try graph(36, 42, Decoder(parts: [.resize, .convolution]), seed: 93), isJoined: false,
      seed: 94, "a resize")
    // A chain of few rows has two tasks, which would leave a third thread idle.
    for threads in [1, 3] {
      let plan = try Plan(
        try Model(graph: middle, metadata: ModelMetadata(name: "test")), isa: try ISA.selected(),
        threads: threads)
      #expect(!plan.steps.contains { $0.kernel.hasPrefix("chain-") })
    }
  }

  /// A convolution that a chain of middle size could end with, and that a larger one with a resize needs: by
  /// itself the resize of few channels has a kernel of its own, whose bits differ.
  @Test func whatALargeChainNeedsIsLeftToIt() throws {
    var random = Seeded(95)
    var graph = Graph(layout: .nhwc)
    func convolution(_ name: String, _ input: ValueID, _ outputs: Int, _ taps: Int) throws
      -> ValueID
    {
      let channels = graph[input].shape[3]
      let groups = taps == 1 ? 1 : channels
      let shape = [outputs, taps, taps, channels / groups]
      let weights = graph.addConstant(
        "w", try Constant(shape: shape, floats: random.floats(shape.reduce(1, *), in: -0.3...0.3)))
      let pad = taps / 2
      return try graph.append(
        .convolution(
          window: Window(kernel: (taps, taps), pads: (pad, pad, pad, pad)), groups: groups,
          activation: .none), name: name, inputs: [input, weights])
    }
    let large = graph.addValue(Value(name: "large", shape: [1, 56, 56, 48]))
    let small = graph.addValue(Value(name: "small", shape: [1, 28, 28, 7]))
    graph.inputs = [large, small]
    let filtered = try convolution("a", large, 48, 3)
    let projected = try convolution("p", filtered, 120, 1)
    let resized = try graph.append(
      .resize(Resize(mode: .linear, coordinates: .halfPixel, scaleY: 2, scaleX: 2)), name: "r",
      inputs: [small], shape: [1, 56, 56, 7])
    let joined = try graph.append(.concat(axis: 3), name: "c", inputs: [projected, resized])
    graph.outputs = [try convolution("b", joined, 127, 3)]
    try check(graph, isJoined: true, seed: 96, "a convolution that two chains could have")
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
