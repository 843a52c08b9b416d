import Swiftlet
import Testing

@Suite("Fusion passes")
struct PassesFusionTests {
  /// The kinds of the nodes, in order.
  private func kinds(_ graph: Graph) -> [String] { graph.nodes.map(\.op.kind) }

  @Test("A batch normalization goes into a convolution, with or without bias, in groups")
  func batchNormIntoConvolution() throws {
    for (groups, bias) in [(1, true), (1, false), (2, true), (4, false)] {
      var net = Net()
      let x = net.input([2, 4, 5, 6])
      let y = try net.batchNormalization(
        try net.convolution(x, filters: 8, groups: groups, bias: bias))
      let (graph, changes) = try apply(BatchNormFolding(), to: net.ending(y))
      #expect(changes == 1)
      #expect(kinds(graph) == ["convolution"])
      #expect(graph[graph.outputs[0]].name == net.graph[y].name)
    }
  }

  @Test("A batch normalization goes into a transposed convolution")
  func batchNormIntoTransposedConvolution() throws {
    for groups in [1, 2] {
      var net = Net()
      let x = net.input([1, 4, 3, 3])
      let y = try net.add(
        .transposedConvolution(
          window: Window(kernel: (3, 2), strides: (2, 2)), outputPadY: 1, outputPadX: 0,
          groups: groups, activation: .none), x, try net.constant([4, 3, 3, 2]))
      let graph = net.ending(try net.batchNormalization(y))
      #expect(kinds(try apply(BatchNormFolding(), to: graph).graph) == ["transposed convolution"])
      let nhwc = try apply(LayoutPass(), BatchNormFolding(), to: graph).graph
      #expect(kinds(nhwc) == ["transposed convolution"])
    }
  }

  @Test("A batch normalization or a bias goes into a matrix product")
  func batchNormIntoGemm() throws {
    for transposeB in [false, true] {
      var net = Net()
      let x = net.input([3, 4])
      let y = try net.add(
        .gemm(
          alpha: 0.5, beta: 2, transposeA: false, transposeB: transposeB, activation: .none), x,
        try net.constant(transposeB ? [5, 4] : [4, 5]), try net.constant([5]))
      let z = try net.batchNormalization(y)
      let sum = try net.add(.binary(.add, activation: .relu), z, try net.constant([5]))
      let (graph, changes) = try apply(BatchNormFolding(), to: net.ending(sum))
      #expect(changes == 2)
      #expect(graph.nodes.map(\.op.fusedActivation) == [.relu])
    }
  }

  @Test("Constants a channel go into a convolution, from either side")
  func affine() throws {
    for kind in [BinaryKind.add, .subtract, .multiply, .divide] {
      for shape in [[], [1], [3, 1, 1], [1, 3, 1, 1]] {
        for isLeft in [false, true] where !(kind == .divide && isLeft) {
          var net = Net()
          let x = net.input([1, 2, 4, 4])
          let y = try net.convolution(x, filters: 3)
          let constant = try net.constant(shape, 0.5...2)
          let op = Op.binary(kind, activation: .leakyRelu(slope: 0.1))
          let z = isLeft ? try net.add(op, constant, y) : try net.add(op, y, constant)
          for passes in [
            [BatchNormFolding()], [LayoutPass(), BatchNormFolding()] as [any GraphPass],
          ] {
            var graph = net.ending(z)
            for pass in passes.dropLast() { _ = try pass.run(on: &graph) }
            #expect(try BatchNormFolding().run(on: &graph) == 1)
          }
          let (graph, _) = try apply(BatchNormFolding(), to: net.ending(z))
          #expect(graph.nodes.map(\.op.fusedActivation) == [.leakyRelu(slope: 0.1)])
        }
      }
    }
  }

  @Test("What varies by row, what another node reads, and a division by zero stay")
  func notFolded() throws {
    var net = Net()
    let x = net.input([1, 2, 4, 4])
    let y = try net.convolution(x, filters: 3)
    let byRow = try net.add(.binary(.multiply, activation: .none), y, try net.constant([4, 1]))
    #expect(try apply(BatchNormFolding(), to: net.ending(byRow)).changes == 0)
    let scaled = try net.add(.binary(.multiply, activation: .none), y, try net.scalar(2))
    #expect(try apply(BatchNormFolding(), to: net.ending(scaled, y)).changes == 0)
    var graph = net.ending(try net.add(.binary(.divide, activation: .none), y, try net.scalar(0)))
    #expect(try BatchNormFolding().run(on: &graph) == 0)
  }

  @Test("A batch normalization alone becomes a product and a sum")
  func batchNormAlone() throws {
    for shape in [[2, 3, 4, 5], [2, 3], [2, 3, 4]] {
      var net = Net()
      let y = try net.batchNormalization(net.input(shape))
      let (graph, changes) = try apply(BatchNormFolding(), to: net.ending(y))
      #expect(changes == 1)
      #expect(kinds(graph) == ["multiply", "add"])
      let nhwc = try apply(LayoutPass(), BatchNormFolding(), to: net.ending(y)).graph
      #expect(kinds(nhwc) == ["multiply", "add"])
    }
  }

  @Test("Zero padding goes into convolutions and average pools")
  func pads() throws {
    func fused(
      _ reader: (inout Net, ValueID) throws -> ValueID, value: Float = 0, right: Int = 1
    ) throws -> Bool {
      var net = Net()
      let x = net.input([1, 2, 6, 6])
      let padded = try net.add(
        .pad(before: [0, 0, 1, 0], after: [0, 0, 1, right], value: value), x)
      let graph = net.ending(try reader(&net, padded))
      let nhwc = try apply(LayoutPass(), PadFusion(), to: graph).graph
      let nchw = try apply(PadFusion(), to: graph).graph
      #expect(nchw.nodes.count == nhwc.nodes.count)
      return nchw.nodes.count == 1
    }
    func average(pad: Int, countIncludePad: Bool) -> (inout Net, ValueID) throws -> ValueID {
      return { net, x in
        try net.add(
          .averagePool(
            window: Window(kernel: (3, 3), pads: (pad, pad, pad, pad)), ceil: false,
            countIncludePad: countIncludePad), x)
      }
    }
    #expect(try fused { try $0.convolution($1, filters: 3) })
    #expect(try !fused({ try $0.convolution($1, filters: 3) }, value: 1))
    #expect(try fused(average(pad: 0, countIncludePad: true)))
    #expect(try fused(average(pad: 0, countIncludePad: false)))
    #expect(try !fused(average(pad: 1, countIncludePad: false)))
    #expect(try fused(average(pad: 1, countIncludePad: true)))
    // A padding as wide as the window is none that a pooling takes.
    #expect(try !fused(average(pad: 1, countIncludePad: true), right: 2))
    let maximum: (inout Net, ValueID) throws -> ValueID = {
      try $0.add(.maxPool(window: Window(kernel: (3, 3)), ceil: false), $1)
    }
    #expect(try fused(maximum, value: -.infinity))
    #expect(try !fused(maximum, value: 0))
  }

  @Test("Padding of channels stays")
  func channelPads() throws {
    var net = Net()
    let padded = try net.add(
      .pad(before: [0, 1, 0, 0], after: [0, 0, 0, 0], value: 0), net.input([1, 2, 6, 6]))
    let graph = net.ending(try net.convolution(padded, filters: 2))
    #expect(try apply(PadFusion(), to: graph).changes == 0)
  }

  @Test("Activations go into what takes one")
  func activations() throws {
    let activations: [Activation] = [
      .relu, .clip(lower: 0, upper: 6), .leakyRelu(slope: 0.1), .sigmoid, .hardSwish, .silu, .tanh,
      .hardSigmoid(alpha: 0.2, beta: 0.5), .exp,
    ]
    for activation in activations {
      var net = Net()
      let x = net.input([1, 2, 4, 4])
      let y = try net.add(.activation(activation), try net.convolution(x, filters: 2))
      let sum = try net.add(.binary(.add, activation: .none), y, x)
      let z = try net.add(.activation(activation), sum)
      let (graph, changes) = try apply(ActivationFusion(), to: net.ending(z))
      #expect(changes == 2)
      #expect(graph.nodes.map(\.op.fusedActivation) == [activation, activation])
    }
  }

  @Test("Clips merge, other activations do not, and a value read twice keeps its own")
  func activationChains() throws {
    var net = Net()
    let x = net.input([1, 2, 4, 4])
    let relu = try net.add(.activation(.relu), x)
    let six = try net.add(.activation(.clip(lower: -1, upper: 6)), relu)
    let outside = try net.add(.activation(.clip(lower: 7, upper: 9)), six)
    #expect(
      try apply(ActivationFusion(), to: net.ending(six)).graph.nodes.map(\.op)
        == [.activation(.clip(lower: 0, upper: 6))])
    #expect(
      try apply(ActivationFusion(), to: net.ending(outside)).graph.nodes.map(\.op)
        == [.activation(.clip(lower: 7, upper: 7))])
    let below = try net.add(.activation(.clip(lower: -3, upper: -2)), six)
    #expect(
      try apply(ActivationFusion(), to: net.ending(below)).graph.nodes.map(\.op)
        == [.activation(.clip(lower: -2, upper: -2))])
    #expect(try apply(ActivationFusion(), to: net.ending(six, relu)).changes == 0)
    let sigmoid = try net.add(.activation(.sigmoid), relu)
    #expect(try apply(ActivationFusion(), to: net.ending(sigmoid)).changes == 0)
  }

  @Test("Spelled-out activations are recognised")
  func matching() throws {
    func matched(_ body: (inout Net, ValueID) throws -> ValueID) throws -> [Op] {
      var net = Net()
      let x = net.input([1, 2, 4, 4])
      let y = try body(&net, x)
      return try apply(ActivationMatching(), to: net.ending(y)).graph.nodes.map(\.op)
    }
    func shifted(_ net: inout Net, _ x: ValueID) throws -> ValueID {
      let sum = try net.add(.binary(.add, activation: .none), try net.scalar(3), x)
      return try net.add(.activation(.clip(lower: 0, upper: 6)), sum)
    }
    let multiply = Op.binary(.multiply, activation: .none)
    let divide = Op.binary(.divide, activation: .none)
    #expect(
      try matched { try $0.add(multiply, $1, try $0.add(.activation(.sigmoid), $1)) }
        == [.activation(.silu)])
    let hard = Activation.hardSigmoid(alpha: 1 / 6, beta: 0.5)
    #expect(
      try matched { try $0.add(multiply, try $0.add(.activation(hard), $1), $1) }
        == [.activation(.hardSwish)])
    #expect(
      try matched { try $0.add(divide, try shifted(&$0, $1), try $0.scalar(6)) }
        == [.activation(hard)])
    #expect(
      try matched {
        try $0.add(multiply, $1, try $0.add(divide, try shifted(&$0, $1), try $0.scalar(6)))
      } == [.activation(.hardSwish)])
    #expect(
      try matched {
        let product = try $0.add(multiply, $1, try shifted(&$0, $1))
        return try $0.add(multiply, try $0.scalar(1 / 6), product)
      } == [.activation(.hardSwish)])
    // Another slope, another value in the gate.
    #expect(
      try matched {
        try $0.add(
          multiply, $1, try $0.add(.activation(.hardSigmoid(alpha: 0.2, beta: 0.5)), $1))
      }.count == 2)
    #expect(
      try matched {
        let other = try $0.add(.activation(.tanh), $1)
        return try $0.add(multiply, $1, try $0.add(.activation(.sigmoid), other))
      }.count == 3)
    #expect(
      try matched {
        let other = try $0.add(.activation(.tanh), $1)
        let product = try $0.add(multiply, $1, try shifted(&$0, other))
        return try $0.add(divide, product, try $0.scalar(6))
      }.count == 5)
  }

  @Test("A sum with a convolution becomes its residual, then the activation follows")
  func residual() throws {
    for isLeft in [false, true] {
      var net = Net()
      let x = net.input([1, 2, 4, 4])
      let y = try net.convolution(x, filters: 2, bias: false)
      let sum = try net.add(
        .binary(.add, activation: .none), isLeft ? y : x, isLeft ? x : y)
      let z = try net.add(.activation(.relu), sum)
      let (graph, changes) = try apply(ResidualFusion(), ActivationFusion(), to: net.ending(z))
      #expect(changes == 2)
      #expect(kinds(graph) == ["convolution"])
      #expect(graph.nodes[0].inputs.count == 4)
      #expect(graph.nodes[0].inputs[3] == graph.inputs[0])
      #expect(graph.nodes[0].op.fusedActivation == .relu)
    }
  }

  @Test("Of two convolutions the later takes the other as its residual")
  func twoConvolutions() throws {
    for swaps in [false, true] {
      var net = Net()
      let x = net.input([1, 2, 4, 4])
      let first = try net.convolution(x, filters: 2)
      let second = try net.convolution(x, filters: 2)
      let sum = try net.add(
        .binary(.add, activation: .none), swaps ? second : first, swaps ? first : second)
      let (graph, changes) = try apply(ResidualFusion(), to: net.ending(sum))
      #expect(changes == 1)
      #expect(graph.nodes[1].inputs[3] == graph.nodes[0].output)
    }
  }

  @Test("No residual: a broadcast, an activation in between, a convolution read twice")
  func noResidual() throws {
    let add = Op.binary(.add, activation: .none)
    let readers: [(inout Net, _ x: ValueID, _ y: ValueID) throws -> ValueID] = [
      { net, x, y in try net.add(add, y, net.input([1, 2, 1, 4])) },
      { net, x, y in try net.add(add, y, y) },
      { net, x, y in try net.add(add, try net.add(.activation(.relu), y), x) },
    ]
    for reader in readers {
      var net = Net()
      let x = net.input([1, 2, 4, 4])
      let sum = try reader(&net, x, try net.convolution(x, filters: 2))
      let (graph, _) = try apply(ActivationFusion(), ResidualFusion(), to: net.ending(sum))
      #expect(graph.nodes.last?.op.kind == "add")
    }
  }
}
