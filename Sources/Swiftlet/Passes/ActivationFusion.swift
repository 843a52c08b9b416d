/// Moves an activation into the convolution, matrix product or element-wise operator that alone feeds it.
package struct ActivationFusion: GraphPass {
  package let name = "fuse-activations"

  package init() {}

  package func run(on graph: inout Graph) throws(EngineError) -> Int {
    var scan = FusionScan(graph)
    for position in graph.nodes.indices {
      let node = scan.graph.nodes[position]
      guard case .activation(let activation) = node.op, activation != .none,
        let source = scan.soleProducer(node.inputs[0]),
        let first = scan.graph.nodes[source].op.fusedActivation,
        let both = first.followed(by: activation)
      else { continue }
      var fused = scan.graph.nodes[source]
      fused.op = fused.op.with(both)
      fused.output = node.output
      scan.replace(position, by: fused, absorbing: [source])
    }
    let changes = scan.changes
    graph = scan.finish()
    return changes
  }
}

extension Op {
  /// The activation that the operator applies last, or nil if it applies none and takes none.
  package var fusedActivation: Activation? {
    switch self {
    case .convolution(_, _, let activation), .transposedConvolution(_, _, _, _, let activation),
      .activation(let activation), .binary(_, let activation),
      .gemm(_, _, _, _, let activation):
      activation
    default: nil
    }
  }

  /// The operator with another activation, where it takes one.
  func with(_ activation: Activation) -> Op {
    switch self {
    case .convolution(let window, let groups, _):
      .convolution(window: window, groups: groups, activation: activation)
    case .transposedConvolution(let window, let padY, let padX, let groups, _):
      .transposedConvolution(
        window: window, outputPadY: padY, outputPadX: padX, groups: groups, activation: activation)
    case .activation: .activation(activation)
    case .binary(let kind, _): .binary(kind, activation: activation)
    case .gemm(let alpha, let beta, let transposeA, let transposeB, _):
      .gemm(
        alpha: alpha, beta: beta, transposeA: transposeA, transposeB: transposeB,
        activation: activation)
    default: self
    }
  }
}

extension Activation {
  /// The one activation that equals this one and then `next`, or nil if there is none.
  fileprivate func followed(by next: Activation) -> Activation? {
    switch (self, next) {
    case (.none, _): return next
    case (_, .none): return self
    case (.clip(let lower, let upper), .clip(let nextLower, let nextUpper))
    where lower <= upper && nextLower <= nextUpper:
      return .clip(
        lower: min(max(lower, nextLower), nextUpper), upper: min(max(upper, nextLower), nextUpper))
    default: return nil
    }
  }
}
