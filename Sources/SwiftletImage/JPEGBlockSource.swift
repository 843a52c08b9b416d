/// The quantized coefficients of a picture's 8 x 8 blocks, such that a decoder gives exactly 255 for
/// every sample of 255.
///
/// Quantization rings around an edge, and beside white the ringing shows as grey. A decoder clamps
/// what exceeds 255, so a white sample may be aimed higher than white: where a block mixes white with
/// anything else, its white samples are raised until all of them decode to 255 or more. The other
/// samples keep the error that quantization gives them in any case.
final class JPEGBlockSource {
  private let pixels: UnsafePointer<UInt8>
  private let width: Int
  private let height: Int
  private let channels: Int
  private let columns: Int
  /// The samples of a row of blocks: 64 for each block of the first component, then of the next.
  private let samples: UnsafeMutablePointer<UInt8>
  /// Whether each block of that row is white in all components.
  private let isWhite: UnsafeMutablePointer<Bool>

  fileprivate typealias Row = SIMD8<Float>
  fileprivate typealias Block = [8 of SIMD8<Float>]
  private typealias Bytes = SIMD8<UInt8>

  /// The highest sample after the level shift.
  private static let white: Float = 127
  /// How far above white a white sample is to decode, since decoders round differently.
  private static let margin: Float = 0.75
  /// How far above white the white samples of a mixed block are aimed, one attempt after another.
  /// Quantization errs by no more than its steps allow, however high the aim is, so that with the
  /// steps of quality 30 and above one of them is enough in practice; decoders clamp only what exceeds
  /// the range by less than 384, which forbids higher aims.
  private static let raises: [8 of Float] = [1.5, 3, 6, 12, 24, 48, 96, 192]
  /// The largest level of a baseline file.
  private static let levelMax: Float = 1023
  /// 1.5 * 2^23: adding it leaves no bits for a fraction.
  private static let shift: Float = 12_582_912

  /// A source of interleaved 8-bit pixels, which must outlive it.
  init(pixels: UnsafePointer<UInt8>, width: Int, height: Int, channels: Int) {
    self.pixels = pixels
    self.width = width
    self.height = height
    self.channels = channels
    columns = (width + 7) / 8
    samples = .allocate(capacity: 64 * columns * channels)
    isWhite = .allocate(capacity: columns)
  }

  deinit {
    samples.deallocate()
    isWhite.deallocate()
  }

  /// Fills a row of blocks of a component.
  ///
  /// - Parameters:
  ///   - coefficients: 64 for each of `ceil(width / 8)` blocks, natural order.
  ///   - component: the first of a row comes first.
  ///   - row: the row of blocks.
  ///   - quantizers: 64, natural order.
  func fill(
    _ coefficients: UnsafeMutablePointer<Int16>, component: Int, row: Int,
    quantizers: UnsafePointer<UInt16>
  ) {
    if component == 0 { loadSamples(row) }
    let steps = Block { line in
      Row(
        UnsafeRawPointer(quantizers).loadUnaligned(
          fromByteOffset: 16 * line, as: SIMD8<UInt16>.self))
    }
    // A block's mean is an eighth of its first coefficient.
    let whiteLevel = Int16(
      min(((Self.white + 0.5) * 8 / steps[0][0]).rounded(.up), Self.levelMax))
    for column in 0..<columns {
      let target = coefficients + 64 * column
      if isWhite[column] {
        target.update(repeating: 0, count: 64)
        target[0] = whiteLevel
        continue
      }
      let from = UnsafeRawPointer(samples + 64 * (component * columns + column))
      var whites = Whites()
      let block = Block { line in
        whites.add(from.loadUnaligned(fromByteOffset: 8 * line, as: UInt64.self))
        return Row(from.loadUnaligned(fromByteOffset: 8 * line, as: Bytes.self)) - 128
      }
      if whites.isAll {
        target.update(repeating: 0, count: 64)
        target[0] = whiteLevel
        continue
      }
      let levels = whites.isAny ? raised(block, steps) : quantized(transformed(block), steps)
      for line in 0..<8 {
        let bits = unsafeBitCast(levels[line] + Self.shift, to: SIMD8<UInt32>.self)
        UnsafeMutableRawPointer(target + 8 * line).storeBytes(
          of: SIMD8<UInt16>(truncatingIfNeeded: bits), as: SIMD8<UInt16>.self)
      }
    }
  }

  /// Whether samples are 255, eight at a time.
  private struct Whites {
    private var all = UInt64.max
    private var any: UInt64 = 0

    var isAll: Bool { all == .max }
    var isAny: Bool { any != 0 }

    /// A byte of the inverse is zero where borrowing from it reaches its own highest bit.
    @inline(__always)
    mutating func add(_ samples: UInt64) {
      all &= samples
      any |= (~samples &- 0x0101_0101_0101_0101) & samples & 0x8080_8080_8080_8080
    }
  }

  /// Takes a row of blocks apart by component, the picture's last row and column repeated beyond it.
  private func loadSamples(_ row: Int) {
    for column in 0..<columns {
      isWhite[column] = isWhitePixels(row, column)
      if isWhite[column] { continue }
      let count = min(8, width - 8 * column)
      for line in 0..<8 {
        let from =
          pixels + (min(8 * row + line, height - 1) * width + 8 * column) * channels
        for component in 0..<channels {
          let to = samples + 64 * (component * columns + column) + 8 * line
          if count == 8 {
            for lane in 0..<8 { to[lane] = from[lane * channels + component] }
          } else {
            for lane in 0..<8 { to[lane] = from[min(lane, count - 1) * channels + component] }
          }
        }
      }
    }
  }

  /// Whether a block lies wholly in the picture and every byte of its pixels is 255.
  @inline(__always)
  private func isWhitePixels(_ row: Int, _ column: Int) -> Bool {
    guard 8 * row + 8 <= height, 8 * column + 8 <= width else { return false }
    let stride = width * channels
    var start = UnsafeRawPointer(pixels) + 8 * (row * stride + column * channels)
    var bits = UInt64.max
    for _ in 0..<8 {
      for word in 0..<channels {
        bits &= start.loadUnaligned(fromByteOffset: 8 * word, as: UInt64.self)
      }
      start += stride
    }
    return bits == .max
  }

  /// The levels of a block that holds white and other samples.
  private func raised(_ samples: Block, _ steps: Block) -> Block {
    var levels = quantized(transformed(samples), steps)
    for attempt in 0..<Self.raises.count where !isWhite(levels, samples, steps) {
      let aim = Block { line in
        samples[line].replacing(
          with: Self.white + Self.raises[attempt], where: samples[line] .== Self.white)
      }
      levels = quantized(transformed(aim), steps)
    }
    return levels
  }

  /// Whether every white sample decodes to white.
  @inline(__always)
  private func isWhite(_ levels: Block, _ samples: Block, _ steps: Block) -> Bool {
    let decoded = restored(Block { levels[$0] * steps[$0] })
    var least = Row(repeating: .infinity)
    for line in 0..<8 {
      let mask = (samples[line] .== Self.white) .& (decoded[line] .< least)
      least.replace(with: decoded[line], where: mask)
    }
    for lane in 0..<8 where least[lane] < Self.white + Self.margin { return false }
    return true
  }

  @inline(__always)
  private func quantized(_ coefficients: Block, _ steps: Block) -> Block {
    Block { line in
      let level = ((coefficients[line] / steps[line]) + Self.shift) - Self.shift
      return level.replacing(with: Self.levelMax, where: level .> Self.levelMax)
        .replacing(with: -Self.levelMax, where: level .< -Self.levelMax)
    }
  }
}

/// The orthonormal cosine transform of type II of rows and columns and its inverse, ITU-T T.81, A.3.3.
extension JPEGBlockSource {
  /// Halves of cos(k pi / 16).
  private static let half: [8 of Float] = [
    0.5, 0.490_392_64, 0.461_939_77, 0.415_734_8, 0.353_553_39, 0.277_785_12, 0.191_341_72,
    0.097_545_16,
  ]

  @inline(__always)
  private func transformed(_ block: Block) -> Block {
    var result = block
    Self.transformColumns(&result)
    Self.transpose(&result)
    Self.transformColumns(&result)
    Self.transpose(&result)
    return result
  }

  @inline(__always)
  private func restored(_ block: Block) -> Block {
    var result = block
    Self.restoreColumns(&result)
    Self.transpose(&result)
    Self.restoreColumns(&result)
    Self.transpose(&result)
    return result
  }

  /// Eight columns at once: sums of mirrored samples give the even coefficients, differences the odd.
  @inline(__always)
  private static func transformColumns(_ x: inout Block) {
    let (c1, c2, c3, c4) = (half[1], half[2], half[3], half[4])
    let (c5, c6, c7) = (half[5], half[6], half[7])
    let (s0, s1, s2, s3) = (x[0] + x[7], x[1] + x[6], x[2] + x[5], x[3] + x[4])
    let (d0, d1, d2, d3) = (x[0] - x[7], x[1] - x[6], x[2] - x[5], x[3] - x[4])
    x[0] = ((s0 + s3) + (s1 + s2)) * c4
    x[4] = ((s0 + s3) - (s1 + s2)) * c4
    x[2] = (s0 - s3) * c2 + (s1 - s2) * c6
    x[6] = (s0 - s3) * c6 - (s1 - s2) * c2
    x[1] = (d0 * c1 + d1 * c3) + (d2 * c5 + d3 * c7)
    x[3] = (d0 * c3 - d1 * c7) - (d2 * c1 + d3 * c5)
    x[5] = (d0 * c5 - d1 * c1) + (d2 * c7 + d3 * c3)
    x[7] = (d0 * c7 - d1 * c5) + (d2 * c3 - d3 * c1)
  }

  @inline(__always)
  private static func restoreColumns(_ x: inout Block) {
    let (c1, c2, c3, c4) = (half[1], half[2], half[3], half[4])
    let (c5, c6, c7) = (half[5], half[6], half[7])
    let (a, b) = ((x[0] + x[4]) * c4, (x[0] - x[4]) * c4)
    let (c, d) = (x[2] * c2 + x[6] * c6, x[2] * c6 - x[6] * c2)
    let (e0, e1, e2, e3) = (a + c, b + d, b - d, a - c)
    let o0 = (x[1] * c1 + x[3] * c3) + (x[5] * c5 + x[7] * c7)
    let o1 = (x[1] * c3 - x[3] * c7) - (x[5] * c1 + x[7] * c5)
    let o2 = (x[1] * c5 - x[3] * c1) + (x[5] * c7 + x[7] * c3)
    let o3 = (x[1] * c7 - x[3] * c5) + (x[5] * c3 - x[7] * c1)
    (x[0], x[7]) = (e0 + o0, e0 - o0)
    (x[1], x[6]) = (e1 + o1, e1 - o1)
    (x[2], x[5]) = (e2 + o2, e2 - o2)
    (x[3], x[4]) = (e3 + o3, e3 - o3)
  }

  /// By pairs of elements, by quadruples and by halves.
  @inline(__always)
  private static func transpose(_ block: inout Block) {
    for pair in 0..<4 {
      let (a, b) = (block[2 * pair], block[2 * pair + 1])
      block[2 * pair] = Row(a[0], b[0], a[2], b[2], a[4], b[4], a[6], b[6])
      block[2 * pair + 1] = Row(a[1], b[1], a[3], b[3], a[5], b[5], a[7], b[7])
    }
    for index in 0..<4 {
      let line = index & 1 | (index & 2) << 1
      let (a, b) = (block[line], block[line + 2])
      block[line] = Row(a[0], a[1], b[0], b[1], a[4], a[5], b[4], b[5])
      block[line + 2] = Row(a[2], a[3], b[2], b[3], a[6], a[7], b[6], b[7])
    }
    for line in 0..<4 {
      let (a, b) = (block[line], block[line + 4])
      block[line] = Row(lowHalf: a.lowHalf, highHalf: b.lowHalf)
      block[line + 4] = Row(lowHalf: a.highHalf, highHalf: b.highHalf)
    }
  }
}
