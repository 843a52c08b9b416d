#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The elementary functions of the C library that the skills use.
package enum Math {
  static func exponential(_ x: Float) -> Float { exp(x) }
  static func exponential(_ x: Double) -> Double { exp(x) }
  static func logistic(_ x: Float) -> Float { 1 / (1 + exp(-x)) }
  static func hyperbolicTangent(_ x: Float) -> Float { 2 * logistic(2 * x) - 1 }
  static func logarithm(_ x: Double) -> Double { log(x) }
  static func cubeRoot(_ x: Double) -> Double { cbrt(x) }
  static func power(_ x: Double, _ exponent: Double) -> Double { pow(x, exponent) }
  static func sine(_ x: Double) -> Double { sin(x) }
  static func cosine(_ x: Double) -> Double { cos(x) }
  static func angle(_ y: Double, _ x: Double) -> Double { atan2(y, x) }

  /// tanh of each lane, to 1e-6, the same bits everywhere.
  @inline(__always)
  package static func hyperbolicTangent(_ x: SIMD8<Float>) -> SIMD8<Float> {
    1 - 2 / (exponential(2 * x) + 1)
  }

  /// e^x of each lane, relative error below 3e-7, for x from -87 to 88 and cut to that: x = n ln 2 + r
  /// with |r| <= ln 2 / 2, e^r by a polynomial, 2^n through the exponent's bits.
  @inline(__always)
  private static func exponential(_ x: SIMD8<Float>) -> SIMD8<Float> {
    let cut = x.clamped(
      lowerBound: SIMD8(repeating: -87), upperBound: SIMD8(repeating: 88))
    // The lowest bits of a float from 2^23 on are an integer.
    let magic = SIMD8<Float>(repeating: 0x1.8p23)
    let shifted = cut * 1.442695041 + magic
    let n = shifted - magic
    let r = cut - n * 0.693359375 + n * 2.12194440e-4
    var p = r * 1.9875691500e-4 + 1.3981999507e-3
    p = p * r + 8.3334519073e-3
    p = p * r + 4.1665795894e-2
    p = p * r + 1.6666665459e-1
    p = p * r + 5.0000001201e-1
    p = p * r * r + r + 1
    let exponents =
      (unsafeBitCast(shifted, to: SIMD8<Int32>.self)
        &- unsafeBitCast(magic, to: SIMD8<Int32>.self)) &<< 23
    return unsafeBitCast(
      unsafeBitCast(p, to: SIMD8<Int32>.self) &+ exponents, to: SIMD8<Float>.self)
  }
}
