#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension Reference {
  /// y = function(x), element by element. `x` and `y` may be the same.
  public static func map(
    _ x: UnsafePointer<Float>, count: Int, _ function: Scalar, into y: UnsafeMutablePointer<Float>
  ) {
    for i in 0..<count { y[i] = Float(function(Double(x[i]))) }
  }

  /// y = activation(function(a, b)), a and b repeated to the shape of y by NumPy's rules.
  public static func binary(
    _ a: TensorView, _ b: TensorView, _ function: (Double, Double) -> Double,
    activation: Scalar = { $0 }, into y: TensorView
  ) {
    let x = a.broadcast(to: y.shape)
    let z = b.broadcast(to: y.shape)
    walk(y.shape, x.strides, z.strides, y.strides) { i, j, k in
      y.base[k] = Float(activation(function(Double(x.base[i]), Double(z.base[j]))))
    }
  }

  /// y = x for x >= 0, else slope * x, the slope repeated to the shape of x.
  public static func prelu(_ x: TensorView, slope: TensorView, into y: TensorView) {
    binary(x, slope, { $0 < 0 ? $0 * $1 : $0 }, into: y)
  }

  /// y = scale * (x - mean) / sqrt(variance + epsilon) + bias, with a parameter a channel.
  public static func batchNormalization(
    _ x: ImageView, scale: UnsafePointer<Float>, bias: UnsafePointer<Float>,
    mean: UnsafePointer<Float>, variance: UnsafePointer<Float>, epsilon: Float, into y: ImageView
  ) {
    x.forEach { n, row, column, c in
      let deviation = (Double(variance[c]) + Double(epsilon)).squareRoot()
      let normal = (Double(x[n, row, column, c]) - Double(mean[c])) / deviation
      y[n, row, column, c] = Float(normal * Double(scale[c]) + Double(bias[c]))
    }
  }

  /// min(max(x, lower), upper). NaN stays NaN.
  public static func clip(_ x: Double, lower: Double, upper: Double) -> Double {
    x < lower ? min(lower, upper) : x > upper ? upper : x
  }

  /// 1 / (1 + exp(-x)).
  public static func sigmoid(_ x: Double) -> Double { 1 / (1 + exponential(-x)) }

  /// min(max(alpha * x + beta, 0), 1).
  public static func hardSigmoid(_ x: Double, alpha: Double, beta: Double) -> Double {
    clip(alpha * x + beta, lower: 0, upper: 1)
  }

  /// x * min(max(x / 6 + 0.5, 0), 1).
  public static func hardSwish(_ x: Double) -> Double {
    x * clip(x / 6 + 0.5, lower: 0, upper: 1)
  }

  /// x * sigmoid(x).
  public static func silu(_ x: Double) -> Double { x / (1 + exponential(-x)) }

  /// exp(x).
  public static func exponential(_ x: Double) -> Double { exp(x) }

  /// Hyperbolic tangent.
  public static func hyperbolicTangent(_ x: Double) -> Double { tanh(x) }

  /// x to the power of y.
  public static func power(_ x: Double, _ y: Double) -> Double { pow(x, y) }
}
