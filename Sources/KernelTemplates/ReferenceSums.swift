/// Sums of products in double precision: the argument of the kernels that check Winograd's method.
@frozen public struct ReferenceSums {
  /// Rows of values, each of which a filter is multiplied with.
  public static let width = 8

  /// [8, count].
  public var values: UnsafePointer<Double>
  /// [filters, count].
  public var weights: UnsafePointer<Float>
  /// Filters, and products of a sum.
  public var filters: Int, count: Int
  /// [filters, 2, 8]: for each filter the sums of its products with the eight rows, then those of the products'
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

  /// Writes the sum to `target` and that of the magnitudes `ReferenceSums.width` behind it, with the products of
  /// what did not fill a vector.
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
    target[ReferenceSums.width] = magnitude
  }
}

/// A filter times two rows of values at a time, eight products of each side by side: with more of them AVX2 has too few
/// registers for the sums.
@inlinable @inline(always)
public func referenceSumsKernel(_ arguments: UnsafePointer<ReferenceSums>) {
  let (count, width) = (arguments.pointee.count, ReferenceSums.width)
  let whole = count & ~7
  func eight(_ start: UnsafePointer<Double>, _ index: Int) -> SIMD8<Double> {
    UnsafeRawPointer(start + index).loadUnaligned(as: SIMD8<Double>.self)
  }
  func weights(_ start: UnsafePointer<Float>, _ index: Int) -> SIMD8<Double> {
    SIMD8(UnsafeRawPointer(start + index).loadUnaligned(as: SIMD8<Float>.self))
  }
  var filter = 0
  while filter < arguments.pointee.filters {
    let w = arguments.pointee.weights + filter * count
    var row = 0
    while row < width {
      let u = arguments.pointee.values + row * count
      let v = u + count
      var (left, right) = (ProductSums(), ProductSums())
      var index = 0
      while index < whole {
        let weight = weights(w, index)
        left.add(eight(u, index) * weight)
        right.add(eight(v, index) * weight)
        index += 8
      }
      let target = arguments.pointee.sums + filter * 2 * width + row
      left.store(to: target, u, w, rest: whole..<count)
      right.store(to: target + 1, v, w, rest: whole..<count)
      row += 2
    }
    filter += 1
  }
}
