import KernelTemplates

/// Weights in the order in which the convolution kernels read them.
///
/// The output channels are cut into strips of one to four registers; a strip holds, for every float of the
/// taps, the weights of its channels side by side, zero-padded to whole registers. A strip of one and a half
/// holds them twice; packed for sums, a strip is one channel.
struct PackedWeights: Sendable {
  /// A strip of output channels.
  struct Strip: Sendable {
    /// The kernel for the strip's width, without its name: strips are copied in the innermost loop.
    var kernel: @Sendable (UnsafePointer<ConvolutionTile>) -> Void
    /// Floats in a row of packed weights.
    var width: Int
    /// The first output channel, and how many.
    var firstChannel: Int, channels: Int
    /// Where in a row the channels are repeated; nil where they are not.
    var copyStep: Int?
    /// The first input channel of the strip's group.
    var firstInput: Int
    /// Where the strip's weights and biases start in the buffer.
    var weights: Int, bias: Int
  }

  /// What computes a strip.
  private enum Tile {
    case registers(Int)
    /// One and a half registers a pixel, two pixels side by side.
    case pairs
    case sum
  }

  /// The strips, in order of output channels.
  var strips: [Strip]
  /// Weights and biases.
  var buffer: FloatBuffer
  /// The name of the widest strip's kernel.
  var kernelName = "none"

  /// Whether a few output channels are better computed one by one, the input channels in registers.
  ///
  /// - Parameter run: The floats of a run of taps that lie side by side.
  static func isSum(outputsPerGroup: Int, run: Int, taps: Int, lanes: Int) -> Bool {
    guard outputsPerGroup <= lanes / 2 else { return false }
    let registers = (run + lanes - 1) / lanes
    // A load for each multiply-add, a quarter more for weights and what is fetched, and about ten to add the lanes up;
    // a register of which few lanes are wanted takes about as long to be cut and stored.
    let sums = outputsPerGroup * (registers * taps * 5 / 4 + 10)
    return sums < run * taps + 8
  }

  /// Packs `weights`, of shape [outputs, taps, inputsPerGroup], and `bias`, one an output or empty.
  ///
  /// - Throws: `EngineError` with code `outOfMemory`.
  init(
    weights: FloatBuffer, bias: [Float], outputs: Int, taps: Int, inputsPerGroup: Int, groups: Int,
    kernels: KernelSet, memory: WeightsMemory, bySums: Bool = false
  ) throws(EngineError) {
    let outputsPerGroup = outputs / groups
    let length = taps * inputsPerGroup
    strips = []
    var (count, widest) = (0, 0)
    for group in 0..<groups {
      var channel = 0
      let tiles =
        bySums
        ? [Tile](repeating: .sum, count: outputsPerGroup)
        : Self.tiles(channels: outputsPerGroup, length: length, lanes: kernels.lanes)
      for tile in tiles {
        let pick: KernelSet.Pick<ConvolutionTile>
        let (width, most): (Int, Int)
        switch tile {
        case .registers(let registers):
          pick = try kernels.convolution(registers: registers)
          (width, most) = (registers * kernels.lanes, registers * kernels.lanes)
        case .pairs:
          pick = try kernels.convolutionPairs()
          (width, most) = (3 * kernels.lanes, 3 * kernels.lanes / 2)
        case .sum:
          pick = try kernels.convolutionSum()
          (width, most) = (1, 1)
        }
        let channels = min(most, outputsPerGroup - channel)
        if most > widest { (widest, kernelName) = (most, pick.name) }
        strips.append(
          Strip(
            kernel: pick.function, width: width,
            firstChannel: group * outputsPerGroup + channel, channels: channels,
            copyStep: most == width ? nil : most, firstInput: group * inputsPerGroup,
            weights: count, bias: count + length * width))
        count += (length + 1) * width
        count = (count + 15) & ~15
        channel += channels
      }
    }
    buffer = try memory.zeros(count: count)
    let start = buffer.start
    for strip in strips {
      for place in [0, strip.copyStep].compactMap({ $0 }) {
        Self.transpose(
          UnsafePointer(weights.start) + strip.firstChannel * length, rows: strip.channels,
          columns: length, to: start + strip.weights + place, step: strip.width)
        for channel in 0..<strip.channels where !bias.isEmpty {
          start[strip.bias + place + channel] = bias[strip.firstChannel + channel]
        }
      }
    }
  }

  /// Writes `rows` rows of `columns` floats as columns, `step` floats from a row to the next: a cache line of
  /// each row at a time, so that what is written stays in the first-level cache until it is whole, and of
  /// these squares of four by four.
  static func transpose(
    _ source: UnsafePointer<Float>, rows: Int, columns: Int,
    to target: UnsafeMutablePointer<Float>, step: Int
  ) {
    func copy(_ rows: Range<Int>, _ range: Range<Int>) {
      for row in rows {
        for column in range { target[column * step + row] = source[row * columns + column] }
      }
    }
    var first = 0
    while first < columns {
      let end = min(first + 16, columns)
      let squares = first + (end - first) / 4 * 4
      var row = 0
      while row + 4 <= rows {
        for column in stride(from: first, to: squares, by: 4) {
          transposeSquare(
            source + row * columns + column, step: columns, to: target + column * step + row,
            step: step)
        }
        copy(row..<row + 4, squares..<end)
        row += 4
      }
      copy(row..<rows, first..<end)
      first = end
    }
  }

  /// Writes four rows of four floats as columns.
  @inline(__always)
  private static func transposeSquare(
    _ source: UnsafePointer<Float>, step sourceStep: Int,
    to target: UnsafeMutablePointer<Float>, step: Int
  ) {
    func row(_ index: Int) -> SIMD4<Float> {
      UnsafeRawPointer(source + index * sourceStep).loadUnaligned(as: SIMD4<Float>.self)
    }
    let (a, b, c, d) = (row(0), row(1), row(2), row(3))
    let left = (SIMD4(a.x, b.x, a.y, b.y), SIMD4(c.x, d.x, c.y, d.y))
    let right = (SIMD4(a.z, b.z, a.w, b.w), SIMD4(c.z, d.z, c.w, d.w))
    let results = (
      SIMD4(lowHalf: left.0.lowHalf, highHalf: left.1.lowHalf),
      SIMD4(lowHalf: left.0.highHalf, highHalf: left.1.highHalf),
      SIMD4(lowHalf: right.0.lowHalf, highHalf: right.1.lowHalf),
      SIMD4(lowHalf: right.0.highHalf, highHalf: right.1.highHalf)
    )
    func store(_ index: Int, _ value: SIMD4<Float>) {
      UnsafeMutableRawPointer(target + index * step).storeBytes(of: value, as: SIMD4<Float>.self)
    }
    store(0, results.0)
    store(1, results.1)
    store(2, results.2)
    store(3, results.3)
  }

  /// Floats of taps from which a strip of pairs behind other strips, which cannot be written as it lies in the
  /// registers, is faster than one of two registers.
  private static let pairedLengthMin = 48

  /// The strips of a group's channels. Where half of the last register or less is used, pairs of pixels
  /// share it.
  private static func tiles(channels: Int, length: Int, lanes: Int) -> [Tile] {
    let registers = (channels + lanes - 1) / lanes
    let rest = channels - (registers - 1) * lanes
    let isLong = StepBuilder.saturating(length + 1, lanes, 3) > WeightsAhead.longestStrip
    guard registers > 1, rest <= lanes / 2, registers == 2 || length >= pairedLengthMin else {
      return widths(registers: registers, isLong: isLong).map(Tile.registers)
    }
    return widths(registers: registers - 2, isLong: isLong).map(Tile.registers) + [.pairs]
  }

  /// How many registers each strip takes: three where it goes, since that tile is the fastest; two where a strip of
  /// three is too long for the next one to be fetched meanwhile.
  static func widths(registers: Int, isLong: Bool = false) -> [Int] {
    if isLong {
      return [Int](repeating: 2, count: registers / 2) + (registers % 2 == 0 ? [] : [1])
    }
    guard registers > 4 else { return registers > 0 ? [registers] : [] }
    let threes = (registers - 2) / 3
    return [Int](repeating: 3, count: threes) + [registers - 3 * threes]
  }
}
