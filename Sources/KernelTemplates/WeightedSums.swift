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

/// Pixels of lines, each the weighted sum of neighbours in the same line: the argument of the kernel that
/// resizes along rows. Sixteen floats stand side by side for a pixel: its channels in several lines.
@frozen public struct WeightedPixels {
  /// The lines that are read.
  public var input: UnsafePointer<Float>
  /// For each output pixel the first input pixel.
  public var starts: UnsafePointer<Int32>
  /// `taps` weights for each output pixel.
  public var weights: UnsafePointer<Float>, taps: Int
  /// The lines that are written, and their pixels.
  public var output: UnsafeMutablePointer<Float>, count: Int

  /// Pixels; see the members.
  @inlinable
  public init(
    input: UnsafePointer<Float>, starts: UnsafePointer<Int32>, weights: UnsafePointer<Float>,
    taps: Int, output: UnsafeMutablePointer<Float>, count: Int
  ) {
    self.input = input
    self.starts = starts
    self.weights = weights
    self.taps = taps
    self.output = output
    self.count = count
  }
}

// The kernels of pictures round every product and every sum, in one order on any instruction set: the same
// input gives the same bits everywhere.

/// Rows that are added up before the next columns are: more of them would be too many streams for the caches.
@inlinable @inline(always)
var weightedRowGroup: Int { 8 }

/// The sums of 32 columns, with rows `first..<last` added to what the rows before gave.
@inlinable @inline(always)
func weightedRows32(
  _ sum: UnsafePointer<WeightedRows>, _ column: Int, _ first: Int, _ last: Int
) {
  let output = UnsafeMutableRawPointer(sum.pointee.output + column)
  var sums = InlineArray<4, SIMD8<Float>> { _ in .zero }
  if first > 0 {
    for n in 0..<4 {
      sums[n] = output.loadUnaligned(fromByteOffset: 32 * n, as: SIMD8<Float>.self)
    }
  }
  var p = UnsafeRawPointer(sum.pointee.first + first * sum.pointee.rowStep + column)
  var row = first
  while row < last {
    let weight = SIMD8<Float>(repeating: sum.pointee.weights[row])
    for n in 0..<4 {
      sums[n] +=
        weight
        * SIMD8<Float>(p.loadUnaligned(fromByteOffset: 8 * n, as: SIMD8<UInt8>.self))
    }
    p += sum.pointee.rowStep
    row += 1
  }
  for n in 0..<4 {
    output.storeBytes(of: sums[n], toByteOffset: 32 * n, as: SIMD8<Float>.self)
  }
}

/// Each column's sum, 32 columns in registers while rows are added.
@inlinable @inline(always)
public func weightedRowsKernel(_ sum: UnsafePointer<WeightedRows>) {
  let count = sum.pointee.count
  let rows = sum.pointee.rows
  var first = 0
  while first < rows {
    let last = first + weightedRowGroup < rows ? first + weightedRowGroup : rows
    var column = 0
    while column + 32 <= count {
      weightedRows32(sum, column, first, last)
      column += 32
    }
    if column < count, count >= 32, rows <= weightedRowGroup {
      // The last columns once more: nothing is added to what they hold.
      weightedRows32(sum, count - 32, first, last)
      column = count
    }
    while column < count {
      var total = first == 0 ? 0 : sum.pointee.output[column]
      var row = first
      while row < last {
        total +=
          sum.pointee.weights[row] * Float(sum.pointee.first[row * sum.pointee.rowStep + column])
        row += 1
      }
      sum.pointee.output[column] = total
      column += 1
    }
    first = last
  }
}

/// The sums of `N` pixels from `pixel` on.
@inlinable @inline(always)
func weightedPixels<let N: Int>(
  _ sum: UnsafePointer<WeightedPixels>, _ pixel: Int, _ pixels: Extent<N>.Type
) {
  let taps = sum.pointee.taps
  let weights = sum.pointee.weights + pixel * taps
  let starts = InlineArray<N, UnsafeRawPointer> {
    UnsafeRawPointer(sum.pointee.input) + Int(sum.pointee.starts[pixel + $0]) * 64
  }
  var totals = InlineArray<N, SIMD16<Float>> { _ in .zero }
  var tap = 0
  while tap < taps {
    for n in 0..<N {
      totals[n] +=
        SIMD16<Float>(repeating: weights[n * taps + tap])
        * starts[n].loadUnaligned(fromByteOffset: 64 * tap, as: SIMD16<Float>.self)
    }
    tap += 1
  }
  for n in 0..<N {
    UnsafeMutableRawPointer(sum.pointee.output).storeBytes(
      of: totals[n], toByteOffset: (pixel + n) * 64, as: SIMD16<Float>.self)
  }
}

/// Each pixel's sums, `N` pixels at a time: as many as registers hold.
@inlinable @inline(always)
public func weightedPixelsKernel<let N: Int>(
  _ sum: UnsafePointer<WeightedPixels>, _ pixels: Extent<N>.Type
) {
  var pixel = 0
  while pixel + N <= sum.pointee.count {
    weightedPixels(sum, pixel, Extent<N>.self)
    pixel += N
  }
  while pixel < sum.pointee.count {
    weightedPixels(sum, pixel, Extent<1>.self)
    pixel += 1
  }
}
