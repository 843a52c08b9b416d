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

/// `count` channels, a register of them at most, of P neighbouring pixels that lie between the same source pixels, which
/// are loaded once.
@inlinable @inline(always)
func bilinearBlock<L: Lanes, let P: Int>(
  _ lanes: L.Type, _ row: BilinearRow, _ sources: BilinearSources,
  _ weights: InlineArray<P, BilinearWeights>, _ output: UnsafeMutablePointer<Float>, _ c: Int,
  _ count: Int
) {
  @inline(__always) func load(_ pixel: UnsafePointer<Float>) -> L.Vector {
    loadUpTo(lanes, pixel + c, count)
  }
  let topLeft = load(sources.topLeft)
  let topRight = load(sources.topRight)
  let bottomLeft = load(sources.bottomLeft)
  let bottomRight = load(sources.bottomRight)
  for p in 0..<P {
    var sum = topLeft * L.Vector(repeating: weights[p].topLeft)
    sum = L.multiplyAdd(sum, topRight, L.Vector(repeating: weights[p].topRight))
    sum = L.multiplyAdd(sum, bottomLeft, L.Vector(repeating: weights[p].bottomLeft))
    sum = L.multiplyAdd(sum, bottomRight, L.Vector(repeating: weights[p].bottomRight))
    let target = output + p * row.outputStep + c
    storeUpTo(lanes, sum, target, count)
    L.prefetch(target + row.ahead)
  }
}

/// The source pixels of an output pixel.
@usableFromInline
struct BilinearSources {
  @usableFromInline let topLeft: UnsafePointer<Float>, topRight: UnsafePointer<Float>
  @usableFromInline let bottomLeft: UnsafePointer<Float>, bottomRight: UnsafePointer<Float>

  @inlinable @inline(always)
  init(_ row: BilinearRow, _ pixel: Int) {
    topLeft = row.top + Int(row.left[pixel])
    topRight = row.top + Int(row.right[pixel])
    bottomLeft = row.bottom + Int(row.left[pixel])
    bottomRight = row.bottom + Int(row.right[pixel])
  }
}

/// What the source pixels of an output pixel are multiplied by.
@usableFromInline
struct BilinearWeights {
  @usableFromInline let topLeft: Float, topRight: Float, bottomLeft: Float, bottomRight: Float

  @inlinable @inline(always)
  init(_ row: BilinearRow, _ pixel: Int) {
    let (x, y) = (row.weightX[pixel], row.weightY)
    topLeft = (1 - y) * (1 - x)
    topRight = (1 - y) * x
    bottomLeft = y * (1 - x)
    bottomRight = y * x
  }
}

/// P neighbouring pixels that lie between the same source pixels, all channels.
@inlinable @inline(always)
func bilinearPixels<L: Lanes, let P: Int>(
  _ lanes: L.Type, _ row: BilinearRow, _ pixel: Int, _ pixels: Extent<P>.Type
) {
  let sources = BilinearSources(row, pixel)
  let weights = InlineArray<P, BilinearWeights> { BilinearWeights(row, pixel + $0) }
  let output = row.output + pixel * row.outputStep
  var c = 0
  while c + L.count <= row.channels {
    bilinearBlock(lanes, row, sources, weights, output, c, L.count)
    c += L.count
  }
  if c < row.channels {
    bilinearBlock(lanes, row, sources, weights, output, c, row.channels - c)
  }
}

/// Bilinear interpolation, channels in registers, two pixels at a time where they lie between the same source pixels:
/// most of them where a picture is enlarged.
@inlinable @inline(always)
public func bilinearKernel<L: Lanes>(_ lanes: L.Type, _ arguments: UnsafePointer<BilinearRow>) {
  let row = arguments.pointee
  var pixel = 0
  while pixel < row.pixels {
    let next = pixel + 1
    if next < row.pixels, row.left[next] == row.left[pixel], row.right[next] == row.right[pixel] {
      bilinearPixels(lanes, row, pixel, Extent<2>.self)
      pixel += 2
    } else {
      bilinearPixels(lanes, row, pixel, Extent<1>.self)
      pixel += 1
    }
  }
}
