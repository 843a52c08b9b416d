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
        L.prefetchEarly(line)
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
