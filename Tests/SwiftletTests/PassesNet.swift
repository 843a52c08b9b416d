import Swiftlet

/// Builds small NCHW networks: constants are drawn from a seeded generator.
struct Net {
  var graph = Graph()
  private var random: SeededGenerator

  init(seed: UInt64 = 1) { random = SeededGenerator(seed: seed) }

  mutating func input(_ shape: [Int]) -> ValueID {
    let id = graph.addValue(Value(name: "input\(graph.inputs.count)", shape: shape))
    graph.inputs.append(id)
    return id
  }

  mutating func constant(
    _ shape: [Int], _ range: ClosedRange<Float> = -1...1
  ) throws -> ValueID {
    graph.addConstant(
      "constant\(graph.values.count)",
      try Constant(shape: shape, floats: random.floats(shape.reduce(1, *), range)))
  }

  mutating func scalar(_ value: Float) throws -> ValueID {
    graph.addConstant("scalar\(graph.values.count)", try Constant(shape: [], floats: [value]))
  }

  mutating func add(_ op: Op, _ inputs: ValueID?..., shape: [Int]? = nil) throws -> ValueID {
    try graph.append(op, name: "node\(graph.nodes.count)", inputs: inputs, shape: shape)
  }

  mutating func convolution(
    _ x: ValueID, filters: Int, kernel: Int = 3, groups: Int = 1, bias: Bool = true
  ) throws -> ValueID {
    let pad = kernel / 2
    let weight = try constant([filters, graph[x].shape[1] / groups, kernel, kernel])
    return try add(
      .convolution(
        window: Window(kernel: (kernel, kernel), pads: (pad, pad, pad, pad)), groups: groups,
        activation: .none), x, weight, bias ? try constant([filters]) : nil)
  }

  mutating func batchNormalization(_ x: ValueID) throws -> ValueID {
    let channels = [graph[x].shape[1]]
    return try add(
      .batchNormalization(epsilon: 1e-3), x, try constant(channels), try constant(channels),
      try constant(channels), try constant(channels, 0.1...2))
  }

  /// The network with the given outputs, which may be added in the call.
  mutating func ending(_ outputs: ValueID...) -> Graph {
    var graph = graph
    graph.outputs = outputs
    return graph
  }
}

/// What passes made of a graph, after checking that it computes the same. What no output needs goes first.
///
/// - Returns: The graph after the passes and after removing what is dead, and their count of changes.
func apply(
  _ passes: any GraphPass..., to before: Graph, tolerance: Float = 1e-5
) throws -> (graph: Graph, changes: Int) {
  var after = before
  _ = try DeadCodeRemoval().run(on: &after)
  var changes = 0
  for pass in passes { changes += try pass.run(on: &after) }
  _ = try DeadCodeRemoval().run(on: &after)
  var random = SeededGenerator(seed: 99)
  let inputs = try before.inputs.map { id in
    try Tensor(shape: before[id].shape, data: random.floats(before[id].shape.reduce(1, *), -3...3))
  }
  let deviation = deviation(
    try evaluateInSourceOrder(after, inputs), try before.evaluate(inputs), tolerance: tolerance)
  if let deviation { throw Deviation(text: "\(deviation)\n\(after.listing)") }
  return (after, changes)
}

/// An output that differs.
struct Deviation: Error { let text: String }
