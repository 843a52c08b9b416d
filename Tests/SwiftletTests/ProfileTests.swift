import Swiftlet
import Testing

@Suite struct ProfileTests {
  /// A network with an operator of every family that has kernels.
  static func network() throws -> Model {
    var random = Seeded(4)
    var graph = Graph(layout: .nhwc)
    let x = graph.addValue(Value(name: "x", shape: [1, 32, 32, 3]))
    graph.inputs = [x]
    func weight(_ shape: [Int]) throws -> ValueID {
      graph.addConstant(
        "w", try Constant(shape: shape, floats: random.floats(shape.reduce(1, *), in: -0.1...0.1)))
    }
    let pad = (top: 1, left: 1, bottom: 1, right: 1)
    let same = Window(kernel: (3, 3), pads: pad)
    let first = try graph.append(
      .convolution(
        window: Window(kernel: (3, 3), strides: (2, 2), pads: pad), groups: 1,
        activation: .hardSwish), name: "first", inputs: [x, try weight([32, 3, 3, 3])])
    let dense = try graph.append(
      .convolution(window: same, groups: 1, activation: .relu), name: "dense",
      inputs: [first, try weight([32, 3, 3, 32])])
    let depthwise = try graph.append(
      .convolution(window: same, groups: 32, activation: .relu), name: "depthwise",
      inputs: [dense, try weight([32, 3, 3, 1])])
    let pointwise = try graph.append(
      .convolution(window: Window(kernel: (1, 1)), groups: 1, activation: .silu),
      name: "pointwise", inputs: [depthwise, try weight([48, 1, 1, 32])])
    let pool = try graph.append(
      .maxPool(window: Window(kernel: (2, 2), strides: (2, 2)), ceil: false), name: "pool",
      inputs: [pointwise])
    let resize = try graph.append(
      .resize(Resize(mode: .linear, coordinates: .halfPixel, scaleY: 2, scaleX: 2)),
      name: "resize", inputs: [pool], shape: [1, 16, 16, 48])
    let sum = try graph.append(
      .binary(.add, activation: .none), name: "sum", inputs: [pointwise, resize])
    let mean = try graph.append(.globalAveragePool, name: "mean", inputs: [sum])
    graph.outputs = [sum, mean]
    return try Model(graph: graph, metadata: ModelMetadata(name: "families"))
  }

  @Test func everyLayerHasATimeAndAShareOfTheRoofline() throws {
    let session = try Session(model: Self.network(), options: SessionOptions(threads: 1))
    let times = session.profile(runs: 3)
    #expect(times.count == session.report.layers.count)
    #expect(times.allSatisfy { $0 > 0 && $0.isFinite })
    let roofline = try Roofline.measured(isa: session.report.isa, threads: 1)
    #expect(roofline.operations > 0 && roofline.operations.isFinite)
    #expect(roofline.bytes > 0 && roofline.bytes.isFinite)
    for (layer, seconds) in zip(session.report.layers, times) {
      let share = roofline.share(of: layer, seconds: seconds)
      #expect(share > 0 && share.isFinite, "\(layer.name)")
    }
  }

  @Test func theShareIsOfTheScarcerResource() throws {
    let roofline = Roofline(operations: 100, bytes: 10)
    var layer = try #require(try Session(model: Self.network()).report.layers.first)
    (layer.macs, layer.bytes) = (100, 5)
    #expect(roofline.share(of: layer, seconds: 4) == 0.5)
    layer.bytes = 40
    #expect(roofline.share(of: layer, seconds: 4) == 1)
    #expect(roofline.share(of: layer, seconds: 0) == 0)
  }
}
