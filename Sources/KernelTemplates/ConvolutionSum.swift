// Strips of one output channel: input channels lie in the lanes, pixels side by side, and the lanes are added up at
// the end. Each pixel has one sum; those of eight are independent, so that a multiply-add need not wait for the last.

/// Floats from a tap in use to the one that is fetched: layers of one output have large inputs and little to compute.
@inlinable @inline(always)
var sumAhead: Int { 1024 }

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
      // One line in four or so: the processor fetches those between by itself.
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

/// Adds what one register of channels gives to P pixels, the run of each of which is itself and the two pixels behind
/// it: what is loaded serves three sums.
@inlinable @inline(always)
func addNeighbours<L: Lanes, let P: Int>(
  _ lanes: L.Type, to sums: inout InlineArray<P, L.Vector>, _ x: UnsafePointer<Float>, step: Int,
  _ w: UnsafePointer<Float>
) {
  let (left, middle, right) = (L.load(w), L.load(w + step), L.load(w + 2 * step))
  for p in 0..<P {
    sums[p] = L.multiplyAdd(sums[p], L.load(x + p * step), left)
  }
  for p in 0..<P {
    sums[p] = L.multiplyAdd(sums[p], L.load(x + (p + 1) * step), middle)
  }
  for p in 0..<P {
    sums[p] = L.multiplyAdd(sums[p], L.load(x + (p + 2) * step), right)
  }
  // Last: the compiler takes a prefetch for a write, over which it would load again what it has.
  for p in 0..<P { L.prefetch(x + p * step + sumAhead) }
}

/// P pixels' sums, in four parts each: products are added lane by lane, then lanes a multiple of four apart.
@inlinable @inline(always)
func convolutionSums<L: Lanes, let P: Int>(
  _ lanes: L.Type, _ tile: ConvolutionTile, _ first: Int, _ pixels: Extent<P>.Type
) -> InlineArray<P, SIMD4<Float>> {
  var sums = InlineArray<P, L.Vector> { _ in L.Vector.zero }
  let base = tile.input + first * tile.inputStep
  let step = tile.inputStep
  let length = tile.length
  let areNeighbours = length == 3 * step && step % L.count == 0
  var outer = 0
  while outer < tile.outerCount {
    var inner = 0
    while inner < tile.innerCount {
      let x = base + outer * tile.outerInputStep + inner * tile.innerInputStep
      let w =
        tile.weights + outer * tile.outerWeightStep
        + inner * tile.innerWeightStep
      if areNeighbours {
        var k = 0
        while k < step {
          addNeighbours(lanes, to: &sums, x + k, step: step, w + k)
          k += L.count
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

/// Finishes the sums of four neighbouring pixels, to the bits of `storeSum`.
@inlinable @inline(always)
func storeSums(_ tile: ConvolutionTile, _ pixel: Int, _ sums: SIMD4<Float>) {
  guard tile.outputStep == 1, tile.residual == nil else {
    for p in 0..<4 { storeSum(tile, pixel + p, sums[p]) }
    return
  }
  var value = sums + SIMD4(repeating: tile.bias.pointee)
  let (lower, upper) = (SIMD4(repeating: tile.lower), SIMD4(repeating: tile.upper))
  value.replace(with: lower, where: value .< lower)
  value.replace(with: upper, where: value .> upper)
  UnsafeMutableRawPointer(tile.output + pixel).storeBytes(of: value, as: SIMD4<Float>.self)
}

/// Finishes a sum with bias, residual and clamps.
@inlinable @inline(always)
func storeSum(_ tile: ConvolutionTile, _ pixel: Int, _ sum: Float) {
  var value = sum + tile.bias.pointee
  if let residual = tile.residual {
    value = clampScalar(value, tile.innerLower, tile.innerUpper)
    value += residual[pixel * tile.residualStep]
  }
  tile.output[pixel * tile.outputStep] = clampScalar(
    value, tile.lower, tile.upper)
}

/// min(max(value, lower), upper), NaN where `value` is.
@inlinable @inline(always)
func clampScalar(_ value: Float, _ lower: Float, _ upper: Float) -> Float {
  let raised = value < lower ? lower : value
  return raised > upper ? upper : raised
}

/// A run of one output channel: `channels` is 1, and the weights lie in the order of the taps. Eight pixels at a time,
/// four of a shorter run.
///
/// A last block that does not fit starts earlier and computes some pixels again, to the same bits.
@inlinable @inline(always)
public func convolutionSumKernel<L: Lanes>(
  _ lanes: L.Type, _ arguments: UnsafePointer<ConvolutionTile>
) {
  let tile = arguments.pointee
  let count = tile.pixels
  var done = 0
  while done < count {
    let rest = count - done
    if rest > 1, count >= 8 {
      let first = min(done, count - 8)
      let sums = convolutionSums(lanes, tile, first, Extent<8>.self)
      storeSums(tile, first, laneSums(sums[0], sums[1], sums[2], sums[3]))
      storeSums(tile, first + 4, laneSums(sums[4], sums[5], sums[6], sums[7]))
      done = first + 8
    } else if rest > 1, count >= 4 {
      let first = min(done, count - 4)
      let sums = convolutionSums(lanes, tile, first, Extent<4>.self)
      storeSums(tile, first, laneSums(sums[0], sums[1], sums[2], sums[3]))
      done = first + 4
    } else {
      let sums = convolutionSums(lanes, tile, done, Extent<1>.self)
      storeSum(tile, done, laneSums(sums[0], .zero, .zero, .zero)[0])
      done += 1
    }
  }
}
