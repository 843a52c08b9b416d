/// A row of a bilinear resize: the argument of its kernels. All strides are in floats.
@frozen public struct BilinearRow {
  /// The two source rows.
  public var top: UnsafePointer<Float>, bottom: UnsafePointer<Float>
  /// The weight of `bottom`; that of `top` is 1 less it.
  public var weightY: Float
  /// For each output pixel the offsets of its left and right source pixels.
  public var left: UnsafePointer<Int32>, right: UnsafePointer<Int32>
  /// For each output pixel the weight of the right source pixel.
  public var weightX: UnsafePointer<Float>
  /// The first output pixel, and from a pixel to the next.
  public var output: UnsafeMutablePointer<Float>, outputStep: Int
  /// Pixels and channels, at least 1 each.
  public var pixels: Int, channels: Int
  /// Floats from what is written to the cache line that is fetched, to be written later; 0 where outputs lie in a
  /// cache.
  public var ahead = 0

  /// A row; see the members.
  @inlinable
  public init(
    top: UnsafePointer<Float>, bottom: UnsafePointer<Float>, weightY: Float,
    left: UnsafePointer<Int32>, right: UnsafePointer<Int32>, weightX: UnsafePointer<Float>,
    output: UnsafeMutablePointer<Float>, outputStep: Int, pixels: Int, channels: Int
  ) {
    self.top = top
    self.bottom = bottom
    self.weightY = weightY
    self.left = left
    self.right = right
    self.weightX = weightX
    self.output = output
    self.outputStep = outputStep
    self.pixels = pixels
    self.channels = channels
  }
}

/// Bilinear interpolation, channels in registers.
@inlinable @inline(always)
public func bilinearKernel<L: Lanes>(_ lanes: L.Type, _ row: UnsafePointer<BilinearRow>) {
  let weightY = row.pointee.weightY
  let channels = row.pointee.channels
  let ahead = row.pointee.ahead
  var pixel = 0
  while pixel < row.pointee.pixels {
    let left = Int(row.pointee.left[pixel])
    let right = Int(row.pointee.right[pixel])
    let weightX = row.pointee.weightX[pixel]
    let output = row.pointee.output + pixel * row.pointee.outputStep
    let topLeft = row.pointee.top + left
    let topRight = row.pointee.top + right
    let bottomLeft = row.pointee.bottom + left
    let bottomRight = row.pointee.bottom + right
    let a = (1 - weightY) * (1 - weightX)
    let b = (1 - weightY) * weightX
    let d = weightY * (1 - weightX)
    let e = weightY * weightX
    var c = 0
    while c < channels {
      let count = channels - c < L.count ? channels - c : L.count
      @inline(__always) func load(_ pixel: UnsafePointer<Float>) -> L.Vector {
        loadUpTo(lanes, pixel + c, count)
      }
      var sum = load(topLeft) * L.Vector(repeating: a)
      sum = L.multiplyAdd(sum, load(topRight), L.Vector(repeating: b))
      sum = L.multiplyAdd(sum, load(bottomLeft), L.Vector(repeating: d))
      sum = L.multiplyAdd(sum, load(bottomRight), L.Vector(repeating: e))
      storeUpTo(lanes, sum, output + c, count)
      L.prefetch(output + c + ahead)
      c += L.count
    }
    pixel += 1
  }
}
