import Swiftlet
import Testing

@Suite("Passes on random graphs")
struct PassesRandomTests {
  static let passes: [any GraphPass] = [
    ConstantFolding(), OperatorSimplification(), MovementMerging(), IdentityRemoval(),
    TransposedConvolutionRewriting(), DilationRecovery(), ActivationMatching(), BatchNormFolding(),
    PadFusion(), ActivationFusion(), ResidualFusion(), ConcatFlattening(), DeadCodeRemoval(),
  ]

  @Test("The standard pipeline keeps outputs, and running it again changes nothing")
  func pipeline() throws {
    var removed = 0
    for seed in 0..<400 as Range<UInt64> {
      var random = try RandomGraph(seed: seed, steps: 14)
      let before = random.graph
      let inputs = try random.tensors()
      let expected = try before.evaluate(inputs)
      var after = before
      _ = try PassPipeline.standard.run(on: &after)
      #expect(after.layout == .nhwc)
      #expect(after.inputs.map { after[$0].name } == before.inputs.map { before[$0].name })
      #expect(after.outputs.map { after[$0].name } == before.outputs.map { before[$0].name })
      if let deviation = deviation(try evaluateInSourceOrder(after, inputs), expected) {
        Issue.record("seed \(seed): \(deviation)\n\(before.listing)\nbecame\n\(after.listing)")
        return
      }
      removed += before.nodes.count - after.nodes.count
      let nodes = after.nodes.count
      let again = try PassPipeline.standard.run(on: &after)
      if !again.isEmpty || after.nodes.count != nodes {
        Issue.record("seed \(seed): again \(again)\n\(after.listing)")
        return
      }
    }
    #expect(removed > 400)
  }

  @Test("Each pass keeps outputs in either layout", arguments: passes.indices)
  func single(_ index: Int) throws {
    let pass = Self.passes[index]
    var changes = 0
    for seed in 1000..<1150 as Range<UInt64> {
      var random = try RandomGraph(seed: seed, steps: 14)
      let inputs = try random.tensors()
      let expected = try random.graph.evaluate(inputs)
      var nhwc = random.graph
      _ = try LayoutPass().run(on: &nhwc)
      for before in [random.graph, nhwc] {
        var after = before
        let count = try pass.run(on: &after)
        changes += count
        if count == 0 { continue }
        if let deviation = deviation(try evaluateInSourceOrder(after, inputs), expected) {
          Issue.record(
            "\(pass.name), seed \(seed): \(deviation)\n\(before.listing)\nbecame\n\(after.listing)")
          return
        }
      }
    }
    #expect(changes > 0, "\(pass.name) never found anything to do")
  }

  @Test("The layout pass alone keeps outputs")
  func layout() throws {
    for seed in 2000..<2300 as Range<UInt64> {
      var random = try RandomGraph(seed: seed, steps: 12)
      let inputs = try random.tensors()
      let expected = try random.graph.evaluate(inputs)
      var after = random.graph
      #expect(try LayoutPass().run(on: &after) == 1)
      if let deviation = deviation(
        try evaluateInSourceOrder(after, inputs), expected, tolerance: 1e-6)
      {
        Issue.record(
          "seed \(seed): \(deviation)\n\(random.graph.listing)\nbecame\n\(after.listing)")
        return
      }
    }
  }
}
