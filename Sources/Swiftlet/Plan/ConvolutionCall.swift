import KernelTemplates

/// A planned convolution: runs of pixels by strips of channels, cut into tasks.
struct ConvolutionCall: Sendable {
  private let packed: PackedWeights
  private let tapsX: Int
  private let runs: [ConvolutionRun]
  private let input: Source
  private let output: Placement
  private let residual: Source?
  private let clamp: (lower: Float, upper: Float)
  private let activation: ActivationCall?

  /// Bounds into `runs`, one more than there are groups.
  private let runGroups: [Int]
  private let stripGroups: Int

  /// The number of tasks.
  var tasks: Int { (runGroups.count - 1) * stripGroups }

  /// The kernel of the widest strip.
  var kernelName: String {
    packed.strips.max { $0.width < $1.width }?.kernel.name ?? "none"
  }

  /// Input bytes that a task should not exceed, so that they stay in the second-level cache while the
  /// strips pass.
  private static let inputBytes = 192 << 10

  /// Pixels a task for a layer whose pixels are all alike, a multiple of every tile's height.
  static func chunk(pixels: Int, bytesPerPixel: Int, macs: Int) -> Int {
    let tasks = StepBuilder.tasks(operations: macs, atMost: max(1, pixels / 48))
    let balanced = (pixels + tasks - 1) / tasks
    let cached = max(48, inputBytes / max(1, bytesPerPixel))
    return max(48, (min(balanced, cached) + 47) / 48 * 48)
  }

  init(
    packed: PackedWeights, tapsX: Int, runs: [ConvolutionRun], input: Source, output: Placement,
    residual: Source?, clamp: (lower: Float, upper: Float), activation: ActivationCall?,
    macs: Int, bytesPerPixel: Int
  ) {
    self.packed = packed
    self.tapsX = tapsX
    self.runs = runs
    self.input = input
    self.output = output
    self.residual = residual
    self.clamp = clamp
    self.activation = activation
    let pixels = runs.reduce(0) { $0 + $1.pixels }
    let chunk = Self.chunk(pixels: pixels, bytesPerPixel: bytesPerPixel, macs: macs)
    var bounds = [0]
    var filled = 0
    for (index, run) in runs.enumerated() {
      filled += run.pixels
      if filled >= chunk || index == runs.count - 1 {
        bounds.append(index + 1)
        filled = 0
      }
    }
    runGroups = bounds.count > 1 ? bounds : [0, 0]
    let wanted = StepBuilder.tasks(operations: macs, atMost: 32)
    stripGroups = max(1, min(packed.strips.count, wanted / (runGroups.count - 1)))
  }

  /// Runs one task.
  func run(_ task: Int, _ arena: UnsafeMutablePointer<Float>) {
    let group = task / stripGroups
    let strips = StepBuilder.share(
      task % stripGroups, of: stripGroups, count: packed.strips.count)
    let input = input.pointer(arena)
    let output = arena + output.offset
    let residual = residual?.pointer(arena)
    for index in strips {
      let strip = packed.strips[index]
      let weights = UnsafePointer(packed.buffer.start + strip.weights)
      for runIndex in runGroups[group]..<runGroups[group + 1] {
        let run = runs[runIndex]
        var tile = ConvolutionTile(
          input: input + run.input + strip.firstInput, inputStep: run.inputStep,
          length: run.length, weights: weights + run.firstTap * strip.width,
          bias: UnsafePointer(packed.buffer.start + strip.bias),
          output: output + run.output + strip.firstChannel, outputStep: run.outputStep,
          pixels: run.pixels, channels: strip.channels)
        tile.outerCount = run.outerCount
        tile.outerInputStep = run.outerInputStep
        tile.outerWeightStep = tapsX * run.tapLength * strip.width
        tile.innerCount = run.innerCount
        tile.innerInputStep = run.innerInputStep
        tile.innerWeightStep = run.tapLength * strip.width
        if let residual {
          tile.residual = residual + run.residual + strip.firstChannel
          tile.residualStep = run.residualStep
        }
        tile.lower = clamp.lower
        tile.upper = clamp.upper
        strip.kernel.function(&tile)
        if let activation {
          let written = output + run.output + strip.firstChannel
          activation.apply(
            written, step: run.outputStep, to: written, outputStep: run.outputStep,
            rows: run.pixels, length: strip.channels)
        }
      }
    }
  }
}
