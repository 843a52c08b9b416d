/// Folds what scales and shifts each channel by constants into the weights before it, in double precision.
///
/// A batch normalisation, or an addition, subtraction, multiplication or division by a constant a channel,
/// goes into the convolution, transposed convolution or matrix product that alone feeds it. Any other
/// batch normalisation becomes a multiplication and an addition.
package struct BatchNormFolding: GraphPass {
  package let name = "fold-batch-norm"

  package init() {}

  package func run(on graph: inout Graph) throws(EngineError) -> Int {
    var scan = FusionScan(graph)
    for position in graph.nodes.indices {
      let node = scan.graph.nodes[position]
      guard let step = ChannelStep(node, in: scan.graph),
        let source = scan.soleProducer(step.input),
        scan.graph[step.input].shape == scan.graph[node.output].shape,
        var fused = try fold(step, into: scan.graph.nodes[source], of: &scan)
      else { continue }
      fused.output = node.output
      scan.replace(position, by: fused, absorbing: [source])
    }
    let changes = scan.changes
    graph = scan.finish()
    return changes + (try splitRemaining(&graph))
  }

  /// The node with the step in its weights and bias, or nil if it has no constant weights or would overflow.
  private func fold(
    _ step: ChannelStep, into node: Node, of scan: inout FusionScan
  ) throws(EngineError) -> Node? {
    guard let folded = step.folded(into: node, in: scan.graph),
      folded.weight.allSatisfy(\.isFinite), folded.bias.allSatisfy(\.isFinite),
      let weight = node.inputs[1]
    else { return nil }
    let value = scan.graph[weight]
    var fused = node
    fused.op = folded.op
    fused.inputs = [
      node.inputs[0],
      scan.addConstant(value.name, try Constant(shape: value.shape, floats: folded.weight)),
      scan.addConstant(
        "\(node.name).bias", try Constant(shape: [folded.bias.count], floats: folded.bias)),
    ]
    return fused
  }

  /// Turns every batch normalisation that is left into a multiplication and an addition.
  private func splitRemaining(_ graph: inout Graph) throws(EngineError) -> Int {
    var nodes: [Node] = []
    nodes.reserveCapacity(graph.nodes.count)
    var changes = 0
    for node in graph.nodes {
      guard case .batchNormalization = node.op, let step = ChannelStep(node, in: graph) else {
        nodes.append(node)
        continue
      }
      let scale = step.scale.map { Float($0) }
      let shift = step.shift.map { Float($0) }
      guard scale.allSatisfy(\.isFinite), shift.allSatisfy(\.isFinite) else {
        nodes.append(node)
        continue
      }
      let rank = graph[node.output].shape.count
      let trailing = rank - 1 - graph.channelAxis(rank: rank)
      let shape = [scale.count] + [Int](repeating: 1, count: trailing)
      let factor = graph.addConstant(
        "\(node.name).scale", try Constant(shape: shape, floats: scale))
      let term = graph.addConstant("\(node.name).shift", try Constant(shape: shape, floats: shift))
      let product = graph.addValue(
        Value(name: "\(node.name).product", shape: graph[node.output].shape))
      nodes.append(
        Node(
          name: node.name, op: .binary(.multiply, activation: .none),
          inputs: [node.inputs[0], factor], output: product))
      nodes.append(
        Node(
          name: node.name, op: .binary(.add, activation: .none), inputs: [product, term],
          output: node.output))
      changes += 1
    }
    graph.nodes = nodes
    return changes
  }
}

/// y = activation(scale * x + shift), a scale and a shift a channel.
private struct ChannelStep {
  let input: ValueID
  let scale: [Double]
  let shift: [Double]
  let activation: Activation

  /// The step that `node` takes, or nil if it is no such step by constants.
  init?(_ node: Node, in graph: Graph) {
    switch node.op {
    case .batchNormalization(let epsilon):
      let parameters = node.inputs.dropFirst().compactMap { graph.floats($0) }
      guard parameters.count == 4, let x = node.inputs[0] else { return nil }
      input = x
      scale = zip(parameters[0], parameters[3]).map {
        Double($0) / (Double($1) + Double(epsilon)).squareRoot()
      }
      shift = zip(scale, zip(parameters[1], parameters[2])).map {
        Double($1.0) - Double($1.1) * $0
      }
      activation = .none
    case .binary(let kind, let activation):
      guard node.inputs.count == 2 else { return nil }
      let shape = graph[node.output].shape
      let isLeft = graph.perChannel(node.inputs[0], against: shape) != nil
      guard let x = node.inputs[isLeft ? 1 : 0],
        let values = graph.perChannel(node.inputs[isLeft ? 0 : 1], against: shape)
      else { return nil }
      let constant = values.map { Double($0) }
      let ones = [Double](repeating: 1, count: constant.count)
      let zeros = [Double](repeating: 0, count: constant.count)
      switch kind {
      case .add: (scale, shift) = (ones, constant)
      case .multiply: (scale, shift) = (constant, zeros)
      case .subtract where isLeft: (scale, shift) = (ones.map { -$0 }, constant)
      case .subtract: (scale, shift) = (ones, constant.map { -$0 })
      case .divide where !isLeft: (scale, shift) = (constant.map { 1 / $0 }, zeros)
      default: return nil
      }
      input = x
      self.activation = activation
    default:
      return nil
    }
  }

  /// The operator, weights and bias that compute this step after `node`, or nil if there are none.
  func folded(into node: Node, in graph: Graph) -> (op: Op, weight: [Float], bias: [Float])? {
    guard node.inputs.count >= 2, let weightID = node.inputs[1],
      let weight = graph.floats(weightID)
    else { return nil }
    let biasID = node.inputs.count > 2 ? node.inputs[2] : nil
    let shape = graph[weightID].shape
    switch node.op {
    case .convolution(let window, let groups, .none):
      guard node.inputs.count < 4 || node.inputs[3] == nil,
        let bias = folded(biasID, beta: 1, in: graph)
      else { return nil }
      let filter = weight.count / scale.count
      return (
        .convolution(window: window, groups: groups, activation: activation),
        scaled(weight) { $0 / filter }, bias
      )
    case .transposedConvolution(let window, let padY, let padX, let groups, .none):
      guard let bias = folded(biasID, beta: 1, in: graph) else { return nil }
      // Filter k of the group that input channel c belongs to.
      let groupFilters = scale.count / groups
      let groupChannels = shape[0] / groups
      let inner = graph.layout == .nchw ? shape[2] * shape[3] : 1
      let outer = weight.count / shape[0]
      return (
        .transposedConvolution(
          window: window, outputPadY: padY, outputPadX: padX, groups: groups,
          activation: activation),
        scaled(weight) { i in
          i / outer / groupChannels * groupFilters + i % outer / inner % groupFilters
        }, bias
      )
    case .gemm(let alpha, let beta, let transposeA, let transposeB, .none):
      guard let bias = folded(biasID, beta: Double(beta), in: graph) else { return nil }
      let columns = scale.count
      return (
        .gemm(
          alpha: alpha, beta: 1, transposeA: transposeA, transposeB: transposeB,
          activation: activation),
        scaled(weight) { transposeB ? $0 / (weight.count / columns) : $0 % columns }, bias
      )
    default:
      return nil
    }
  }

  private func scaled(_ weight: [Float], channel: (Int) -> Int) -> [Float] {
    weight.indices.map { Float(Double(weight[$0]) * scale[channel($0)]) }
  }

  /// scale * beta * bias + shift, or nil if the bias is no constant a channel.
  private func folded(_ bias: ValueID?, beta: Double, in graph: Graph) -> [Float]? {
    guard let bias else { return shift.map { Float($0) } }
    guard var values = graph.floats(bias), graph[bias].shape.dropLast().allSatisfy({ $0 == 1 })
    else { return nil }
    if values.count == 1, let only = values.first {
      values = [Float](repeating: only, count: scale.count)
    }
    guard values.count == scale.count else { return nil }
    return values.indices.map { Float(scale[$0] * beta * Double(values[$0]) + shift[$0]) }
  }
}
