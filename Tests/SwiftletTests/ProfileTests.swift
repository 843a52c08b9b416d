import Swiftlet
import Testing

#if os(Linux) && canImport(Glibc)
  import Glibc

  /// The thread whose allocations are counted; 0 for none.
  nonisolated(unsafe) private var watchedThread: UInt = 0
  /// Allocations of that thread.
  nonisolated(unsafe) private var allocations = 0

  @_silgen_name("__libc_malloc")
  private func systemAllocate(_ size: Int) -> UnsafeMutableRawPointer?

  /// Stands in for the C library's function in the whole test program.
  @_cdecl("malloc")
  public func countedAllocate(_ size: Int) -> UnsafeMutableRawPointer? {
    if watchedThread != 0, watchedThread == UInt(pthread_self()) { allocations += 1 }
    return systemAllocate(size)
  }

  /// Allocations of this thread while `body` runs.
  private func allocationsDuring(_ body: () -> Void) -> Int {
    allocations = 0
    watchedThread = UInt(pthread_self())
    body()
    watchedThread = 0
    return allocations
  }
#endif

@Suite(.serialized) struct ProfileTests {
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
    #expect(times.allSatisfy { $0 > 0 && $0 < 10 })
    let roofline = try Roofline.measured(isa: session.report.isa, threads: 1)
    #expect(roofline.operations > 1e8 && roofline.bytes > 1e8)
    for (layer, seconds) in zip(session.report.layers, times) {
      let share = roofline.share(of: layer, seconds: seconds)
      #expect(share > 0 && share.isFinite, "\(layer.name)")
    }
  }

  @Test func theShareIsOfTheScarcerResource() {
    let roofline = Roofline(operations: 100, bytes: 10)
    var layer = PlanReport.Layer(
      name: "", kernel: "", shape: [], macs: 100, bytes: 5, tasks: 1)
    #expect(roofline.share(of: layer, seconds: 4) == 0.5)
    layer.bytes = 40
    #expect(roofline.share(of: layer, seconds: 4) == 1)
    #expect(roofline.share(of: layer, seconds: 0) == 0)
  }

  #if os(Linux) && canImport(Glibc)
    @Test(arguments: [1, 2]) func aSecondRunAllocatesNothing(_ threads: Int) throws {
      let session = try Session(model: Self.network(), options: SessionOptions(threads: threads))
      session.run()
      #expect(allocationsDuring { session.run() } == 0)
      #expect(allocationsDuring { _ = [Int](repeating: threads, count: 100) } <= 1)
      var kept: [[Int]] = []
      #expect(allocationsDuring { kept.append([Int](repeating: threads, count: 100)) } > 0)
      #expect(kept.count == 1)
    }
  #endif
}
