extension Graph {
  /// For every value the position of the node that produces it.
  var producers: [Int?] {
    var producers = [Int?](repeating: nil, count: values.count)
    for (position, node) in nodes.enumerated() { producers[node.output.index] = position }
    return producers
  }

  /// For every value how often it is read, being an output of the graph counted as one.
  var useCounts: [Int] {
    var counts = [Int](repeating: 0, count: values.count)
    for node in nodes {
      for case .some(let id) in node.inputs { counts[id.index] += 1 }
    }
    for id in outputs { counts[id.index] += 1 }
    return counts
  }

  /// Removes the nodes at the marked positions; `dead` has an element a node.
  mutating func removeNodes(_ dead: [Bool]) {
    var position = 0
    nodes.removeAll { _ in
      defer { position += 1 }
      return dead[position]
    }
  }

  /// The axis of the channels of a value of `rank` dimensions.
  func channelAxis(rank: Int) -> Int { rank == 4 && layout == .nhwc ? 3 : 1 }

  /// The axes of the rows and columns of an image.
  var spatialAxes: (y: Int, x: Int) { layout == .nchw ? (2, 3) : (1, 2) }

  /// The elements of a floating-point constant, or nil if `id` names none.
  func floats(_ id: ValueID?) -> [Float]? {
    guard let constant = id.flatMap({ self[$0].constant }), constant.elementType != .int64 else {
      return nil
    }
    return constant.floats
  }

  /// The only element of a floating-point constant, or nil if `id` names none of one element.
  func scalar(_ id: ValueID?) -> Float? {
    guard let id, self[id].constant?.count == 1 else { return nil }
    return floats(id)?.first
  }

  /// One element a channel of a constant that, against values of `shape`, varies by channel at most.
  func perChannel(_ id: ValueID?, against shape: [Int]) -> [Float]? {
    guard let id, let constant = self[id].constant, shape.count >= 2,
      constant.shape.count <= shape.count
    else { return nil }
    let axis = channelAxis(rank: shape.count)
    let lead = shape.count - constant.shape.count
    for (position, extent) in constant.shape.enumerated() where extent != 1 {
      guard position + lead == axis, extent == shape[axis] else { return nil }
    }
    guard let floats = floats(id), let first = floats.first else { return nil }
    return floats.count == 1 ? [Float](repeating: first, count: shape[axis]) : floats
  }
}

/// A scan over a graph's nodes in which a node may absorb the producer of one of its inputs.
///
/// The fused node takes the place and the output of the later one, so that topological order and the names
/// of outputs survive, and a chain is absorbed in one scan.
struct FusionScan {
  /// The graph under rewriting; positions of nodes are those before the scan.
  var graph: Graph
  /// The number of changes so far.
  private(set) var changes = 0

  private var producers: [Int?]
  private var uses: [Int]
  private var dead: [Bool]

  init(_ graph: Graph) {
    self.graph = graph
    producers = graph.producers
    uses = graph.useCounts
    dead = [Bool](repeating: false, count: graph.nodes.count)
  }

  /// The position of the node that produces `id`, or nil for an input or a constant.
  func producer(_ id: ValueID?) -> Int? { id.flatMap { producers[$0.index] } }

  /// The position of the node that produces `id`, if nothing else reads it.
  func soleProducer(_ id: ValueID?) -> Int? {
    guard let id, uses[id.index] == 1 else { return nil }
    return producers[id.index]
  }

  /// Puts `node` at `position`; the nodes at `absorbed`, which nothing else reads, go.
  mutating func replace(_ position: Int, by node: Node, absorbing absorbed: [Int]) {
    changes += 1
    for case .some(let id) in node.inputs { uses[id.index] += 1 }
    for case .some(let id) in graph.nodes[position].inputs { uses[id.index] -= 1 }
    for other in absorbed {
      for case .some(let id) in graph.nodes[other].inputs { uses[id.index] -= 1 }
      dead[other] = true
    }
    graph.nodes[position] = node
  }

  /// Adds a constant.
  mutating func addConstant(_ name: String, _ constant: Constant) -> ValueID {
    producers.append(nil)
    uses.append(0)
    return graph.addConstant(name, constant)
  }

  /// The rewritten graph.
  consuming func finish() -> Graph {
    graph.removeNodes(dead)
    return graph
  }
}
