/// Replaces an operator by one that does the same with less: a window over the whole plane by a global
/// pooling, arithmetic with certain constants by an activation, a product of matrices by a gemm.
package struct OperatorSimplification: GraphPass {
  package let name = "simplify-operators"

  package init() {}

  package func run(on graph: inout Graph) throws(EngineError) -> Int {
    var nodes: [Node] = []
    nodes.reserveCapacity(graph.nodes.count)
    var changes = 0
    for var node in graph.nodes {
      if let mean = meanOverPlane(node, in: &graph) {
        nodes += mean
        changes += 1
        continue
      }
      if let (op, inputs) = simpler(node, in: graph) {
        node.op = op
        node.inputs = inputs
        changes += 1
      }
      nodes.append(node)
    }
    graph.nodes = nodes
    return changes
  }

  private func simpler(_ node: Node, in graph: Graph) -> (Op, [ValueID?])? {
    let x = node.inputs.first ?? nil
    switch node.op {
    case .averagePool(let window, _, _) where coversPlane(window, node, graph):
      return (.globalAveragePool, [x])
    case .maxPool(let window, _) where coversPlane(window, node, graph):
      return (.globalMaxPool, [x])
    case .matmul:
      guard node.inputs.allSatisfy({ id in id.map { graph[$0].shape.count } == 2 }) else {
        return nil
      }
      let gemm = Op.gemm(
        alpha: 1, beta: 1, transposeA: false, transposeB: false, activation: .none)
      return (gemm, node.inputs)
    case .prelu:
      guard let slopes = graph.floats(node.inputs[1]), let slope = slopes.first, slope.isFinite,
        slopes.allSatisfy({ $0 == slope })
      else { return nil }
      return (.activation(.leakyRelu(slope: slope)), [x])
    case .activation(.leakyRelu(slope: 0)):
      return (.activation(.relu), [x])
    case .binary(let kind, let activation):
      return simpler(kind, activation, node, in: graph)
    default:
      return nil
    }
  }

  /// Arithmetic with a constant that is an activation of the other side.
  private func simpler(
    _ kind: BinaryKind, _ activation: Activation, _ node: Node, in graph: Graph
  ) -> (Op, [ValueID?])? {
    let shape = graph[node.output].shape
    guard node.inputs.count == 2 else { return nil }
    for (x, other) in [(0, 1), (1, 0)] {
      guard let input = node.inputs[x], graph[input].shape == shape,
        graph[input].constant == nil, let constant = graph.floats(node.inputs[other])
      else { continue }
      if kind.isNeutral(constant, onTheRight: other == 1) {
        return (.activation(activation), [input])
      }
      guard activation == .none, let value = constant.first, !value.isNaN,
        constant.allSatisfy({ $0 == value })
      else { continue }
      switch kind {
      case .maximum: return (.activation(.clip(lower: value, upper: .infinity)), [input])
      case .minimum: return (.activation(.clip(lower: -.infinity, upper: value)), [input])
      case .power where other == 1 && value == 0.5: return (.activation(.sqrt), [input])
      case .power where other == 1 && value == 2:
        return (.binary(.multiply, activation: .none), [input, input])
      default: continue
      }
    }
    return nil
  }

  /// Whether the only window of a pooling is the whole plane.
  private func coversPlane(_ window: Window, _ node: Node, _ graph: Graph) -> Bool {
    guard let x = node.inputs[0] else { return false }
    let (shape, output, axes) = (graph[x].shape, graph[node.output].shape, graph.spatialAxes)
    return output[axes.y] == 1 && output[axes.x] == 1
      && window.kernelHeight == shape[axes.y] && window.kernelWidth == shape[axes.x]
      && window.dilationY == 1 && window.dilationX == 1
      && window.padTop == 0 && window.padLeft == 0
      && window.padBottom == 0 && window.padRight == 0
  }

  /// A mean over rows and columns as a global pooling, and a reshape if it drops them.
  private func meanOverPlane(_ node: Node, in graph: inout Graph) -> [Node]? {
    let axes = graph.spatialAxes
    guard case .reduceMean([axes.y, axes.x], let keepDimensions) = node.op, let x = node.inputs[0],
      graph[x].shape.count == 4
    else { return nil }
    var pool = node
    pool.op = .globalAveragePool
    guard !keepDimensions else { return [pool] }
    var shape = graph[x].shape
    shape[axes.y] = 1
    shape[axes.x] = 1
    pool.output = graph.addValue(Value(name: "\(node.name).mean", shape: shape))
    return [pool, Node(name: node.name, op: .reshape, inputs: [pool.output], output: node.output)]
  }
}

extension BinaryKind {
  /// Whether the operator gives back its other side for such a constant.
  fileprivate func isNeutral(_ constant: [Float], onTheRight: Bool) -> Bool {
    switch self {
    case .add: constant.allSatisfy { $0 == 0 }
    case .multiply: constant.allSatisfy { $0 == 1 }
    case .subtract: onTheRight && constant.allSatisfy { $0 == 0 }
    case .divide, .power: onTheRight && constant.allSatisfy { $0 == 1 }
    case .maximum: constant.allSatisfy { $0 == -.infinity }
    case .minimum: constant.allSatisfy { $0 == .infinity }
    }
  }
}
