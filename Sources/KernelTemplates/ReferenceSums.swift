/// Sums of products in double precision: the argument of the kernels that check Winograd's method.
@frozen public struct ReferenceSums {
  /// Values at a time.
  public static let width = 8

  /// [count, 8]: for each index eight values, one a sum.
  public var values: UnsafePointer<Double>
  /// [count] each: four filters' weights.
  public var weights:
    (UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>)
  /// Indices.
  public var count: Int
  /// [4, 2, 8]: for each filter eight sums of values times weights, then eight of values times the weights'
  /// magnitudes.
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
public func referenceSumsKernel(_ sums: UnsafePointer<ReferenceSums>) {
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
