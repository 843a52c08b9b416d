import Swiftlet
import Testing

@Suite("Clean-up passes")
struct PassesCleanupTests {
  @Test("Constants are folded, but not into an output and not beyond the limit")
  func folding() throws {
    var net = Net()
    let x = net.input([1, 2, 2, 2])
    let constant = try net.constant([2, 2, 1, 1])
    let doubled = try net.add(.binary(.add, activation: .none), constant, constant)
    let weight = try net.add(.transpose(permutation: [1, 0, 2, 3]), doubled)
    let y = try net.add(
      .convolution(window: Window(kernel: (1, 1)), groups: 1, activation: .none), x, weight)
    #expect(try apply(ConstantFolding(), to: net.ending(y)).graph.nodes.count == 1)
    let (kept, changes) = try apply(ConstantFolding(), to: net.ending(y, doubled))
    #expect(changes == 0)
    #expect(kept.nodes.count == 3)

    net = Net()
    let wide = try net.add(
      .pad(before: [0, 0], after: [0, 1 << 29], value: 0), try net.constant([1, 1]))
    var huge = net.ending(try net.add(.reduceMean(axes: [1], keepDimensions: true), wide))
    #expect(try ConstantFolding().run(on: &huge) == 0)
  }

  @Test("Every identity goes")
  func identities() throws {
    let shape = [1, 2, 4, 4]
    let identities: [(Op, [Int]?)] = [
      (.activation(.none), nil), (.activation(.clip(lower: -.infinity, upper: .infinity)), nil),
      (.reshape, shape), (.transpose(permutation: [0, 1, 2, 3]), nil), (.concat(axis: 1), nil),
      (.pad(before: [0, 0, 0, 0], after: [0, 0, 0, 0], value: 1), nil),
      (.slice(starts: [0, 0, 0, 0], ends: shape, steps: [1, 1, 1, 1]), nil),
      (.maxPool(window: Window(kernel: (1, 1)), ceil: false), nil),
      (.averagePool(window: Window(kernel: (1, 1)), ceil: true, countIncludePad: true), nil),
      (
        .resize(Resize(mode: .linear, coordinates: .halfPixel, scaleY: 1, scaleX: 1)), shape
      ),
      (.reduceMean(axes: [0], keepDimensions: true), nil),
    ]
    var net = Net()
    let x = net.input(shape)
    var y = try net.add(.activation(.tanh), x)
    for (op, shape) in identities { y = try net.add(op, y, shape: shape) }
    let z = try net.add(.activation(.sigmoid), y)
    let (graph, changes) = try apply(IdentityRemoval(), to: net.ending(z))
    #expect(changes == identities.count)
    #expect(graph.nodes.map(\.op) == [.activation(.tanh), .activation(.sigmoid)])
    var optimised = net.ending(z)
    _ = try PassPipeline.standard.run(on: &optimised)
    #expect(optimised.nodes.count == 2)
  }

  @Test("What resembles an identity stays")
  func noIdentities() throws {
    let shape = [1, 2, 4, 4]
    let others: [(Op, [Int]?)] = [
      (.slice(starts: [0, 0, 3, 0], ends: [1, 2, -1, 4], steps: [1, 1, -1, 1]), nil),
      (
        .resize(
          Resize(mode: .nearest(.ceil), coordinates: .tfHalfPixelForNN, scaleY: 1, scaleX: 1)),
        shape
      ),
      (
        .resize(Resize(mode: .linear, coordinates: .asymmetric, scaleY: 1.1, scaleX: 1)), shape
      ),
      (.transpose(permutation: [0, 1, 3, 2]), nil),
      (.maxPool(window: Window(kernel: (3, 3), pads: (1, 1, 1, 1)), ceil: false), nil),
    ]
    var net = Net()
    var y = net.input(shape)
    for (op, shape) in others { y = try net.add(op, y, shape: shape) }
    #expect(try apply(IdentityRemoval(), to: net.ending(y)).changes == 0)
  }

  @Test("Outputs keep their names when an identity before them goes")
  func outputNames() throws {
    var net = Net()
    let x = net.input([1, 2, 4, 4])
    let y = try net.add(.activation(.tanh), x)
    let z = try net.add(.reshape, y, shape: [1, 2, 4, 4])
    let other = try net.add(.activation(.relu), y)
    let (graph, changes) = try apply(IdentityRemoval(), to: net.ending(z, other))
    #expect(changes == 1)
    #expect(graph.outputs.map { graph[$0].name } == ["node1", "node2"])
    // An output that is an input, and two outputs of one value, stay apart.
    let copy = try net.add(.reshape, x, shape: [1, 2, 4, 4])
    #expect(try apply(IdentityRemoval(), to: net.ending(copy)).changes == 0)
    #expect(try apply(IdentityRemoval(), to: net.ending(y, z)).changes == 0)
    let third = try net.add(.activation(.none), y)
    let (both, removed) = try apply(IdentityRemoval(), to: net.ending(z, third))
    #expect(removed == 1)
    #expect(both.outputs.map { both[$0].name } == ["node1", "node4"])
  }

  @Test("Operators become simpler ones")
  func simplification() throws {
    func simplified(_ shape: [Int], _ body: (inout Net, ValueID) throws -> ValueID) throws -> [Op] {
      var net = Net()
      let x = net.input(shape)
      let y = try body(&net, x)
      let graph = try apply(OperatorSimplification(), to: net.ending(y), tolerance: 1e-6).graph
      let nhwc = try apply(LayoutPass(), OperatorSimplification(), to: net.ending(y)).graph
      let kinds = Set(graph.nodes.map(\.op.kind))
      #expect(
        Set(nhwc.nodes.map(\.op.kind)).subtracting(["transpose", "reshape"])
          == kinds
          .subtracting(["transpose", "reshape"]))
      return graph.nodes.map(\.op)
    }
    let image = [1, 2, 4, 5]
    let whole = Window(kernel: (4, 5), strides: (4, 5))
    #expect(
      try simplified(image) { try $0.add(.maxPool(window: whole, ceil: false), $1) }
        == [.globalMaxPool])
    #expect(
      try simplified(image) {
        try $0.add(.averagePool(window: whole, ceil: false, countIncludePad: true), $1)
      } == [.globalAveragePool])
    #expect(
      try simplified(image) { try $0.add(.reduceMean(axes: [2, 3], keepDimensions: true), $1) }
        == [.globalAveragePool])
    #expect(
      try simplified(image) { try $0.add(.reduceMean(axes: [2, 3], keepDimensions: false), $1) }
        == [.globalAveragePool, .reshape])
    #expect(
      try simplified([3, 4]) { try $0.add(.matmul, $1, try $0.constant([4, 2])) }
        == [
          .gemm(alpha: 1, beta: 1, transposeA: false, transposeB: false, activation: .none)
        ])
    #expect(
      try simplified(image) { try $0.add(.prelu, $1, try $0.scalar(0.25)) }
        == [.activation(.leakyRelu(slope: 0.25))])
    for (kind, value, op) in [
      (BinaryKind.maximum, 0, Op.activation(.relu)),
      (.minimum, 1, .activation(.clip(lower: -.infinity, upper: 1))),
      (.power, 2, .binary(.multiply, activation: .none)), (.add, 0, .activation(.none)),
      (.multiply, 1, .activation(.none)), (.subtract, 0, .activation(.none)),
      (.divide, 1, .activation(.none)),
    ] as [(BinaryKind, Float, Op)] {
      #expect(
        try simplified(image) {
          try $0.add(.binary(kind, activation: .none), $1, try $0.scalar(value))
        } == [op])
    }
    // From the left, where order matters.
    for kind in [BinaryKind.subtract, .divide] {
      #expect(
        try simplified(image) {
          let one = try $0.scalar(kind == .divide ? 1 : 0)
          return try $0.add(.binary(kind, activation: .none), one, $1)
        } == [.binary(kind, activation: .none)])
    }
    // A constant that enlarges the result.
    #expect(
      try simplified([1, 3]) {
        let zeros = $0.graph.addConstant(
          "zeros", try Constant(shape: [2, 1], floats: [0, 0]))
        return try $0.add(.binary(.add, activation: .none), $1, zeros)
      } == [.binary(.add, activation: .none)])
  }

  @Test("A transposed convolution of stride 1 becomes a convolution")
  func transposedConvolution() throws {
    for groups in [1, 2] {
      for layout in [false, true] {
        var net = Net()
        let x = net.input([1, 4, 5, 4])
        let y = try net.add(
          .transposedConvolution(
            window: Window(kernel: (3, 2), dilations: (1, 2), pads: (1, 0, 0, 2)), outputPadY: 0,
            outputPadX: 1, groups: groups, activation: .relu), x,
          try net.constant([4, 3, 3, 2]), try net.constant([3 * groups]))
        let graph = net.ending(y)
        let after =
          layout
          ? try apply(LayoutPass(), TransposedConvolutionRewriting(), to: graph).graph
          : try apply(TransposedConvolutionRewriting(), to: graph).graph
        #expect(after.nodes.map(\.op.kind) == ["convolution"])
      }
    }
  }

  @Test("Zeros between the taps of every filter become a dilation")
  func dilations() throws {
    // Kernel extents, the steps between taps that are not zero, and the window expected.
    let cases: [((Int, Int), (Int, Int), Window)] = [
      ((9, 9), (4, 4), Window(kernel: (3, 3), dilations: (4, 4), pads: (4, 3, 2, 1))),
      ((5, 3), (2, 1), Window(kernel: (3, 3), dilations: (2, 1), pads: (4, 3, 2, 1))),
      ((7, 1), (3, 1), Window(kernel: (3, 1), dilations: (3, 1), pads: (4, 3, 2, 1))),
      ((4, 4), (2, 2), Window(kernel: (4, 4), pads: (4, 3, 2, 1))),
      ((3, 3), (1, 1), Window(kernel: (3, 3), pads: (4, 3, 2, 1))),
    ]
    for (kernel, steps, expected) in cases {
      for groups in [1, 4] {
        for nhwc in [false, true] {
          var net = Net()
          let x = net.input([1, 4, 11, 12])
          let shape = [8, 4 / groups, kernel.0, kernel.1]
          var random = SeededGenerator(seed: 3)
          var weights = random.floats(shape.reduce(1, *), 0.5...1)
          for i in weights.indices {
            let (row, column) = (i / kernel.1 % kernel.0, i % kernel.1)
            if row % steps.0 != 0 || column % steps.1 != 0 { weights[i] = 0 }
          }
          let weight = net.graph.addConstant("w", try Constant(shape: shape, floats: weights))
          let y = try net.add(
            .convolution(
              window: Window(kernel: kernel, pads: (4, 3, 2, 1)), groups: groups,
              activation: .relu), x, weight)
          let graph = net.ending(y)
          let after =
            nhwc
            ? try apply(LayoutPass(), DilationRecovery(), to: graph).graph
            : try apply(DilationRecovery(), to: graph).graph
          let windows = after.nodes.compactMap { node -> Window? in
            if case .convolution(let window, _, _) = node.op { window } else { nil }
          }
          #expect(windows == [expected])
        }
      }
    }
  }

  @Test("Nested concats along one axis become one")
  func concats() throws {
    var net = Net()
    let (x, y) = (net.input([1, 2, 3, 3]), net.input([1, 1, 3, 3]))
    let first = try net.add(.concat(axis: 1), x, y)
    let second = try net.add(.concat(axis: 1), y, first, x)
    let third = try net.add(.concat(axis: 1), second, y)
    let (graph, changes) = try apply(ConcatFlattening(), to: net.ending(third))
    #expect(changes == 2)
    #expect(graph.nodes.count == 1)
    #expect(graph.nodes[0].inputs.map { graph[$0 ?? ValueID(0)].shape[1] } == [1, 2, 1, 2, 1])
    // Read twice, or along another axis.
    #expect(try apply(ConcatFlattening(), to: net.ending(third, second, first)).changes == 0)
    let other = try net.add(.concat(axis: 2), first, net.input([1, 3, 2, 3]))
    #expect(try apply(ConcatFlattening(), to: net.ending(other)).changes == 0)
  }

  @Test("What no output needs goes, with its constants; inputs stay")
  func deadCode() throws {
    var net = Net()
    let (x, unused) = (net.input([1, 2, 3, 3]), net.input([4]))
    _ = try net.convolution(x, filters: 4)
    let y = try net.add(.activation(.relu), x)
    var graph = net.ending(y)
    #expect(try DeadCodeRemoval().run(on: &graph) == 4)
    #expect(graph.nodes.count == 1)
    #expect(graph.values.count == 3)
    #expect(graph.inputs.count == 2)
    #expect(graph[graph.inputs[1]].name == net.graph[unused].name)
    try graph.validate()
    #expect(try DeadCodeRemoval().run(on: &graph) == 0)
  }

  @Test("Transposes and reshapes merge")
  func movement() throws {
    var net = Net()
    let x = net.input([2, 3, 4])
    let there = try net.add(.transpose(permutation: [1, 2, 0]), x)
    let back = try net.add(.transpose(permutation: [2, 0, 1]), there)
    let (same, _) = try apply(MovementMerging(), to: net.ending(back))
    #expect(same.nodes.map(\.op) == [.transpose(permutation: [0, 1, 2])])
    let flat = try net.add(.reshape, x, shape: [24])
    let folded = try net.add(.reshape, flat, shape: [4, 6])
    #expect(try apply(MovementMerging(), to: net.ending(folded)).graph.nodes.count == 1)
    let thin = net.input([2, 1, 3, 1])
    let moved = try net.add(.transpose(permutation: [1, 0, 3, 2]), thin)
    #expect(try apply(MovementMerging(), to: net.ending(moved)).graph.nodes.map(\.op) == [.reshape])
  }

  @Test("The shape input of a reshape goes")
  func reshapeShape() throws {
    var net = Net()
    let x = net.input([2, 3])
    let shape = net.graph.addConstant("shape", try Constant(shape: [1], integers: [-1]))
    let y = try net.add(.reshape, x, shape, shape: [6])
    let (graph, changes) = try apply(MovementMerging(), to: net.ending(y))
    #expect(changes == 1)
    #expect(graph.values.count == 2)
  }
}
