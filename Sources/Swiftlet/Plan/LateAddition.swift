/// Joins a sum to the convolution before it where the convolution's activation stands between them, so that
/// the convolution's own result is never stored: y = activation(conv(x)) + z.
///
/// An operator of the graph adds its residual before the activation; which convolutions of the joined graph
/// add it last is therefore told beside the graph. A plan's business only.
enum LateAddition {
  /// The graph with the sums joined, and the outputs of the convolutions that add their residual last.
  static func fused(_ graph: Graph) -> (graph: Graph, addsLast: Set<Int>) {
    var producer: [Int: Int] = [:]
    var uses: [Int: Int] = [:]
    for (index, node) in graph.nodes.enumerated() {
      producer[node.output.index] = index
      for case let input? in node.inputs { uses[input.index, default: 0] += 1 }
    }
    for output in graph.outputs { uses[output.index, default: 0] += 1 }

    var nodes: [Node?] = graph.nodes
    var addsLast: Set<Int> = []
    for (index, node) in graph.nodes.enumerated() {
      guard case .binary(.add, .none) = node.op, node.inputs.count == 2, let a = node.inputs[0],
        let b = node.inputs[1], a != b
      else { continue }
      let shape = graph[node.output].shape
      for (result, other) in [(a, b), (b, a)] {
        guard uses[result.index] == 1, let source = producer[result.index],
          let convolution = nodes[source], joins(convolution, graph), graph[result].shape == shape,
          graph[other].shape == shape, graph[other].constant == nil
        else { continue }
        var joined = convolution
        while joined.inputs.count < 3 { joined.inputs.append(nil) }
        joined.inputs = Array(joined.inputs.prefix(3)) + [other]
        joined.output = node.output
        // The sum's other side may be computed after the convolution, never after the sum.
        nodes[source] = nil
        nodes[index] = joined
        addsLast.insert(node.output.index)
        break
      }
    }
    var fused = graph
    fused.nodes = nodes.compactMap { $0 }
    return (fused, addsLast)
  }

  /// Whether a node is a convolution whose kernels can add a residual, and has none yet.
  private static func joins(_ node: Node, _ graph: Graph) -> Bool {
    guard case .convolution(_, let groups, let activation) = node.op, activation.clamp != nil,
      node.inputs.count < 4 || node.inputs[3] == nil, let input = node.inputs.first, let input,
      graph[input].shape.count == 4
    else { return false }
    return groups == 1
  }
}
