import Builtin

/// Writes `rows` rows of `columns` floats as columns, `step` floats from one to the next: a cache line of
/// each row at a time, so that what is written stays in the first-level cache until it is whole; within them
/// in squares of four by four, what is left over one by one. The rows' next lines are fetched meanwhile: they are more
/// than the processor follows by itself.
///
/// - Parameter sourceStep: Floats from a row to the next, `columns` where it is nil.
package func transpose(
  _ source: UnsafePointer<Float>, sourceStep: Int? = nil, rows: Int, columns: Int,
  to target: UnsafeMutablePointer<Float>, step: Int
) {
  let sourceStep = sourceStep ?? columns
  func copy(_ rows: Range<Int>, _ range: Range<Int>) {
    for row in rows {
      for column in range { target[column * step + row] = source[row * sourceStep + column] }
    }
  }
  var first = 0
  while first < columns {
    let end = min(first + 16, columns)
    let squares = first + (end - first) / 4 * 4
    // The last float of a row's next part: where rows do not start on a cache line, its first may be here already.
    let next = min(end + 15, columns - 1)
    var row = 0
    while row + 4 <= rows {
      for index in row..<row + 4 { prefetch(source + index * sourceStep + next) }
      for column in stride(from: first, to: squares, by: 4) {
        transposeSquare(
          source + row * sourceStep + column, step: sourceStep, to: target + column * step + row,
          step: step)
      }
      copy(row..<row + 4, squares..<end)
      row += 4
    }
    copy(row..<rows, first..<end)
    first = end
  }
}

/// Writes four rows of four floats as columns.
@inline(__always)
private func transposeSquare(
  _ source: UnsafePointer<Float>, step sourceStep: Int,
  to target: UnsafeMutablePointer<Float>, step: Int
) {
  func row(_ index: Int) -> SIMD4<Float> {
    UnsafeRawPointer(source + index * sourceStep).loadUnaligned(as: SIMD4<Float>.self)
  }
  let (a, b, c, d) = (row(0), row(1), row(2), row(3))
  let left = (SIMD4(a.x, b.x, a.y, b.y), SIMD4(c.x, d.x, c.y, d.y))
  let right = (SIMD4(a.z, b.z, a.w, b.w), SIMD4(c.z, d.z, c.w, d.w))
  let results = (
    SIMD4(lowHalf: left.0.lowHalf, highHalf: left.1.lowHalf),
    SIMD4(lowHalf: left.0.highHalf, highHalf: left.1.highHalf),
    SIMD4(lowHalf: right.0.lowHalf, highHalf: right.1.lowHalf),
    SIMD4(lowHalf: right.0.highHalf, highHalf: right.1.highHalf)
  )
  func store(_ index: Int, _ value: SIMD4<Float>) {
    UnsafeMutableRawPointer(target + index * step).storeBytes(of: value, as: SIMD4<Float>.self)
  }
  store(0, results.0)
  store(1, results.1)
  store(2, results.2)
  store(3, results.3)
}

/// Fetches the cache line of `p` into the first-level cache. Any address will do.
@inline(__always)
private func prefetch(_ p: UnsafePointer<Float>) {
  // To be read, as data. The intrinsic takes constants only.
  let (read, level, data): (Int32, Int32, Int32) = (0, 3, 1)
  Builtin.int_prefetch_RawPointer(p._rawValue, read._value, level._value, data._value)
}
