/// An activation fused into the operator before it, or standing alone. Element-wise.
public enum Activation: Sendable, Hashable {
  /// The identity.
  case none
  /// min(max(x, lower), upper). ReLU is [0, inf), ReLU6 is [0, 6].
  case clip(lower: Float, upper: Float)
  /// x for x >= 0, else slope * x.
  case leakyRelu(slope: Float)
  /// 1 / (1 + exp(-x)).
  case sigmoid
  /// min(max(alpha * x + beta, 0), 1).
  case hardSigmoid(alpha: Float, beta: Float)
  /// x * min(max(x / 6 + 0.5, 0), 1).
  case hardSwish
  /// x * sigmoid(x), also called swish.
  case silu
  /// Hyperbolic tangent.
  case tanh
  /// exp(x).
  case exp
  /// Square root.
  case sqrt

  /// max(x, 0).
  public static var relu: Activation { .clip(lower: 0, upper: .infinity) }
}

/// The sliding window of a convolution or pooling.
public struct Window: Sendable, Hashable {
  /// Kernel extents.
  public var kernelHeight: Int, kernelWidth: Int
  /// Steps between neighbouring outputs.
  public var strideY: Int, strideX: Int
  /// Steps between neighbouring taps.
  public var dilationY: Int, dilationX: Int
  /// Implicit padding: zeros for a convolution, nothing for a pooling.
  public var padTop: Int, padLeft: Int, padBottom: Int, padRight: Int

  /// A window; strides and dilations are 1 and pads 0 unless given.
  public init(
    kernel: (Int, Int), strides: (Int, Int) = (1, 1), dilations: (Int, Int) = (1, 1),
    pads: (top: Int, left: Int, bottom: Int, right: Int) = (0, 0, 0, 0)
  ) {
    (kernelHeight, kernelWidth) = kernel
    (strideY, strideX) = strides
    (dilationY, dilationX) = dilations
    (padTop, padLeft, padBottom, padRight) = pads
  }

  /// The extents that the dilated kernel spans.
  public var spanY: Int { (kernelHeight - 1) * dilationY + 1 }
  /// The extents that the dilated kernel spans.
  public var spanX: Int { (kernelWidth - 1) * dilationX + 1 }
}

/// How an output coordinate of a resize maps to the input; ONNX's names.
public enum CoordinateMode: UInt8, Sendable {
  /// (x + 0.5) / scale - 0.5.
  case halfPixel = 0
  /// As half pixel, but 0 where the output extent is 1.
  case pytorchHalfPixel = 1
  /// x * (in - 1) / (out - 1).
  case alignCorners = 2
  /// x / scale.
  case asymmetric = 3
  /// (x + 0.5) / scale: nearest only.
  case tfHalfPixelForNN = 4
  /// As half pixel, adjusted so that the ends stay symmetric when the extent was rounded.
  case halfPixelSymmetric = 5
}

/// How a nearest resize rounds its coordinate; ONNX's names.
public enum NearestMode: UInt8, Sendable {
  /// To nearest, ties down.
  case roundPreferFloor = 0
  /// To nearest, ties up.
  case roundPreferCeil = 1
  /// Down.
  case floor = 2
  /// Up.
  case ceil = 3
}

/// How a resize computes a pixel.
public struct Resize: Sendable, Hashable {
  /// Bilinear, or the nearest pixel.
  public enum Mode: Sendable, Hashable {
    /// Bilinear, edges clamped, no antialiasing.
    case linear
    /// The pixel that the rounded coordinate names.
    case nearest(NearestMode)
  }
  /// Bilinear or nearest.
  public var mode: Mode
  /// The coordinate transformation.
  public var coordinates: CoordinateMode
  /// Output extent over input extent as the model states it. It differs from the ratio of the extents
  /// where the extent was rounded.
  public var scaleY: Float, scaleX: Float

  /// A resize.
  public init(mode: Mode, coordinates: CoordinateMode, scaleY: Float, scaleX: Float) {
    self.mode = mode
    self.coordinates = coordinates
    self.scaleY = scaleY
    self.scaleX = scaleX
  }
}

/// An element-wise operator of two inputs.
public enum BinaryKind: UInt8, Sendable {
  /// The sum.
  case add = 0
  /// The difference.
  case subtract = 1
  /// The product.
  case multiply = 2
  /// The quotient.
  case divide = 3
  /// The larger.
  case maximum = 4
  /// The smaller.
  case minimum = 5
  /// The power.
  case power = 6
}

/// An operator. Inputs come in the order given; [x] marks an optional one.
///
/// Shapes are those of the graph's layout: in an NCHW graph activations are [N, C, H, W] and convolution
/// weights [K, C/groups, R, S]; in an NHWC graph they are [N, H, W, C] and [K, R, S, C/groups].
public enum Op: Sendable, Hashable {
  /// Inputs: x, weight, [bias [K]], [residual of the output's shape, added before the activation].
  case convolution(window: Window, groups: Int, activation: Activation)
  /// Inputs: x, weight ([C, K/groups, R, S]; NHWC graph [C, R, S, K/groups]), [bias [K]]. Pads crop the output.
  case transposedConvolution(
    window: Window, outputPadY: Int, outputPadX: Int, groups: Int, activation: Activation)
  /// Inputs: x, scale [C], bias [C], mean [C], variance [C].
  case batchNormalization(epsilon: Float)
  /// Inputs: x.
  case activation(Activation)
  /// Inputs: x, slope (broadcastable against x). slope * x where x < 0.
  case prelu
  /// Inputs: a, b, broadcast by NumPy's rules.
  case binary(BinaryKind, activation: Activation)
  /// Inputs: x. Normalised along `axis`.
  case softmax(axis: Int)
  /// Inputs: x. Padding never wins. `ceil` rounds the extents up.
  case maxPool(window: Window, ceil: Bool)
  /// Inputs: x. `countIncludePad` divides by the whole window, padding counted.
  case averagePool(window: Window, ceil: Bool, countIncludePad: Bool)
  /// Inputs: x. The mean of each channel's plane; the extents become 1.
  case globalAveragePool
  /// Inputs: x. The largest of each channel's plane; the extents become 1.
  case globalMaxPool
  /// Inputs: x. The output's shape is the value's.
  case resize(Resize)
  /// Inputs: one or more, equal but along `axis`.
  case concat(axis: Int)
  /// Inputs: a [M, K], b [K, N] (transposed if so marked), [c broadcastable to [M, N]]. alpha * a b + beta * c.
  case gemm(
    alpha: Float, beta: Float, transposeA: Bool, transposeB: Bool, activation: Activation)
  /// Inputs: a, b; the last two dimensions multiply, the others broadcast.
  case matmul
  /// Inputs: x, [shape, int64]. The output's shape is the value's; row-major order is kept.
  case reshape
  /// Inputs: x.
  case transpose(permutation: [Int])
  /// Inputs: x. Constant padding, before and after each dimension.
  case pad(before: [Int], after: [Int], value: Float)
  /// Inputs: x. One range a dimension, as start, end and step.
  case slice(starts: [Int], ends: [Int], steps: [Int])
  /// Inputs: x. The mean over the axes.
  case reduceMean(axes: [Int], keepDimensions: Bool)
}
