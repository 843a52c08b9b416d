extension ModelMetadata {
  /// Requires that the metadata speak of the graph it comes with, so that users of both need not doubt
  /// either: the image input and the outputs exist, extents and channels agree, no deviation is zero,
  /// and labels are as many as scores.
  ///
  /// - Parameter graph: A valid graph in NHWC layout.
  /// - Throws: `EngineError` with code `invalidGraph` at the first contradiction.
  package func check(against graph: Graph) throws(EngineError) {
    if let input {
      guard let id = graph.inputs.first(where: { graph[$0].name == input.name }) else {
        throw contradiction("the graph has no input of the image input's name")
      }
      let shape = graph[id].shape
      let channels = input.mean.count
      guard shape.count == 4, [input.height, input.width, channels] == shape.dropFirst() else {
        throw contradiction(
          "the image input is of height, width and channels "
            + "\([input.height, input.width, channels]), the graph's of \(shape.dropFirst())")
      }
      guard input.std.count == channels, !input.std.contains(0) else {
        throw contradiction("the image input needs a deviation other than 0 for each channel")
      }
    }
    for (index, output) in outputs.enumerated() {
      guard let id = graph.outputs.first(where: { graph[$0].name == output.name }) else {
        throw contradiction("the graph has no output of the name of output \(index)")
      }
      let scores = graph[id].shape.last ?? 1
      guard output.labels.isEmpty || output.labels.count == scores else {
        throw contradiction(
          "output \(index) has \(output.labels.count) labels for \(scores) scores")
      }
    }
  }

  private func contradiction(_ why: String) -> EngineError {
    EngineError(.invalidGraph, "model metadata", why, "describe the graph as it is")
  }
}
