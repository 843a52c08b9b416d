extension PixelBuffer {
  /// The picture laid over one colour: RGBA becomes RGB.
  ///
  /// Every component is `(foreground * alpha + background * (255 - alpha)) / 255`, rounded to the
  /// nearest; where alpha is 255 the foreground and where it is 0 the background comes out
  /// unchanged. Grey becomes RGB and RGB stays as it is, for neither has transparency.
  public func composited(over color: (UInt8, UInt8, UInt8)) -> PixelBuffer {
    if channels == 3 { return self }
    let pixels = width * height
    return withPixels { source in
      PixelBuffer.make(width: width, height: height, channels: 3) { target in
        if channels == 1 {
          for index in 0..<pixels {
            target[index * 3] = source[index]
            target[index * 3 + 1] = source[index]
            target[index * 3 + 2] = source[index]
          }
          return
        }
        for index in 0..<pixels {
          let from = source + index * 4
          let to = target + index * 3
          let alpha = UInt32(from[3])
          // Most pixels of a cut-out are wholly one or the other.
          if alpha == 255 {
            (to[0], to[1], to[2]) = (from[0], from[1], from[2])
            continue
          }
          if alpha == 0 {
            (to[0], to[1], to[2]) = color
            continue
          }
          to[0] = mix(from[0], color.0, alpha)
          to[1] = mix(from[1], color.1, alpha)
          to[2] = mix(from[2], color.2, alpha)
        }
      }
    }
  }
}

/// `(foreground * alpha + background * (255 - alpha)) / 255`, rounded to the nearest.
///
/// `(t + (t >> 8)) >> 8` with `t` raised by 128 equals the rounded quotient for every `t` up to
/// 255 * 255.
@inline(__always)
private func mix(_ foreground: UInt8, _ background: UInt8, _ alpha: UInt32) -> UInt8 {
  let t = UInt32(foreground) &* alpha &+ UInt32(background) &* (255 &- alpha) &+ 128
  return UInt8(truncatingIfNeeded: (t &+ (t >> 8)) >> 8)
}
