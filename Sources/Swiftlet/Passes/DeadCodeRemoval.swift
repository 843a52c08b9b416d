/// Removes nodes that no output depends on and values that nothing names, and numbers the rest anew.
package struct DeadCodeRemoval: GraphPass {
  package let name = "remove-dead-code"

  package init() {}

  package func run(on graph: inout Graph) throws(EngineError) -> Int {
    var isLive = [Bool](repeating: false, count: graph.values.count)
    for id in graph.outputs { isLive[id.index] = true }
    var isDead = [Bool](repeating: false, count: graph.nodes.count)
    for (position, node) in graph.nodes.enumerated().reversed() {
      guard isLive[node.output.index] else {
        isDead[position] = true
        continue
      }
      for case .some(let id) in node.inputs { isLive[id.index] = true }
    }
    for id in graph.inputs { isLive[id.index] = true }
    let before = graph.nodes.count + graph.values.count
    graph.removeNodes(isDead)
    renumber(&graph, keeping: isLive)
    return before - graph.nodes.count - graph.values.count
  }

  private func renumber(_ graph: inout Graph, keeping isLive: [Bool]) {
    var next = 0
    let numbers = isLive.map { live in
      defer { if live { next += 1 } }
      return ValueID(next)
    }
    graph.values = zip(graph.values, isLive).filter(\.1).map(\.0)
    for position in graph.nodes.indices {
      graph.nodes[position].output = numbers[graph.nodes[position].output.index]
      graph.nodes[position].inputs = graph.nodes[position].inputs.map { id in
        id.map { numbers[$0.index] }
      }
    }
    graph.inputs = graph.inputs.map { numbers[$0.index] }
    graph.outputs = graph.outputs.map { numbers[$0.index] }
  }
}
