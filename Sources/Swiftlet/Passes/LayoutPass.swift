internal import ReferenceKernels

/// Turns an NCHW graph into an NHWC one.
///
/// Every value of rank 4, constants included, becomes [N, H, W, C]; so filters [K, C, R, S] become
/// [K, R, S, C]. Other values stay as they are. Where an operator depends on the order of all dimensions,
/// explicit transposes restore it; `MovementMerging` cancels those that meet.
package struct LayoutPass: GraphPass {
  package let name = "layout-nhwc"

  package init() {}

  package func run(on graph: inout Graph) throws(EngineError) -> Int {
    guard graph.layout == .nchw else { return 0 }
    var rewriter = try LayoutRewriter(graph)
    for node in graph.nodes { try rewriter.rewrite(node) }
    graph = rewriter.graph
    return 1
  }
}

/// Dimensions of an image: index i of NHWC is index `toNHWC[i]` of NCHW.
let toNHWC = [0, 2, 3, 1]
/// Dimensions of an image: index i of NCHW is index `toNCHW[i]` of NHWC.
let toNCHW = [0, 3, 1, 2]

/// The graph under construction: images as NHWC under their old identifiers, and helpers to get at the
/// order of the source.
struct LayoutRewriter {
  private(set) var graph: Graph
  /// What the values were.
  private let source: Graph
  /// Values in the order of the source, by the identifier of the image.
  private var restored: [ValueID: ValueID] = [:]

  init(_ graph: Graph) throws(EngineError) {
    source = graph
    self.graph = graph
    self.graph.layout = .nhwc
    self.graph.nodes = []
    for index in graph.values.indices where graph.values[index].shape.count == 4 {
      self.graph.values[index].shape = toNHWC.map { graph.values[index].shape[$0] }
      if let constant = graph.values[index].constant {
        self.graph.values[index].constant = try constant.transposed(toNHWC)
      }
    }
  }

  /// The shape in the source.
  func shape(_ id: ValueID) -> [Int] { source[id].shape }

  /// Whether the value is an image, so that its dimensions have another order now.
  func isImage(_ id: ValueID) -> Bool { source[id].shape.count == 4 }

  /// Appends a node.
  mutating func append(_ op: Op, _ inputs: [ValueID?], to output: ValueID, name: String) {
    graph.nodes.append(Node(name: name, op: op, inputs: inputs, output: output))
  }

  /// Appends a node with a new value of `shape` as its output.
  mutating func append(
    _ op: Op, _ inputs: [ValueID?], shape: [Int], name: String
  ) -> ValueID {
    let output = graph.addValue(Value(name: name, shape: shape))
    append(op, inputs, to: output, name: name)
    return output
  }

  /// The value in the order of the source.
  mutating func inSourceOrder(_ id: ValueID) -> ValueID {
    guard isImage(id) else { return id }
    if let known = restored[id] { return known }
    let name = "\(source[id].name).nchw"
    let value: ValueID
    if let constant = source[id].constant {
      value = graph.addConstant(name, constant)
    } else {
      value = append(.transpose(permutation: toNCHW), [id], shape: shape(id), name: name)
    }
    restored[id] = value
    return value
  }

  /// The value as an image: one of lower rank gets leading dimensions of 1 first, as broadcasting has it.
  mutating func asImage(_ id: ValueID, name: String) throws(EngineError) -> ValueID {
    guard !isImage(id) else { return id }
    let extended = [Int](repeating: 1, count: 4 - shape(id).count) + shape(id)
    if let constant = source[id].constant {
      guard constant.count > 1 else { return id }
      return graph.addConstant(
        source[id].name, try constant.reshaped(extended).transposed(toNHWC))
    }
    let image = append(.reshape, [id], shape: extended, name: name)
    return append(
      .transpose(permutation: toNHWC), [image], shape: toNHWC.map { extended[$0] }, name: name)
  }

  /// Appends a node that works on values in the order of the source.
  mutating func appendInSourceOrder(_ node: Node) {
    var inputs: [ValueID?] = []
    for id in node.inputs { inputs.append(id.map { inSourceOrder($0) }) }
    guard isImage(node.output) else {
      return append(node.op, inputs, to: node.output, name: node.name)
    }
    let result = append(node.op, inputs, shape: shape(node.output), name: node.name)
    append(.transpose(permutation: toNHWC), [result], to: node.output, name: node.name)
  }
}

extension Constant {
  /// The elements with dimension i being dimension `permutation[i]` of this constant, as float32.
  ///
  /// - Throws: `EngineError` with code `shapeMismatch` if the permutation is none of the dimensions.
  func transposed(_ permutation: [Int]) throws(EngineError) -> Constant {
    guard permutation.sorted() == Array(shape.indices) else {
      throw EngineError(
        .shapeMismatch, "constant", "\(permutation) does not permute \(shape)",
        "name every axis once")
    }
    let source = Operand(floats, shape: shape, layout: .nchw)
    let target = try Operand(shape: permutation.map { shape[$0] }, layout: .nchw)
    withExtendedLifetime(source) {
      Reference.transpose(source.view, permutation: permutation, into: target.view)
    }
    let tensor = try target.tensor
    return try Constant(shape: tensor.shape, floats: tensor.data)
  }
}
