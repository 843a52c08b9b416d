/// Removes operators that give back their input.
///
/// One that connects an input or a constant of the graph, or an output, to another output stays.
package struct IdentityRemoval: GraphPass {
  package let name = "remove-identities"

  package init() {}

  package func run(on graph: inout Graph) throws(EngineError) -> Int {
    var producers = graph.producers
    var replacement = [ValueID?](repeating: nil, count: graph.values.count)
    var removed = [Bool](repeating: false, count: graph.nodes.count)
    let outputs = Set(graph.outputs)
    func resolve(_ id: ValueID) -> ValueID {
      var id = id
      while let next = replacement[id.index] { id = next }
      return id
    }
    for (position, node) in graph.nodes.enumerated() where isIdentity(node, in: graph) {
      guard let input = node.inputs[0] else { continue }
      let x = resolve(input)
      if !outputs.contains(node.output) {
        replacement[node.output.index] = x
      } else if !outputs.contains(x), let source = producers[x.index] {
        // The producer writes the output itself, which keeps its name.
        graph.nodes[source].output = node.output
        producers[node.output.index] = source
        replacement[x.index] = node.output
      } else {
        continue
      }
      removed[position] = true
    }
    let changes = removed.count { $0 }
    guard changes > 0 else { return 0 }
    for position in graph.nodes.indices {
      graph.nodes[position].inputs = graph.nodes[position].inputs.map { $0.map(resolve) }
    }
    graph.removeNodes(removed)
    return changes
  }

  private func isIdentity(_ node: Node, in graph: Graph) -> Bool {
    guard let x = node.inputs.first ?? nil, graph[x].shape == graph[node.output].shape else {
      return false
    }
    let shape = graph[x].shape
    switch node.op {
    case .activation(.none), .activation(.clip(lower: -.infinity, upper: .infinity)),
      .activation(.leakyRelu(slope: 1)), .reshape, .reduceMean:
      return true
    case .pad(let before, let after, _):
      return before.allSatisfy { $0 == 0 } && after.allSatisfy { $0 == 0 }
    case .transpose(let permutation):
      return permutation == Array(shape.indices)
    case .slice(_, _, let steps):
      return zip(steps, shape).allSatisfy { $0 > 0 || $1 == 1 }
    case .concat:
      return node.inputs.count == 1
    case .globalAveragePool, .globalMaxPool:
      return true
    case .maxPool(let window, _), .averagePool(let window, _, _):
      return window.kernelHeight == 1 && window.kernelWidth == 1
    case .resize(let resize):
      return resize.scaleY == 1 && resize.scaleX == 1 && resize.keepsPixels
    default:
      return false
    }
  }
}

extension Resize {
  /// Whether every pixel stays where it is if the extents do.
  fileprivate var keepsPixels: Bool {
    guard coordinates == .tfHalfPixelForNN else { return true }
    return mode == .nearest(.floor) || mode == .nearest(.roundPreferFloor)
  }
}
