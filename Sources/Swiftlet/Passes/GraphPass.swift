/// A rewrite of a graph that keeps what it computes, up to rounding.
///
/// A pass takes a valid graph of either layout and leaves a valid one with the same inputs and outputs,
/// by name, order and shape (`LayoutPass` permutes images). Cost is linear in nodes and constants.
package protocol GraphPass: Sendable {
  /// A short name for reports.
  var name: String { get }

  /// Rewrites `graph` and returns the number of changes, 0 if there was nothing to do.
  ///
  /// - Throws: `EngineError` if the graph turns out to be invalid.
  func run(on graph: inout Graph) throws(EngineError) -> Int
}
