/// Moves the addition of a value of equal shape into the convolution that alone feeds one side of it.
package struct ResidualFusion: GraphPass {
  package let name = "fuse-residuals"

  package init() {}

  package func run(on graph: inout Graph) throws(EngineError) -> Int {
    var scan = FusionScan(graph)
    for position in graph.nodes.indices {
      let node = scan.graph.nodes[position]
      guard case .binary(.add, let activation) = node.op, node.inputs.count == 2,
        let (source, residual) = candidate(node, scan)
      else { continue }
      var fused = scan.graph.nodes[source]
      fused.op = fused.op.with(activation)
      fused.inputs += [ValueID?](repeating: nil, count: 3 - min(fused.inputs.count, 3))
      fused.inputs = fused.inputs.prefix(3) + [residual]
      fused.output = node.output
      scan.replace(position, by: fused, absorbing: [source])
    }
    let changes = scan.changes
    graph = scan.finish()
    return changes
  }

  /// The convolution to fuse, the later one if both sides have one, and what is added to it.
  private func candidate(_ node: Node, _ scan: FusionScan) -> (source: Int, residual: ValueID)? {
    var best: (source: Int, residual: ValueID)?
    for (x, other) in [(0, 1), (1, 0)] {
      guard let source = scan.soleProducer(node.inputs[x]), let residual = node.inputs[other],
        case .convolution(_, _, .none) = scan.graph.nodes[source].op,
        scan.graph.nodes[source].inputs.count < 4 || scan.graph.nodes[source].inputs[3] == nil,
        scan.graph[residual].shape == scan.graph[node.output].shape,
        scan.graph[scan.graph.nodes[source].output].shape == scan.graph[node.output].shape
      else { continue }
      if source > best?.source ?? -1 { best = (source, residual) }
    }
    return best
  }
}
