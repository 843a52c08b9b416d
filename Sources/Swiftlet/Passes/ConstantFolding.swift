/// Evaluates nodes whose inputs are all constants, unless they are outputs of the graph or too much work.
package struct ConstantFolding: GraphPass {
  package let name = "fold-constants"

  /// The most element operations that one node may cost: a hostile graph must not stall a conversion.
  private static let maximumWork = 1 << 28

  package init() {}

  package func run(on graph: inout Graph) throws(EngineError) -> Int {
    let outputs = Set(graph.outputs)
    var folded = [Bool](repeating: false, count: graph.nodes.count)
    var changes = 0
    for (position, node) in graph.nodes.enumerated() {
      let constants = node.inputs.map { id in id.flatMap { graph[$0].constant } }
      guard zip(node.inputs, constants).allSatisfy({ $0 == nil || $1 != nil }),
        !outputs.contains(node.output), work(node, in: graph) <= Self.maximumWork
      else { continue }
      let operands = constants.map { constant in
        constant.map { Operand($0.floats, shape: $0.shape, layout: graph.layout) }
      }
      let result = try graph.evaluate(node, operands).tensor
      graph[node.output].constant = try Constant(shape: result.shape, floats: result.data)
      folded[position] = true
      changes += 1
    }
    graph.removeNodes(folded)
    return changes
  }

  /// About how many element operations the node takes.
  private func work(_ node: Node, in graph: Graph) -> Int {
    func count(_ id: ValueID?) -> Int {
      id.map { Shape.elementCount(graph[$0].shape) ?? .max } ?? 0
    }
    let operands = node.inputs.map(count)
    let perOutput: Int
    switch node.op {
    case .convolution, .transposedConvolution:
      perOutput = operands.dropFirst().first ?? 1
    case .gemm, .matmul:
      perOutput = operands.max() ?? 1
    case .maxPool(let window, _), .averagePool(let window, _, _):
      perOutput = window.kernelHeight * window.kernelWidth
    default:
      perOutput = 1
    }
    let (product, overflow) = count(node.output).multipliedReportingOverflow(by: perOutput)
    return overflow ? .max : max(product, operands.max() ?? 0)
  }
}
