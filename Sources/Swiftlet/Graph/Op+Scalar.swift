internal import ReferenceKernels

extension Activation {
  /// The function itself, in double precision.
  var scalar: Reference.Scalar {
    switch self {
    case .none: { $0 }
    case .clip(let lower, let upper):
      { Reference.clip($0, lower: Double(lower), upper: Double(upper)) }
    case .leakyRelu(let slope): { $0 >= 0 ? $0 : Double(slope) * $0 }
    case .sigmoid: Reference.sigmoid
    case .hardSigmoid(let alpha, let beta):
      { Reference.hardSigmoid($0, alpha: Double(alpha), beta: Double(beta)) }
    case .hardSwish: Reference.hardSwish
    case .silu: Reference.silu
    case .tanh: Reference.hyperbolicTangent
    case .exp: Reference.exponential
    case .sqrt: { $0.squareRoot() }
    }
  }
}

extension BinaryKind {
  /// The function itself, in double precision.
  var function: (Double, Double) -> Double {
    switch self {
    case .add: { $0 + $1 }
    case .subtract: { $0 - $1 }
    case .multiply: { $0 * $1 }
    case .divide: { $0 / $1 }
    case .maximum: { $0.isNaN || $0 > $1 ? $0 : $1 }
    case .minimum: { $0.isNaN || $0 < $1 ? $0 : $1 }
    case .power: Reference.power
    }
  }
}

extension Window {
  /// The same window for the naive kernels.
  var sliding: SlidingWindow {
    SlidingWindow(
      kernel: (kernelHeight, kernelWidth), stride: (strideY, strideX),
      dilation: (dilationY, dilationX), pads: (padTop, padLeft, padBottom, padRight))
  }
}

extension Resize {
  /// The inputs that each output of a dimension mixes.
  func taps(input: Int, output: Int, scale: Float) -> [ResizeAxis.Tap] {
    let axis = ResizeAxis(input: input, output: output, scale: scale)
    let coordinate: (Int) -> Float =
      switch coordinates {
      case .halfPixel: axis.halfPixel
      case .pytorchHalfPixel: axis.pytorchHalfPixel
      case .alignCorners: axis.alignCorners
      case .asymmetric: axis.asymmetric
      case .tfHalfPixelForNN: axis.tfHalfPixelForNN
      case .halfPixelSymmetric: axis.halfPixelSymmetric
      }
    switch mode {
    case .linear: return axis.linear(coordinate)
    case .nearest(.roundPreferFloor):
      return axis.nearest(coordinate, ResizeAxis.roundPreferFloor)
    case .nearest(.roundPreferCeil):
      return axis.nearest(coordinate, ResizeAxis.roundPreferCeil)
    case .nearest(.floor): return axis.nearest(coordinate) { $0.rounded(.down) }
    case .nearest(.ceil): return axis.nearest(coordinate) { $0.rounded(.up) }
    }
  }
}
