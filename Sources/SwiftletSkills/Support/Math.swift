#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The elementary functions of the C library that the skills use.
enum Math {
  static func exponential(_ x: Float) -> Float { exp(x) }
  static func exponential(_ x: Double) -> Double { exp(x) }
  static func logistic(_ x: Float) -> Float { 1 / (1 + exp(-x)) }
  static func logarithm(_ x: Double) -> Double { log(x) }
  static func cubeRoot(_ x: Double) -> Double { cbrt(x) }
  static func power(_ x: Double, _ exponent: Double) -> Double { pow(x, exponent) }
  static func sine(_ x: Double) -> Double { sin(x) }
  static func cosine(_ x: Double) -> Double { cos(x) }
  static func angle(_ y: Double, _ x: Double) -> Double { atan2(y, x) }
}
