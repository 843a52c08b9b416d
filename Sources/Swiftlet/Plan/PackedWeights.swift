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
        transpose(
          UnsafePointer(weights.start) + strip.firstChannel * length, rows: strip.channels,
          columns: length, to: start + strip.weights + place, step: strip.width)
        for channel in 0..<strip.channels where !bias.isEmpty {
          start[strip.bias + place + channel] = bias[strip.firstChannel + channel]
        }
      }
    }
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
