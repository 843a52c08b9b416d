/// A sequence of passes that turns a network as a model states it into one that runs fast.
public struct PassPipeline: Sendable {
  /// Each stage runs until it changes nothing more.
  private let stages: [[any GraphPass]]

  /// Rounds after which a stage ends although it still finds something to change.
  private static let maximumRounds = 16

  /// A pipeline of stages, each repeated until it changes nothing more.
  package init(stages: [[any GraphPass]]) {
    self.stages = stages
  }

  /// Everything: folds constants and normalisations, fuses, cleans up, and lays images out as NHWC.
  ///
  /// Running it on its own result changes nothing.
  public static let standard = PassPipeline(stages: [rewrites, [LayoutPass()], rewrites])

  private static let rewrites: [any GraphPass] = [
    ConstantFolding(), OperatorSimplification(), MovementMerging(), IdentityRemoval(),
    TransposedConvolutionRewriting(), DilationRecovery(), ActivationMatching(), BatchNormFolding(),
    PadFusion(), ActivationFusion(), ResidualFusion(), ConcatFlattening(), DeadCodeRemoval(),
  ]

  /// Rewrites `graph` in place.
  ///
  /// - Returns: The passes that changed something, in the order of their first change, each with the number
  ///   of its changes, such as `fold-batch-norm: 54`.
  /// - Throws: `EngineError` if the graph is invalid.
  public func run(on graph: inout Graph) throws(EngineError) -> [String] {
    try graph.validate()
    var names: [String] = []
    var counts: [String: Int] = [:]
    for stage in stages {
      var changed = true
      var round = 0
      while changed, round < Self.maximumRounds {
        changed = false
        round += 1
        for pass in stage {
          let count = try pass.run(on: &graph)
          guard count > 0 else { continue }
          changed = true
          if counts[pass.name] == nil { names.append(pass.name) }
          counts[pass.name, default: 0] += count
        }
      }
    }
    try graph.validate()
    return names.map { "\($0): \(counts[$0, default: 0])" }
  }
}
