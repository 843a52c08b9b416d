internal import ReferenceKernels

extension Graph {
  /// The output of `node`, a node of a valid graph, for the given inputs.
  ///
  /// - Throws: `EngineError` if an input is missing or has another rank than the operator takes.
  func evaluate(_ node: Node, _ inputs: [Operand?]) throws(EngineError) -> Operand {
    let output = try Operand(shape: self[node.output].shape, layout: layout)
    let inputs = Operands(inputs, name: node.name)
    // Views do not keep their operands alive.
    defer { withExtendedLifetime((inputs, output)) {} }
    switch node.op {
    case .convolution, .transposedConvolution, .batchNormalization, .maxPool, .averagePool,
      .globalAveragePool, .globalMaxPool, .resize:
      try evaluateImage(node.op, inputs, into: output)
    default:
      try evaluateTensor(node.op, inputs, into: output)
    }
    return output
  }

  /// Operators on images.
  private func evaluateImage(
    _ op: Op, _ inputs: Operands, into output: Operand
  ) throws(EngineError) {
    let x = try inputs[0]
    switch op {
    case .convolution(let window, let groups, let activation):
      let weight = try inputs[1]
      let residual = inputs.optional(3)
      try Reference.convolution(
        x.image, weight: weight.image, bias: inputs.optional(2)?.base,
        residual: residual?.image, window: window.sliding, groups: groups,
        activation: activation.scalar, into: output.image)
    case .transposedConvolution(let window, _, _, let groups, let activation):
      try Reference.transposedConvolution(
        x.image, weight: try inputs[1].image, bias: inputs.optional(2)?.base,
        window: window.sliding, groups: groups, activation: activation.scalar,
        into: output.image)
    case .batchNormalization(let epsilon):
      Reference.batchNormalization(
        x.channels, scale: try inputs[1].base, bias: try inputs[2].base,
        mean: try inputs[3].base, variance: try inputs[4].base, epsilon: epsilon,
        into: output.channels)
    case .maxPool(let window, _):
      try Reference.maxPool(x.image, window: window.sliding, into: output.image)
    case .averagePool(let window, _, let countIncludePad):
      try Reference.averagePool(
        x.image, window: window.sliding, countIncludePad: countIncludePad, into: output.image)
    case .globalAveragePool:
      try Reference.globalAveragePool(x.image, into: output.image)
    case .globalMaxPool:
      try Reference.globalMaxPool(x.image, into: output.image)
    case .resize(let resize):
      let (from, to) = (try x.image, try output.image)
      Reference.resize(
        from, rows: resize.taps(input: from.height, output: to.height, scale: resize.scaleY),
        columns: resize.taps(input: from.width, output: to.width, scale: resize.scaleX),
        into: to)
    default: break
    }
  }

  /// Operators on tensors of any rank.
  private func evaluateTensor(
    _ op: Op, _ inputs: Operands, into output: Operand
  ) throws(EngineError) {
    let x = try inputs[0]
    switch op {
    case .activation(let activation):
      Reference.map(x.base, count: output.count, activation.scalar, into: output.base)
    case .prelu:
      Reference.prelu(x.view, slope: try inputs[1].view, into: output.view)
    case .binary(let kind, let activation):
      Reference.binary(
        x.view, try inputs[1].view, kind.function, activation: activation.scalar,
        into: output.view)
    case .softmax(let axis):
      Reference.softmax(x.view, axis: axis, into: output.view)
    case .concat(let axis):
      Reference.concat(inputs.all.map(\.view), axis: axis, into: output.view)
    case .gemm(let alpha, let beta, let transposeA, let transposeB, let activation):
      Reference.gemm(
        x.view, try inputs[1].view, inputs.optional(2)?.view, alpha: alpha, beta: beta,
        transposeA: transposeA, transposeB: transposeB, activation: activation.scalar,
        into: output.view)
    case .matmul:
      Reference.matmul(x.view, try inputs[1].view, into: output.view)
    case .reshape:
      Reference.map(x.base, count: output.count, { $0 }, into: output.base)
    case .transpose(let permutation):
      Reference.transpose(x.view, permutation: permutation, into: output.view)
    case .pad(let before, _, let value):
      Reference.pad(x.view, before: before, value: value, into: output.view)
    case .slice(let starts, _, let steps):
      Reference.slice(x.view, starts: starts, steps: steps, into: output.view)
    case .reduceMean(let axes, _):
      Reference.reduceMean(x.view, axes: axes, into: output.view)
    default: break
    }
  }
}

/// The operands of a node.
private struct Operands {
  private let operands: [Operand?]
  private let name: String

  init(_ operands: [Operand?], name: String) {
    self.operands = operands
    self.name = name
  }

  /// Those that are there.
  var all: [Operand] { operands.compactMap { $0 } }

  /// The operand at `index`, or nil if it was left out.
  func optional(_ index: Int) -> Operand? { index < operands.count ? operands[index] : nil }

  /// The operand at `index`.
  subscript(index: Int) -> Operand {
    get throws(EngineError) {
      guard let operand = optional(index) else {
        throw EngineError(
          .invalidGraph, name, "input \(index) is missing", "give the operator all its inputs")
      }
      return operand
    }
  }
}
