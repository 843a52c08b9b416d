/// A run of output pixels times one strip of output channels of a convolution: the argument of the
/// convolution kernels. All strides are in floats.
///
/// The taps of a pixel are `outerCount` x `innerCount` contiguous runs of `length` floats each. A 1x1
/// convolution or a matrix product is one run; a 3x3 over unstrided NHWC is three runs of 3C.
@frozen public struct ConvolutionTile {
  /// The first tap of the first pixel.
  public var input: UnsafePointer<Float>
  /// From a pixel to the next.
  public var inputStep: Int
  /// Runs of taps, and from a run to the next in the input and in the weights.
  public var outerCount: Int, outerInputStep: Int, outerWeightStep: Int
  /// Runs of taps, and from a run to the next in the input and in the weights.
  public var innerCount: Int, innerInputStep: Int, innerWeightStep: Int
  /// Floats in a run.
  public var length: Int
  /// Packed weights of the strip: for each tap float the strip's channels, zero-padded to whole registers;
  /// for pairs of pixels zero-padded to one and a half, twice; for the sum kernel those of its one channel
  /// in the order of the taps.
  public var weights: UnsafePointer<Float>
  /// The strip's biases, as a row of its weights; for the sum kernel one.
  public var bias: UnsafePointer<Float>
  /// The first channel of the strip in the first output pixel.
  public var output: UnsafeMutablePointer<Float>
  /// From an output pixel to the next.
  public var outputStep: Int
  /// Added between the inner clamp and the clamp; the same channels of the same pixels. Must not overlap
  /// the output.
  public var residual: UnsafePointer<Float>?
  /// From a residual pixel to the next.
  public var residualStep: Int
  /// Pixels, at least 1.
  public var pixels: Int
  /// Channels to write: more than (registers - 1) * lanes, at most registers * lanes; for pairs of pixels
  /// more than a register and at most one and a half; for the sum kernel 1.
  public var channels: Int
  /// The clamp before the residual is added.
  public var innerLower: Float, innerUpper: Float
  /// The clamp.
  public var lower: Float, upper: Float
  /// What is read next, fetched into the second-level cache meanwhile: at most a cache line for each float of a
  /// pixel's taps, until all is fetched or the pixels end. Only the kernels for whole registers do so.
  public var ahead: UnsafePointer<Float>
  /// Floats to fetch.
  public var aheadCount: Int

  /// A tile with one run of taps; the other members are set as needed.
  @inlinable
  public init(
    input: UnsafePointer<Float>, inputStep: Int, length: Int, weights: UnsafePointer<Float>,
    bias: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, outputStep: Int, pixels: Int,
    channels: Int
  ) {
    self.input = input
    self.inputStep = inputStep
    outerCount = 1
    outerInputStep = 0
    outerWeightStep = 0
    innerCount = 1
    innerInputStep = 0
    innerWeightStep = 0
    self.length = length
    self.weights = weights
    self.bias = bias
    self.output = output
    self.outputStep = outputStep
    residual = nil
    residualStep = 0
    self.pixels = pixels
    self.channels = channels
    innerLower = -.infinity
    innerUpper = .infinity
    lower = -.infinity
    upper = .infinity
    ahead = weights
    aheadCount = 0
  }

  /// Floats of a pixel's taps.
  @inlinable @inline(always)
  var taps: Int { outerCount * innerCount * length }
}

/// Floats of a cache line.
@inlinable @inline(always)
var cacheLineFloats: Int { 16 }

/// Floats from what is fetched to what is fetched next, where `floats` are to be fetched by `room` fetches: the slowest
/// pace that suffices, at which each line is asked for up to four times, since a core waits where more than about
/// ten are on their way.
@inlinable @inline(always)
public func fetchStep(floats: Int, room: Int) -> Int {
  if floats <= room * cacheLineFloats / 4 { return cacheLineFloats / 4 }
  if floats <= room * cacheLineFloats / 2 { return cacheLineFloats / 2 }
  return cacheLineFloats
}

/// A tile of P pixels x R registers (A = P * R accumulators) starting at pixel `first`. Fetches from `fetch` on, which
/// it advances, `pace` floats further for each float of the taps.
@inlinable @inline(always)
func convolutionMicroKernel<L: Lanes, let P: Int, let R: Int, let A: Int>(
  _ lanes: L.Type, _ tile: UnsafePointer<ConvolutionTile>, _ first: Int,
  _ pixels: Extent<P>.Type, _ registers: Extent<R>.Type, _ accumulators: Extent<A>.Type,
  _ fetch: inout UnsafePointer<Float>, _ pace: Int
) {
  // Where nothing is left to fetch, it is what is in the cache already.
  let isAhead = fetch < tile.pointee.ahead + tile.pointee.aheadCount
  var line = isAhead ? fetch : tile.pointee.weights
  let lineStep = isAhead ? pace : 0
  fetch += tile.pointee.taps * pace
  var sums = InlineArray<A, L.Vector> { _ in L.Vector.zero }
  let base = tile.pointee.input + first * tile.pointee.inputStep
  let step = tile.pointee.inputStep
  let length = tile.pointee.length
  var outer = 0
  while outer < tile.pointee.outerCount {
    var inner = 0
    while inner < tile.pointee.innerCount {
      var x =
        base + outer * tile.pointee.outerInputStep + inner * tile.pointee.innerInputStep
      var w =
        tile.pointee.weights + outer * tile.pointee.outerWeightStep
        + inner * tile.pointee.innerWeightStep
      let end = x + length
      while x < end {
        var weight = InlineArray<R, L.Vector> { _ in L.Vector.zero }
        for r in 0..<R { weight[r] = L.load(w + r * L.count) }
        for p in 0..<P {
          let value = L.Vector(repeating: x[p * step])
          for r in 0..<R {
            sums[p * R + r] = L.multiplyAdd(sums[p * R + r], value, weight[r])
          }
        }
        L.prefetch(line)
        line += lineStep
        x += 1
        w += R * L.count
      }
      inner += 1
    }
    outer += 1
  }

  // The bias comes last: it may be large beside the sum, whose rounding it would coarsen at every step.
  let lower = L.Vector(repeating: tile.pointee.lower)
  let upper = L.Vector(repeating: tile.pointee.upper)
  let output = tile.pointee.output + first * tile.pointee.outputStep
  let outputStep = tile.pointee.outputStep
  let last = tile.pointee.channels - (R - 1) * L.count
  let innerLower = L.Vector(repeating: tile.pointee.innerLower)
  let innerUpper = L.Vector(repeating: tile.pointee.innerUpper)
  if last == L.count, tile.pointee.residual == nil {
    for r in 0..<R {
      let bias = L.load(tile.pointee.bias + r * L.count)
      for p in 0..<P {
        L.store(
          L.clamp(sums[p * R + r] + bias, lower, upper), output + p * outputStep + r * L.count)
      }
    }
    return
  }
  // Only a copy is indexed by variables, so that the sums themselves stay in registers.
  var results = InlineArray<A, L.Vector> { _ in L.Vector.zero }
  for a in 0..<A { results[a] = sums[a] }
  var p = 0
  if last == L.count, let residual = tile.pointee.residual {
    let residualStep = tile.pointee.residualStep
    while p < P {
      let source = residual + (first + p) * residualStep
      for r in 0..<R {
        let sum = results[p * R + r] + L.load(tile.pointee.bias + r * L.count)
        let value = L.clamp(sum, innerLower, innerUpper) + L.load(source + r * L.count)
        L.store(L.clamp(value, lower, upper), output + p * outputStep + r * L.count)
      }
      p += 1
    }
    return
  }
  while p < P {
    var r = 0
    while r < R {
      let count = r < R - 1 ? L.count : last
      var value = results[p * R + r] + L.load(tile.pointee.bias + r * L.count)
      if let residual = tile.pointee.residual {
        value = L.clamp(value, innerLower, innerUpper)
        value += loadUpTo(
          lanes, residual + (first + p) * tile.pointee.residualStep + r * L.count, count)
      }
      storeUpTo(lanes, L.clamp(value, lower, upper), output + p * outputStep + r * L.count, count)
      r += 1
    }
    p += 1
  }
}

/// The whole run: tiles of P pixels, then one of half or quarter height or single pixels for the rest.
///
/// A last tile that does not fit starts earlier and computes some pixels again, to the same bits.
@inlinable @inline(always)
public func convolutionKernel<
  L: Lanes, let P: Int, let R: Int, let A: Int, let HalfP: Int, let HalfA: Int, let QuarterP: Int,
  let QuarterA: Int
>(
  _ lanes: L.Type, _ tile: UnsafePointer<ConvolutionTile>, _ pixels: Extent<P>.Type,
  _ registers: Extent<R>.Type, _ accumulators: Extent<A>.Type, _ half: Extent<HalfP>.Type,
  _ halfAccumulators: Extent<HalfA>.Type, _ quarter: Extent<QuarterP>.Type,
  _ quarterAccumulators: Extent<QuarterA>.Type
) {
  let count = tile.pointee.pixels
  var done = 0
  var fetch = tile.pointee.ahead
  let pace = fetchStep(floats: tile.pointee.aheadCount, room: tile.pointee.taps * (count / P))
  while done + P <= count {
    convolutionMicroKernel(lanes, tile, done, pixels, registers, accumulators, &fetch, pace)
    done += P
  }
  while done < count {
    let rest = count - done
    if rest > HalfP && count >= P {
      convolutionMicroKernel(
        lanes, tile, count - P, pixels, registers, accumulators, &fetch, pace)
      done = count
    } else if (rest > QuarterP || rest == HalfP) && count >= HalfP {
      let first = rest >= HalfP ? done : count - HalfP
      convolutionMicroKernel(
        lanes, tile, first, half, registers, halfAccumulators, &fetch, pace)
      done = first + HalfP
    } else if rest > 1 && count >= QuarterP {
      let first = rest >= QuarterP ? done : count - QuarterP
      convolutionMicroKernel(
        lanes, tile, first, quarter, registers, quarterAccumulators, &fetch, pace)
      done = first + QuarterP
    } else {
      convolutionMicroKernel(
        lanes, tile, done, Extent<1>.self, registers, registers, &fetch, pace)
      done += 1
    }
  }
}

/// Floats from a tap in use to the one that is fetched: layers of one output have large inputs and little to compute.
@inlinable @inline(always)
var sumAhead: Int { 1024 }

/// Pixels whose sums are computed together.
public typealias PixelsOfSum = Extent<8>

/// Adds the products of a run of taps of P pixels, a register of taps at a time.
@inlinable @inline(always)
func addRun<L: Lanes, let P: Int>(
  _ lanes: L.Type, to sums: inout InlineArray<P, L.Vector>, _ x: UnsafePointer<Float>, step: Int,
  _ w: UnsafePointer<Float>, length: Int
) {
  var k = 0
  while k + L.count <= length {
    let weight = L.load(w + k)
    for p in 0..<P {
      sums[p] = L.multiplyAdd(sums[p], L.load(x + p * step + k), weight)
      // The processor follows the others by itself.
      if p % 4 == 3 { L.prefetch(x + p * step + k + sumAhead) }
    }
    k += L.count
  }
  if k < length {
    let weight = L.loadFirst(w + k, length - k)
    for p in 0..<P {
      sums[p] = L.multiplyAdd(sums[p], L.loadFirst(x + p * step + k, length - k), weight)
    }
  }
}

/// Adds what a register of channels gives to P pixels, each of which has the taps of itself and its two next
/// neighbours: a register that is loaded serves three sums. Reads `count` channels, a whole register of them if
/// `isWhole`.
@inlinable @inline(always)
func addNeighbours<L: Lanes, let P: Int>(
  _ lanes: L.Type, to sums: inout InlineArray<P, L.Vector>, _ x: UnsafePointer<Float>, step: Int,
  _ w: UnsafePointer<Float>, count: Int, isWhole: Bool
) {
  func load(_ p: UnsafePointer<Float>) -> L.Vector { isWhole ? L.load(p) : L.loadFirst(p, count) }
  let (left, middle, right) = (load(w), load(w + step), load(w + 2 * step))
  for p in 0..<P {
    sums[p] = L.multiplyAdd(sums[p], load(x + p * step), left)
  }
  for p in 0..<P {
    sums[p] = L.multiplyAdd(sums[p], load(x + (p + 1) * step), middle)
  }
  for p in 0..<P {
    sums[p] = L.multiplyAdd(sums[p], load(x + (p + 2) * step), right)
  }
  // Apart, since nothing that was loaded is kept over a prefetch.
  if isWhole {
    for p in 0..<P { L.prefetch(x + p * step + sumAhead) }
  }
}

/// P pixels of one output channel, whose weights lie in the order of the taps: products are added lane by lane, and
/// lanes a multiple of four apart at the end, which leaves four sums a pixel.
@inlinable @inline(always)
func convolutionSums<L: Lanes, let P: Int>(
  _ lanes: L.Type, _ tile: UnsafePointer<ConvolutionTile>, _ first: Int, _ pixels: Extent<P>.Type
) -> InlineArray<P, SIMD4<Float>> {
  var sums = InlineArray<P, L.Vector> { _ in L.Vector.zero }
  let base = tile.pointee.input + first * tile.pointee.inputStep
  let step = tile.pointee.inputStep
  let length = tile.pointee.length
  var outer = 0
  while outer < tile.pointee.outerCount {
    var inner = 0
    while inner < tile.pointee.innerCount {
      let x = base + outer * tile.pointee.outerInputStep + inner * tile.pointee.innerInputStep
      let w =
        tile.pointee.weights + outer * tile.pointee.outerWeightStep
        + inner * tile.pointee.innerWeightStep
      if length == 3 * step {
        var k = 0
        while k + L.count <= step {
          addNeighbours(lanes, to: &sums, x + k, step: step, w + k, count: L.count, isWhole: true)
          k += L.count
        }
        if k < step {
          addNeighbours(lanes, to: &sums, x + k, step: step, w + k, count: step - k, isWhole: false)
        }
      } else {
        addRun(lanes, to: &sums, x, step: step, w, length: length)
      }
      inner += 1
    }
    outer += 1
  }
  return InlineArray<P, SIMD4<Float>> { L.fold(sums[$0]) }
}

/// The sums of the lanes of four vectors, neighbours first.
@inlinable @inline(always)
func laneSums(
  _ a: SIMD4<Float>, _ b: SIMD4<Float>, _ c: SIMD4<Float>, _ d: SIMD4<Float>
) -> SIMD4<Float> {
  let ab =
    SIMD4(lowHalf: a.evenHalf, highHalf: b.evenHalf)
    + SIMD4(lowHalf: a.oddHalf, highHalf: b.oddHalf)
  let cd =
    SIMD4(lowHalf: c.evenHalf, highHalf: d.evenHalf)
    + SIMD4(lowHalf: c.oddHalf, highHalf: d.oddHalf)
  return SIMD4(lowHalf: ab.evenHalf, highHalf: cd.evenHalf)
    + SIMD4(lowHalf: ab.oddHalf, highHalf: cd.oddHalf)
}

/// Finishes the sums of four pixels that lie side by side.
@inlinable @inline(always)
func storeSums(_ tile: UnsafePointer<ConvolutionTile>, _ pixel: Int, _ sums: SIMD4<Float>) {
  guard tile.pointee.outputStep == 1, tile.pointee.residual == nil else {
    for p in 0..<4 { storeSum(tile, pixel + p, sums[p]) }
    return
  }
  var value = sums + SIMD4(repeating: tile.pointee.bias.pointee)
  let (lower, upper) = (SIMD4(repeating: tile.pointee.lower), SIMD4(repeating: tile.pointee.upper))
  value.replace(with: lower, where: value .< lower)
  value.replace(with: upper, where: value .> upper)
  UnsafeMutableRawPointer(tile.pointee.output + pixel).storeBytes(of: value, as: SIMD4<Float>.self)
}

/// Finishes a sum with bias, residual and clamps.
@inlinable @inline(always)
func storeSum(_ tile: UnsafePointer<ConvolutionTile>, _ pixel: Int, _ sum: Float) {
  var value = sum + tile.pointee.bias.pointee
  if let residual = tile.pointee.residual {
    value = clampScalar(value, tile.pointee.innerLower, tile.pointee.innerUpper)
    value += residual[pixel * tile.pointee.residualStep]
  }
  tile.pointee.output[pixel * tile.pointee.outputStep] = clampScalar(
    value, tile.pointee.lower, tile.pointee.upper)
}

/// min(max(value, lower), upper), NaN where `value` is.
@inlinable @inline(always)
func clampScalar(_ value: Float, _ lower: Float, _ upper: Float) -> Float {
  value < lower ? lower : value > upper ? upper : value
}

/// A run of one output channel: `channels` is 1, and the weights lie in the order of the taps.
///
/// A last block that does not fit starts earlier and computes some pixels again, to the same bits.
@inlinable @inline(always)
public func convolutionSumKernel<L: Lanes>(
  _ lanes: L.Type, _ tile: UnsafePointer<ConvolutionTile>
) {
  let count = tile.pointee.pixels
  var done = 0
  while done < count {
    guard count >= PixelsOfSum.count, count - done > 1 else {
      let sums = convolutionSums(lanes, tile, done, Extent<1>.self)
      storeSum(tile, done, laneSums(sums[0], .zero, .zero, .zero)[0])
      done += 1
      continue
    }
    let first = min(done, count - PixelsOfSum.count)
    let sums = convolutionSums(lanes, tile, first, PixelsOfSum.self)
    storeSums(tile, first, laneSums(sums[0], sums[1], sums[2], sums[3]))
    storeSums(tile, first + 4, laneSums(sums[4], sums[5], sums[6], sums[7]))
    done = first + PixelsOfSum.count
  }
}
