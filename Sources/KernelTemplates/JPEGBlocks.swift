/// A row of 8 x 8 blocks of one component: the argument of the kernel that turns samples into quantized
/// coefficients.
@frozen public struct JPEGBlocks {
  /// 64 samples for each block, by columns.
  public var samples: UnsafePointer<UInt8>
  /// Whether a block is known to be white; its samples are not looked at.
  public var isWhite: UnsafePointer<Bool>
  /// The quantizer's step for each coefficient, natural order.
  public var steps: UnsafePointer<UInt16>
  /// 64 levels for each block, natural order.
  public var levels: UnsafeMutablePointer<Int16>
  /// Blocks.
  public var count: Int

  /// Blocks; see the members.
  @inlinable
  public init(
    samples: UnsafePointer<UInt8>, isWhite: UnsafePointer<Bool>, steps: UnsafePointer<UInt16>,
    levels: UnsafeMutablePointer<Int16>, count: Int
  ) {
    self.samples = samples
    self.isWhite = isWhite
    self.steps = steps
    self.levels = levels
    self.count = count
  }
}

/// Eight columns of eight samples, or eight rows of eight coefficients.
public typealias JPEGBlock = [8 of SIMD8<Float>]

/// What blocks and their coefficients have in common.
public enum JPEGScale {
  /// The highest sample after the level shift.
  @inlinable @inline(always)
  public static var white: Float { 127 }
  /// How far above white a white sample is to decode, since decoders round differently.
  @inlinable @inline(always)
  public static var margin: Float { 0.75 }
  /// The least that white samples of a mixed block are aimed above white.
  @inlinable @inline(always)
  public static var raiseMin: Float { 1.5 }
  /// The most. Decoders clamp only what exceeds the range by less than 384, which forbids higher aims.
  @inlinable @inline(always)
  public static var raiseMax: Float { 192 }
  /// The largest level of a baseline file.
  @inlinable @inline(always)
  public static var levelMax: Float { 1023 }
  /// 1.5 * 2^23: adding it leaves no bits for a fraction.
  @inlinable @inline(always)
  public static var shift: Float { 12_582_912 }
}

/// The levels of each block, such that a decoder gives exactly 255 for every sample of 255.
///
/// Quantization rings around an edge, and beside white the ringing shows as grey. A decoder clamps what
/// exceeds 255, so a white sample may be aimed higher than white: where a block mixes white with anything
/// else, its white samples are raised, the more the darker the darkest of them comes out, until all of them
/// decode to 255 or more. Quantization errs by no more than its steps allow, however high the aim is, so
/// that with the steps of quality 30 and above one of the aims is enough in practice. The other samples keep
/// the error that quantization gives them in any case.
@inlinable @inline(always)
public func jpegBlocksKernel(_ blocks: UnsafePointer<JPEGBlocks>) {
  let steps = JPEGBlock { line in
    SIMD8<Float>(
      UnsafeRawPointer(blocks.pointee.steps).loadUnaligned(
        fromByteOffset: 16 * line, as: SIMD8<UInt16>.self))
  }
  let shares = JPEGBlock { SIMD8<Float>(repeating: 1) / steps[$0] }
  // A block's mean is an eighth of its first coefficient.
  let mean = ((JPEGScale.white + 0.5) * 8 / steps[0][0]).rounded(.up)
  let whiteLevel = Int16(mean < JPEGScale.levelMax ? mean : JPEGScale.levelMax)
  var index = 0
  while index < blocks.pointee.count {
    let from = UnsafeRawPointer(blocks.pointee.samples + 64 * index)
    let target = blocks.pointee.levels + 64 * index
    var (all, any) = (UInt64.max, UInt64(0))
    if !blocks.pointee.isWhite[index] {
      var line = 0
      while line < 8 {
        // A byte of the inverse is zero where borrowing from it reaches its own highest bit.
        let bytes = from.loadUnaligned(fromByteOffset: 8 * line, as: UInt64.self)
        all &= bytes
        any |= (~bytes &- 0x0101_0101_0101_0101) & bytes & 0x8080_8080_8080_8080
        line += 1
      }
    }
    if all == .max {
      var line = 0
      while line < 8 {
        UnsafeMutableRawPointer(target + 8 * line).storeBytes(
          of: SIMD8<Int16>.zero, as: SIMD8<Int16>.self)
        line += 1
      }
      target[0] = whiteLevel
    } else {
      let block = JPEGBlock { line in
        SIMD8<Float>(from.loadUnaligned(fromByteOffset: 8 * line, as: SIMD8<UInt8>.self)) - 128
      }
      var levels = jpegQuantized(jpegTransformed(block), shares)
      if any != 0 { jpegRaise(&levels, block, steps, shares) }
      var line = 0
      while line < 8 {
        let bits = unsafeBitCast(levels[line] + JPEGScale.shift, to: SIMD8<UInt32>.self)
        UnsafeMutableRawPointer(target + 8 * line).storeBytes(
          of: SIMD8<UInt16>(truncatingIfNeeded: bits), as: SIMD8<UInt16>.self)
        line += 1
      }
    }
    index += 1
  }
}

/// Aims the white samples of a block higher until all of them decode to white.
@inlinable @inline(always)
func jpegRaise(
  _ levels: inout JPEGBlock, _ samples: JPEGBlock, _ steps: JPEGBlock, _ shares: JPEGBlock
) {
  var raise: Float = 0
  while raise < JPEGScale.raiseMax {
    let decoded = jpegRestored(JPEGBlock { levels[$0] * steps[$0] })
    var least = SIMD8<Float>(repeating: .infinity)
    var line = 0
    while line < 8 {
      let isLess = (samples[line] .== JPEGScale.white) .& (decoded[line] .< least)
      least.replace(with: decoded[line], where: isLess)
      line += 1
    }
    var lack: Float = 0
    var lane = 0
    while lane < 8 {
      let missing = JPEGScale.white + JPEGScale.margin - least[lane]
      lack = missing > lack ? missing : lack
      lane += 1
    }
    if lack <= 0 { return }
    // By part of what lacks, since a raise lifts what rings below it as well; at least doubled, so that few
    // attempts reach the highest aim.
    let doubled = 2 * raise > JPEGScale.raiseMin ? 2 * raise : JPEGScale.raiseMin
    let wanted = raise + 0.375 * lack > doubled ? raise + 0.375 * lack : doubled
    raise = wanted < JPEGScale.raiseMax ? wanted : JPEGScale.raiseMax
    let aim = JPEGScale.white + raise
    levels = jpegQuantized(
      jpegTransformed(
        JPEGBlock { line in
          samples[line].replacing(with: aim, where: samples[line] .== JPEGScale.white)
        }), shares)
  }
}

@inlinable @inline(always)
func jpegQuantized(_ coefficients: JPEGBlock, _ shares: JPEGBlock) -> JPEGBlock {
  JPEGBlock { line in
    let level = (coefficients[line] * shares[line] + JPEGScale.shift) - JPEGScale.shift
    return level.replacing(with: JPEGScale.levelMax, where: level .> JPEGScale.levelMax)
      .replacing(with: -JPEGScale.levelMax, where: level .< -JPEGScale.levelMax)
  }
}

// The orthonormal cosine transform of type II of rows and columns and its inverse, ITU-T T.81, A.3.3. Its
// constants are halves of cos(k pi / 16).

/// Columns of samples to rows of coefficients: that they change places saves a transposition.
@inlinable @inline(always)
func jpegTransformed(_ block: JPEGBlock) -> JPEGBlock {
  jpegTransformedLines(jpegTransposed(jpegTransformedLines(block)))
}

/// Rows of coefficients to columns of samples.
@inlinable @inline(always)
func jpegRestored(_ block: JPEGBlock) -> JPEGBlock {
  jpegRestoredLines(jpegTransposed(jpegRestoredLines(block)))
}

/// Across the eight lines, eight times at once: sums of mirrored samples give the even coefficients,
/// differences the odd.
@inlinable @inline(always)
func jpegTransformedLines(_ x: JPEGBlock) -> JPEGBlock {
  let (c1, c2, c3): (Float, Float, Float) = (0.490_392_64, 0.461_939_77, 0.415_734_8)
  let (c4, c5): (Float, Float) = (0.353_553_39, 0.277_785_12)
  let (c6, c7): (Float, Float) = (0.191_341_72, 0.097_545_16)
  let (s0, s1, s2, s3) = (x[0] + x[7], x[1] + x[6], x[2] + x[5], x[3] + x[4])
  let (d0, d1, d2, d3) = (x[0] - x[7], x[1] - x[6], x[2] - x[5], x[3] - x[4])
  return [
    ((s0 + s3) + (s1 + s2)) * c4,
    (d0 * c1 + d1 * c3) + (d2 * c5 + d3 * c7),
    (s0 - s3) * c2 + (s1 - s2) * c6,
    (d0 * c3 - d1 * c7) - (d2 * c1 + d3 * c5),
    ((s0 + s3) - (s1 + s2)) * c4,
    (d0 * c5 - d1 * c1) + (d2 * c7 + d3 * c3),
    (s0 - s3) * c6 - (s1 - s2) * c2,
    (d0 * c7 - d1 * c5) + (d2 * c3 - d3 * c1),
  ]
}

@inlinable @inline(always)
func jpegRestoredLines(_ x: JPEGBlock) -> JPEGBlock {
  let (c1, c2, c3): (Float, Float, Float) = (0.490_392_64, 0.461_939_77, 0.415_734_8)
  let (c4, c5): (Float, Float) = (0.353_553_39, 0.277_785_12)
  let (c6, c7): (Float, Float) = (0.191_341_72, 0.097_545_16)
  let (a, b) = ((x[0] + x[4]) * c4, (x[0] - x[4]) * c4)
  let (c, d) = (x[2] * c2 + x[6] * c6, x[2] * c6 - x[6] * c2)
  let (e0, e1, e2, e3) = (a + c, b + d, b - d, a - c)
  let o0 = (x[1] * c1 + x[3] * c3) + (x[5] * c5 + x[7] * c7)
  let o1 = (x[1] * c3 - x[3] * c7) - (x[5] * c1 + x[7] * c5)
  let o2 = (x[1] * c5 - x[3] * c1) + (x[5] * c7 + x[7] * c3)
  let o3 = (x[1] * c7 - x[3] * c5) + (x[5] * c3 - x[7] * c1)
  return [e0 + o0, e1 + o1, e2 + o2, e3 + o3, e3 - o3, e2 - o2, e1 - o1, e0 - o0]
}

/// By pairs of elements, by quadruples and by halves.
@inlinable @inline(always)
func jpegTransposed(_ block: JPEGBlock) -> JPEGBlock {
  var x = block
  var pair = 0
  while pair < 8 {
    let (a, b) = (x[pair], x[pair + 1])
    x[pair] = SIMD8(a[0], b[0], a[2], b[2], a[4], b[4], a[6], b[6])
    x[pair + 1] = SIMD8(a[1], b[1], a[3], b[3], a[5], b[5], a[7], b[7])
    pair += 2
  }
  var index = 0
  while index < 4 {
    let line = index & 1 | (index & 2) << 1
    let (a, b) = (x[line], x[line + 2])
    x[line] = SIMD8(a[0], a[1], b[0], b[1], a[4], a[5], b[4], b[5])
    x[line + 2] = SIMD8(a[2], a[3], b[2], b[3], a[6], a[7], b[6], b[7])
    index += 1
  }
  var line = 0
  while line < 4 {
    let (a, b) = (x[line], x[line + 4])
    x[line] = SIMD8(lowHalf: a.lowHalf, highHalf: b.lowHalf)
    x[line + 4] = SIMD8(lowHalf: a.highHalf, highHalf: b.highHalf)
    line += 1
  }
  return x
}
