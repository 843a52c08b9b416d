#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// The functions of C's mathematics that folding needs.
enum FloatMath {
  static func power(_ a: Float, _ b: Float) -> Float { powf(a, b) }
  static func power(_ a: Double, _ b: Double) -> Double { pow(a, b) }
  static func exponential(_ a: Float) -> Float { expf(a) }
  static func logarithm(_ a: Float) -> Float { logf(a) }
}
