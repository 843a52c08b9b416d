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

/// The largest tap of each channel.
@inlinable @inline(always)
public func maxPoolKernel<L: Lanes>(_ lanes: L.Type, _ window: UnsafePointer<PoolingWindow>) {
  let channels = window.pointee.channels
  var pixel = 0
  while pixel < window.pointee.pixels {
    let input = window.pointee.input + pixel * window.pointee.inputStep
    let output = window.pointee.output + pixel * window.pointee.outputStep
    var c = 0
    while c < channels {
      let count = channels - c < L.count ? channels - c : L.count
      var largest = L.Vector(repeating: -.infinity)
      var y = 0
      while y < window.pointee.tapsY {
        var x = 0
        while x < window.pointee.tapsX {
          let p =
            input + y * window.pointee.tapStepY + x * window.pointee.tapStepX + c
          largest = L.max(largest, loadUpTo(lanes, p, count))
          x += 1
        }
        y += 1
      }
      storeUpTo(lanes, largest, output + c, count)
      c += count
    }
    pixel += 1
  }
}

/// The scaled sum of the taps of each channel.
@inlinable @inline(always)
public func averagePoolKernel<L: Lanes>(_ lanes: L.Type, _ window: UnsafePointer<PoolingWindow>) {
  let channels = window.pointee.channels
  let scale = L.Vector(repeating: window.pointee.scale)
  var pixel = 0
  while pixel < window.pointee.pixels {
    let input = window.pointee.input + pixel * window.pointee.inputStep
    let output = window.pointee.output + pixel * window.pointee.outputStep
    var c = 0
    while c < channels {
      let count = channels - c < L.count ? channels - c : L.count
      var sum = L.Vector.zero
      var y = 0
      while y < window.pointee.tapsY {
        var x = 0
        while x < window.pointee.tapsX {
          let p =
            input + y * window.pointee.tapStepY + x * window.pointee.tapStepX + c
          sum += loadUpTo(lanes, p, count)
          x += 1
        }
        y += 1
      }
      storeUpTo(lanes, sum * scale, output + c, count)
      c += count
    }
    pixel += 1
  }
}
