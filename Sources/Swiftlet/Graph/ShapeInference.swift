/// The static shape of an operator's output: the one place that decides whether operands fit.
///
/// Every number may come from a hostile file. Extents are at most `Shape.maximumElements` and the
/// numbers of a window at most `maximumWindow`, so products of two of them stay within 64 bits.
public enum ShapeInference {
  /// The most dimensions a value may have.
  public static let maximumRank = 8

  /// The largest kernel extent, stride, dilation or pad.
  public static let maximumWindow = 1 << 16

  /// The shape of the output of `op`.
  ///
  /// - Parameters:
  ///   - op: The operator and its attributes.
  ///   - inputs: The shapes of its inputs in the graph's layout; nil for one left out.
  ///   - declared: The output's shape. A resize and a reshape demand it; elsewhere, where given, it
  ///     must agree with the result.
  ///   - layout: The order of image dimensions of all shapes.
  ///   - name: The node's name, for the error.
  /// - Throws: `EngineError` with code `invalidGraph` where an attribute is out of range or an
  ///   input is missing, and `shapeMismatch` where the shapes do not fit.
  public static func outputShape(
    of op: Op, inputs: [[Int]?], declared: [Int]?, layout: Layout, name: String
  ) throws(EngineError) -> [Int] {
    let application = OperatorApplication(
      op: op, inputs: inputs, declared: declared, layout: layout, name: name)
    try application.checkInputs()
    let shape = try application.outputShape()
    guard isValid(shape) else {
      throw application.mismatch(
        "the output's shape \(shape) is empty or too large",
        "keep tensors between 1 and 2^31 elements")
    }
    if let declared, declared != shape {
      throw application.mismatch(
        "the output is \(shape), stated as \(declared)", "state the shape that the inputs give")
    }
    return shape
  }

  /// Whether a value may have this shape: every extent at least 1, at most `maximumRank` dimensions
  /// and `Shape.maximumElements` elements.
  public static func isValid(_ shape: [Int]) -> Bool {
    shape.count <= maximumRank && shape.allSatisfy { $0 >= 1 } && Shape.elementCount(shape) != nil
  }
}

/// One application of an operator to shapes: what the checks and the inference of all operators
/// share.
struct OperatorApplication {
  let op: Op
  let inputs: [[Int]?]
  let declared: [Int]?
  let layout: Layout
  let name: String

  /// Demands as many inputs as the operator takes, and shapes that a value may have.
  func checkInputs() throws(EngineError) {
    let arity = op.arity
    guard inputs.count >= arity.required, inputs.count <= arity.maximum else {
      let expected =
        arity.required == arity.maximum
        ? "\(arity.required)"
        : arity.maximum == .max
          ? "at least \(arity.required)" : "\(arity.required) to \(arity.maximum)"
      throw invalid(
        "it has \(inputs.count) inputs, expected \(expected)", "give the inputs it takes")
    }
    for (index, shape) in inputs.enumerated() {
      guard let shape else {
        guard arity.maximum != .max, index >= arity.required else {
          throw invalid(
            "input \(index) is missing", "only trailing optional inputs may be left out")
        }
        continue
      }
      guard ShapeInference.isValid(shape) else {
        throw mismatch(
          "input \(index) has the shape \(shape), which is empty or too large",
          "keep tensors between 1 and 2^31 elements and \(ShapeInference.maximumRank) dimensions")
      }
    }
  }

  func outputShape() throws(EngineError) -> [Int] {
    switch op {
    case .convolution(let window, let groups, let activation):
      try check(activation)
      return try convolution(window, groups: groups)
    case .transposedConvolution(let window, let padY, let padX, let groups, let activation):
      try check(activation)
      return try transposedConvolution(window, outputPadY: padY, outputPadX: padX, groups: groups)
    case .batchNormalization(let epsilon):
      return try batchNormalization(epsilon: epsilon)
    case .activation(let activation):
      try check(activation)
      return try input(0)
    case .prelu:
      return try prelu()
    case .binary(_, let activation):
      try check(activation)
      return try binary()
    case .softmax(let axis):
      let x = try input(0)
      try check(axis: axis, rank: x.count)
      return x
    case .maxPool(let window, let ceil):
      return try pooling(window, ceil: ceil)
    case .averagePool(let window, let ceil, _):
      return try pooling(window, ceil: ceil)
    case .globalAveragePool, .globalMaxPool:
      let x = try image(0)
      return shape(batch: x.batch, channels: x.channels, height: 1, width: 1)
    case .resize(let resize):
      return try self.resize(resize)
    case .concat(let axis):
      return try concat(axis: axis)
    case .gemm(let alpha, let beta, let transposeA, let transposeB, let activation):
      try check(activation)
      try check(number: alpha, "alpha")
      try check(number: beta, "beta")
      return try gemm(transposeA: transposeA, transposeB: transposeB)
    case .matmul:
      return try matmul()
    case .reshape:
      return try reshape()
    case .transpose(let permutation):
      return try transpose(permutation)
    case .pad(let before, let after, _):
      return try pad(before, after)
    case .slice(let starts, let ends, let steps):
      return try slice(starts, ends, steps)
    case .reduceMean(let axes, let keepDimensions):
      return try reduceMean(axes: axes, keepDimensions: keepDimensions)
    }
  }
}

// MARK: - What the operators share

extension OperatorApplication {
  /// The shape of an input that must be there.
  func input(_ index: Int) throws(EngineError) -> [Int] {
    guard index < inputs.count, let shape = inputs[index] else {
      throw invalid("input \(index) is missing", "give the inputs it takes")
    }
    return shape
  }

  /// The shape of an input that may be left out.
  func optionalInput(_ index: Int) -> [Int]? {
    index < inputs.count ? inputs[index] : nil
  }

  /// The extents of an input that must be a batch of images.
  func image(
    _ index: Int
  ) throws(EngineError) -> (batch: Int, channels: Int, height: Int, width: Int) {
    let x = try input(index)
    guard x.count == 4 else {
      throw mismatch(
        "input \(index) is \(x), expected 4 dimensions", "only two-dimensional images are supported"
      )
    }
    return layout == .nchw ? (x[0], x[1], x[2], x[3]) : (x[0], x[3], x[1], x[2])
  }

  /// The shape of a batch of images in the graph's layout.
  func shape(batch: Int, channels: Int, height: Int, width: Int) -> [Int] {
    layout == .nchw ? [batch, channels, height, width] : [batch, height, width, channels]
  }

  /// The axis of the channels of a value of `rank` dimensions.
  func channelAxis(rank: Int) -> Int { rank == 4 && layout == .nhwc ? 3 : 1 }

  func check(axis: Int, rank: Int) throws(EngineError) {
    guard axis >= 0, axis < rank else {
      throw invalid("axis \(axis) of a value of \(rank) dimensions", "give an axis below the rank")
    }
  }

  func check(number: Float, _ attribute: String) throws(EngineError) {
    guard number.isFinite else {
      throw invalid("\(attribute) is \(number)", "give a finite number")
    }
  }

  func check(_ activation: Activation) throws(EngineError) {
    switch activation {
    case .clip(let lower, let upper):
      guard !lower.isNaN, !upper.isNaN else {
        throw invalid("the bounds of a clip are \(lower) and \(upper)", "give numbers")
      }
    case .leakyRelu(let slope):
      try check(number: slope, "slope")
    case .hardSigmoid(let alpha, let beta):
      try check(number: alpha, "alpha")
      try check(number: beta, "beta")
    case .none, .sigmoid, .hardSwish, .silu, .tanh, .exp, .sqrt:
      break
    }
  }

  /// An attribute out of range or an input missing.
  func invalid(_ why: String, _ remedy: String) -> EngineError {
    EngineError(.invalidGraph, "node '\(name)' (\(op.kind))", why, remedy)
  }

  /// Shapes that do not fit.
  func mismatch(_ why: String, _ remedy: String) -> EngineError {
    EngineError(.shapeMismatch, "node '\(name)' (\(op.kind))", why, remedy)
  }
}

extension Op {
  /// How many inputs the operator demands and takes; inputs beyond the demanded may be left out.
  var arity: (required: Int, maximum: Int) {
    switch self {
    case .convolution: (2, 4)
    case .transposedConvolution, .gemm: (2, 3)
    case .batchNormalization: (5, 5)
    case .prelu, .binary, .matmul: (2, 2)
    case .concat: (1, .max)
    case .reshape: (1, 2)
    case .activation, .softmax, .maxPool, .averagePool, .globalAveragePool, .globalMaxPool, .resize,
      .transpose, .pad, .slice, .reduceMean:
      (1, 1)
    }
  }

  /// The operator's name, for people.
  public var kind: String {
    switch self {
    case .convolution: "convolution"
    case .transposedConvolution: "transposed convolution"
    case .batchNormalization: "batch normalization"
    case .activation: "activation"
    case .prelu: "prelu"
    case .binary(let kind, _):
      switch kind {
      case .add: "add"
      case .subtract: "subtract"
      case .multiply: "multiply"
      case .divide: "divide"
      case .maximum: "maximum"
      case .minimum: "minimum"
      case .power: "power"
      }
    case .softmax: "softmax"
    case .maxPool: "max pool"
    case .averagePool: "average pool"
    case .globalAveragePool: "global average pool"
    case .globalMaxPool: "global max pool"
    case .resize: "resize"
    case .concat: "concat"
    case .gemm: "gemm"
    case .matmul: "matmul"
    case .reshape: "reshape"
    case .transpose: "transpose"
    case .pad: "pad"
    case .slice: "slice"
    case .reduceMean: "reduce mean"
    }
  }
}
