/// A run of output pixels of a pooling that use the same taps, all channels: the argument of its kernels.
/// All strides are in floats.
@frozen public struct PoolingWindow {
  /// The first tap that lies inside the input.
  public var input: UnsafePointer<Float>
  /// From a tap to the one below and to the one at the right.
  public var tapStepY: Int, tapStepX: Int
  /// Taps inside the input, at least 1 each way.
  public var tapsY: Int, tapsX: Int
  /// The first output pixel.
  public var output: UnsafeMutablePointer<Float>
  /// Output pixels, and from one to the next in the input and in the output.
  public var pixels = 1, inputStep = 0, outputStep = 0
  /// Channels, at least 1.
  public var channels: Int
  /// What a sum is multiplied by; unused by the maximum.
  public var scale: Float

  /// One pixel; the steps between pixels are set as needed.
  @inlinable
  public init(
    input: UnsafePointer<Float>, tapStepY: Int, tapStepX: Int, tapsY: Int, tapsX: Int,
    output: UnsafeMutablePointer<Float>, channels: Int, scale: Float
  ) {
    self.input = input
    self.tapStepY = tapStepY
    self.tapStepX = tapStepX
    self.tapsY = tapsY
    self.tapsX = tapsX
    self.output = output
    self.channels = channels
    self.scale = scale
  }
}

/// Floats from a tap in use to the one that is fetched. Where inputs lie in a cache it is for nothing, and costs next
/// to nothing.
@inlinable @inline(always)
var poolingAhead: Int { 1024 }

/// R registers of channels of one pixel from channel `c` on, the last of `count` channels: the taps joined
/// one by one to `start`.
@inlinable @inline(always)
func poolingPixel<L: Lanes, let R: Int>(
  _ lanes: L.Type, _ window: PoolingWindow, _ input: UnsafePointer<Float>,
  _ start: L.Vector, _ registers: Extent<R>.Type, _ count: Int,
  _ join: (L.Vector, L.Vector) -> L.Vector
) -> InlineArray<R, L.Vector> {
  var results = InlineArray<R, L.Vector> { _ in start }
  var y = 0
  while y < window.tapsY {
    var p = input + y * window.tapStepY
    var x = 0
    while x < window.tapsX {
      for r in 0..<R {
        let value =
          r < R - 1 ? L.load(p + r * L.count) : loadUpTo(lanes, p + r * L.count, count)
        L.prefetch(p + r * L.count + poolingAhead)
        results[r] = join(results[r], value)
      }
      p += window.tapStepX
      x += 1
    }
    y += 1
  }
  return results
}

/// The taps of each channel joined one by one to `start`, and what `end` makes of the result: four registers
/// of channels at a time, then one.
@inlinable @inline(always)
func poolingKernel<L: Lanes>(
  _ lanes: L.Type, _ window: PoolingWindow, _ start: L.Vector,
  _ join: (L.Vector, L.Vector) -> L.Vector, _ end: (L.Vector) -> L.Vector
) {
  let channels = window.channels
  var pixel = 0
  while pixel < window.pixels {
    let input = window.input + pixel * window.inputStep
    let output = window.output + pixel * window.outputStep
    var c = 0
    while c + 4 * L.count <= channels {
      let results = poolingPixel(
        lanes, window, input + c, start, Extent<4>.self, L.count, join)
      for r in 0..<4 { L.store(end(results[r]), output + c + r * L.count) }
      c += 4 * L.count
    }
    while c + L.count <= channels {
      let results = poolingPixel(lanes, window, input + c, start, Extent<1>.self, L.count, join)
      L.store(end(results[0]), output + c)
      c += L.count
    }
    if c < channels {
      let count = channels - c
      let results = poolingPixel(lanes, window, input + c, start, Extent<1>.self, count, join)
      L.storeFirst(end(results[0]), output + c, count)
    }
    pixel += 1
  }
}

/// The largest tap of each channel.
@inlinable @inline(always)
public func maxPoolKernel<L: Lanes>(_ lanes: L.Type, _ window: UnsafePointer<PoolingWindow>) {
  poolingKernel(
    lanes, window.pointee, L.Vector(repeating: -.infinity), { L.max($0, $1) }, { $0 })
}

/// The scaled sum of the taps of each channel.
@inlinable @inline(always)
public func averagePoolKernel<L: Lanes>(_ lanes: L.Type, _ window: UnsafePointer<PoolingWindow>) {
  let scale = L.Vector(repeating: window.pointee.scale)
  poolingKernel(lanes, window.pointee, .zero, { $0 + $1 }, { $0 * scale })
}
