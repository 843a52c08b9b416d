/// 3x3 filters to transform for Winograd's method, many side by side: the argument of its kernels. Steps are in
/// floats.
@frozen public struct WinogradFilters {
  /// [9, tapStep]: the first tap of the first filter, the others' following it, and from a tap to the next.
  public var filters: UnsafePointer<Float>, tapStep: Int
  /// [N * N, planeStep]: the first plane, and from a plane to the next.
  public var output: UnsafeMutablePointer<Float>, planeStep: Int
  /// Filters, at least 8.
  public var count: Int
  /// [N, 3]: G, a row for each of a tile's inputs along an axis.
  public var matrix: UnsafePointer<Double>

  /// Filters; see the members.
  @inlinable
  public init(
    filters: UnsafePointer<Float>, tapStep: Int, output: UnsafeMutablePointer<Float>,
    planeStep: Int, count: Int, matrix: UnsafePointer<Double>
  ) {
    self.filters = filters
    self.tapStep = tapStep
    self.output = output
    self.planeStep = planeStep
    self.count = count
    self.matrix = matrix
  }
}

/// G g G^T of each filter g, in double precision and rounded once, eight at a time: the same bits on every
/// instruction set. N is the tile's inputs along an axis.
///
/// A last block that does not fit starts earlier and computes some filters again, to the same bits.
@inlinable @inline(always)
public func winogradFiltersKernel<let N: Int>(
  _ filters: UnsafePointer<WinogradFilters>, _ inputs: Extent<N>.Type
) {
  let count = filters.pointee.count
  var done = 0
  while done < count {
    let first = min(done, count - 8)
    let source = UnsafeRawPointer(filters.pointee.filters + first)
    let step = filters.pointee.tapStep * MemoryLayout<Float>.stride
    var taps = InlineArray<9, SIMD8<Double>> { _ in .zero }
    for t in 0..<9 {
      taps[t] = SIMD8(source.loadUnaligned(fromByteOffset: t * step, as: SIMD8<Float>.self))
    }
    var row = filters.pointee.matrix
    var target = UnsafeMutableRawPointer(filters.pointee.output + first)
    let planeStep = filters.pointee.planeStep * MemoryLayout<Float>.stride
    for _ in 0..<N {
      let left = taps[0] * row[0] + taps[3] * row[1] + taps[6] * row[2]
      let middle = taps[1] * row[0] + taps[4] * row[1] + taps[7] * row[2]
      let right = taps[2] * row[0] + taps[5] * row[1] + taps[8] * row[2]
      var column = filters.pointee.matrix
      for _ in 0..<N {
        let value = left * column[0] + middle * column[1] + right * column[2]
        target.storeBytes(of: SIMD8<Float>(value), as: SIMD8<Float>.self)
        target += planeStep
        column += 3
      }
      row += 3
    }
    done = first + 8
  }
}
