extension PixelBuffer {
  /// Each pixel is the rounded mean of a box of `boxWidth` x `boxHeight` pixels; the boxes at the
  /// right and lower edge are cut to the picture. The size is rounded up.
  ///
  /// Both factors are 1...128, so that the sum of a column of bytes fits 16 bits.
  func boxReduced(boxWidth: Int, boxHeight: Int) -> PixelBuffer {
    let newWidth = (width + boxWidth - 1) / boxWidth
    let newHeight = (height + boxHeight - 1) / boxHeight
    return withPixels { source in
      PixelBuffer.make(width: newWidth, height: newHeight, channels: channels) { target in
        withUnsafeTemporaryAllocation(of: UInt16.self, capacity: stride) { buffer in
          guard let sums = buffer.baseAddress else { return }
          for row in 0..<newHeight {
            let first = row * boxHeight
            let count = min(boxHeight, height - first)
            sumColumns(source + first * stride, count: count, into: sums)
            averageBoxes(
              sums, boxWidth: boxWidth, rows: count, into: target + row * newWidth * channels)
          }
        }
      }
    }
  }

  @inline(__always)
  private func sumColumns(
    _ source: UnsafePointer<UInt8>, count: Int, into sums: UnsafeMutablePointer<UInt16>
  ) {
    let stride = stride
    for index in 0..<stride { sums[index] = UInt16(source[index]) }
    for row in 1..<max(count, 2) where row < count {
      let line = source + row * stride
      for index in 0..<stride { sums[index] &+= UInt16(line[index]) }
    }
  }

  @inline(__always)
  private func averageBoxes(
    _ sums: UnsafePointer<UInt16>, boxWidth: Int, rows: Int,
    into target: UnsafeMutablePointer<UInt8>
  ) {
    let whole = width / boxWidth
    let mean = RoundedMean(of: boxWidth * rows)
    for box in 0..<whole {
      let from = sums + box * boxWidth * channels
      let to = target + box * channels
      if channels == 3 {
        var (red, green, blue): (UInt64, UInt64, UInt64) = (0, 0, 0)
        for index in 0..<boxWidth {
          red &+= UInt64(from[index &* 3])
          green &+= UInt64(from[index &* 3 &+ 1])
          blue &+= UInt64(from[index &* 3 &+ 2])
        }
        (to[0], to[1], to[2]) = (mean(red), mean(green), mean(blue))
      } else {
        averageBox(from, columns: boxWidth, mean, into: to)
      }
    }
    let rest = width - whole * boxWidth
    if rest > 0 {
      averageBox(
        sums + whole * boxWidth * channels, columns: rest, RoundedMean(of: rest * rows),
        into: target + whole * channels)
    }
  }

  private func averageBox(
    _ from: UnsafePointer<UInt16>, columns: Int, _ mean: RoundedMean,
    into to: UnsafeMutablePointer<UInt8>
  ) {
    for channel in 0..<channels {
      var sum: UInt64 = 0
      for index in 0..<columns { sum &+= UInt64(from[index &* channels &+ channel]) }
      to[channel] = mean(sum)
    }
  }
}

/// The rounded mean of up to 2^14 bytes, without a division for each.
private struct RoundedMean {
  private let factor: UInt64
  private let half: UInt64

  init(of count: Int) {
    factor = ((1 << 40) + UInt64(count) - 1) / UInt64(count)
    half = UInt64(count) / 2
  }

  /// The reciprocal is too large by less than 2^-40, which with sums below 2^23 adds less than
  /// 2^-17 to the quotient: not enough to reach the next multiple of 2^-14.
  @inline(__always)
  func callAsFunction(_ sum: UInt64) -> UInt8 {
    UInt8(truncatingIfNeeded: ((sum &+ half) &* factor) >> 40)
  }
}
