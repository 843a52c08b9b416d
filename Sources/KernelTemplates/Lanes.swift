// Kernels with little arithmetic for each of their steps (depthwise, pooling, resize, sums) copy their argument first. What
// they write might lie in it for all that the compiler knows, and it would read each stride again in the innermost loop.

/// The vector arithmetic of one instruction set, as the kernel bodies need it.
///
/// Bodies are generic over a conforming type and are always inlined into the module that names it, so
/// that they compile to that module's instructions and leave no symbol of their own behind.
public protocol Lanes {
  /// The register: 4, 8 or 16 floats.
  associatedtype Vector: SIMD where Vector.Scalar == Float

  /// sum + a * b, fused where the instruction set has it.
  static func multiplyAdd(_ sum: Vector, _ a: Vector, _ b: Vector) -> Vector
  /// The larger of each lane. Where `b` is NaN the result is NaN.
  static func max(_ a: Vector, _ b: Vector) -> Vector
  /// The smaller of each lane. Where `b` is NaN the result is NaN.
  static func min(_ a: Vector, _ b: Vector) -> Vector
  /// The lower half of `a`, then the upper half of `b`.
  static func halves(_ a: Vector, _ b: Vector) -> Vector
  /// The upper half of `a`, then the lower half of `b`.
  static func crossed(_ a: Vector, _ b: Vector) -> Vector
  /// The sums of the lanes that are a multiple of four apart.
  static func fold(_ a: Vector) -> SIMD4<Float>
  /// 1 / a of each lane, to two units in the last place, for `a` from 1 to the largest float.
  static func reciprocal(_ a: Vector) -> Vector
  /// The square root of each lane.
  static func squareRoot(_ a: Vector) -> Vector
  /// The floats at `p`; no alignment needed.
  static func load(_ p: UnsafePointer<Float>) -> Vector
  /// Writes all lanes to `p`; no alignment needed.
  static func store(_ v: Vector, _ p: UnsafeMutablePointer<Float>)
  /// The first `count` floats at `p`, the other lanes zero. Reads nothing beyond them.
  static func loadFirst(_ p: UnsafePointer<Float>, _ count: Int) -> Vector
  /// Writes the first `count` lanes to `p` and nothing beyond them.
  static func storeFirst(_ v: Vector, _ p: UnsafeMutablePointer<Float>, _ count: Int)
  /// Fetches the cache line of `p`, which is needed soon, into the first-level cache. Any address will do.
  static func prefetch(_ p: UnsafePointer<Float>)
  /// Fetches the cache line of `p`, which is needed later, into the second-level cache. Any address will do.
  static func prefetchEarly(_ p: UnsafePointer<Float>)
}

extension Lanes {
  /// The number of floats in a register.
  @inlinable @inline(always)
  public static var count: Int { Vector.scalarCount }

  /// min(max(v, lower), upper).
  @inlinable @inline(always)
  public static func clamp(_ v: Vector, _ lower: Vector, _ upper: Vector) -> Vector {
    min(upper, max(lower, v))
  }

  /// e^x of each lane; relative error below 2e-7 on [-87, 88], saturating beyond.
  ///
  /// x = n ln 2 + r with |r| <= ln 2 / 2; e^r by a polynomial of degree 6, 2^n through the exponent bits.
  @inlinable @inline(always)
  public static func exp(_ x: Vector) -> Vector {
    let clamped = clamp(x, Vector(repeating: -87.3), Vector(repeating: 88.3))
    let magic = Vector(repeating: 0x1.8p23)
    let shifted = multiplyAdd(magic, clamped, Vector(repeating: 1.442695041))
    let n = shifted - magic
    var r = multiplyAdd(clamped, n, Vector(repeating: -0.693359375))
    r = multiplyAdd(r, n, Vector(repeating: 2.12194440e-4))
    var p = Vector(repeating: 1.9875691500e-4)
    p = multiplyAdd(Vector(repeating: 1.3981999507e-3), p, r)
    p = multiplyAdd(Vector(repeating: 8.3334519073e-3), p, r)
    p = multiplyAdd(Vector(repeating: 4.1665795894e-2), p, r)
    p = multiplyAdd(Vector(repeating: 1.6666665459e-1), p, r)
    p = multiplyAdd(Vector(repeating: 5.0000001201e-1), p, r)
    p = multiplyAdd(r + Vector(repeating: 1), p, r * r)
    return scale(p, shifted)
  }

  /// p * 2^n, where `shifted` is n + 1.5 * 2^23.
  @inlinable @inline(always)
  static func scale(_ p: Vector, _ shifted: Vector) -> Vector {
    typealias Bits = Vector.MaskStorage
    let bits = unsafeBitCast(shifted, to: Bits.self)
    let exponent = (bits &+ Bits(repeating: 127)) &<< Bits(repeating: 23)
    return p * unsafeBitCast(exponent, to: Vector.self)
  }

  /// 1 / (1 + e^-x) of each lane.
  @inlinable @inline(always)
  public static func sigmoid(_ x: Vector) -> Vector {
    reciprocal(Vector(repeating: 1) + exp(Vector.zero - x))
  }
}

/// Names `n` as a type, so that a kernel's tile is part of its instantiation.
public typealias Extent<let n: Int> = InlineArray<n, Int>
