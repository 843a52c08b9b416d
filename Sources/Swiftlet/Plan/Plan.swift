import Synchronization

/// A model made ready for one instruction set: kernels chosen, weights packed, memory laid out.
///
/// Immutable; any number of sessions may run one plan, each with an arena of its own.
package final class Plan: Sendable {
  /// The steps, in order.
  package let steps: [Step]
  /// Where the graph's inputs and outputs lie, in order.
  package let inputs: [Placement], outputs: [Placement]
  /// Floats in an arena.
  package let arenaCount: Int
  /// Floats of all activations together.
  package let activationCount: Int
  /// Floats that each thread at work needs for itself.
  package let scratchCount: Int
  /// The instruction set.
  package let isa: ISA

  /// Plans a model, on up to `threads` threads.
  ///
  /// - Throws: `EngineError` if the graph holds an operator that no kernel runs, or memory runs out.
  package init(_ model: Model, isa: ISA, threads: Int = 1) throws(EngineError) {
    let fused = LateAddition.fused(model.graph)
    let graph = fused.graph
    self.isa = isa
    let kernels = KernelSet(isa)
    let chains = DepthwiseChain.all(in: graph, isa: isa, threads: threads)
    let placement = PlacementPlan(graph, chains: chains) { StepBuilder.isStrided($0, graph) }
    // Checked before any work is spent on the steps: a small file may state huge extents.
    try Self.checkMemory(floats: placement.count, model)
    let builder = StepBuilder(
      graph: graph, kernels: kernels, threads: threads, placements: placement.placements,
      addsLast: fused.addsLast)
    let chainEnds = Dictionary(uniqueKeysWithValues: chains.map { ($0.last, $0) })
    let nodes = graph.nodes.indices.filter { !placement.elided.contains($0) }
    // Each node's weights are packed by itself, so that the threads share the work.
    let results = Mutex([Result<Step, EngineError>?](repeating: nil, count: nodes.count))
    ThreadPool.shared.run(nodes.count, threads: threads) { index in
      let result: Result<Step, EngineError>
      do throws(EngineError) {
        let node = nodes[index]
        if let chain = chainEnds[node] {
          result = .success(try builder.chain(chain))
        } else {
          result = .success(try builder.step(for: graph.nodes[node]))
        }
      } catch {
        result = .failure(error)
      }
      results.withLock { $0[index] = result }
    }
    var steps: [Step] = []
    for case let result? in results.withLock({ $0 }) { steps.append(try result.get()) }
    self.steps = steps
    scratchCount = steps.reduce(0) { max($0, $1.scratch) }
    let workers = max(1, min(threads, ThreadPool.shared.helpers + 1))
    try Self.checkMemory(
      floats: StepBuilder.saturating(scratchCount, workers), beside: placement.count, model)
    arenaCount = placement.count
    activationCount = placement.activationCount
    var inputs: [Placement] = []
    for id in graph.inputs { inputs.append(try Self.place(id, graph, placement)) }
    var outputs: [Placement] = []
    for id in graph.outputs { outputs.append(try Self.place(id, graph, placement)) }
    self.inputs = inputs
    self.outputs = outputs
  }

  /// Refuses a model whose activations and scratch exceed the machine's memory.
  private static func checkMemory(
    floats: Int, beside others: Int = 0, _ model: Model
  ) throws(EngineError) {
    let (sum, overflow) = floats.addingReportingOverflow(others)
    guard !overflow, sum / 256 <= AlignedMemory.physical / 1024 else {
      throw EngineError(
        .outOfMemory, model.metadata.name,
        "its activations need \(sum / 256) KiB, more than this machine's memory",
        "run it on smaller inputs")
    }
  }

  private static func place(
    _ id: ValueID, _ graph: Graph, _ placement: PlacementPlan
  ) throws(EngineError) -> Placement {
    guard let place = placement.placements[id.index] else {
      throw EngineError(
        .unsupported, graph[id].name, "it is a constant, not computed from an input",
        "leave it out of the model's inputs and outputs")
    }
    return place
  }
}
