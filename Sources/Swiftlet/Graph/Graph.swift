/// The order of the dimensions of images in a graph.
public enum Layout: UInt8, Sendable {
  /// [N, C, H, W], as in ONNX.
  case nchw = 0
  /// [N, H, W, C], as the kernels want it.
  case nhwc = 1
}

/// Names a value of a graph.
public struct ValueID: Hashable, Sendable, Comparable {
  /// The index into `Graph.values`.
  public let index: Int

  /// The value at `index`.
  public init(_ index: Int) { self.index = index }

  /// Orders by index.
  public static func < (a: ValueID, b: ValueID) -> Bool { a.index < b.index }
}

/// A tensor that flows along a graph's edges: an input, a constant, or an operator's output.
public struct Value: Sendable {
  /// The name in the source model, for people and for inputs and outputs.
  public var name: String
  /// The static shape, in the graph's layout.
  public var shape: [Int]
  /// The data, where the value is a constant.
  public var constant: Constant?

  /// A value.
  public init(name: String, shape: [Int], constant: Constant? = nil) {
    self.name = name
    self.shape = shape
    self.constant = constant
  }
}

/// One application of an operator.
public struct Node: Sendable {
  /// The name in the source model, for people.
  public var name: String
  /// The operator and its attributes.
  public var op: Op
  /// What it reads; nil stands for an optional input left out.
  public var inputs: [ValueID?]
  /// What it writes.
  public var output: ValueID

  /// A node.
  public init(name: String, op: Op, inputs: [ValueID?], output: ValueID) {
    self.name = name
    self.op = op
    self.inputs = inputs
    self.output = output
  }
}

/// A feed-forward network with static shapes: values, and nodes in topological order.
///
/// Every node has one output. Constants, inputs and node outputs are distinct values.
public struct Graph: Sendable {
  /// The order of image dimensions.
  public var layout: Layout
  /// All values; some may be unused.
  public var values: [Value]
  /// The operators, each after the producers of its inputs.
  public var nodes: [Node]
  /// What a caller gives.
  public var inputs: [ValueID]
  /// What a caller gets.
  public var outputs: [ValueID]

  /// An empty graph.
  public init(layout: Layout = .nchw) {
    self.layout = layout
    values = []
    nodes = []
    inputs = []
    outputs = []
  }

  /// The value that `id` names.
  public subscript(id: ValueID) -> Value {
    get { values[id.index] }
    set { values[id.index] = newValue }
  }

  /// Adds a value.
  public mutating func addValue(_ value: Value) -> ValueID {
    values.append(value)
    return ValueID(values.count - 1)
  }

  /// Adds a constant value.
  public mutating func addConstant(_ name: String, _ constant: Constant) -> ValueID {
    addValue(Value(name: name, shape: constant.shape, constant: constant))
  }

  /// Appends a node whose output is a new value of the shape that `ShapeInference` gives.
  ///
  /// - Throws: `EngineError` if the inputs do not fit the operator.
  public mutating func append(
    _ op: Op, name: String, inputs: [ValueID?], shape: [Int]? = nil
  ) throws(EngineError) -> ValueID {
    let inferred = try ShapeInference.outputShape(
      of: op, inputs: inputs.map { $0.map { self[$0].shape } }, declared: shape, layout: layout,
      name: name)
    let output = addValue(Value(name: name, shape: inferred))
    nodes.append(Node(name: name, op: op, inputs: inputs, output: output))
    return output
  }
}
