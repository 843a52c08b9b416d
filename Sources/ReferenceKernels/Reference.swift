/// The naive loops of every operator: the specification that the fast kernels are tested against.
///
/// Sums are accumulated in double precision and rounded once, so that a deviation is the fast kernel's.
/// Nothing here checks its arguments: shapes are valid and fit each other, buffers hold what their view
/// spans, and outputs overlap no input.
public enum Reference {
  /// A function of one element, such as an activation.
  public typealias Scalar = (Double) -> Double
}

/// The sliding window of a convolution or pooling, without the extents that the views give.
public struct SlidingWindow: Sendable {
  /// Kernel extents.
  public var kernelY: Int, kernelX: Int
  /// Steps between neighbouring outputs.
  public var strideY: Int, strideX: Int
  /// Steps between neighbouring taps.
  public var dilationY: Int, dilationX: Int
  /// Implicit padding.
  public var padTop: Int, padLeft: Int, padBottom: Int, padRight: Int

  /// A window; strides and dilations are 1 and pads 0 unless given.
  public init(
    kernel: (y: Int, x: Int), stride: (y: Int, x: Int) = (1, 1),
    dilation: (y: Int, x: Int) = (1, 1),
    pads: (top: Int, left: Int, bottom: Int, right: Int) = (0, 0, 0, 0)
  ) {
    (kernelY, kernelX) = kernel
    (strideY, strideX) = stride
    (dilationY, dilationX) = dilation
    (padTop, padLeft, padBottom, padRight) = pads
  }
}
