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

/// One plane's results of as many filters as are gathered before they are written: 36 planes are 9 KB.
@usableFromInline typealias GatheredFilters = InlineArray<8, SIMD8<Float>>

/// The filters in a full group.
@inlinable @inline(always)
var gatheredFilters: Int {
  MemoryLayout<GatheredFilters>.size / MemoryLayout<Float>.stride
}

/// G g G^T of each filter g, in double precision and rounded once, eight at a time: the same bits on every
/// instruction set. N is the tile's inputs along an axis, P its planes, N * N.
///
/// The planes often lie a multiple of 4 KB apart, in one set of the first-level cache, which does not hold a line of
/// each: written as they come, every eight filters would fetch them all again. A group's results are therefore
/// gathered and written plane by plane.
///
/// A last group or eight that do not fit start earlier and compute some filters again, to the same bits.
@inlinable @inline(always)
public func winogradFiltersKernel<let N: Int, let P: Int>(
  _ filters: UnsafePointer<WinogradFilters>, _ inputs: Extent<N>.Type, _ planes: Extent<P>.Type
) {
  let count = filters.pointee.count
  var room = InlineArray<P, GatheredFilters> { _ in GatheredFilters { _ in .zero } }
  withUnsafeMutableBytes(of: &room) { room in
    guard let gathered = room.baseAddress else { return }
    var done = 0
    while done < count {
      let end = min(done + gatheredFilters, count)
      let start = min(done, end - 8)
      var first = start
      while first < end {
        first = min(first, end - 8)
        transformFilters(
          filters, first, to: gathered + (first - start) * MemoryLayout<Float>.stride, inputs)
        first += 8
      }
      for plane in 0..<P {
        copyFilters(
          end - start,
          from: gathered + plane * MemoryLayout<GatheredFilters>.stride,
          to: filters.pointee.output + (plane * filters.pointee.planeStep + start))
      }
      done = end
    }
  }
}

/// Copies floats, eight at least, eight at a time.
@inlinable @inline(always)
func copyFilters(
  _ count: Int, from source: UnsafeMutableRawPointer, to target: UnsafeMutablePointer<Float>
) {
  var done = 0
  while done < count {
    let first = min(done, count - 8) * MemoryLayout<Float>.stride
    UnsafeMutableRawPointer(target).storeBytes(
      of: source.loadUnaligned(fromByteOffset: first, as: SIMD8<Float>.self), toByteOffset: first,
      as: SIMD8<Float>.self)
    done += 8
  }
}

/// Transforms eight filters from `first` on: the first plane's results go to `target`, each further plane's
/// `gatheredFilters` floats behind.
@inlinable @inline(always)
func transformFilters<let N: Int>(
  _ filters: UnsafePointer<WinogradFilters>, _ first: Int, to target: UnsafeMutableRawPointer,
  _ inputs: Extent<N>.Type
) {
  let source = UnsafeRawPointer(filters.pointee.filters + first)
  let step = filters.pointee.tapStep * MemoryLayout<Float>.stride
  var taps = InlineArray<9, SIMD8<Double>> { _ in .zero }
  for t in 0..<9 {
    taps[t] = SIMD8(source.loadUnaligned(fromByteOffset: t * step, as: SIMD8<Float>.self))
  }
  var row = filters.pointee.matrix
  var target = target
  for _ in 0..<N {
    let left = taps[0] * row[0] + taps[3] * row[1] + taps[6] * row[2]
    let middle = taps[1] * row[0] + taps[4] * row[1] + taps[7] * row[2]
    let right = taps[2] * row[0] + taps[5] * row[1] + taps[8] * row[2]
    var column = filters.pointee.matrix
    for _ in 0..<N {
      let value = left * column[0] + middle * column[1] + right * column[2]
      target.storeBytes(of: SIMD8<Float>(value), as: SIMD8<Float>.self)
      target += MemoryLayout<GatheredFilters>.stride
      column += 3
    }
    row += 3
  }
}
