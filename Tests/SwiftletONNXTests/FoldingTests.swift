#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import Swiftlet
import SwiftletONNX
import Testing

@Suite("Arithmetic on shapes at import")
struct FoldingTests {
  @Test("The size of another tensor becomes the size of a resize")
  func resizeToOther() throws {
    var builder = ModelBuilder(opset: 13)
    builder.input("x", [1, 3, 5, 7])
    builder.input("z", [1, 2, 20, 13])
    builder.constant("zero", .list(0))
    builder.constant("two", .list(2))
    builder.constant("four", .list(4))
    builder.node("Shape", ["x"], ["xs"])
    builder.node("Slice", ["xs", "zero", "two"], ["nc"])
    builder.node("Shape", ["z"], ["zs"])
    builder.node("Slice", ["zs", "two", "four"], ["hw"])
    builder.node("Concat", ["nc", "hw"], ["sizes"], [.int("axis", 0)])
    builder.node("Resize", ["x", "", "", "sizes"], ["y"], [.string("mode", "linear")])
    builder.output("y")
    let graph = try builder.graph()
    #expect(graph.nodes.count == 1)
    #expect(graph[graph.outputs[0]].shape == [1, 3, 20, 13])
    guard case .resize(let resize) = graph.nodes[0].op else {
      Issue.record("no resize")
      return
    }
    #expect(resize.scaleY == 4 && resize.scaleX == Float(13) / 7)
  }

  /// Nodes that compute integers from constants and from the shape [2, 3, 8, 6] of x.
  struct Chain {
    var nodes: [(String, [String], String, [ONNXAttributeProto])]
    var expected: [Int64]

    init(
      _ expected: [Int64], _ nodes: (String, [String], String, [ONNXAttributeProto])...
    ) {
      self.nodes = nodes
      self.expected = expected
    }
  }

  @Test("Integers as C and NumPy compute them")
  func integers() throws {
    let to = { (type: Int64) in [ONNXAttributeProto.int("to", type)] }
    let zero = [ONNXAttributeProto.int("axis", 0)]
    let chains = [
      Chain([2, 3, 8, 6], ("Shape", ["x"], "r", [])),
      Chain([8, 6], ("Shape", ["x"], "r", [.int("start", -2)])),
      Chain([288], ("Size", ["x"], "r", [])),
      Chain([8], ("Shape", ["x"], "s", []), ("Gather", ["s", "two"], "r", zero)),
      Chain(
        [6, 8, 3, 2], ("Shape", ["x"], "s", []),
        ("Slice", ["s", "m1", "mBig", "zero", "m1"], "r", [])),
      Chain([-3, -3, 2], ("Div", ["a", "b"], "r", [])),
      Chain([1, -1, 1], ("Mod", ["a", "b"], "r", [])),
      Chain([-14, -14, 36], ("Mul", ["a", "b"], "r", [])),
      Chain([-5, 5, 13], ("Add", ["a", "b"], "r", [])),
      Chain([-9, 9, 5], ("Sub", ["a", "b"], "r", [])),
      Chain([2, 7, 9], ("Max", ["a", "b"], "r", [])),
      Chain([-7, -2, 4], ("Min", ["a", "b"], "r", [])),
      Chain([7, 7, 9], ("Abs", ["a"], "r", [])),
      Chain([7, -7, -9], ("Neg", ["a"], "r", [])),
      Chain([-441], ("ReduceProd", ["a"], "r", [.int("keepdims", 0)])),
      Chain([9], ("ReduceMax", ["a"], "r", [])),
      Chain([0, 1, 1], ("Greater", ["a", "b"], "r", [])),
      Chain([-7, -2, 4], ("Less", ["a", "b"], "c", []), ("Where", ["c", "a", "b"], "r", [])),
      Chain([0, 0, 0], ("Equal", ["a", "b"], "r", [])),
      Chain([3, 5, 7], ("Range", ["three", "eight", "two0"], "r", [])),
      Chain([2, 2, 2], ("ConstantOfShape", ["three1"], "r", [.tensor("value", .list(2))])),
      Chain(
        [-7, -7, 7, 7, 9, 9],
        ("Unsqueeze", ["a", "m1"], "u", []), ("Expand", ["u", "threeTwo"], "r", [])),
      Chain([2, 4], ("Split", ["six"], "r", [])),
      Chain(
        [0, 3, 1, 4, 2, 5],
        ("Reshape", ["six2", "twoThree"], "m", []), ("Transpose", ["m"], "r", [])),
      Chain(
        [5, 12, 9],
        ("Shape", ["x"], "s", [.int("start", 1)]), ("Cast", ["s"], "f", to(1)),
        ("Mul", ["f", "onehalf"], "p", []), ("Ceil", ["p"], "c", []), ("Floor", ["c"], "g", []),
        ("Cast", ["g"], "r", to(7))),
      Chain([5, -7, 7, 9], ("Concat", ["five", "a"], "r", zero)),
      Chain([-7, 7], ("Squeeze", ["a2"], "r", [])),
      Chain([1, 0, 1], ("Cast", ["bits"], "b1", to(9)), ("Cast", ["b1"], "r", to(6))),
    ]
    for chain in chains {
      var builder = ModelBuilder(opset: 15)
      builder.input("x", [2, 3, 8, 6])
      builder.constant("a", .list(-7, 7, 9))
      builder.constant("a2", .integers([1, 2, 1], [-7, 7]))
      builder.constant("b", .list(2, -2, 4))
      builder.constant("bits", .list(5, 0, -1))
      builder.constant("five", .list(5))
      builder.constant("zero", .list(0))
      builder.constant("two", .list(2))
      builder.constant("m1", .list(-1))
      builder.constant("mBig", .list(.min))
      builder.constant("three", .integers([], [3]))
      builder.constant("eight", .integers([], [8]))
      builder.constant("two0", .integers([], [2]))
      builder.constant("three1", .list(3))
      builder.constant("threeTwo", .list(3, 2))
      builder.constant("twoThree", .list(2, 3))
      builder.constant("six", .list(2, 4))
      builder.constant("six2", .list(0, 1, 2, 3, 4, 5))
      builder.constant("onehalf", .floats([], [1.5]))
      for (op, inputs, output, attributes) in chain.nodes {
        builder.node(op, inputs, [output], attributes)
      }
      // Read back as floats: 0 * x[0, 0, 0, 0] + r.
      builder.node("Cast", ["r"], ["rf"], [.int("to", 1)])
      builder.output("rf")
      let label = chain.nodes.map(\.0).joined(separator: " ")
      let graph = try builder.graph()
      let output = try graph.evaluate([Tensor(shape: [2, 3, 8, 6])])[0]
      #expect(output.data == chain.expected.map { Float($0) }, "\(label)")
    }
  }

  @Test("Constants in every type and both encodings")
  func encodings() throws {
    func tensor(_ type: Int32, raw: [UInt8]) -> ONNXTensorProto {
      var tensor = ONNXTensorProto()
      tensor.dims = [2]
      tensor.dataType = type
      tensor.rawData = .init(raw)
      return tensor
    }
    func field(_ type: Int32, _ values: [Int32]) -> ONNXTensorProto {
      var tensor = ONNXTensorProto()
      tensor.dims = [2]
      tensor.dataType = type
      tensor.int32Data = values
      return tensor
    }
    var double = ONNXTensorProto()
    double.dims = [2]
    double.dataType = 11
    double.doubleData = [1, -2]
    let encodings = [
      .floats([2], [1, -2]), double, .list(1, -2),
      tensor(1, raw: [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]),
      tensor(10, raw: [0, 0x3c, 0, 0xc0]), field(10, [0x3c00, 0xc000]),
      tensor(16, raw: [0x80, 0x3f, 0, 0xc0]), field(16, [0x3f80, 0xc000]),
      tensor(11, raw: [0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0xc0]),
      tensor(6, raw: [1, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff]), field(6, [1, -2]),
      tensor(7, raw: [1, 0, 0, 0, 0, 0, 0, 0] + [0xfe] + [UInt8](repeating: 0xff, count: 7)),
      tensor(3, raw: [1, 0xfe]), field(3, [1, -2]),
    ]
    for encoding in encodings {
      #expect(try folded(encoding) == [1, -2], "type \(encoding.dataType)")
    }
    #expect(try folded(tensor(2, raw: [1, 254])) == [1, 254])
    #expect(try folded(tensor(9, raw: [1, 0])) == [1, 0])
    #expect(try folded(field(9, [7, 0])) == [1, 0])
  }

  /// The values of a constant after a cast to float.
  private func folded(_ tensor: ONNXTensorProto) throws -> [Float] {
    var builder = ModelBuilder(opset: 13)
    builder.node("Constant", [], ["c"], [.tensor("value", tensor)])
    builder.node("Cast", ["c"], ["y"], [.int("to", 1)])
    builder.output("y")
    return try builder.graph().evaluate([])[0].data
  }

  @Test("A Constant states numbers in five ways")
  func constants() throws {
    let attributes: [(ONNXAttributeProto, [Int], [Float])] = [
      (.tensor("value", .floats([1, 2], [1, 2])), [1, 2], [1, 2]),
      (.float("value_float", 3), [], [3]),
      (.floats("value_floats", [3, 4]), [2], [3, 4]),
      (.int("value_int", 5), [], [5]),
      (.ints("value_ints", [5, 6]), [2], [5, 6]),
    ]
    for (attribute, shape, values) in attributes {
      var builder = ModelBuilder(opset: 13)
      builder.node("Constant", [], ["c"], [attribute])
      builder.node("Cast", ["c"], ["y"], [.int("to", 1)])
      builder.output("y")
      let output = try builder.graph().evaluate([])[0]
      #expect(output.shape == shape && output.data == values)
    }
  }
}
