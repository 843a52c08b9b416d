/// A batch of images, or a stack of filters, in memory that someone else owns.
///
/// Strides are in elements, so one view serves every layout: NCHW, NHWC, and part of a larger tensor.
public struct ImageView {
  /// The element at the origin.
  public let base: UnsafeMutablePointer<Float>
  /// Extents. A stack of filters has its first dimension as the batch, its second as the channels.
  public let batch: Int, height: Int, width: Int, channels: Int
  /// Distances between neighbours, in elements.
  public let strideN: Int, strideY: Int, strideX: Int, strideC: Int

  /// A dense view of shape [n, c, h, w].
  public init(nchw base: UnsafeMutablePointer<Float>, n: Int, c: Int, h: Int, w: Int) {
    self.base = base
    (batch, height, width, channels) = (n, h, w, c)
    (strideN, strideY, strideX, strideC) = (c * h * w, w, 1, h * w)
  }

  /// A dense view of shape [n, h, w, c].
  public init(nhwc base: UnsafeMutablePointer<Float>, n: Int, h: Int, w: Int, c: Int) {
    self.base = base
    (batch, height, width, channels) = (n, h, w, c)
    (strideN, strideY, strideX, strideC) = (h * w * c, w * c, c, 1)
  }

  /// The element at image `n`, row `y`, column `x`, channel `c`.
  @inline(__always)
  public subscript(n: Int, y: Int, x: Int, c: Int) -> Float {
    get { base[n * strideN + y * strideY + x * strideX + c * strideC] }
    nonmutating set { base[n * strideN + y * strideY + x * strideX + c * strideC] = newValue }
  }

  /// Calls `body` with the index of every element.
  @inline(__always)
  func forEach(_ body: (_ n: Int, _ y: Int, _ x: Int, _ c: Int) -> Void) {
    for n in 0..<batch {
      for y in 0..<height {
        for x in 0..<width {
          for c in 0..<channels { body(n, y, x, c) }
        }
      }
    }
  }
}
