import Swiftlet
import Testing

@Suite struct SessionTests {
  /// x -> 1x1 convolution that swaps the channels of a 2-channel image.
  static func swap() throws -> Model {
    var graph = Graph(layout: .nchw)
    let x = graph.addValue(Value(name: "x", shape: [1, 2, 2, 3]))
    graph.inputs = [x]
    let w = graph.addConstant("w", try Constant(shape: [2, 2, 1, 1], floats: [0, 1, 1, 0]))
    let y = try graph.append(
      .convolution(window: Window(kernel: (1, 1)), groups: 1, activation: .none), name: "y",
      inputs: [x, w])
    graph.outputs = [y]
    return try Model(graph: graph, metadata: ModelMetadata(name: "swap"))
  }

  @Test func tensorsGoInAndOutInTheOrderOfTheSourceModel() throws {
    let session = try Session(model: Self.swap())
    #expect(session.inputs == [TensorInfo(name: "x", shape: [1, 2, 2, 3])])
    let x = try Tensor(shape: [1, 2, 2, 3], data: (0..<12).map(Float.init))
    let y = try session.run(["x": x])
    #expect(y["y"]?.data == [6, 7, 8, 9, 10, 11, 0, 1, 2, 3, 4, 5])
  }

  @Test func wrongInputsAreNamedInTheError() throws {
    let session = try Session(model: Self.swap())
    let good = try Tensor(shape: [1, 2, 2, 3])
    let bad = try Tensor(shape: [1, 3, 2, 2])
    #expect(
      throws: EngineError(
        .unknownName, "input 'z'", "the model has no such input", "use 'x'")
    ) { try session.run(["x": good, "z": good]) }
    #expect(throws: EngineError.self) { try session.run([:]) }
    do {
      _ = try session.run(["x": bad])
      Issue.record("a wrong shape was accepted")
    } catch let error {
      #expect(error.code == .shapeMismatch && error.description.contains("[1, 2, 2, 3]"))
    }
  }

  @Test func siblingsShareAPlanAndNotTheirMemory() throws {
    let first = try Session(model: Self.swap())
    let second = try first.sibling()
    let a = try Tensor(shape: [1, 2, 2, 3], repeating: 1)
    let b = try Tensor(shape: [1, 2, 2, 3], repeating: 2)
    _ = try first.run(["x": a])
    #expect(try second.run(["x": b])["y"] == b)
    first.withOutput(0) { #expect($0.allSatisfy { $0 == 1 }) }
  }
}
