internal import Swiftlet

extension Translator {
  /// The results of a node, in the order of its outputs. Secondary outputs that inference has no
  /// use for (indices, masks, running statistics) are left out.
  mutating func translate(_ node: NodeReader) throws(ONNXError) -> [Operand] {
    if let results = try translateArithmetic(node) { return results }
    if let results = try translateMovement(node) { return results }
    switch node.op {
    case "Conv": return [try convolution(node)]
    case "ConvTranspose": return [try transposedConvolution(node)]
    case "BatchNormalization": return [try batchNormalization(node)]
    case "MaxPool": return [try maxPool(node)]
    case "AveragePool": return [try averagePool(node)]
    case "GlobalAveragePool": return [try globalAveragePool(node)]
    case "GlobalMaxPool": return [try globalMaxPool(node)]
    case "ReduceMean": return [try reduceMean(node)]
    case "Resize": return [try resize(node)]
    case "Upsample": return [try upsample(node)]
    case "Gemm": return [try gemm(node)]
    case "MatMul": return [try matmul(node)]
    case "Softmax": return [try softmax(node)]
    case "PRelu": return [try prelu(node)]
    case "Relu", "Clip", "LeakyRelu", "Sigmoid", "HardSigmoid", "HardSwish", "Tanh":
      return [.value(try activation(node))]
    default:
      throw node.unsupported(
        "the operator is not supported", "replace it by supported operators before the export")
    }
  }

  /// Element-wise arithmetic, which is carried out where all operands are known.
  private mutating func translateArithmetic(_ node: NodeReader) throws(ONNXError) -> [Operand]? {
    switch node.op {
    case "Add": return [try binary(node, .add, .add)]
    case "Sub": return [try binary(node, .subtract, .subtract)]
    case "Mul": return [try binary(node, .multiply, .multiply)]
    case "Div": return [try binary(node, .divide, .divide)]
    case "Pow": return [try power(node)]
    case "Max": return [try variadic(node, .maximum, .maximum)]
    case "Min": return [try variadic(node, .minimum, .minimum)]
    case "Sum": return [try variadic(node, .add, .add)]
    case "Mean": return [try mean(node)]
    case "Mod": return [try modulo(node)]
    case "Neg": return [try negative(node)]
    case "Reciprocal": return [try reciprocal(node)]
    case "Exp", "Sqrt": return [try exponentialOrRoot(node)]
    case "Abs", "Floor", "Ceil", "Round", "Log", "Not": return [try unaryLiteral(node)]
    case "Equal": return [try comparison(node, .equal)]
    case "Less": return [try comparison(node, .less)]
    case "LessOrEqual": return [try comparison(node, .lessOrEqual)]
    case "Greater": return [try comparison(node, .greater)]
    case "GreaterOrEqual": return [try comparison(node, .greaterOrEqual)]
    case "And", "Or": return [try logical(node)]
    case "Where": return [try select(node)]
    case "ReduceProd", "ReduceSum", "ReduceMax", "ReduceMin": return [try reduceLiteral(node)]
    default: return nil
    }
  }

  /// Operators that state, rearrange or pass on elements.
  private mutating func translateMovement(_ node: NodeReader) throws(ONNXError) -> [Operand]? {
    switch node.op {
    case "Identity": return [try operand(node, 0)]
    case "Dropout": return [try dropout(node)]
    case "Cast": return [try cast(node)]
    case "Constant": return [try constant(node)]
    case "ConstantOfShape": return [try constantOfShape(node)]
    case "Shape": return [try shapeOf(node)]
    case "Size": return [try size(node)]
    case "Range": return [try range(node)]
    case "Reshape": return [try reshape(node)]
    case "Flatten": return [try flatten(node)]
    case "Squeeze": return [try squeeze(node)]
    case "Unsqueeze": return [try unsqueeze(node)]
    case "Transpose": return [try transpose(node)]
    case "Expand": return [try expand(node)]
    case "Concat": return [try concat(node)]
    case "Gather": return [try gather(node)]
    case "Slice": return [try slice(node)]
    case "Split": return try split(node)
    case "Pad": return [try pad(node)]
    case "DepthToSpace": return [try depthToSpace(node)]
    case "SpaceToDepth": return [try spaceToDepth(node)]
    default: return nil
    }
  }
}
