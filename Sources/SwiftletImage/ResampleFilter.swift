#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The kernel with which a picture is scaled. When it is scaled down, the kernel is widened by the
/// same factor, so that every source pixel counts (no aliasing).
public enum ResampleFilter: Sendable, CaseIterable {
  /// The mean of the pixels that fall into the new one.
  case box
  /// A triangle: soft, without overshoot.
  case bilinear
  /// A sinc windowed by a sinc, three lobes: sharp, with slight overshoot.
  case lanczos3

  /// Half the kernel's width, in pixels of the coarser picture.
  var support: Double {
    switch self {
    case .box: 0.5
    case .bilinear: 1
    case .lanczos3: 3
    }
  }

  /// The kernel at a distance `x` from its centre, not normalised.
  func weight(_ x: Double) -> Double {
    switch self {
    case .box:
      // A pixel on the border between two boxes belongs to the one before it, whatever the last
      // bits of `x` say.
      return x > -0.5 + 1e-9 && x <= 0.5 + 1e-9 ? 1 : 0
    case .bilinear:
      return max(0, 1 - abs(x))
    case .lanczos3:
      if x == 0 { return 1 }
      if abs(x) >= 3 { return 0 }
      // sin(3a) = 3 sin(a) - 4 sin(a)^3
      let t = Double.pi * x
      let s = sin(t / 3)
      return 3 * s * s * (3 - 4 * s * s) / (t * t)
    }
  }
}
