#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import SwiftProtobuf
import Swiftlet
import SwiftletONNX

/// Builds ONNX models in memory, message by message.
struct ModelBuilder {
  var model = ONNXModelProto()

  init(opset: Int) {
    model.irVersion = 8
    var version = ONNXOperatorSetIdProto()
    version.version = Int64(opset)
    model.opsetImport = [version]
    model.graph = ONNXGraphProto()
  }

  /// A float32 input; a nil extent is a symbol.
  mutating func input(_ name: String, _ extents: [Int?], type: Int32 = 1) {
    var shape = ONNXTensorShapeProto()
    shape.dim = extents.map { extent in
      var dimension = ONNXTensorShapeProto.Dimension()
      if let extent {
        dimension.dimValue = Int64(extent)
      } else {
        dimension.dimParam = "dynamic"
      }
      return dimension
    }
    var tensor = ONNXTypeProto.Tensor()
    tensor.elemType = type
    tensor.shape = shape
    var value = ONNXValueInfoProto()
    value.name = name
    value.type.tensorType = tensor
    model.graph.input.append(value)
  }

  mutating func output(_ name: String) {
    var value = ONNXValueInfoProto()
    value.name = name
    model.graph.output.append(value)
  }

  mutating func constant(_ name: String, _ tensor: ONNXTensorProto) {
    var tensor = tensor
    tensor.name = name
    model.graph.initializer.append(tensor)
  }

  mutating func node(
    _ op: String, _ inputs: [String], _ outputs: [String] = ["y"],
    _ attributes: [ONNXAttributeProto] = [], name: String = ""
  ) {
    var node = ONNXNodeProto()
    node.name = name
    node.opType = op
    node.input = inputs
    node.output = outputs
    node.attribute = attributes
    model.graph.node.append(node)
  }

  /// The file's bytes.
  func bytes() throws -> [UInt8] { try model.serializedBytes() }

  func graph(inputShapes: [String: [Int]] = [:]) throws -> Graph {
    try ONNXImporter.import(bytes: bytes(), inputShapes: inputShapes)
  }
}

extension ONNXTensorProto {
  static func floats(_ dims: [Int], _ values: [Float]? = nil) -> ONNXTensorProto {
    var tensor = ONNXTensorProto()
    tensor.dims = dims.map(Int64.init)
    tensor.dataType = 1
    let count = dims.reduce(1, *)
    tensor.floatData = values ?? (0..<count).map { Float($0 % 7) * 0.25 - 0.5 }
    return tensor
  }

  static func integers(_ dims: [Int], _ values: [Int64]) -> ONNXTensorProto {
    var tensor = ONNXTensorProto()
    tensor.dims = dims.map(Int64.init)
    tensor.dataType = 7
    tensor.int64Data = values
    return tensor
  }

  static func list(_ values: Int64...) -> ONNXTensorProto { integers([values.count], values) }
}

extension ONNXAttributeProto {
  private init(_ name: String, type: Int32) {
    self.init()
    self.name = name
    self.type = type
  }

  static func float(_ name: String, _ value: Float) -> ONNXAttributeProto {
    var attribute = ONNXAttributeProto(name, type: 1)
    attribute.f = value
    return attribute
  }

  static func int(_ name: String, _ value: Int64) -> ONNXAttributeProto {
    var attribute = ONNXAttributeProto(name, type: 2)
    attribute.i = value
    return attribute
  }

  static func string(_ name: String, _ value: String) -> ONNXAttributeProto {
    var attribute = ONNXAttributeProto(name, type: 3)
    attribute.s = .init(value.utf8)
    return attribute
  }

  static func tensor(_ name: String, _ value: ONNXTensorProto) -> ONNXAttributeProto {
    var attribute = ONNXAttributeProto(name, type: 4)
    attribute.t = value
    return attribute
  }

  static func floats(_ name: String, _ values: [Float]) -> ONNXAttributeProto {
    var attribute = ONNXAttributeProto(name, type: 6)
    attribute.floats = values
    return attribute
  }

  static func ints(_ name: String, _ values: [Int64]) -> ONNXAttributeProto {
    var attribute = ONNXAttributeProto(name, type: 7)
    attribute.ints = values
    return attribute
  }
}

/// One node on inputs x, z, ... and constants; its outputs are the model's.
struct OperatorCase {
  var op: String
  var opset: Int
  var inputs: [String: [Int]] = ["x": [1, 3, 6, 5]]
  var constants: [String: ONNXTensorProto] = [:]
  /// What the node reads, in order.
  var reads: [String] = ["x"]
  var outputs: [String] = ["y"]
  var attributes: [ONNXAttributeProto] = []

  var builder: ModelBuilder {
    var builder = ModelBuilder(opset: opset)
    for (name, shape) in inputs.sorted(by: { $0.key < $1.key }) { builder.input(name, shape) }
    for (name, tensor) in constants.sorted(by: { $0.key < $1.key }) {
      builder.constant(name, tensor)
    }
    builder.node(op, reads, outputs, attributes, name: "the node")
    for output in outputs { builder.output(output) }
    return builder
  }

  func graph() throws -> Graph { try builder.graph() }

  /// The outputs of the naive kernels for inputs 0.1, 0.2, 0.3, ...
  func evaluated() throws -> [Tensor] {
    let graph = try graph()
    return try graph.evaluate(
      graph.inputs.map { id in
        let shape = graph[id].shape
        let count = shape.reduce(1, *)
        return try Tensor(shape: shape, data: (0..<count).map { Float($0 + 1) * 0.1 })
      })
  }
}
