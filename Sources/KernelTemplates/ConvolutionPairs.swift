// Strips of one and a half registers, as of 24 channels on 16 lanes. Two neighbouring pixels share three
// registers: the channels of the first, then those of the second. A row of packed weights holds its channels
// twice, so that three loads give what each register is multiplied with, and the register in the middle
// takes its lower half's value from the first pixel and its upper half's from the second.

/// P pairs of pixels in A = 3 * P registers, the first pixel at `first`. The second pixel of a pair is
/// `secondStep` floats from the first; only `stored` pixels are written.
@inlinable @inline(always)
func convolutionPairBlock<L: Lanes, let P: Int, let A: Int>(
  _ lanes: L.Type, _ tile: UnsafePointer<ConvolutionTile>, _ first: Int, secondStep: Int,
  stored: Int, _ pairs: Extent<P>.Type, _ registers: Extent<A>.Type
) {
  var sums = InlineArray<A, L.Vector> { _ in L.Vector.zero }
  let base = tile.pointee.input + first * tile.pointee.inputStep
  let step = 2 * tile.pointee.inputStep
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
        let (w0, w1, w2) = (L.load(w), L.load(w + L.count), L.load(w + 2 * L.count))
        for pair in 0..<P {
          let one = L.Vector(repeating: x[pair * step])
          let two = L.Vector(repeating: x[pair * step + secondStep])
          sums[3 * pair] = L.multiplyAdd(sums[3 * pair], one, w0)
          sums[3 * pair + 1] = L.multiplyAdd(sums[3 * pair + 1], L.halves(one, two), w1)
          sums[3 * pair + 2] = L.multiplyAdd(sums[3 * pair + 2], two, w2)
        }
        x += 1
        w += 3 * L.count
      }
      inner += 1
    }
    outer += 1
  }

  let lower = L.Vector(repeating: tile.pointee.lower)
  let upper = L.Vector(repeating: tile.pointee.upper)
  let (innerLower, innerUpper) = (
    L.Vector(repeating: tile.pointee.innerLower), L.Vector(repeating: tile.pointee.innerUpper)
  )
  let outputStep = tile.pointee.outputStep
  let output = tile.pointee.output + first * outputStep
  let bias = tile.pointee.bias
  let width = 3 * L.count / 2
  // Pixels without a gap between them are written as they lie in the registers.
  let isDense = tile.pointee.channels == width && outputStep == width && stored == 2 * P
  if isDense, tile.pointee.residual == nil {
    for r in 0..<3 {
      let bias = L.load(bias + r * L.count)
      for pair in 0..<P {
        L.store(
          L.clamp(sums[3 * pair + r] + bias, lower, upper), output + (3 * pair + r) * L.count)
      }
    }
    return
  }
  // Only a copy is indexed by variables, so that the sums themselves stay in registers.
  var results = InlineArray<A, L.Vector> { _ in L.Vector.zero }
  for a in 0..<A { results[a] = sums[a] }
  if isDense, tile.pointee.residualStep == width, let residual = tile.pointee.residual {
    let source = residual + first * width
    var pair = 0
    while pair < P {
      for r in 0..<3 {
        let place = (3 * pair + r) * L.count
        let sum = results[3 * pair + r] + L.load(bias + r * L.count)
        let value = L.clamp(sum, innerLower, innerUpper) + L.load(source + place)
        L.store(L.clamp(value, lower, upper), output + place)
      }
      pair += 1
    }
    return
  }
  var pixel = 0
  while pixel < stored {
    let (a, b, c) = (
      results[pixel / 2 * 3], results[pixel / 2 * 3 + 1], results[pixel / 2 * 3 + 2]
    )
    var left = pixel & 1 == 0 ? a : L.crossed(b, c)
    var right = pixel & 1 == 0 ? b : L.crossed(c, c)
    left += L.load(bias)
    right += L.load(bias + L.count)
    let rest = tile.pointee.channels - L.count
    let target = output + pixel * outputStep
    if let residual = tile.pointee.residual {
      let source = residual + (first + pixel) * tile.pointee.residualStep
      left = L.clamp(left, innerLower, innerUpper) + L.load(source)
      right =
        L.clamp(right, innerLower, innerUpper) + L.loadFirst(source + L.count, rest)
    }
    L.store(L.clamp(left, lower, upper), target)
    L.storeFirst(L.clamp(right, lower, upper), target + L.count, rest)
    pixel += 1
  }
}

/// The whole run: blocks of P pairs, then of HalfP, then pairs, a pixel by itself where it is the only one.
/// `channels` is more than a register and at most one and a half.
///
/// A last block that does not fit starts earlier and computes some pixels again, to the same bits.
@inlinable @inline(always)
public func convolutionPairKernel<
  L: Lanes, let P: Int, let A: Int, let HalfP: Int, let HalfA: Int
>(
  _ lanes: L.Type, _ tile: UnsafePointer<ConvolutionTile>, _ pairs: Extent<P>.Type,
  _ registers: Extent<A>.Type, _ half: Extent<HalfP>.Type, _ halfRegisters: Extent<HalfA>.Type
) {
  let count = tile.pointee.pixels
  let step = tile.pointee.inputStep
  var done = 0
  while done < count {
    let rest = count - done
    if rest > 2 * HalfP, count >= 2 * P {
      let first = min(done, count - 2 * P)
      convolutionPairBlock(
        lanes, tile, first, secondStep: step, stored: 2 * P, pairs, registers)
      done = first + 2 * P
    } else if rest > 2, count >= 2 * HalfP {
      let first = min(done, count - 2 * HalfP)
      convolutionPairBlock(
        lanes, tile, first, secondStep: step, stored: 2 * HalfP, half, halfRegisters)
      done = first + 2 * HalfP
    } else if count >= 2 {
      let first = min(done, count - 2)
      convolutionPairBlock(
        lanes, tile, first, secondStep: step, stored: 2, Extent<1>.self, Extent<3>.self)
      done = first + 2
    } else {
      convolutionPairBlock(
        lanes, tile, done, secondStep: 0, stored: 1, Extent<1>.self, Extent<3>.self)
      done += 1
    }
  }
}
