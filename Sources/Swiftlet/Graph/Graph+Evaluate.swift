extension Graph {
  /// Runs the graph with the naive kernels: the oracle of tests and the evaluator of constant folding.
  ///
  /// Slow: about a multiply-add a nanosecond, on one thread.
  ///
  /// - Parameter inputs: A tensor an input, in order, in the graph's own layout.
  /// - Returns: A tensor an output, in order, in the graph's own layout.
  /// - Throws: `EngineError` if the graph is invalid or an input has another shape than the graph says.
  public func evaluate(_ inputs: [Tensor]) throws(EngineError) -> [Tensor] {
    try validate()
    guard inputs.count == self.inputs.count else {
      throw EngineError(
        .shapeMismatch, "evaluation",
        "the graph has \(self.inputs.count) inputs and \(inputs.count) tensors were given",
        "give a tensor for every input")
    }
    var operands = [Operand?](repeating: nil, count: values.count)
    for (id, tensor) in zip(self.inputs, inputs) {
      guard tensor.shape == self[id].shape else {
        throw EngineError(
          .shapeMismatch, "input \(self[id].name)",
          "expected shape \(self[id].shape), got \(tensor.shape)", "give a tensor of that shape")
      }
      operands[id.index] = Operand(tensor.data, shape: tensor.shape, layout: layout)
    }
    for id in Set(nodes.flatMap { $0.inputs.compactMap { $0 } } + outputs) {
      guard let constant = self[id].constant else { continue }
      operands[id.index] = Operand(constant.floats, shape: constant.shape, layout: layout)
    }
    let lastUses = self.lastUses
    for (position, node) in nodes.enumerated() {
      operands[node.output.index] = try evaluate(
        node, node.inputs.map { id in id.flatMap { operands[$0.index] } })
      for case .some(let id) in node.inputs where lastUses[id.index] == position {
        operands[id.index] = nil
      }
    }
    var results: [Tensor] = []
    for id in outputs {
      guard let operand = operands[id.index] else {
        throw EngineError(
          .invalidGraph, "output \(self[id].name)", "nothing produces it", "convert the model again"
        )
      }
      results.append(try operand.tensor)
    }
    return results
  }

  /// For every value the position of the last node that reads it; the number of nodes for an output,
  /// -1 for a value that nothing reads.
  private var lastUses: [Int] {
    var last = [Int](repeating: -1, count: values.count)
    for (position, node) in nodes.enumerated() {
      for case .some(let id) in node.inputs { last[id.index] = position }
    }
    for id in outputs { last[id.index] = nodes.count }
    return last
  }
}
