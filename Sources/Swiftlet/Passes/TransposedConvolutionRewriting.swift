/// Turns a transposed convolution of stride 1 with constant weights into a convolution.
///
/// Both sum the same products; the filter is mirrored, and what was cropped becomes padding.
package struct TransposedConvolutionRewriting: GraphPass {
  package let name = "rewrite-transposed-convolutions"

  package init() {}

  package func run(on graph: inout Graph) throws(EngineError) -> Int {
    var changes = 0
    for position in graph.nodes.indices {
      let node = graph.nodes[position]
      guard
        case .transposedConvolution(let window, let padY, let padX, let groups, let activation) =
          node.op, window.strideY == 1, window.strideX == 1, let weight = node.inputs[1],
        let elements = graph.floats(weight)
      else { continue }
      var mirrored = window
      mirrored.padTop = window.spanY - 1 - window.padTop
      mirrored.padLeft = window.spanX - 1 - window.padLeft
      mirrored.padBottom = window.spanY - 1 - window.padBottom + padY
      mirrored.padRight = window.spanX - 1 - window.padRight + padX
      let filters = self.filters(
        elements, shape: graph[weight].shape, groups: groups, layout: graph.layout)
      graph.nodes[position].op = .convolution(
        window: mirrored, groups: groups, activation: activation)
      graph.nodes[position].inputs[1] = graph.addConstant(
        graph[weight].name, try Constant(shape: filters.shape, floats: filters.elements))
      changes += 1
    }
    return changes
  }

  /// The mirrored weights with filters and channels exchanged within each group.
  private func filters(
    _ elements: [Float], shape: [Int], groups: Int, layout: Layout
  ) -> (elements: [Float], shape: [Int]) {
    let isPlanar = layout == .nchw
    let (channels, groupFilters) = (shape[0] / groups, isPlanar ? shape[1] : shape[3])
    let taps = elements.count / (shape[0] * groupFilters)
    var result = [Float](repeating: 0, count: elements.count)
    for channel in 0..<shape[0] {
      for filter in 0..<groupFilters {
        for tap in 0..<taps {
          let k = channel / channels * groupFilters + filter
          let c = channel % channels
          let mirror = taps - 1 - tap
          let source =
            isPlanar
            ? (channel * groupFilters + filter) * taps + tap
            : (channel * taps + tap) * groupFilters + filter
          let target =
            isPlanar
            ? (k * channels + c) * taps + mirror : (k * taps + mirror) * channels + c
          result[target] = elements[source]
        }
      }
    }
    let spatial = isPlanar ? [shape[2], shape[3]] : [shape[1], shape[2]]
    let count = groupFilters * groups
    return (result, isPlanar ? [count, channels] + spatial : [count] + spatial + [channels])
  }
}
