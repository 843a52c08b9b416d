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
    for box in 0..<whole {
      average(sums + box * boxWidth * channels, boxWidth, mean, target + box * channels)
    }
    let rest = width - whole * boxWidth
    guard rest > 0 else { return }
    average(
      sums + whole * boxWidth * channels, rest, RoundedMean(of: rest * rows),
      target + whole * channels)
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
      (to[0], to[1], to[2]) = (mean(sum[0]), mean(sum[1]), mean(sum[2]))
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
  private let half: UInt64

  init(of count: Int) {
    factor = ((1 << 48) + UInt64(count) - 1) / UInt64(count)
    half = UInt64(count) / 2
  }

  /// The reciprocal is too large by less than 2^-48, which with sums below 2^25 adds less than 2^-23
  /// to the quotient: not enough to reach the next multiple of 2^-16.
  @inline(__always)
  func callAsFunction(_ sum: UInt32) -> UInt8 {
    UInt8(truncatingIfNeeded: ((UInt64(sum) &+ half) &* factor) >> 48)
  }
}
