import Swiftlet
import Testing

@Suite struct ISATests {
  @Test func theForcedInstructionSetIsTheOneThatRuns() throws {
    for isa in CPU.usable {
      var graph = Graph(layout: .nhwc)
      let x = graph.addValue(Value(name: "x", shape: [1, 4, 4, 3]))
      graph.inputs = [x]
      graph.outputs = [try graph.append(.activation(.relu), name: "y", inputs: [x])]
      let session = try Session(
        model: Model(graph: graph, metadata: ModelMetadata(name: "t")),
        options: SessionOptions(threads: 1, isa: isa))
      #expect(session.report.isa == isa)
      #expect(session.report.layers.allSatisfy { $0.kernel.hasSuffix("-\(isa.rawValue)") })
    }
  }

  @Test func anUnknownNameIsAnError() {
    #expect(throws: EngineError.self) { try ISA.named("sse9") }
    let missing = ISA.allCases.filter { !CPU.usable.contains($0) }
    for isa in missing { #expect(throws: EngineError.self) { try ISA.named(isa.rawValue) } }
  }

  @Test func threadsOutOfRangeAreAnError() throws {
    var graph = Graph(layout: .nhwc)
    let x = graph.addValue(Value(name: "x", shape: [1, 4]))
    graph.inputs = [x]
    graph.outputs = [try graph.append(.activation(.relu), name: "y", inputs: [x])]
    let model = try Model(graph: graph, metadata: ModelMetadata(name: "t"))
    for threads in [0, -1, 100_000] {
      #expect(throws: EngineError.self) {
        try Session(model: model, options: SessionOptions(threads: threads))
      }
    }
  }
}
