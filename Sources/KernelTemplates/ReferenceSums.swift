/// Sums of products in double precision: the argument of the kernels that check Winograd's method.
@frozen public struct ReferenceSums {
  /// Values that a weight is multiplied with.
  public static let width = 8

  /// [8, count], none negative: the values of a sum side by side.
  public var values: UnsafePointer<Double>
  /// [filters, count].
  public var weights: UnsafePointer<Float>
  /// Filters, at least one, and products of a sum.
  public var filters: Int, count: Int
  /// [filters, 2, 8]: for each filter eight sums of values times weights, then eight of values times the weights'
  /// magnitudes.
  public var sums: UnsafeMutablePointer<Double>

  /// Sums; see the members.
  @inlinable
  public init(
    values: UnsafePointer<Double>, weights: UnsafePointer<Float>, filters: Int, count: Int,
    sums: UnsafeMutablePointer<Double>
  ) {
    self.values = values
    self.weights = weights
    self.filters = filters
    self.count = count
    self.sums = sums
  }
}

/// A sum of products and that of their magnitudes, eight parts of each side by side.
@usableFromInline
struct ProductSums {
  @usableFromInline var sum = SIMD8<Double>.zero
  @usableFromInline var magnitude = SIMD8<Double>.zero

  @inlinable @inline(always)
  init() {}

  /// Adds eight products.
  @inlinable @inline(always)
  mutating func add(_ products: SIMD8<Double>) {
    sum += products
    // The sign is cleared as an integer: as floats the compiler compares and blends.
    let bits = unsafeBitCast(products, to: SIMD8<UInt64>.self) & (UInt64.max >> 1)
    magnitude += unsafeBitCast(bits, to: SIMD8<Double>.self)
  }

  /// Writes both sums, the second eight floats behind the first, with the products of what did not fill a vector.
  @inlinable @inline(always)
  func store(
    to target: UnsafeMutablePointer<Double>, _ values: UnsafePointer<Double>,
    _ weights: UnsafePointer<Float>, rest: Range<Int>
  ) {
    var (sum, magnitude) = (self.sum.sum(), self.magnitude.sum())
    for index in rest {
      let product = values[index] * Double(weights[index])
      sum += product
      magnitude += product.magnitude
    }
    target[0] = sum
    target[8] = magnitude
  }
}

/// Two filters times two of the eight values at a time, eight products of each side by side, so that no addition
/// waits for the one before; a single last filter is computed twice.
@inlinable @inline(always)
public func referenceSumsKernel(_ arguments: UnsafePointer<ReferenceSums>) {
  let (filters, count) = (arguments.pointee.filters, arguments.pointee.count)
  let whole = count & ~7
  func eight(_ start: UnsafePointer<Double>, _ index: Int) -> SIMD8<Double> {
    UnsafeRawPointer(start + index).loadUnaligned(as: SIMD8<Double>.self)
  }
  func weights(_ start: UnsafePointer<Float>, _ index: Int) -> SIMD8<Double> {
    SIMD8(UnsafeRawPointer(start + index).loadUnaligned(as: SIMD8<Float>.self))
  }
  var filter = 0
  while filter < filters {
    let second = min(filter + 1, filters - 1)
    let (w, x) = (
      arguments.pointee.weights + filter * count, arguments.pointee.weights + second * count
    )
    var lane = 0
    while lane < 8 {
      let u = arguments.pointee.values + lane * count
      let v = u + count
      var (uw, vw, ux, vx) = (ProductSums(), ProductSums(), ProductSums(), ProductSums())
      var index = 0
      while index < whole {
        let (left, right) = (eight(u, index), eight(v, index))
        let (one, two) = (weights(w, index), weights(x, index))
        uw.add(left * one)
        vw.add(right * one)
        ux.add(left * two)
        vx.add(right * two)
        index += 8
      }
      let target = arguments.pointee.sums + filter * 16 + lane
      let other = arguments.pointee.sums + second * 16 + lane
      uw.store(to: target, u, w, rest: whole..<count)
      vw.store(to: target + 1, v, w, rest: whole..<count)
      ux.store(to: other, u, x, rest: whole..<count)
      vx.store(to: other + 1, v, x, rest: whole..<count)
      lane += 2
    }
    filter += 2
  }
}
