/// A depthwise convolution together with the 1x1 convolution before it, the one behind it, or both: the
/// inverted residual of MobileNetV2 (Sandler and others, CVPR 2018) and the separable convolution.
///
/// Computed a few rows at a time, what lies between the convolutions never leaves the second-level cache.
/// A plan's business only: the graph keeps its nodes.
struct DepthwiseChain: Sendable {
  /// Nodes of the graph, by index.
  let expansion: Int?, depthwise: Int, projection: Int?

  /// The node that gives the chain's result.
  var last: Int { projection ?? depthwise }

  /// Floats between two of the convolutions from which they are joined: fewer stay in the second-level
  /// cache in any case.
  private static let floatsMin = 384 << 10
  /// Floats of the rows under one row of taps up to which anything stays in that cache.
  private static let rowsMax = 128 << 10

  /// The chains of a graph. A node belongs to one chain at most.
  static func all(in graph: Graph, isa: ISA) -> [DepthwiseChain] {
    var producer: [Int: Int] = [:]
    var consumers: [Int: [Int]] = [:]
    for (index, node) in graph.nodes.enumerated() {
      producer[node.output.index] = index
      for case let input? in node.inputs { consumers[input.index, default: []].append(index) }
    }
    for output in graph.outputs { consumers[output.index, default: []].append(-1) }

    /// The only reader of a value; nil where it has others.
    func reader(of value: ValueID) -> Int? {
      guard let nodes = consumers[value.index], nodes.count == 1, nodes[0] >= 0 else { return nil }
      return nodes[0]
    }
    func isLarge(_ value: ValueID) -> Bool { graph[value].shape.reduce(1, *) >= floatsMin }

    var taken: Set<Int> = []
    var chains: [DepthwiseChain] = []
    for (index, node) in graph.nodes.enumerated() {
      guard isDepthwise(node, graph), let input = node.inputs[0] else { continue }
      var (expansion, projection): (Int?, Int?) = (nil, nil)
      if let before = producer[input.index], reader(of: input) == index, !taken.contains(before),
        isPointwise(graph.nodes[before], graph, isa), !hasResidual(graph.nodes[before])
      {
        expansion = before
      }
      if let after = reader(of: node.output), isPointwise(graph.nodes[after], graph, isa),
        graph.nodes[after].inputs[0] == node.output
      {
        projection = after
      }
      guard
        (expansion != nil && isLarge(input)) || (projection != nil && isLarge(node.output))
      else { continue }
      chains.append(
        DepthwiseChain(expansion: expansion, depthwise: index, projection: projection))
      taken.formUnion([expansion, index, projection].compactMap { $0 })
    }
    return chains
  }

  private static func hasResidual(_ node: Node) -> Bool {
    node.inputs.count > 3 && node.inputs[3] != nil
  }

  private static func isDepthwise(_ node: Node, _ graph: Graph) -> Bool {
    guard case .convolution(let window, let groups, _) = node.op, groups > 1, !hasResidual(node),
      let input = node.inputs[0], let weights = node.inputs[1], graph[weights].constant != nil
    else { return false }
    let (x, w) = (graph[input].shape, graph[weights].shape)
    return x.count == 4 && x[0] == 1 && w[0] == groups && x[3] == groups && w[3] == 1
      && window.kernelHeight == window.kernelWidth && [3, 5].contains(window.kernelWidth)
      && window.strideY == window.strideX && [1, 2].contains(window.strideX)
      && window.dilationY == 1 && window.dilationX == 1
      && StepBuilder.saturating(window.kernelHeight, x[2], x[3]) <= rowsMax
  }

  private static func isPointwise(_ node: Node, _ graph: Graph, _ isa: ISA) -> Bool {
    guard case .convolution(let window, 1, _) = node.op, let input = node.inputs[0],
      let weights = node.inputs[1], graph[weights].constant != nil
    else { return false }
    let (x, w, y) = (graph[input].shape, graph[weights].shape, graph[node.output].shape)
    return x.count == 4 && x[0] == 1 && window == Window(kernel: (1, 1))
      && !BLASCall.isFaster(isa: isa, pixels: y[1] * y[2], outputs: w[0], inputs: w[3])
  }
}
