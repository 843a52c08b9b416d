import KernelTemplates

/// Weights in the order in which the convolution kernels read them.
///
/// The output channels are cut into strips of one to four registers; a strip holds, for every float of the
/// taps, the weights of its channels side by side, zero-padded to whole registers. Packed for sums, a strip
/// is one channel.
struct PackedWeights: Sendable {
  /// A strip of output channels.
  struct Strip: Sendable {
    /// The kernel for the strip's width, without its name: strips are copied in the innermost loop.
    var kernel: @Sendable (UnsafePointer<ConvolutionTile>) -> Void
    /// Floats in a row of packed weights.
    var width: Int
    /// The first output channel, and how many.
    var firstChannel: Int, channels: Int
    /// The first input channel of the strip's group.
    var firstInput: Int
    /// Where the strip's weights and biases start in the buffer.
    var weights: Int, bias: Int
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
    // Five loads serve four multiply-adds, and adding up the lanes takes about ten more; a register of
    // which few lanes are wanted takes about as long to be cut and stored.
    let sums = outputsPerGroup * (registers * taps * 5 / 4 + 10)
    return sums < run * taps + 8
  }

  /// Packs `weights`, of shape [outputs, taps, inputsPerGroup], and `bias`, one an output or empty.
  ///
  /// - Throws: `EngineError` with code `outOfMemory`.
  init(
    weights: FloatBuffer, bias: [Float], outputs: Int, taps: Int, inputsPerGroup: Int, groups: Int,
    kernels: KernelSet, bySums: Bool = false
  ) throws(EngineError) {
    let outputsPerGroup = outputs / groups
    let length = taps * inputsPerGroup
    strips = []
    var (count, widest) = (0, 0)
    for group in 0..<groups {
      var channel = 0
      let widths =
        bySums
        ? [Int](repeating: 0, count: outputsPerGroup)
        : Self.widths(registers: (outputsPerGroup + kernels.lanes - 1) / kernels.lanes)
      for registers in widths {
        let width = registers == 0 ? 1 : registers * kernels.lanes
        let channels = min(width, outputsPerGroup - channel)
        let pick =
          registers == 0
          ? try kernels.convolutionSum() : try kernels.convolution(registers: registers)
        if width > widest { (widest, kernelName) = (width, pick.name) }
        strips.append(
          Strip(
            kernel: pick.function, width: width,
            firstChannel: group * outputsPerGroup + channel, channels: channels,
            firstInput: group * inputsPerGroup, weights: count, bias: count + length * width))
        count += (length + 1) * width
        count = (count + 15) & ~15
        channel += channels
      }
    }
    buffer = try FloatBuffer(count: count)
    let start = buffer.start
    for strip in strips {
      Self.transpose(
        UnsafePointer(weights.start) + strip.firstChannel * length, rows: strip.channels,
        columns: length, to: start + strip.weights, step: strip.width)
    }
    for strip in strips where !bias.isEmpty {
      for channel in 0..<strip.channels {
        start[strip.bias + channel] = bias[strip.firstChannel + channel]
      }
    }
  }

  /// Writes `rows` rows of `columns` floats as columns, `step` floats from a row to the next: a cache line of
  /// each row at a time, so that what is written stays in the first-level cache until it is whole.
  private static func transpose(
    _ source: UnsafePointer<Float>, rows: Int, columns: Int,
    to target: UnsafeMutablePointer<Float>, step: Int
  ) {
    var first = 0
    while first < columns {
      let end = min(first + 16, columns)
      for row in 0..<rows {
        let line = source + row * columns
        var place = target + first * step + row
        for column in first..<end {
          place.pointee = line[column]
          place += step
        }
      }
      first = end
    }
  }

  /// How many registers each strip takes: three where it goes, since that tile is the fastest.
  static func widths(registers: Int) -> [Int] {
    guard registers > 4 else { return registers > 0 ? [registers] : [] }
    let threes = (registers - 2) / 3
    return [Int](repeating: 3, count: threes) + [registers - 3 * threes]
  }
}
