import Swiftlet
import SwiftletONNX
import Testing

@Suite("Operators of ONNX")
struct OperatorTests {
  /// A case, the shape of its first output and the operators it becomes.
  struct Expectation {
    var model: OperatorCase
    var shape: [Int]
    var kinds: [String]

    init(_ model: OperatorCase, _ shape: [Int], _ kinds: String...) {
      self.model = model
      self.shape = shape
      self.kinds = kinds
    }
  }

  func check(_ expectations: [Expectation]) throws {
    for expectation in expectations {
      let model = expectation.model
      let label = "\(model.op) opset \(model.opset)"
      let graph = try model.graph()
      #expect(graph.nodes.map(\.op.kind) == expectation.kinds, "\(label)")
      #expect(graph[graph.outputs[0]].shape == expectation.shape, "\(label)")
      #expect(graph.outputs.map { graph[$0].name } == model.outputs, "\(label)")
      #expect(graph.layout == .nchw)
    }
  }

  @Test("Convolutions and their pads")
  func convolutions() throws {
    let weight = ONNXTensorProto.floats([4, 3, 3, 2])
    let reads = ["x", "w", "b"]
    let constants = ["w": weight, "b": .floats([4])]
    func model(_ attributes: [ONNXAttributeProto], opset: Int = 13) -> OperatorCase {
      OperatorCase(
        op: "Conv", opset: opset, constants: constants, reads: reads, attributes: attributes)
    }
    try check([
      Expectation(model([]), [1, 4, 4, 4], "convolution"),
      Expectation(model([.ints("pads", [1, 0, 2, 1])], opset: 7), [1, 4, 7, 5], "convolution"),
      Expectation(
        model([.string("auto_pad", "SAME_UPPER"), .ints("strides", [2, 2])], opset: 11),
        [1, 4, 3, 3], "convolution"),
      Expectation(
        model([.string("auto_pad", "SAME_LOWER"), .ints("strides", [2, 3])]), [1, 4, 3, 2],
        "convolution"),
      Expectation(
        model([.string("auto_pad", "VALID"), .ints("dilations", [2, 3])]), [1, 4, 2, 2],
        "convolution"),
      Expectation(
        OperatorCase(
          op: "Conv", opset: 21, constants: ["w": .floats([6, 1, 3, 3])], reads: ["x", "w"],
          attributes: [.int("group", 3), .ints("kernel_shape", [3, 3])]),
        [1, 6, 4, 3], "convolution"),
    ])
    let upper = try model([.string("auto_pad", "SAME_UPPER"), .ints("strides", [2, 2])]).graph()
    let lower = try model([.string("auto_pad", "SAME_LOWER"), .ints("strides", [2, 2])]).graph()
    let pads = [upper, lower].map { graph -> [Int] in
      guard case .convolution(let window, _, _) = graph.nodes[0].op else { return [] }
      return [window.padTop, window.padLeft, window.padBottom, window.padRight]
    }
    #expect(pads == [[0, 0, 1, 1], [1, 1, 0, 0]])
  }

  @Test("Transposed convolutions and their output shapes")
  func transposedConvolutions() throws {
    func model(_ attributes: [ONNXAttributeProto]) -> OperatorCase {
      OperatorCase(
        op: "ConvTranspose", opset: 11, inputs: ["x": [1, 2, 3, 3]],
        constants: ["w": .floats([2, 4, 3, 3])], reads: ["x", "w"],
        attributes: [.ints("strides", [2, 2])] + attributes)
    }
    try check([
      Expectation(model([]), [1, 4, 7, 7], "transposed convolution"),
      Expectation(
        model([.ints("output_padding", [1, 1]), .ints("pads", [1, 1, 1, 1])]), [1, 4, 6, 6],
        "transposed convolution"),
      Expectation(
        model([.int("group", 2), .ints("output_shape", [6, 8])]), [1, 8, 6, 8],
        "transposed convolution"),
      Expectation(
        model([.string("auto_pad", "SAME_UPPER")]), [1, 4, 6, 6], "transposed convolution"),
      Expectation(model([.string("auto_pad", "VALID")]), [1, 4, 7, 7], "transposed convolution"),
    ])
    // One row too many is cropped behind for SAME_UPPER, in front otherwise; a missing one is added
    // behind.
    let cases: [([ONNXAttributeProto], [Int])] = [
      ([.string("auto_pad", "SAME_UPPER")], [0, 1, 0]),
      ([.string("auto_pad", "SAME_LOWER")], [1, 0, 0]),
      ([.ints("output_shape", [6, 6])], [1, 0, 0]),
      ([.ints("output_shape", [8, 8])], [0, 0, 1]),
    ]
    for (attributes, expected) in cases {
      guard
        case .transposedConvolution(let window, let outputPad, _, _, _) =
          try model(attributes).graph().nodes[0].op
      else {
        Issue.record("no transposed convolution")
        continue
      }
      #expect([window.padTop, window.padBottom, outputPad] == expected)
    }
  }

  @Test("Pools round up, pad and dilate")
  func pools() throws {
    func model(_ op: String, _ opset: Int, _ attributes: [ONNXAttributeProto]) -> OperatorCase {
      OperatorCase(op: op, opset: opset, attributes: [.ints("kernel_shape", [3, 2])] + attributes)
    }
    let twos = ONNXAttributeProto.ints("strides", [2, 2])
    try check([
      Expectation(model("MaxPool", 7, [twos]), [1, 3, 2, 2], "max pool"),
      Expectation(model("MaxPool", 10, [twos, .int("ceil_mode", 1)]), [1, 3, 3, 3], "max pool"),
      Expectation(
        model("MaxPool", 12, [.ints("dilations", [2, 1]), .ints("pads", [1, 0, 1, 1])]),
        [1, 3, 4, 5], "max pool"),
      Expectation(
        model("MaxPool", 13, [twos, .string("auto_pad", "SAME_LOWER")]), [1, 3, 3, 3], "max pool"),
      Expectation(
        model("AveragePool", 7, [.int("count_include_pad", 1), .ints("pads", [1, 1, 1, 1])]),
        [1, 3, 6, 6], "average pool"),
      Expectation(
        model("AveragePool", 19, [.ints("dilations", [2, 2]), .int("ceil_mode", 1)]), [1, 3, 2, 3],
        "average pool"),
      Expectation(
        OperatorCase(op: "GlobalAveragePool", opset: 7), [1, 3, 1, 1],
        "global average pool"),
      Expectation(OperatorCase(op: "GlobalMaxPool", opset: 13), [1, 3, 1, 1], "global max pool"),
      Expectation(
        OperatorCase(op: "GlobalAveragePool", opset: 13, inputs: ["x": [2, 3, 4]]), [2, 3, 1],
        "reduce mean"),
    ])
  }

  @Test("Activations and normalisation")
  func activations() throws {
    let image = [1, 3, 6, 5]
    var expectations: [Expectation] = []
    for op in [
      "Relu", "LeakyRelu", "Sigmoid", "HardSigmoid", "HardSwish", "Tanh", "Exp", "Sqrt",
    ] {
      expectations.append(Expectation(OperatorCase(op: op, opset: 14), image, "activation"))
    }
    let bounds = ["lo": ONNXTensorProto.floats([], [0]), "hi": .floats([], [6])]
    let parameters = Dictionary(
      uniqueKeysWithValues: ["s", "b", "m", "v"].map { ($0, ONNXTensorProto.floats([3])) })
    expectations += [
      Expectation(
        OperatorCase(op: "Clip", opset: 7, attributes: [.float("min", 0), .float("max", 6)]), image,
        "activation"),
      Expectation(
        OperatorCase(op: "Clip", opset: 11, constants: bounds, reads: ["x", "lo", "hi"]), image,
        "activation"),
      Expectation(
        OperatorCase(op: "Clip", opset: 13, constants: bounds, reads: ["x", "", "hi"]), image,
        "activation"),
      Expectation(
        OperatorCase(
          op: "PRelu", opset: 9, constants: ["s": .floats([3, 1, 1])], reads: ["x", "s"]), image,
        "prelu"),
      Expectation(
        OperatorCase(op: "PRelu", opset: 9, constants: ["s": .floats([1])], reads: ["x", "s"]),
        image, "activation"),
      Expectation(
        OperatorCase(
          op: "BatchNormalization", opset: 7, constants: parameters,
          reads: ["x", "s", "b", "m", "v"]), image, "batch normalization"),
      Expectation(
        OperatorCase(
          op: "BatchNormalization", opset: 15, constants: parameters,
          reads: ["x", "s", "b", "m", "v"], attributes: [.float("epsilon", 1e-3)]), image,
        "batch normalization"),
    ]
    try check(expectations)
    let clips = try expectations[8...10].map { try $0.model.graph().nodes[0].op }
    #expect(clips[0] == .activation(.clip(lower: 0, upper: 6)))
    #expect(clips[1] == .activation(.clip(lower: 0, upper: 6)))
    #expect(clips[2] == .activation(.clip(lower: -.infinity, upper: 6)))
  }

  @Test("Softmax flattens before opset 13")
  func softmax() throws {
    try check([
      Expectation(OperatorCase(op: "Softmax", opset: 13), [1, 3, 6, 5], "softmax"),
      Expectation(
        OperatorCase(op: "Softmax", opset: 11), [1, 3, 6, 5], "reshape", "softmax", "reshape"),
      Expectation(
        OperatorCase(op: "Softmax", opset: 11, attributes: [.int("axis", 3)]), [1, 3, 6, 5],
        "softmax"),
      Expectation(
        OperatorCase(op: "Softmax", opset: 7, inputs: ["x": [2, 5]]), [2, 5], "softmax"),
    ])
    let flattened = try OperatorCase(op: "Softmax", opset: 11).evaluated()[0]
    #expect(abs(flattened.data.reduce(0, +) - 1) < 1e-5)
  }

  @Test("Resizes by scales and by sizes, old and new")
  func resizes() throws {
    let scales = ONNXTensorProto.floats([4], [1, 1, 2, 1.5])
    let down = ONNXTensorProto.floats([4], [1, 1, 0.5, 0.5])
    let empty = ONNXTensorProto.floats([0], [])
    func mode(_ attributes: ONNXAttributeProto...) -> [ONNXAttributeProto] { attributes }
    let linear = mode(.string("mode", "linear"))
    try check([
      Expectation(
        OperatorCase(
          op: "Upsample", opset: 7, attributes: linear + [.floats("scales", [1, 1, 2, 1.5])]),
        [1, 3, 12, 7], "resize"),
      Expectation(
        OperatorCase(op: "Upsample", opset: 9, constants: ["s": scales], reads: ["x", "s"]),
        [1, 3, 12, 7], "resize"),
      Expectation(
        OperatorCase(op: "Resize", opset: 10, constants: ["s": down], reads: ["x", "s"]),
        [1, 3, 3, 2], "resize"),
      Expectation(
        OperatorCase(
          op: "Resize", opset: 11, constants: ["r": empty, "s": scales], reads: ["x", "r", "s"],
          attributes: linear + [.string("coordinate_transformation_mode", "align_corners")]),
        [1, 3, 12, 7], "resize"),
      Expectation(
        OperatorCase(
          op: "Resize", opset: 11, constants: ["r": empty, "e": empty, "z": .list(1, 3, 9, 4)],
          reads: ["x", "r", "e", "z"]), [1, 3, 9, 4], "resize"),
      Expectation(
        OperatorCase(
          op: "Resize", opset: 13, constants: ["z": .list(1, 3, 9, 4)], reads: ["x", "", "", "z"],
          attributes: [.string("nearest_mode", "floor")]), [1, 3, 9, 4], "resize"),
      Expectation(
        OperatorCase(
          op: "Resize", opset: 18, constants: ["z": .list(9, 20)], reads: ["x", "", "", "z"],
          attributes: [.ints("axes", [2, 3]), .string("keep_aspect_ratio_policy", "not_larger")]),
        [1, 3, 9, 8], "resize"),
      Expectation(
        OperatorCase(
          op: "Resize", opset: 19, constants: ["s": .floats([2], [0.6, 0.6])],
          reads: ["x", "", "s"],
          attributes: [
            .ints("axes", [-2, -1]),
            .string("coordinate_transformation_mode", "half_pixel_symmetric"),
          ]), [1, 3, 3, 3], "resize"),
    ])
    let reduced = try OperatorCase(
      op: "Resize", opset: 10, constants: ["s": down], reads: ["x", "s"]
    ).graph().nodes[0].op
    #expect(
      reduced
        == .resize(
          Resize(
            mode: .nearest(.ceil), coordinates: .asymmetric, scaleY: 0.5, scaleX: 0.5)))
    // The extent is rounded down, the scale stays as stated.
    let enlarged = try OperatorCase(
      op: "Upsample", opset: 9, constants: ["s": scales], reads: ["x", "s"]
    ).graph().nodes[0].op
    #expect(
      enlarged
        == .resize(
          Resize(
            mode: .nearest(.floor), coordinates: .asymmetric, scaleY: 2, scaleX: 1.5)))
  }

  @Test("Element-wise arithmetic of data")
  func arithmetic() throws {
    let image = [1, 3, 6, 5]
    let inputs = ["x": image, "z": [6, 1]]
    var expectations: [Expectation] = []
    for (op, kind) in [
      ("Add", "add"), ("Sub", "subtract"), ("Mul", "multiply"), ("Div", "divide"),
      ("Max", "maximum"), ("Min", "minimum"), ("Sum", "add"), ("Pow", "power"),
    ] {
      expectations.append(
        Expectation(
          OperatorCase(op: op, opset: 13, inputs: inputs, reads: ["x", "z"]), image, kind))
    }
    expectations += [
      Expectation(
        OperatorCase(op: "Max", opset: 8, inputs: inputs, reads: ["x", "z", "x"]), image,
        "maximum", "maximum"),
      Expectation(
        OperatorCase(op: "Mean", opset: 8, inputs: inputs, reads: ["x", "z"]), image, "add",
        "multiply"),
      Expectation(
        OperatorCase(
          op: "Pow", opset: 12, constants: ["e": .list(2)], reads: ["x", "e"]), image, "power"),
      Expectation(OperatorCase(op: "Neg", opset: 13), image, "multiply"),
      Expectation(OperatorCase(op: "Reciprocal", opset: 13), image, "divide"),
      Expectation(
        OperatorCase(
          op: "Expand", opset: 13, inputs: ["x": [3, 1, 5]], constants: ["s": .list(2, 1, 4, 1)],
          reads: ["x", "s"]), [2, 3, 4, 5], "multiply"),
    ]
    try check(expectations)
    #expect(try expectations[9].model.evaluated()[0].data[0] == 0.1)
  }

  @Test("Matrices, vectors among them")
  func matrices() throws {
    let c = ["b": ONNXTensorProto.floats([5, 4]), "c": .floats([5])]
    var expectations = [
      Expectation(
        OperatorCase(
          op: "Gemm", opset: 7, inputs: ["x": [3, 4]], constants: c, reads: ["x", "b", "c"],
          attributes: [.int("transB", 1), .float("alpha", 0.5)]), [3, 5], "gemm"),
      Expectation(
        OperatorCase(
          op: "Gemm", opset: 13, inputs: ["x": [5, 3]], constants: c, reads: ["x", "b"],
          attributes: [.int("transA", 1)]), [3, 4], "gemm"),
    ]
    let products: [([Int], [Int], [Int], [String])] = [
      ([3, 4], [4, 5], [3, 5], ["gemm"]),
      ([2, 3, 4], [4, 5], [2, 3, 5], ["matmul"]),
      ([2, 1, 3, 4], [5, 4, 2], [2, 5, 3, 2], ["matmul"]),
      ([4], [4, 5], [5], ["reshape", "gemm", "reshape"]),
      ([2, 3, 4], [4], [2, 3], ["reshape", "matmul", "reshape"]),
      ([4], [2, 4, 3], [2, 3], ["reshape", "matmul", "reshape"]),
      ([4], [4], [], ["reshape", "reshape", "gemm", "reshape"]),
    ]
    for (a, b, shape, kinds) in products {
      var expectation = Expectation(
        OperatorCase(op: "MatMul", opset: 13, inputs: ["x": a, "z": b], reads: ["x", "z"]), shape)
      expectation.kinds = kinds
      expectations.append(expectation)
    }
    try check(expectations)
  }

  @Test("Movements of data in every opset's form")
  func movements() throws {
    let image = [1, 3, 6, 5]
    func model(
      _ op: String, _ opset: Int, _ shape: [Int] = [1, 3, 6, 5],
      _ attributes: [ONNXAttributeProto] = [], outputs: [String] = ["y"],
      with constants: KeyValuePairs<String, ONNXTensorProto> = [:]
    ) -> OperatorCase {
      OperatorCase(
        op: op, opset: opset, inputs: ["x": shape],
        constants: Dictionary(constants.map { ($0.key, $0.value) }) { first, _ in first },
        reads: ["x"] + constants.map(\.key), outputs: outputs, attributes: attributes)
    }
    try check([
      Expectation(model("Reshape", 7, image, with: ["s": .list(0, -1, 5)]), [1, 18, 5], "reshape"),
      Expectation(
        model("Reshape", 14, image, [.int("allowzero", 1)], with: ["s": .list(3, 30)]), [3, 30],
        "reshape"),
      Expectation(model("Flatten", 9, image, [.int("axis", 2)]), [3, 30], "reshape"),
      Expectation(model("Flatten", 13, image, [.int("axis", 0)]), [1, 90], "reshape"),
      Expectation(model("Squeeze", 11, image, [.ints("axes", [0])]), [3, 6, 5], "reshape"),
      Expectation(model("Squeeze", 13, image, with: ["a": .list(-4)]), [3, 6, 5], "reshape"),
      Expectation(model("Squeeze", 13, [2, 1, 1]), [2], "reshape"),
      Expectation(
        model("Unsqueeze", 11, [3, 4], [.ints("axes", [0, -1])]), [1, 3, 4, 1], "reshape"),
      Expectation(model("Unsqueeze", 13, [3, 4], with: ["a": .list(2)]), [3, 4, 1], "reshape"),
      Expectation(
        model("Transpose", 13, image, [.ints("perm", [0, 2, 3, 1])]), [1, 6, 5, 3], "transpose"),
      Expectation(model("Transpose", 13, [2, 3]), [3, 2], "transpose"),
      Expectation(
        model("Pad", 7, image, [.ints("pads", [0, 0, 1, 2, 0, 0, 3, 4])]), [1, 3, 10, 11], "pad"),
      Expectation(
        model(
          "Pad", 13, image, with: ["p": .list(0, 0, 1, -1, 0, 0, 1, 0), "v": .floats([], [1])]),
        [1, 3, 8, 4], "slice", "pad"),
      Expectation(
        model(
          "Pad", 18, image, with: ["p": .list(1, 1), "v": .floats([], [0]), "a": .list(-1)]),
        [1, 3, 6, 7], "pad"),
      Expectation(
        model("Slice", 9, image, [.ints("starts", [1]), .ints("ends", [-1]), .ints("axes", [2])]),
        [1, 3, 4, 5], "slice"),
      Expectation(
        model(
          "Slice", 13, image,
          with: [
            "s": .list(-1, 0), "e": .list(-1000, .max), "a": .list(2, -1), "t": .list(-2, 2),
          ]), [1, 3, 3, 3], "slice"),
      Expectation(
        model(
          "Split", 11, image, [.int("axis", 1), .ints("split", [1, 2])], outputs: ["y", "w"]),
        [1, 1, 6, 5], "slice", "slice"),
      Expectation(
        model(
          "Split", 13, image, [.int("axis", 1)], outputs: ["y", "w"], with: ["s": .list(2, 1)]),
        [1, 2, 6, 5], "slice", "slice"),
      Expectation(
        model(
          "Split", 18, image, [.int("axis", 3), .int("num_outputs", 2)], outputs: ["y", "w"]),
        [1, 3, 6, 3], "slice", "slice"),
      Expectation(
        model("ReduceMean", 13, image, [.ints("axes", [-1, 2]), .int("keepdims", 0)]), [1, 3],
        "reduce mean"),
      Expectation(
        model("ReduceMean", 18, image, with: ["a": .list(2, 3)]), [1, 3, 1, 1], "reduce mean"),
      Expectation(
        model("Concat", 13, image, [.int("axis", 1)], with: ["c": .floats([1, 2, 6, 5])]),
        [1, 5, 6, 5], "concat"),
      Expectation(
        model("Gather", 13, image, [.int("axis", 1)], with: ["i": .integers([], [-1])]), [1, 6, 5],
        "slice", "reshape"),
      Expectation(
        model("DepthToSpace", 13, [1, 8, 2, 3], [.int("blocksize", 2)]), [1, 2, 4, 6], "reshape",
        "transpose", "reshape"),
      Expectation(
        model("SpaceToDepth", 13, [1, 2, 4, 6], [.int("blocksize", 2)]), [1, 8, 2, 3], "reshape",
        "transpose", "reshape"),
    ])
  }

  @Test("What passes data on leaves no operator behind but a copy to the output")
  func passing() throws {
    let image = [1, 3, 6, 5]
    try check([
      Expectation(OperatorCase(op: "Identity", opset: 13), image, "reshape"),
      Expectation(OperatorCase(op: "Dropout", opset: 7), image, "reshape"),
      Expectation(
        OperatorCase(
          op: "Dropout", opset: 13,
          constants: ["r": .floats([], [0.5]), "t": .integers([], [0])], reads: ["x", "r", "t"]),
        image, "reshape"),
      Expectation(
        OperatorCase(op: "Cast", opset: 13, attributes: [.int("to", 10)]), image, "reshape"),
    ])
    var builder = ModelBuilder(opset: 13)
    builder.input("x", image)
    builder.node("Relu", ["x"], ["r"])
    builder.node("Identity", ["r"], ["i"])
    builder.node("Dropout", ["i"], ["y", "mask"])
    builder.output("y")
    let graph = try builder.graph()
    #expect(graph.nodes.map(\.op) == [.activation(.relu)])
    #expect(graph[graph.outputs[0]].name == "y")
  }

  @Test("Two names of one result are two outputs")
  func twoNames() throws {
    var builder = ModelBuilder(opset: 13)
    builder.input("x", [1, 2])
    builder.node("Relu", ["x"], ["a"])
    builder.node("Identity", ["a"], ["b"])
    for name in ["a", "b", "x"] { builder.output(name) }
    let graph = try builder.graph()
    #expect(graph.outputs.map { graph[$0].name } == ["a", "b", "x"])
    let outputs = try graph.evaluate([Tensor(shape: [1, 2], data: [-1, 2])])
    #expect(outputs.map(\.data) == [[0, 2], [0, 2], [-1, 2]])
  }
}
