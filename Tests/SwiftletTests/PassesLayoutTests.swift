import Swiftlet
import Testing

@Suite("The layout pass")
struct PassesLayoutTests {
  /// The graph in NHWC after the standard pipeline, checked against the original.
  private func optimised(_ net: inout Net, _ output: ValueID) throws -> Graph {
    let before = net.ending(output)
    let (plain, _) = try apply(LayoutPass(), to: before, tolerance: 1e-6)
    #expect(plain.layout == .nhwc)
    try plain.validate()
    var after = before
    _ = try PassPipeline.standard.run(on: &after)
    return after
  }

  private func kinds(_ graph: Graph) -> [String] { graph.nodes.map(\.op.kind) }

  @Test("Images and filters are permuted, other values are not")
  func values() throws {
    var net = Net()
    let x = net.input([1, 2, 4, 5])
    let y = try net.convolution(x, filters: 3)
    let z = try net.add(
      .transposedConvolution(
        window: Window(kernel: (2, 3), strides: (2, 2)), outputPadY: 0, outputPadX: 0, groups: 1,
        activation: .none), y, try net.constant([3, 4, 2, 3]))
    let graph = try optimised(&net, z)
    #expect(graph[graph.inputs[0]].shape == [1, 4, 5, 2])
    #expect(graph.nodes[0].inputs.map { graph[$0 ?? graph.inputs[0]].shape }[1] == [3, 3, 3, 2])
    #expect(graph.nodes[1].inputs.map { graph[$0 ?? graph.inputs[0]].shape }[1] == [3, 2, 3, 4])
    #expect(graph[graph.outputs[0]].shape == [1, 8, 11, 4])
  }

  @Test("Flattening needs a transposition only where pixels and channels both count")
  func flatten() throws {
    for (shape, moves) in [([2, 3, 4, 5], true), ([2, 3, 1, 1], false), ([2, 1, 4, 5], false)] {
      var net = Net()
      let x = net.input(shape)
      let y = try net.add(.reshape, x, shape: [2, shape.dropFirst().reduce(1, *)])
      let graph = try optimised(&net, y)
      #expect(kinds(graph) == (moves ? ["transpose", "reshape"] : ["reshape"]))
    }
  }

  @Test("Unflattening needs a transposition only where pixels and channels both count")
  func unflatten() throws {
    for (shape, moves) in [([2, 3, 4, 5], true), ([2, 3, 1, 1], false), ([2, 1, 4, 5], false)] {
      var net = Net()
      let x = net.input([2, shape.dropFirst().reduce(1, *)])
      let y = try net.add(.activation(.tanh), try net.add(.reshape, x, shape: shape))
      let graph = try optimised(&net, y)
      #expect(graph.count { $0.kind == "transpose" } == (moves ? 1 : 0))
    }
  }

  @Test("Reshapes of images to images, and to and from other ranks")
  func reshapes() throws {
    // Pixels regrouped: no transposition. Channels and pixels mixed: two, or one where they meet.
    for (shape, transposes) in [
      ([2, 4, 1, 12], 0), ([2, 4, 12], 1), ([2, 2, 2, 3, 4], 1), ([2, 3, 4, 4], 2), ([8, 12], 1),
      ([2, 2, 8, 3], 2),
    ] {
      var net = Net()
      let y = try net.add(.reshape, net.input([2, 4, 3, 4]), shape: shape)
      let graph = try optimised(&net, y)
      #expect(graph.count { $0.kind == "transpose" } <= transposes, "\(shape)")
    }
  }

  @Test("A channel shuffle costs one transposition, and split heads cancel")
  func shuffle() throws {
    var net = Net()
    let x = net.input([1, 6, 3, 4])
    let split = try net.add(.reshape, x, shape: [1, 2, 3, 3, 4])
    let moved = try net.add(.transpose(permutation: [0, 2, 1, 3, 4]), split)
    let y = try net.add(.reshape, moved, shape: [1, 6, 3, 4])
    #expect(kinds(try optimised(&net, y)) == ["reshape", "transpose", "reshape"])

    // [N, C, H, W] to a sequence [N, H * W, C] is nothing but a reshape in NHWC.
    let sequence = try net.add(
      .transpose(permutation: [0, 2, 1]), try net.add(.reshape, x, shape: [1, 6, 12]))
    #expect(kinds(try optimised(&net, sequence)) == ["reshape"])
  }

  @Test("Axes and permutations")
  func axes() throws {
    for axis in 0..<4 {
      var net = Net()
      let x = net.input([2, 3, 4, 5])
      #expect(
        kinds(try optimised(&net, try net.add(.softmax(axis: axis), x))) == ["softmax"])
      #expect(
        kinds(try optimised(&net, try net.add(.concat(axis: axis), x, x))) == ["concat"])
      _ = try optimised(&net, try net.add(.reduceMean(axes: [axis], keepDimensions: true), x))
      _ = try optimised(&net, try net.add(.reduceMean(axes: [axis], keepDimensions: false), x))
    }
    for permutation in [[0, 2, 3, 1], [3, 2, 1, 0], [1, 0, 3, 2], [0, 3, 1, 2]] {
      var net = Net()
      let y = try net.add(.transpose(permutation: permutation), net.input([2, 3, 4, 5]))
      #expect(kinds(try optimised(&net, y)) == ["transpose"])
    }
    var net = Net()
    let x = net.input([2, 3, 4, 5])
    _ = try optimised(
      &net, try net.add(.pad(before: [0, 1, 2, 0], after: [1, 0, 0, 3], value: 0.5), x))
    _ = try optimised(
      &net,
      try net.add(.slice(starts: [0, 2, 1, 0], ends: [2, -1, 3, 5], steps: [1, -1, 1, 2]), x))
  }

  @Test("Operands of lower rank line up as before")
  func broadcasts() throws {
    let shapes = [
      [3, 1, 1], [1, 3, 1, 1], [5], [4, 1], [4, 5], [3, 4, 5], [2, 1, 1, 1], [], [1],
    ]
    for shape in shapes {
      var net = Net()
      let x = net.input([2, 3, 4, 5])
      let constant = try net.constant(shape)
      let y = try net.add(.binary(.add, activation: .none), constant, x)
      #expect(kinds(try optimised(&net, y)) == ["add"])
      let z = try net.add(.prelu, x, constant)
      #expect(kinds(try optimised(&net, z)).count == 1)
      let computed = net.input(shape)
      let w = try net.add(.binary(.multiply, activation: .none), x, computed)
      #expect(try optimised(&net, w).nodes.last?.op.kind == "multiply")
    }
    // An image as the operand of lower rank.
    var net = Net()
    let product = try net.add(
      .binary(.multiply, activation: .none), net.input([2, 2, 3, 4, 5]), net.input([2, 3, 4, 5]))
    #expect(kinds(try optimised(&net, product)) == ["transpose", "multiply"])
  }

  @Test("Products of matrices with outer dimensions work on the order of the source")
  func matmul() throws {
    var net = Net()
    let a = net.input([2, 3, 4, 5])
    let product = try net.add(.matmul, a, net.input([2, 3, 5, 6]))
    #expect(
      kinds(try optimised(&net, product)) == ["transpose", "transpose", "matmul", "transpose"])
    let constant = try net.add(.matmul, a, try net.constant([1, 3, 5, 2]))
    #expect(kinds(try optimised(&net, constant)) == ["transpose", "matmul", "transpose"])
  }

  @Test("A mean that leaves an image of a larger tensor")
  func meanToImage() throws {
    var net = Net()
    let x = net.input([2, 3, 2, 4, 5])
    let y = try net.add(.reduceMean(axes: [2], keepDimensions: false), x)
    #expect(kinds(try optimised(&net, y)) == ["reduce mean", "transpose"])
  }

  @Test("A graph in NHWC stays as it is")
  func alreadyDone() throws {
    var net = Net()
    let x = net.input([1, 2, 4, 4])
    var graph = net.ending(try net.convolution(x, filters: 2))
    #expect(try LayoutPass().run(on: &graph) == 1)
    #expect(try LayoutPass().run(on: &graph) == 0)
    #expect(try PassPipeline.standard.run(on: &graph) == [])
  }

  @Test("The pipeline names its passes with their counts, and refuses an invalid graph")
  func report() throws {
    var net = Net()
    let x = net.input([1, 2, 4, 4])
    let y = try net.add(
      .activation(.relu), try net.batchNormalization(try net.convolution(x, filters: 2)))
    var graph = net.ending(y)
    #expect(
      try PassPipeline.standard.run(on: &graph) == [
        "fold-batch-norm: 1", "fuse-activations: 1", "remove-dead-code: 8", "layout-nhwc: 1",
      ])
    graph.nodes[0].inputs[1] = nil
    #expect(throws: EngineError.self) { try PassPipeline.standard.run(on: &graph) }
  }
}
