internal import Swiftlet

/// The static shape of an input of the model.
enum InputShape {
  /// The shape that the caller gives, else the file's with an unknown batch taken as 1.
  static func resolve(
    _ input: ONNXValueInfoProto, override: [Int]?
  ) throws(ONNXError) -> [Int] {
    let what = "input '\(input.name)'"
    guard input.hasType, input.type.hasTensorType else {
      throw ONNXError(.unsupported, what, "it is no tensor", "give tensors only")
    }
    let tensor = input.type.tensorType
    guard let type = TensorType(rawValue: tensor.elemType), type.isFloatingPoint else {
      throw ONNXError(
        .unsupported, what,
        "elements of type \(TensorType.name(tensor.elemType)) are not supported",
        "export the model with float32 inputs")
    }
    let shape: [Int]
    if let override {
      guard !tensor.hasShape || tensor.shape.dim.count == override.count else {
        throw ONNXError(
          .inputShape, what, "\(override) was given for \(tensor.shape.dim.count) dimensions",
          "give an extent for each")
      }
      shape = override
    } else {
      guard tensor.hasShape else {
        throw ONNXError(.inputShape, what, "the model states no shape", "give its shape")
      }
      shape = try known(tensor.shape, what)
    }
    guard ShapeInference.isValid(shape) else {
      throw ONNXError(
        .inputShape, what, "the shape \(shape.prefix(10)) is empty or too large",
        "keep tensors between 1 and 2^31 elements and \(ShapeInference.maximumRank) dimensions")
    }
    return shape
  }

  private static func known(
    _ shape: ONNXTensorShapeProto, _ what: String
  ) throws(ONNXError) -> [Int] {
    var extents: [Int] = []
    for (axis, dimension) in shape.dim.enumerated() {
      if case .dimValue(let extent)? = dimension.value, extent > 0 {
        extents.append(Int(extent))
      } else if axis == 0 {
        extents.append(1)
      } else {
        let symbol = dimension.dimParam.isEmpty ? "" : " ('\(dimension.dimParam)')"
        throw ONNXError(
          .inputShape, what, "dimension \(axis)\(symbol) of \(shape.dim.count) is not fixed",
          "give the input's shape")
      }
    }
    return extents
  }
}
