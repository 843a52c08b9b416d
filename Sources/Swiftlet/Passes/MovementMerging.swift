/// Merges neighbouring transposes and neighbouring reshapes, and states as a reshape what moves nothing.
package struct MovementMerging: GraphPass {
  package let name = "merge-movement"

  package init() {}

  package func run(on graph: inout Graph) throws(EngineError) -> Int {
    var scan = FusionScan(graph)
    for position in graph.nodes.indices {
      var node = scan.graph.nodes[position]
      guard let x = node.inputs.first ?? nil else { continue }
      let source = scan.producer(x).map { scan.graph.nodes[$0] }
      switch (node.op, source?.op) {
      case (.transpose(let permutation), _) where movesNothing(permutation, scan.graph[x].shape):
        node.op = .reshape
      case (.transpose(let outer), .transpose(let inner)):
        node.op = .transpose(permutation: outer.map { inner[$0] })
        node.inputs = [source?.inputs[0]]
      case (.reshape, .reshape):
        node.inputs = [source?.inputs[0]]
      case (.reshape, _) where node.inputs.count > 1:
        node.inputs = [x]
      default:
        continue
      }
      scan.replace(position, by: node, absorbing: [])
    }
    let changes = scan.changes
    graph = scan.finish()
    return changes
  }

  /// Whether the dimensions that hold more than one element keep their order.
  private func movesNothing(_ permutation: [Int], _ shape: [Int]) -> Bool {
    let moving = permutation.filter { shape[$0] != 1 }
    return zip(moving, moving.dropFirst()).allSatisfy { $0 < $1 }
  }
}
