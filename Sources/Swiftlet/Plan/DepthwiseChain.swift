/// A depthwise convolution together with what gives its input, the 1x1 convolution behind it, or both: the
/// inverted residual of MobileNetV2 (Sandler and others, CVPR 2018), the separable convolution, and the
/// decoder's step that enlarges a tensor and puts another one beside it.
///
/// Computed a few rows at a time, what lies between never leaves the second-level cache. A plan's business
/// only: the graph keeps its nodes.
struct DepthwiseChain: Sendable {
  /// Nodes of the graph, by index: 1x1 convolutions and bilinear resizes whose results, side by side, are
  /// the depthwise convolution's input; empty where it is read from memory.
  let sources: [Int]
  /// The node that puts several results side by side.
  let concat: Int?
  let depthwise: Int, projection: Int?

  /// The node that gives the chain's result.
  var last: Int { projection ?? depthwise }
  /// All nodes: what a node reads before it, the last one last.
  var nodes: [Int] { sources + [concat, depthwise, projection].compactMap { $0 } }

  /// Floats between two of the nodes from which they are joined: fewer stay in the second-level
  /// cache in any case.
  private static let floatsMin = 384 << 10
  /// The same where two threads share the work, each of which would wait for rows that the other one has
  /// just written: dear where they share no cache. Such a chain has two tasks at least, too few for more threads;
  /// a resize by itself has other kernels than in a chain, and bits must not depend on threads.
  private static let sharedFloatsMin = 128 << 10
  /// The share of a tensor's rows, one in so many, that both halves may need for that.
  private static let sharedRowsMax = 10
  /// Floats of the rows under one row of taps up to which anything stays in that cache.
  private static let rowsMax = 128 << 10

  /// The chains of a graph that runs on so many threads. A node belongs to one chain at most.
  static func all(in graph: Graph, isa: ISA, threads: Int) -> [DepthwiseChain] {
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

    var taken: Set<Int> = []
    var chains: [DepthwiseChain] = []
    /// The chain around a node as far as its other nodes belong to none.
    func chain(at index: Int) -> DepthwiseChain? {
      let node = graph.nodes[index]
      guard isDepthwise(node, graph), !taken.contains(index), let input = node.inputs[0] else {
        return nil
      }
      var projection: Int?
      if let after = reader(of: node.output), isPointwise(graph.nodes[after], graph, isa),
        graph.nodes[after].inputs[0] == node.output, !taken.contains(after)
      {
        projection = after
      }
      // What gives the input, where nobody else reads it.
      var (sources, concat): ([Int], Int?) = ([], nil)
      if let before = producer[input.index], reader(of: input) == index, !taken.contains(before) {
        if isSource(graph.nodes[before], graph, isa) {
          sources = [before]
        } else if let parts = parts(of: graph.nodes[before], graph) {
          let nodes = parts.compactMap { producer[$0.index] }
          let areAll =
            nodes.count == parts.count
            && zip(parts, nodes).allSatisfy { value, node in
              reader(of: value) == before && !taken.contains(node)
                && isSource(graph.nodes[node], graph, isa) && !shrinks(graph.nodes[node], graph)
            }
          // Convolutions write their channels of the concatenation in place; only a resize is worth it.
          if areAll, nodes.contains(where: { isResize(graph.nodes[$0], graph) }) {
            (sources, concat) = (nodes, before)
          }
        }
      }
      return DepthwiseChain(
        sources: sources, concat: concat, depthwise: index, projection: projection)
    }
    func take(_ chain: DepthwiseChain, from least: Int) {
      let node = graph.nodes[chain.depthwise]
      func isLarge(_ value: ValueID?) -> Bool {
        value.map { graph[$0].shape.reduce(1, *) >= least } ?? false
      }
      guard
        (!chain.sources.isEmpty && isLarge(node.inputs[0]))
          || (chain.projection != nil && isLarge(node.output))
      else { return }
      chains.append(chain)
      taken.formUnion(chain.nodes)
    }
    for index in graph.nodes.indices {
      if let chain = chain(at: index) { take(chain, from: floatsMin) }
    }
    guard threads == 2 else { return chains }
    // Only of what is left: whatever has a resize is joined for any number of threads or for none.
    for (index, node) in graph.nodes.enumerated() where sharesFewRows(node, graph) {
      guard let chain = chain(at: index),
        !chain.sources.contains(where: { isResize(graph.nodes[$0], graph) })
      else { continue }
      take(chain, from: sharedFloatsMin)
    }
    return chains
  }

  /// Whether two halves of a depthwise convolution's output need few of its input's rows both.
  private static func sharesFewRows(_ node: Node, _ graph: Graph) -> Bool {
    guard case .convolution(let window, _, _) = node.op, let input = node.inputs[0] else {
      return false
    }
    return (window.kernelHeight - window.strideY) * sharedRowsMax <= graph[input].shape[1]
  }

  private static func hasResidual(_ node: Node) -> Bool {
    node.inputs.count > 3 && node.inputs[3] != nil
  }

  /// Whether rows of a node's result can be computed one by one, from rows that are in memory.
  private static func isSource(_ node: Node, _ graph: Graph, _ isa: ISA) -> Bool {
    isResize(node, graph) || (isPointwise(node, graph, isa) && !hasResidual(node))
  }

  /// Whether a node's result is smaller than its input, which would have to be kept in its place: beside a
  /// resize, what skips many layers may have been computed long before.
  private static func shrinks(_ node: Node, _ graph: Graph) -> Bool {
    guard case let input? = node.inputs[0], !isResize(node, graph) else { return false }
    return graph[node.output].shape.reduce(1, *) < graph[input].shape.reduce(1, *)
  }

  /// Whether a node is a bilinear resize of a computed picture, one alone.
  private static func isResize(_ node: Node, _ graph: Graph) -> Bool {
    guard case .resize(let resize) = node.op, case .linear = resize.mode,
      let input = node.inputs[0],
      graph[input].constant == nil
    else { return false }
    let x = graph[input].shape
    return x.count == 4 && x[0] == 1
  }

  /// What a concatenation of channels puts side by side; nil for other nodes.
  private static func parts(of node: Node, _ graph: Graph) -> [ValueID]? {
    guard case .concat(let axis) = node.op, axis == graph[node.output].shape.count - 1 else {
      return nil
    }
    return node.inputs.compactMap { $0 }
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
