/// Recognises activations that a model spells out.
///
/// x * sigmoid(x) is SiLU, x * hardSigmoid(x) is HardSwish, and clip(x + 3, 0, 6) / 6 is a hard sigmoid.
package struct ActivationMatching: GraphPass {
  package let name = "match-activations"

  package init() {}

  package func run(on graph: inout Graph) throws(EngineError) -> Int {
    var scan = FusionScan(graph)
    for position in graph.nodes.indices {
      guard let match = gate(position, scan) ?? sixth(position, scan) else { continue }
      var node = scan.graph.nodes[position]
      node.op = .activation(match.activation)
      node.inputs = [match.input]
      scan.replace(position, by: node, absorbing: match.absorbed)
    }
    let changes = scan.changes
    graph = scan.finish()
    return changes
  }

  private typealias Match = (activation: Activation, input: ValueID, absorbed: [Int])

  private static let hardSigmoid = Activation.hardSigmoid(alpha: 1 / 6, beta: 0.5)

  /// x * sigmoid(x) and x * hardSigmoid(x).
  private func gate(_ position: Int, _ scan: FusionScan) -> Match? {
    let node = scan.graph.nodes[position]
    guard node.op == .binary(.multiply, activation: .none), node.inputs.count == 2 else {
      return nil
    }
    for (x, gate) in [(0, 1), (1, 0)] {
      guard let input = node.inputs[x], let source = scan.soleProducer(node.inputs[gate]),
        case .activation(let activation) = scan.graph.nodes[source].op,
        scan.graph.nodes[source].inputs == [input]
      else { continue }
      switch activation {
      case .sigmoid: return (.silu, input, [source])
      case .hardSigmoid(let alpha, 0.5) where abs(alpha - 1 / 6) < 1e-6:
        return (.hardSwish, input, [source])
      default: continue
      }
    }
    return nil
  }

  /// clip(x + 3, 0, 6) / 6 and x * clip(x + 3, 0, 6) / 6.
  private func sixth(_ position: Int, _ scan: FusionScan) -> Match? {
    let graph = scan.graph
    guard let (input, factor) = scaling(graph.nodes[position], graph),
      abs(factor - 1 / 6) < 1e-6, let inner = scan.soleProducer(input)
    else { return nil }
    if let match = shiftedClip(inner, scan) {
      return (Self.hardSigmoid, match.input, match.absorbed)
    }
    let product = graph.nodes[inner]
    guard product.op == .binary(.multiply, activation: .none), product.inputs.count == 2 else {
      return nil
    }
    for (x, gate) in [(0, 1), (1, 0)] {
      if let source = scan.soleProducer(product.inputs[gate]),
        let match = shiftedClip(source, scan), match.input == product.inputs[x]
      {
        return (.hardSwish, match.input, match.absorbed + [inner])
      }
    }
    return nil
  }

  /// The input of clip(x + 3, 0, 6), whose clip is at `position`, and the nodes it takes.
  private func shiftedClip(
    _ position: Int, _ scan: FusionScan
  ) -> (input: ValueID, absorbed: [Int])? {
    let node = scan.graph.nodes[position]
    guard node.op == .activation(.clip(lower: 0, upper: 6)),
      let source = scan.soleProducer(node.inputs[0])
    else { return nil }
    let sum = scan.graph.nodes[source]
    guard sum.op == .binary(.add, activation: .none), sum.inputs.count == 2 else { return nil }
    for (x, constant) in [(0, 1), (1, 0)] {
      if let input = sum.inputs[x], scan.graph.scalar(sum.inputs[constant]) == 3,
        scan.graph[input].shape == scan.graph[sum.output].shape
      {
        return (input, [position, source])
      }
    }
    return nil
  }

  /// What the node multiplies by a constant factor, and the factor.
  private func scaling(_ node: Node, _ graph: Graph) -> (input: ValueID, factor: Float)? {
    guard node.inputs.count == 2 else { return nil }
    let (a, b) = (node.inputs[0], node.inputs[1])
    var match: (input: ValueID?, factor: Float?)
    switch node.op {
    case .binary(.multiply, activation: .none):
      match = graph.scalar(b).map { (a, $0) } ?? (b, graph.scalar(a))
    case .binary(.divide, activation: .none):
      match = (a, graph.scalar(b).map { 1 / $0 })
    default:
      return nil
    }
    guard let input = match.input, let factor = match.factor,
      graph[input].shape == graph[node.output].shape
    else { return nil }
    return (input, factor)
  }
}
