/// Where along one axis each output of a resize reads its input.
struct ResizeSampling: Sendable {
  /// For each output the two inputs between which it lies, clamped to the axis.
  var low: [Int], high: [Int]
  /// For each output the weight of `high`.
  var weight: [Float]

  /// The input coordinate of output `index`, by ONNX's definition of the mode.
  static func coordinate(
    _ index: Int, inputs: Int, outputs: Int, scale: Float, mode: CoordinateMode
  ) -> Float {
    let x = Float(index)
    switch mode {
    case .halfPixel: return (x + 0.5) / scale - 0.5
    case .pytorchHalfPixel: return outputs > 1 ? (x + 0.5) / scale - 0.5 : 0
    case .alignCorners:
      return outputs > 1 ? x * Float(inputs - 1) / Float(outputs - 1) : 0
    case .asymmetric: return x / scale
    case .tfHalfPixelForNN: return (x + 0.5) / scale
    case .halfPixelSymmetric:
      let adjustment = Float(outputs) / (scale * Float(inputs))
      let center = Float(inputs) / 2
      return center * (1 - adjustment) + (x + 0.5) / scale - 0.5
    }
  }

  /// The linear interpolation along an axis.
  static func linear(
    inputs: Int, outputs: Int, scale: Float, mode: CoordinateMode
  ) -> ResizeSampling {
    var axis = ResizeSampling(low: [], high: [], weight: [])
    for index in 0..<outputs {
      let x = coordinate(index, inputs: inputs, outputs: outputs, scale: scale, mode: mode)
      let clamped = min(max(x, 0), Float(inputs - 1))
      let low = min(Int(clamped.rounded(.down)), inputs - 1)
      axis.low.append(low)
      axis.high.append(min(low + 1, inputs - 1))
      axis.weight.append(clamped - Float(low))
    }
    return axis
  }

  /// The nearest inputs along an axis.
  static func nearest(
    inputs: Int, outputs: Int, scale: Float, mode: CoordinateMode, rounding: NearestMode
  ) -> [Int] {
    (0..<outputs).map { index in
      let x = coordinate(index, inputs: inputs, outputs: outputs, scale: scale, mode: mode)
      let rounded: Float
      switch rounding {
      case .roundPreferFloor: rounded = (x - 0.5).rounded(.up)
      case .roundPreferCeil: rounded = (x + 0.5).rounded(.down)
      case .floor: rounded = x.rounded(.down)
      case .ceil: rounded = x.rounded(.up)
      }
      return min(max(Int(rounded), 0), inputs - 1)
    }
  }
}
