import Swiftlet
import Testing

@Suite("Validation of graphs")
struct GraphValidationTests {
  /// x [1, 2, 4, 4], a convolution, a batch normalization.
  func graph() throws -> Graph {
    var graph = Graph()
    let x = graph.addValue(Value(name: "x", shape: [1, 2, 4, 4]))
    graph.inputs = [x]
    let weight = graph.addConstant(
      "w", try Constant(shape: [3, 2, 1, 1], floats: [1, 2, 3, 4, 5, 6]))
    let y = try graph.append(
      .convolution(window: Window(kernel: (1, 1)), groups: 1, activation: .none), name: "conv",
      inputs: [x, weight])
    let one = graph.addConstant("one", try Constant(shape: [3], floats: [1, 1, 1]))
    let z = try graph.append(
      .batchNormalization(epsilon: 1e-5), name: "norm", inputs: [y, one, one, one, one])
    graph.outputs = [z]
    return graph
  }

  @Test("A sound graph passes")
  func sound() throws {
    try graph().validate()
  }

  @Test("Every way to break a graph is an error that says where")
  func broken() throws {
    let breakages: [(String, (inout Graph) throws -> Void)] = [
      ("graph input 99", { $0.inputs = [ValueID(99)] }),
      ("graph input -1", { $0.inputs = [ValueID(-1)] }),
      ("graph input 1", { $0.inputs = [ValueID(0), ValueID(1)] }),
      ("graph input 0", { $0.inputs = [ValueID(0), ValueID(0)] }),
      ("graph output 99", { $0.outputs = [ValueID(99)] }),
      ("graph output '", { $0.outputs = [$0.outputs[0], $0.outputs[0]] }),
      ("graph", { $0.outputs = [] }),
      ("value 0 'x'", { $0.values[0].shape = [1, 0, 4, 4] }),
      ("value 0 'x'", { $0.values[0].shape = [1 << 20, 1 << 20, 4, 4] }),
      ("value 0 'x'", { $0.values[0].shape = [Int](repeating: 1, count: 9) }),
      ("value 1 'w'", { $0.values[1].shape = [2, 3, 1, 1] }),
      ("node 0 'conv' (convolution)", { $0.nodes[0].inputs[0] = ValueID(77) }),
      ("node 0 'norm' (batch normalization)", { $0.nodes.swapAt(0, 1) }),
      ("node 0 'conv' (convolution)", { $0.nodes[0].output = ValueID(0) }),
      ("node 0 'conv' (convolution)", { $0.nodes[0].output = ValueID(1) }),
      ("node 1 'norm' (batch normalization)", { $0.nodes[1].output = $0.nodes[0].output }),
      ("node 0 'conv' (convolution)", { $0.nodes[0].output = ValueID(-3) }),
      ("node 'conv' (convolution)", { $0.nodes[0].inputs[1] = nil }),
      ("node 'conv' (convolution)", { $0.nodes[0].inputs = [] }),
      ("node 'conv' (convolution)", { $0[ValueID(2)].shape = [1, 3, 4, 5] }),
      ("node 'norm' (batch normalization)", { $0.nodes[1].op = .batchNormalization(epsilon: -1) }),
      (
        "node 1 'norm' (batch normalization)",
        {
          let computed = $0.addValue(Value(name: "s", shape: [3]))
          $0.inputs.append(computed)
          $0.nodes[1].inputs[1] = computed
        }
      ),
      (
        "node 1 'norm' (batch normalization)",
        {
          $0.nodes[1].inputs[1] = $0.addConstant(
            "i", try Constant(shape: [3], integers: [1, 2, 3]))
        }
      ),
      (
        "graph output 'i'",
        {
          $0.outputs = [$0.addConstant("i", try Constant(shape: [1], integers: [1]))]
        }
      ),
      (
        "graph input 'x'",
        {
          $0.inputs.append($0.addValue(Value(name: "x", shape: [1])))
        }
      ),
    ]
    for (index, (what, breakage)) in breakages.enumerated() {
      var graph = try graph()
      try breakage(&graph)
      let error = #expect(throws: EngineError.self, "breakage \(index)") { try graph.validate() }
      if let error {
        #expect(error.what.hasPrefix(what), "breakage \(index): \(error)")
      }
    }
  }
}
