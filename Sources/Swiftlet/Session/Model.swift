/// A network ready to be planned: an optimised NHWC graph and what it is for. Immutable and shared.
public final class Model: Sendable {
  /// The graph, in NHWC layout.
  public let graph: Graph
  /// What the model is for.
  public let metadata: ModelMetadata

  /// A model over a graph in either layout; an NCHW graph is optimised first (`PassPipeline.standard`).
  ///
  /// - Throws: `EngineError` if the graph is invalid.
  public init(graph: Graph, metadata: ModelMetadata) throws(EngineError) {
    var graph = graph
    var metadata = metadata
    if graph.layout == .nchw {
      metadata.passes = try PassPipeline.standard.run(on: &graph)
    }
    try graph.validate()
    self.graph = graph
    self.metadata = metadata
  }

  /// Maps a `.nest` file. The weights stay in the mapping.
  ///
  /// - Throws: `EngineError` if the file cannot be read or is damaged.
  public static func load(_ path: String) throws(EngineError) -> Model {
    try ModelFile.read(path)
  }
}
