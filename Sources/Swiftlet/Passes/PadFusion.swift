/// Moves explicit padding of images into the window of the convolution or pooling that reads it.
///
/// Zeros go into a convolution, and into an average pooling that counts its padding or has none; minus
/// infinity goes into a max pooling.
package struct PadFusion: GraphPass {
  package let name = "fuse-pads"

  package init() {}

  package func run(on graph: inout Graph) throws(EngineError) -> Int {
    var scan = FusionScan(graph)
    for position in graph.nodes.indices {
      var node = scan.graph.nodes[position]
      guard let source = scan.producer(node.inputs.first ?? nil),
        case .pad(let before, let after, let value) = scan.graph.nodes[source].op,
        let fused = node.op.padded(before, after, value, axes: scan.graph.spatialAxes)
      else { continue }
      let sole = scan.soleProducer(node.inputs[0]) != nil
      node.op = fused
      node.inputs[0] = scan.graph.nodes[source].inputs[0]
      // Rounding up, and the limits of a window, may make the fused operator another one.
      let shape = try? ShapeInference.outputShape(
        of: fused, inputs: node.inputs.map { id in id.map { scan.graph[$0].shape } }, declared: nil,
        layout: scan.graph.layout, name: node.name)
      guard shape == scan.graph[node.output].shape else { continue }
      scan.replace(position, by: node, absorbing: sole ? [source] : [])
    }
    let changes = scan.changes
    graph = scan.finish()
    return changes
  }
}

extension Op {
  /// The operator that does on x what this one does on x padded, or nil if there is none.
  fileprivate func padded(
    _ before: [Int], _ after: [Int], _ value: Float, axes: (y: Int, x: Int)
  ) -> Op? {
    let isSpatial = before.indices.allSatisfy {
      $0 == axes.y || $0 == axes.x || (before[$0] == 0 && after[$0] == 0)
    }
    guard before.count == 4, isSpatial else { return nil }
    func widened(_ window: Window) -> Window {
      var window = window
      window.padTop += before[axes.y]
      window.padLeft += before[axes.x]
      window.padBottom += after[axes.y]
      window.padRight += after[axes.x]
      return window
    }
    switch self {
    case .convolution(let window, let groups, let activation) where value == 0:
      return .convolution(window: widened(window), groups: groups, activation: activation)
    case .maxPool(let window, let ceil) where value == -.infinity:
      return .maxPool(window: widened(window), ceil: ceil)
    case .averagePool(let window, let ceil, let countIncludePad) where value == 0:
      let hasPads =
        window.padTop != 0 || window.padLeft != 0 || window.padBottom != 0 || window.padRight != 0
      guard countIncludePad || !hasPads else { return nil }
      return .averagePool(window: widened(window), ceil: ceil, countIncludePad: true)
    default:
      return nil
    }
  }
}
