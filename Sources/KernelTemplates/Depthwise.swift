/// A run of output pixels of a depthwise convolution, all channels: the argument of its kernels.
/// All strides are in floats. Every tap named lies inside the input, but for columns of taps that
/// `firstColumn` and `endColumn` leave out.
@frozen public struct DepthwiseRow {
  /// The first tap of the first pixel.
  public var input: UnsafePointer<Float>
  /// From a pixel's taps to the next pixel's.
  public var inputStep: Int
  /// From a tap to the one below and to the one at the right.
  public var tapStepY: Int, tapStepX: Int
  /// Taps used, at least 1 each way.
  public var tapsY: Int, tapsX: Int
  /// The first used tap's weights, one a channel.
  public var weights: UnsafePointer<Float>
  /// From a tap's weights to those of the one below and of the one at the right.
  public var weightStepY: Int, weightStepX: Int
  /// One a channel.
  public var bias: UnsafePointer<Float>
  /// The first output pixel, and from a pixel to the next.
  public var output: UnsafeMutablePointer<Float>, outputStep: Int
  /// Pixels and channels, at least 1 each.
  public var pixels: Int, channels: Int
  /// The clamp.
  public var lower: Float, upper: Float
  /// The columns of taps inside the input, counted from the first tap of the first pixel; the others are not
  /// read and count as zero, which a weight that is not finite makes NaN. The middle tap of every pixel lies
  /// inside. Only kernels with a number of taps in their type look at them.
  public var firstColumn = Int.min, endColumn = Int.max

  /// A row; see the members.
  @inlinable
  public init(
    input: UnsafePointer<Float>, inputStep: Int, tapStepY: Int, tapStepX: Int, tapsY: Int,
    tapsX: Int, weights: UnsafePointer<Float>, weightStepY: Int, weightStepX: Int,
    bias: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, outputStep: Int, pixels: Int,
    channels: Int, lower: Float, upper: Float
  ) {
    self.input = input
    self.inputStep = inputStep
    self.tapStepY = tapStepY
    self.tapStepX = tapStepX
    self.tapsY = tapsY
    self.tapsX = tapsX
    self.weights = weights
    self.weightStepY = weightStepY
    self.weightStepX = weightStepX
    self.bias = bias
    self.output = output
    self.outputStep = outputStep
    self.pixels = pixels
    self.channels = channels
    self.lower = lower
    self.upper = upper
  }
}

/// The first `count` floats, with the plain load where that is the whole register.
@inlinable @inline(always)
func loadUpTo<L: Lanes>(_ lanes: L.Type, _ p: UnsafePointer<Float>, _ count: Int) -> L.Vector {
  count == L.count ? L.load(p) : L.loadFirst(p, count)
}

/// Writes the first `count` lanes, with the plain store where that is the whole register.
@inlinable @inline(always)
func storeUpTo<L: Lanes>(
  _ lanes: L.Type, _ v: L.Vector, _ p: UnsafeMutablePointer<Float>, _ count: Int
) {
  if count == L.count { L.store(v, p) } else { L.storeFirst(v, p, count) }
}

/// R whole registers of channels of one pixel, any taps.
@inlinable @inline(always)
func depthwisePixel<L: Lanes, let R: Int>(
  _ lanes: L.Type, _ row: DepthwiseRow, _ input: UnsafePointer<Float>,
  _ output: UnsafeMutablePointer<Float>, _ c: Int, _ registers: Extent<R>.Type
) {
  var sums = InlineArray<R, L.Vector> { L.load(row.bias + c + $0 * L.count) }
  var y = 0
  while y < row.tapsY {
    var value = input + y * row.tapStepY + c
    var weight = row.weights + y * row.weightStepY + c
    var x = 0
    while x < row.tapsX {
      for r in 0..<R {
        sums[r] = L.multiplyAdd(
          sums[r], L.load(value + r * L.count), L.load(weight + r * L.count))
      }
      value += row.tapStepX
      weight += row.weightStepX
      x += 1
    }
    y += 1
  }
  let lower = L.Vector(repeating: row.lower)
  let upper = L.Vector(repeating: row.upper)
  for r in 0..<R { L.store(L.clamp(sums[r], lower, upper), output + c + r * L.count) }
}

/// Any taps, any stride: one pixel and four registers at a time, then one and a part of one.
@inlinable @inline(always)
public func depthwiseKernel<L: Lanes>(_ lanes: L.Type, _ arguments: UnsafePointer<DepthwiseRow>) {
  let row = arguments.pointee
  let lower = L.Vector(repeating: row.lower)
  let upper = L.Vector(repeating: row.upper)
  let channels = row.channels
  var pixel = 0
  while pixel < row.pixels {
    let input = row.input + pixel * row.inputStep
    let output = row.output + pixel * row.outputStep
    var c = 0
    while c + 4 * L.count <= channels {
      depthwisePixel(lanes, row, input, output, c, Extent<4>.self)
      c += 4 * L.count
    }
    while c + L.count <= channels {
      depthwisePixel(lanes, row, input, output, c, Extent<1>.self)
      c += L.count
    }
    if c < channels {
      let count = channels - c
      var sum = L.loadFirst(row.bias + c, count)
      var y = 0
      while y < row.tapsY {
        var x = 0
        while x < row.tapsX {
          let value = L.loadFirst(
            input + y * row.tapStepY + x * row.tapStepX + c, count)
          let weight = L.loadFirst(
            row.weights + y * row.weightStepY + x * row.weightStepX + c,
            count)
          sum = L.multiplyAdd(sum, value, weight)
          x += 1
        }
        y += 1
      }
      L.storeFirst(L.clamp(sum, lower, upper), output + c, count)
    }
    pixel += 1
  }
}

/// One register of channels of P neighbouring pixels, rows of K taps at stride S; V = (P - 1) * S + K input
/// columns are loaded once a tap row, zeros for those outside where `edge` says that there may be any.
///
/// The loops, that of five taps written out, are short enough to be unrolled whole: only then values and sums
/// stay in registers.
@inlinable @inline(always)
func depthwiseBlock<L: Lanes, let P: Int, let K: Int, let S: Int, let V: Int>(
  _ lanes: L.Type, _ row: DepthwiseRow, _ pixel: Int, _ c: Int, _ count: Int,
  _ whole: Bool, _ edge: Bool, _ pixels: Extent<P>.Type, _ taps: Extent<K>.Type,
  _ stride: Extent<S>.Type, _ columns: Extent<V>.Type
) {
  let bias = whole ? L.load(row.bias + c) : L.loadFirst(row.bias + c, count)
  var sums = InlineArray<P, L.Vector> { _ in bias }
  let tapStepX = row.tapStepX
  let tapStepY = row.tapStepY
  let weightStepX = row.weightStepX
  let weightStepY = row.weightStepY
  let first = row.firstColumn
  let end = row.endColumn
  let column = pixel * S
  var source = row.input + pixel * row.inputStep + c
  var weights = row.weights + c
  var rows = row.tapsY
  while rows > 0 {
    var values = InlineArray<V, L.Vector> { _ in L.Vector.zero }
    @inline(__always) func load(_ v: Int) {
      // From the first pixel's middle tap to the last one's all columns lie inside.
      let isMiddle = v >= K / 2 && v < V - K / 2
      guard !edge || isMiddle || (column + v >= first && column + v < end) else { return }
      let p = source + v * tapStepX
      values[v] = whole ? L.load(p) : L.loadFirst(p, count)
    }
    @inline(__always) func add(_ x: Int) {
      let w = weights + x * weightStepX
      let weight = whole ? L.load(w) : L.loadFirst(w, count)
      for p in 0..<P { sums[p] = L.multiplyAdd(sums[p], values[p * S + x], weight) }
    }
    for v in 0..<min(8, V) { load(v) }
    for v in min(8, V)..<V { load(v) }
    add(0)
    if K > 1 { add(1) }
    if K > 2 { add(2) }
    if K > 3 { add(3) }
    if K > 4 { add(4) }
    if K > 5 { for x in 5..<K { add(x) } }
    source += tapStepY
    weights += weightStepY
    rows -= 1
  }
  let lower = L.Vector(repeating: row.lower)
  let upper = L.Vector(repeating: row.upper)
  let outputStep = row.outputStep
  let output = row.output + pixel * outputStep + c
  for p in 0..<P {
    let result = L.clamp(sums[p], lower, upper)
    if whole {
      L.store(result, output + p * outputStep)
    } else {
      L.storeFirst(result, output + p * outputStep, count)
    }
  }
}

/// P pixels, all channels.
@inlinable @inline(always)
func depthwisePixels<L: Lanes, let P: Int, let K: Int, let S: Int, let V: Int>(
  _ lanes: L.Type, _ row: DepthwiseRow, _ pixel: Int, _ pixels: Extent<P>.Type,
  _ taps: Extent<K>.Type, _ stride: Extent<S>.Type, _ columns: Extent<V>.Type
) {
  let channels = row.channels
  let isInside =
    pixel * S >= row.firstColumn && pixel * S + V <= row.endColumn
  var c = 0
  if isInside {
    while c + L.count <= channels {
      depthwiseBlock(
        lanes, row, pixel, c, L.count, true, false, pixels, taps, stride, columns)
      c += L.count
    }
  } else {
    while c + L.count <= channels {
      depthwiseBlock(lanes, row, pixel, c, L.count, true, true, pixels, taps, stride, columns)
      c += L.count
    }
  }
  if c < channels {
    depthwiseBlock(
      lanes, row, pixel, c, channels - c, false, true, pixels, taps, stride, columns)
  }
}

/// Rows of K taps at stride S, P pixels at a time, then half as many, at last one by one. Needs tapsX == K
/// and inputStep == S * tapStepX.
@inlinable @inline(always)
public func depthwiseKernel<
  L: Lanes, let P: Int, let K: Int, let S: Int, let V: Int, let HalfP: Int, let HalfV: Int
>(
  _ lanes: L.Type, _ arguments: UnsafePointer<DepthwiseRow>, _ pixels: Extent<P>.Type,
  _ taps: Extent<K>.Type, _ stride: Extent<S>.Type, _ columns: Extent<V>.Type,
  _ half: Extent<HalfP>.Type, _ halfColumns: Extent<HalfV>.Type
) {
  let row = arguments.pointee
  let count = row.pixels
  var done = 0
  while done < count {
    // A last block that does not fit starts earlier and computes some pixels again, to the same bits.
    if count >= P && count - done > HalfP {
      let pixel = done + P > count ? count - P : done
      depthwisePixels(lanes, row, pixel, pixels, taps, stride, columns)
      done = pixel + P
    } else if count >= HalfP {
      let pixel = done + HalfP > count ? count - HalfP : done
      depthwisePixels(lanes, row, pixel, half, taps, stride, halfColumns)
      done = pixel + HalfP
    } else {
      depthwisePixels(lanes, row, done, Extent<1>.self, taps, stride, taps)
      done += 1
    }
  }
}
