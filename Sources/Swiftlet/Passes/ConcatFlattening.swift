/// Joins a concatenation into the one along the same axis that alone reads it.
package struct ConcatFlattening: GraphPass {
  package let name = "flatten-concats"

  package init() {}

  package func run(on graph: inout Graph) throws(EngineError) -> Int {
    var scan = FusionScan(graph)
    for position in graph.nodes.indices {
      var node = scan.graph.nodes[position]
      guard case .concat(let axis) = node.op else { continue }
      var inputs: [ValueID?] = []
      var absorbed: [Int] = []
      for id in node.inputs {
        if let source = scan.soleProducer(id), scan.graph.nodes[source].op == .concat(axis: axis) {
          inputs += scan.graph.nodes[source].inputs
          absorbed.append(source)
        } else {
          inputs.append(id)
        }
      }
      guard !absorbed.isEmpty else { continue }
      node.inputs = inputs
      scan.replace(position, by: node, absorbing: absorbed)
    }
    let changes = scan.changes
    graph = scan.finish()
    return changes
  }
}
