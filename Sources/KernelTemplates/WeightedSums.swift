/// Rows of bytes, each times its weight, added up: the argument of the kernel that resizes down columns.
@frozen public struct WeightedRows {
  /// The first row, and bytes from a row to the next.
  public var first: UnsafePointer<UInt8>, rowStep: Int
  /// A weight a row, and how many there are, at least 1.
  public var weights: UnsafePointer<Float>, rows: Int
  /// The sums, and bytes in a row.
  public var output: UnsafeMutablePointer<Float>, count: Int

  /// Rows; see the members.
  @inlinable
  public init(
    first: UnsafePointer<UInt8>, rowStep: Int, weights: UnsafePointer<Float>, rows: Int,
    output: UnsafeMutablePointer<Float>, count: Int
  ) {
    self.first = first
    self.rowStep = rowStep
    self.weights = weights
    self.rows = rows
    self.output = output
    self.count = count
  }
}

/// Pixels of a line, each the weighted sum of neighbours in another: the argument of the kernel that resizes
/// along rows. Up to four floats are read and written for a pixel whatever its channels: both lines have
/// three more floats at their end.
@frozen public struct WeightedPixels {
  /// The line that is read.
  public var input: UnsafePointer<Float>
  /// For each output pixel the first input pixel.
  public var starts: UnsafePointer<Int32>
  /// `taps` weights for each output pixel.
  public var weights: UnsafePointer<Float>, taps: Int
  /// Channels, 1...4.
  public var channels: Int
  /// The line that is written, and its pixels.
  public var output: UnsafeMutablePointer<Float>, count: Int

  /// Pixels; see the members.
  @inlinable
  public init(
    input: UnsafePointer<Float>, starts: UnsafePointer<Int32>, weights: UnsafePointer<Float>,
    taps: Int, channels: Int, output: UnsafeMutablePointer<Float>, count: Int
  ) {
    self.input = input
    self.starts = starts
    self.weights = weights
    self.taps = taps
    self.channels = channels
    self.output = output
    self.count = count
  }
}

// The kernels of pictures round every product and every sum, on any instruction set and in one order: a
// picture comes out the same on every machine.

/// Each column's sum, 32 columns in registers while all rows are added.
@inlinable @inline(always)
public func weightedRowsKernel(_ sum: UnsafePointer<WeightedRows>) {
  let count = sum.pointee.count
  let rows = sum.pointee.rows
  let step = sum.pointee.rowStep
  let weights = sum.pointee.weights
  if count >= 32 {
    var column = 0
    while column < count {
      // The last columns once more where fewer than 32 are left.
      let place = column + 32 <= count ? column : count - 32
      var p = UnsafeRawPointer(sum.pointee.first + place)
      var (a, b) = (SIMD8<Float>.zero, SIMD8<Float>.zero)
      var (c, d) = (SIMD8<Float>.zero, SIMD8<Float>.zero)
      var row = 0
      while row < rows {
        let weight = SIMD8<Float>(repeating: weights[row])
        a += weight * SIMD8<Float>(p.loadUnaligned(as: SIMD8<UInt8>.self))
        b += weight * SIMD8<Float>(p.loadUnaligned(fromByteOffset: 8, as: SIMD8<UInt8>.self))
        c += weight * SIMD8<Float>(p.loadUnaligned(fromByteOffset: 16, as: SIMD8<UInt8>.self))
        d += weight * SIMD8<Float>(p.loadUnaligned(fromByteOffset: 24, as: SIMD8<UInt8>.self))
        p += step
        row += 1
      }
      let output = UnsafeMutableRawPointer(sum.pointee.output + place)
      output.storeBytes(of: a, as: SIMD8<Float>.self)
      output.storeBytes(of: b, toByteOffset: 32, as: SIMD8<Float>.self)
      output.storeBytes(of: c, toByteOffset: 64, as: SIMD8<Float>.self)
      output.storeBytes(of: d, toByteOffset: 96, as: SIMD8<Float>.self)
      column += 32
    }
  } else {
    var column = 0
    while column < count {
      var total: Float = 0
      var row = 0
      while row < rows {
        total += weights[row] * Float(sum.pointee.first[row * step + column])
        row += 1
      }
      sum.pointee.output[column] = total
      column += 1
    }
  }
}

/// The sums of `N` pixels from `pixel` on, the channels of each in one register.
@inlinable @inline(always)
func weightedPixels<let N: Int>(
  _ sum: UnsafePointer<WeightedPixels>, _ pixel: Int, _ pixels: Extent<N>.Type
) {
  let step = 4 * sum.pointee.channels
  let taps = sum.pointee.taps
  let weights = sum.pointee.weights + pixel * taps
  let starts = InlineArray<N, UnsafeRawPointer> {
    UnsafeRawPointer(sum.pointee.input) + Int(sum.pointee.starts[pixel + $0]) * step
  }
  var totals = InlineArray<N, SIMD4<Float>> { _ in .zero }
  var tap = 0
  var offset = 0
  while tap < taps {
    for n in 0..<N {
      totals[n] +=
        SIMD4<Float>(repeating: weights[n * taps + tap])
        * starts[n].loadUnaligned(fromByteOffset: offset, as: SIMD4<Float>.self)
    }
    offset += step
    tap += 1
  }
  for n in 0..<N {
    UnsafeMutableRawPointer(sum.pointee.output).storeBytes(
      of: totals[n], toByteOffset: (pixel + n) * step, as: SIMD4<Float>.self)
  }
}

/// Each pixel's sum, four at a time.
@inlinable @inline(always)
public func weightedPixelsKernel(_ sum: UnsafePointer<WeightedPixels>) {
  var pixel = 0
  while pixel + 4 <= sum.pointee.count {
    weightedPixels(sum, pixel, Extent<4>.self)
    pixel += 4
  }
  while pixel < sum.pointee.count {
    weightedPixels(sum, pixel, Extent<1>.self)
    pixel += 1
  }
}
