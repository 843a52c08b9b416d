internal import Swiftlet

extension PixelBuffer {
  /// Each pixel is the rounded mean of a box of `boxWidth` x `boxHeight` pixels; the boxes at the
  /// right and lower edge are cut to the picture. The size is rounded up.
  ///
  /// - Parameters:
  ///   - boxWidth: 1...256.
  ///   - boxHeight: 1...256, so that the sum of a column of bytes fits 16 bits.
  ///   - columns: the part to reduce, not empty; all of them by default.
  ///   - rows: the part to reduce, not empty; all of them by default.
  /// - Complexity: one pass over the part, split over threads; no memory beyond the result and a row
  ///   a thread.
  package func boxReduced(
    boxWidth: Int, boxHeight: Int, columns: Range<Int>? = nil, rows: Range<Int>? = nil
  ) -> PixelBuffer {
    let (columns, rows) = (columns ?? 0..<width, rows ?? 0..<height)
    let newWidth = (columns.count + boxWidth - 1) / boxWidth
    let newHeight = (rows.count + boxHeight - 1) / boxHeight
    let stride = stride
    let band = max(1, 128 / boxHeight)
    return withPixels { pixels in
      let source = pixels + rows.lowerBound * stride + columns.lowerBound * channels
      return PixelBuffer.make(width: newWidth, height: newHeight, channels: channels) { target in
        nonisolated(unsafe) let (source, target) = (source, target)
        parallel((newHeight + band - 1) / band) { index in
          let line = BoxLine(width: columns.count, boxWidth: boxWidth, channels: channels)
          withUnsafeTemporaryAllocation(of: UInt16.self, capacity: line.capacity) { buffer in
            guard let sums = buffer.baseAddress else { return }
            for row in index * band..<min((index + 1) * band, newHeight) {
              let first = row * boxHeight
              let count = min(boxHeight, rows.count - first)
              line.sum(source + first * stride, stride: stride, rows: count, into: sums)
              line.average(sums, rows: count, into: target + row * newWidth * channels)
            }
          }
        }
      }
    }
  }
}

/// The boxes of one row of boxes.
private struct BoxLine {
  let width: Int
  let boxWidth: Int
  let channels: Int

  /// Sums of columns, and one that is read beyond the last pixel.
  var capacity: Int { width * channels + 1 }

  /// Sums the bytes of each column.
  func sum(
    _ source: UnsafePointer<UInt8>, stride: Int, rows: Int, into sums: UnsafeMutablePointer<UInt16>
  ) {
    let count = width * channels
    sums[count] = 0
    // Blocks whose sums stay in the first-level cache while all rows are added.
    for start in Swift.stride(from: 0, to: count, by: 4096) {
      let end = min(start + 4096, count)
      for index in start..<end { sums[index] = UInt16(source[index]) }
      for row in 1..<max(rows, 2) where row < rows {
        let line = source + row * stride
        for index in start..<end { sums[index] &+= UInt16(line[index]) }
      }
    }
  }

  /// Averages the boxes over the sums of their columns.
  func average(
    _ sums: UnsafePointer<UInt16>, rows: Int, into target: UnsafeMutablePointer<UInt8>
  ) {
    let mean = RoundedMean(of: boxWidth * rows)
    let whole = width / boxWidth
    if boxWidth == 1, rows == 1 {
      for index in 0..<whole * channels { target[index] = UInt8(truncatingIfNeeded: sums[index]) }
    } else if boxWidth == 2, channels == 1, let shift = mean.shift {
      averagePairs(sums, whole, shift: shift, into: target)
    } else if boxWidth == 2, channels == 3, rows <= 64, let shift = mean.shift {
      averageColorPairs(sums, whole, shift: shift, into: target)
    } else {
      for box in 0..<whole {
        average(sums + box * boxWidth * channels, boxWidth, mean, target + box * channels)
      }
    }
    let rest = width - whole * boxWidth
    guard rest > 0 else { return }
    average(
      sums + whole * boxWidth * channels, rest, RoundedMean(of: rest * rows),
      target + whole * channels)
  }

  /// Boxes of two columns of one channel, eight at a time: a pair of sums is one word.
  private func averagePairs(
    _ from: UnsafePointer<UInt16>, _ count: Int, shift: UInt32, into to: UnsafeMutablePointer<UInt8>
  ) {
    let half = (UInt32(1) << shift) / 2
    var box = 0
    while box + 8 <= count {
      let pairs = UnsafeRawPointer(from + 2 * box).loadUnaligned(as: SIMD8<UInt32>.self)
      let means = ((pairs & 0xffff) &+ (pairs &>> 16) &+ half) &>> shift
      UnsafeMutableRawPointer(to + box)
        .storeBytes(of: SIMD8<UInt8>(truncatingIfNeeded: means), as: SIMD8<UInt8>.self)
      box += 8
    }
    while box < count {
      let sum = UInt32(from[2 * box]) &+ UInt32(from[2 * box + 1])
      to[box] = UInt8(truncatingIfNeeded: (sum &+ half) &>> shift)
      box += 1
    }
  }

  /// Boxes of two columns of three channels.
  private func averageColorPairs(
    _ from: UnsafePointer<UInt16>, _ count: Int, shift: UInt32, into to: UnsafeMutablePointer<UInt8>
  ) {
    let half = (UInt16(1) << shift) / 2
    // Four channels at once: the fourth belongs to the next box, which overwrites it. Two columns of up
    // to 64 rows fit 16 bits, and a half more.
    var box = 0
    while box + 1 < count {
      let pair = UnsafeRawPointer(from + 6 * box)
      let sum =
        pair.loadUnaligned(as: SIMD4<UInt16>.self)
        &+ pair.loadUnaligned(fromByteOffset: 6, as: SIMD4<UInt16>.self)
      let means = (sum &+ half) &>> SIMD4(repeating: UInt16(shift))
      UnsafeMutableRawPointer(to + 3 * box)
        .storeBytes(of: SIMD4<UInt8>(truncatingIfNeeded: means), as: SIMD4<UInt8>.self)
      box += 1
    }
    while box < count {
      for channel in 0..<3 {
        let sum = from[6 * box + channel] &+ from[6 * box + 3 + channel]
        to[3 * box + channel] = UInt8(truncatingIfNeeded: (sum &+ half) &>> UInt16(shift))
      }
      box += 1
    }
  }

  @inline(__always)
  private func average(
    _ from: UnsafePointer<UInt16>, _ columns: Int, _ mean: RoundedMean,
    _ to: UnsafeMutablePointer<UInt8>
  ) {
    switch channels {
    case 3:
      var sum = SIMD4<UInt32>.zero
      var pixel = UnsafeRawPointer(from)
      for _ in 0..<columns {
        sum &+= SIMD4(truncatingIfNeeded: pixel.loadUnaligned(as: SIMD4<UInt16>.self))
        pixel += 6
      }
      let means = mean(sum)
      (to[0], to[1], to[2]) = (means[0], means[1], means[2])
    case 1:
      var sum: UInt32 = 0
      for index in 0..<columns { sum &+= UInt32(from[index]) }
      to[0] = mean(sum)
    default:
      for channel in 0..<channels {
        var sum: UInt32 = 0
        for index in 0..<columns { sum &+= UInt32(from[index &* channels &+ channel]) }
        to[channel] = mean(sum)
      }
    }
  }
}

/// The rounded mean of up to 2^16 bytes, without a division for each.
private struct RoundedMean {
  private let factor: UInt64
  private let half: UInt32
  /// The logarithm of the count where that is a power of two.
  let shift: UInt32?

  init(of count: Int) {
    factor = ((1 << 48) + UInt64(count) - 1) / UInt64(count)
    half = UInt32(count / 2)
    shift = count & (count - 1) == 0 ? UInt32(count.trailingZeroBitCount) : nil
  }

  /// The reciprocal is too large by less than 2^-48, which with sums below 2^25 adds less than 2^-23
  /// to the quotient: not enough to reach the next multiple of 2^-16.
  @inline(__always)
  func callAsFunction(_ sum: UInt32) -> UInt8 {
    UInt8(truncatingIfNeeded: (UInt64(sum &+ half) &* factor) >> 48)
  }

  @inline(__always)
  func callAsFunction(_ sums: SIMD4<UInt32>) -> SIMD4<UInt8> {
    guard let shift else {
      return SIMD4(self(sums[0]), self(sums[1]), self(sums[2]), 0)
    }
    return SIMD4(truncatingIfNeeded: (sums &+ half) &>> shift)
  }
}
