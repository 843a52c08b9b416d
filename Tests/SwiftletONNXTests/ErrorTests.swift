#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import Swiftlet
import SwiftletONNX
import Testing

@Suite("Errors of the importer")
struct ErrorTests {
  func message(of body: () throws -> Graph) -> String {
    do {
      _ = try body()
      return "no error"
    } catch {
      return "\(error)"
    }
  }

  @Test("An operator that cannot be translated is named with its node and the reason")
  func operators() throws {
    let x = ["x": [1, 3, 6, 5]]
    func model(
      _ op: String, _ opset: Int = 13, inputs: [String: [Int]]? = nil,
      _ attributes: [ONNXAttributeProto] = [],
      with constants: KeyValuePairs<String, ONNXTensorProto> = [:]
    ) -> OperatorCase {
      OperatorCase(
        op: op, opset: opset, inputs: inputs ?? x,
        constants: Dictionary(constants.map { ($0.key, $0.value) }) { first, _ in first },
        reads: ["x"] + constants.map(\.key), attributes: attributes)
    }
    let scales = ONNXTensorProto.floats([4], [1, 1, 2, 2])
    let cases: [(OperatorCase, String)] = [
      (model("Elu"), "the operator is not supported"),
      (model("LSTM"), "the operator is not supported"),
      (model("Abs"), "its operand is computed from the data"),
      (
        model("Conv", inputs: ["x": [1, 3, 6]], with: ["w": .floats([2, 3, 3])]),
        "it works on 1 spatial dimensions, expected 2"
      ),
      (model("Conv", with: ["w": .floats([2, 4, 1, 1])]), "1 groups, 3 input channels and weight"),
      (
        model("Conv", 13, [.ints("kernel_shape", [3, 3])], with: ["w": .floats([2, 3, 1, 1])]),
        "kernel_shape is [3, 3], the weight's kernel [1, 1]"
      ),
      (
        model("Conv", 13, [.ints("pads", [-1, 0, 0, 0])], with: ["w": .floats([2, 3, 1, 1])]),
        "pads [-1"
      ),
      (
        model("Conv", 13, [.ints("strides", [0, 1])], with: ["w": .floats([2, 3, 1, 1])]),
        "strides [0, 1]"
      ),
      (
        model("Conv", 13, [.string("auto_pad", "SAME")], with: ["w": .floats([2, 3, 1, 1])]),
        "auto_pad is 'SAME'"
      ),
      (
        model("Conv", 13, [.int("strides", 2)], with: ["w": .floats([2, 3, 1, 1])]),
        "attribute 'strides' is not a list of integers"
      ),
      (model("Conv", 13, [.int("group", 0)], with: ["w": .floats([2, 3, 1, 1])]), "0 groups"),
      (model("MaxPool"), "kernel_shape is missing"),
      (model("MaxPool", 13, [.ints("kernel_shape", [3])]), "kernel_shape has 1 numbers"),
      (
        model("MaxPool", 13, [.ints("kernel_shape", [1, 1]), .ints("pads", [1, 1, 1, 1])]),
        "it pads by the kernel's extent or more"
      ),
      (
        model("Resize", 13, [.string("mode", "cubic")], with: ["": .floats([0]), "s": scales]),
        "mode 'cubic' is not supported"
      ),
      (
        model("Resize", 18, [.int("antialias", 1)], with: ["": .floats([0]), "s": scales]),
        "antialias is not supported"
      ),
      (
        model(
          "Resize", 13, [.string("coordinate_transformation_mode", "tf_crop_and_resize")],
          with: ["": .floats([0]), "s": scales]), "'tf_crop_and_resize' is not supported"
      ),
      (
        model("Resize", with: ["": .floats([0]), "s": .floats([4], [1, 2, 1, 1])]),
        "is no resize of two-dimensional images"
      ),
      (
        model("Resize", with: ["": .floats([0]), "s": .floats([4], [1, 1, 0, 1])]),
        "give a positive scale"
      ),
      (
        model("Resize", with: ["": .floats([0]), "s": .floats([4], [1, 1, 1e30, 1])]),
        "empty or too large"
      ),
      (
        model("Resize", 10, with: ["s": .floats([4], [1, 1, 2, 0.5])]),
        "enlarge one extent and reduce the other"
      ),
      (model("Resize"), "it has neither scales nor sizes"),
      (
        model("Pad", 13, [.string("mode", "reflect")], with: ["p": .list(0, 0, 1, 1, 0, 0, 1, 1)]),
        "mode 'reflect' is not supported"
      ),
      (model("Pad", 13, with: ["p": .list(1, 2)]), "pads [1, 2] for"),
      (model("Pad", 13, with: ["p": .list(0, 0, -3, 0, 0, 0, -3, 0)]), "leave nothing of"),
      (model("Reshape", with: ["s": .list(7, -1)]), "to [7, -1]"),
      (model("Reshape", with: ["s": .list(-1, -1)]), "keep the number of elements"),
      (model("Reshape", with: ["s": .list(.max, .max, 2)]), "keep the number of elements"),
      (model("Squeeze", 11, [.ints("axes", [1])]), "are not all 1"),
      (model("Squeeze", 11, [.ints("axes", [4])]), "axis 4 of a value of 4 dimensions"),
      (model("Transpose", 13, [.ints("perm", [0, 1])]), "perm [0, 1] of 4 dimensions"),
      (model("Concat", 13, []), "its axis is missing"),
      (
        model("Slice", 13, with: ["s": .list(4), "e": .list(2), "a": .list(2)]),
        "range 4 to 2 by 1"
      ),
      (
        model("Slice", 13, with: ["s": .list(0), "e": .list(2), "a": .list(2), "t": .list(0)]),
        "no step of 0"
      ),
      (model("Split", 11, [.int("axis", 1), .ints("split", [2, 2])]), "lengths [2, 2]"),
      (model("Gather", 13, [.int("axis", 1)], with: ["i": .list(0, 2)]), "at several indices"),
      (model("Gather", 13, [.int("axis", 1)], with: ["i": .list(3)]), "index 3 of an extent of 3"),
      (model("Cast", 13, [.int("to", 7)]), "it casts data to INT64"),
      (model("Cast", 13, [.int("to", 8)]), "a cast to STRING"),
      (model("Add", with: ["b": .list(1)]), "it computes with the integers of 'b'"),
      (model("Add", with: ["b": .floats([4])]), "do not broadcast"),
      (model("Add"), "input 1 is missing"),
      (model("Softmax", 13, [.int("axis", 4)]), "axis 4 of a value of 4 dimensions"),
      (
        model("BatchNormalization", 15, [.int("training_mode", 1)]),
        "export the model for inference"
      ),
      (model("Expand", with: ["s": .list(1 << 40, 1, 1, 1)]), "exceeds what an import may compute"),
    ]
    for (model, reason) in cases {
      let message = message { try model.graph() }
      #expect(message.hasPrefix("node 'the node' (\(model.op)): "), "\(message)")
      #expect(message.contains(reason), "\(model.op): \(message)")
      #expect(message.contains("; ") && !message.contains("\n"), "\(message)")
    }
  }

  @Test("What is wrong with the model as a whole")
  func models() throws {
    func model(_ change: (inout ModelBuilder) -> Void) -> String {
      var builder = ModelBuilder(opset: 13)
      builder.input("x", [1, 3])
      builder.constant("w", .floats([3]))
      builder.node("Add", ["x", "w"], ["y"])
      builder.output("y")
      change(&builder)
      let built = builder
      return message { try built.graph() }
    }
    let cases: [(String, String)] = [
      (model { _ in }, "no error"),
      (model { $0.model.clearGraph() }, "it has no graph"),
      (model { $0.model.opsetImport = [] }, "states no single version"),
      (model { $0.model.opsetImport[0].version = 6 }, "opset 6 is not among 7 to 21"),
      (model { $0.model.opsetImport[0].version = 22 }, "opset 22 is not among 7 to 21"),
      (model { $0.model.opsetImport[0].domain = "ai.onnx" }, "no error"),
      (
        model { $0.model.graph.node[0].domain = "com.microsoft" },
        "operators of the domain 'com.microsoft' are not supported"
      ),
      (
        model { $0.model.graph.node[0].input[1] = "q" },
        "it reads 'q', which no node before it produces"
      ),
      (model { $0.model.graph.node.append($0.model.graph.node[0]) }, "'y' is produced twice"),
      (model { $0.output("q") }, "output 'q': nothing produces it"),
      (model { $0.model.graph.output = [] }, "graph: it has no output"),
      (model { $0.constant("w", .floats([3])) }, "initializer 'w': it is stated twice"),
      (model { $0.input("x", [1, 3]) }, "input 'x': it has no name or is stated twice"),
      // Old models list initializers among the inputs.
      (model { $0.input("w", [3]) }, "no error"),
      (
        model { $0.model.graph.initializer[0].dims = [4] },
        "3 elements of data for the shape [4], expected 4"
      ),
      (model { $0.model.graph.initializer[0].dims = [-3] }, "is negative or too large"),
      (model { $0.model.graph.initializer[0].dims = [1 << 40, 1 << 40] }, "negative or too large"),
      (
        model { $0.model.graph.initializer[0].dims = [Int64](repeating: 1, count: 9) },
        "is negative or too large"
      ),
      (
        model { $0.model.graph.initializer[0].dataType = 8 },
        "elements of type STRING are not supported"
      ),
      (
        model { $0.model.graph.initializer[0].rawData = .init([1, 2, 3]) },
        "3 bytes of data for the shape [3], expected 12"
      ),
      (model { $0.model.graph.initializer[0].dataLocation = 1 }, "its data lies in another file"),
      (model { $0.model.graph.initializer[0].segment.begin = 1 }, "it is stored in segments"),
      (model { $0.model.graph.sparseInitializer = [ONNXSparseTensorProto()] }, "sparse"),
      (
        model { $0.model.graph.node[0].attribute = [.int("a", 1), .int("a", 1)] },
        "an attribute is stated twice"
      ),
    ]
    for (index, (message, expected)) in cases.enumerated() {
      #expect(message.contains(expected), "case \(index): \(message)")
    }
  }

  @Test("Nodes that no output needs are not translated")
  func unused() throws {
    var builder = ModelBuilder(opset: 13)
    builder.input("x", [1, 3])
    builder.node("Elu", ["x"], ["unused"])
    builder.node("Relu", ["x"], ["y"])
    builder.output("y")
    #expect(try builder.graph().nodes.count == 1)
  }

  @Test("Inputs need static shapes; the batch may be left open")
  func inputShapes() throws {
    func model(_ extents: [Int?], type: Int32 = 1) -> ModelBuilder {
      var builder = ModelBuilder(opset: 13)
      builder.input("x", extents, type: type)
      builder.node("Relu", ["x"], ["y"])
      builder.output("y")
      return builder
    }
    func shape(_ graph: Graph) -> [Int] { graph[graph.inputs[0]].shape }
    #expect(try shape(model([nil, 3, 4, 4]).graph()) == [1, 3, 4, 4])
    #expect(try shape(model([0, 3, 4, 4]).graph()) == [1, 3, 4, 4])
    #expect(
      try shape(model([nil, 3, nil, nil]).graph(inputShapes: ["x": [2, 3, 8, 9]]))
        == [2, 3, 8, 9])
    #expect(try shape(model([1, 3]).graph(inputShapes: ["x": [4, 3]])) == [4, 3])
    let failures: [(() throws -> Graph, String)] = [
      ({ try model([nil, 3, nil, 4]).graph() }, "dimension 2 ('dynamic') of 4 is not fixed"),
      (
        { try model([1, 3]).graph(inputShapes: ["z": [1]]) },
        "input 'z': the model has no such input; its inputs are x"
      ),
      ({ try model([1, 3]).graph(inputShapes: ["x": [1]]) }, "[1] was given for 2 dimensions"),
      ({ try model([1, 3]).graph(inputShapes: ["x": [1, -3]]) }, "is empty or too large"),
      ({ try model([1, 3]).graph(inputShapes: ["x": [.max, .max]]) }, "is empty or too large"),
      ({ try model([1, 3], type: 7).graph() }, "elements of type INT64 are not supported"),
    ]
    for (body, expected) in failures {
      let message = message(of: body)
      #expect(message.hasPrefix("input '") && message.contains(expected), "\(message)")
    }
  }
}
