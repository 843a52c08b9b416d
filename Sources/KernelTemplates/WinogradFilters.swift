/// 3x3 filters to transform for Winograd's method, many side by side: the argument of its kernels. Steps are in
/// floats.
@frozen public struct WinogradFilters {
  /// The first tap of the first filter, the others' following it, and from a tap to the next.
  public var filters: UnsafePointer<Float>, tapStep: Int
  /// The first plane, and from a plane to the next.
  public var output: UnsafeMutablePointer<Float>, planeStep: Int
  /// Filters.
  public var count: Int
  /// G: a row of three for each of a tile's inputs along an axis.
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
@inlinable @inline(always)
public func winogradFiltersKernel<let N: Int>(
  _ filters: UnsafePointer<WinogradFilters>, _ inputs: Extent<N>.Type
) {
  let count = filters.pointee.count
  var first = 0
  while first + 8 <= count {
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
    first += 8
  }
  while first < count {
    let source = filters.pointee.filters + first
    let step = filters.pointee.tapStep
    @inline(__always) func tap(_ index: Int) -> Double { Double(source[index * step]) }
    var plane = 0
    for i in 0..<N {
      let row = filters.pointee.matrix + 3 * i
      let left = tap(0) * row[0] + tap(3) * row[1] + tap(6) * row[2]
      let middle = tap(1) * row[0] + tap(4) * row[1] + tap(7) * row[2]
      let right = tap(2) * row[0] + tap(5) * row[1] + tap(8) * row[2]
      for j in 0..<N {
        let column = filters.pointee.matrix + 3 * j
        let value = left * column[0] + middle * column[1] + right * column[2]
        filters.pointee.output[plane * filters.pointee.planeStep + first] = Float(value)
        plane += 1
      }
    }
    first += 1
  }
}

/// Sums of products in double precision: the argument of the kernels that check Winograd's method.
@frozen public struct ExactSums {
  /// For each index eight values, one a sum.
  public var values: UnsafePointer<Double>
  /// Four filters' weights, one an index each.
  public var weights:
    (UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>)
  /// Indices.
  public var count: Int
  /// For each filter eight sums of values times weights, then eight of values times the weights' magnitudes.
  public var sums: UnsafeMutablePointer<Double>

  /// Sums; see the members.
  @inlinable
  public init(
    values: UnsafePointer<Double>,
    weights: (
      UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>
    ), count: Int, sums: UnsafeMutablePointer<Double>
  ) {
    self.values = values
    self.weights = weights
    self.count = count
    self.sums = sums
  }
}

/// Eight sums of four filters side by side, so that no addition waits for the one before.
@inlinable @inline(always)
public func exactSumsKernel(_ sums: UnsafePointer<ExactSums>) {
  typealias Eight = SIMD8<Double>
  let weights = sums.pointee.weights
  var (a, b, c, d) = (Eight.zero, Eight.zero, Eight.zero, Eight.zero)
  var (a1, b1, c1, d1) = (Eight.zero, Eight.zero, Eight.zero, Eight.zero)
  var values = UnsafeRawPointer(sums.pointee.values)
  var index = 0
  while index < sums.pointee.count {
    let value = values.loadUnaligned(as: Eight.self)
    let (w, x) = (Double(weights.0[index]), Double(weights.1[index]))
    let (y, z) = (Double(weights.2[index]), Double(weights.3[index]))
    a += value * w
    b += value * x
    c += value * y
    d += value * z
    a1 += value * w.magnitude
    b1 += value * x.magnitude
    c1 += value * y.magnitude
    d1 += value * z.magnitude
    values += MemoryLayout<Eight>.stride
    index += 1
  }
  let target = UnsafeMutableRawPointer(sums.pointee.sums)
  let size = MemoryLayout<Eight>.stride
  target.storeBytes(of: a, as: Eight.self)
  target.storeBytes(of: a1, toByteOffset: size, as: Eight.self)
  target.storeBytes(of: b, toByteOffset: 2 * size, as: Eight.self)
  target.storeBytes(of: b1, toByteOffset: 3 * size, as: Eight.self)
  target.storeBytes(of: c, toByteOffset: 4 * size, as: Eight.self)
  target.storeBytes(of: c1, toByteOffset: 5 * size, as: Eight.self)
  target.storeBytes(of: d, toByteOffset: 6 * size, as: Eight.self)
  target.storeBytes(of: d1, toByteOffset: 7 * size, as: Eight.self)
}
