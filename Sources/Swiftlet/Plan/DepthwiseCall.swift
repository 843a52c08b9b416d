import KernelTemplates

/// A planned depthwise convolution: bands of output rows by groups of channels, each a task.
struct DepthwiseCall: Sendable {
  /// For each tap a weight a channel, and after them the biases.
  private let weights: FloatBuffer
  private let window: Window
  private let channels: Int
  private let images: Int
  private let inputHeight: Int, inputWidth: Int
  private let outputHeight: Int, outputWidth: Int
  private let clamp: (lower: Float, upper: Float)
  private let activation: ActivationCall?
  private let fast: (@Sendable (UnsafePointer<DepthwiseRow>) -> Void)?
  private let general: @Sendable (UnsafePointer<DepthwiseRow>) -> Void
  /// The taps that lie inside the input, for each output row.
  private let rowSpans: [AxisSpan]
  /// The output rows of an image in the order of computing: those that share input rows follow each other.
  private let lines: [Int]
  private let runs: [Run]
  /// The columns of taps that lie inside the input, counted from the first tap of a row, where a run is a
  /// whole row.
  private let columns: Range<Int>?
  /// Channels that pass over all rows of a task before the next ones do.
  private let chunk: Int
  private let bands: Int
  private let chunkGroups: Int

  /// The kernel's name in reports.
  let kernelName: String
  /// Multiply-adds.
  let macs: Int

  /// Output pixels of a row, `step` apart, that use the same taps.
  private struct Run {
    var first: Int, count: Int, step: Int
    var firstTap: Int, tapCount: Int
    /// Whether all taps of a row are used and the fast kernel applies.
    var isFast: Bool
  }

  /// Floats of input rows that stay in the first-level cache, and in the second-level cache, from one
  /// output row to the next.
  private static let nearFloats = 6 << 10, farFloats = 192 << 10
  /// Floats of images that stay in the second-level cache, or near enough to it for chunks to pay.
  private static let cachedImages = max(
    256 << 10, CPU.secondLevelCache / MemoryLayout<Float>.size)
  /// Channels of the smallest chunk: neighbouring cache lines travel together.
  private static let fewestChannels = 64

  /// The number of tasks.
  var tasks: Int { bands * chunkGroups }

  init(
    weights: FloatBuffer, window: Window, inputShape x: [Int], outputShape y: [Int],
    clamp: (lower: Float, upper: Float), activation: ActivationCall?, kernels: KernelSet
  ) throws(EngineError) {
    self.weights = weights
    self.window = window
    self.clamp = clamp
    self.activation = activation
    (images, inputHeight, inputWidth, channels) = (x[0], x[1], x[2], x[3])
    (outputHeight, outputWidth) = (y[1], y[2])
    let (taps, step) = (window.kernelWidth, window.strideX)
    let any = try kernels.depthwise("any-")
    general = any.function
    // With stride 1 the pixels that are a dilation apart have the columns of neighbours without one.
    if taps == window.kernelHeight, taps == 3 || taps == 5,
      step == 1 || (step == 2 && window.dilationX == 1)
    {
      let pick = try kernels.depthwise("\(taps)x\(taps)s\(step)-")
      fast = pick.function
      kernelName = pick.name
    } else {
      fast = nil
      kernelName = any.name
    }
    rowSpans = AxisSpan.spans(
      outputs: y[1], inputs: x[1], taps: window.kernelHeight, stride: window.strideY,
      dilation: window.dilationY, pad: window.padTop
    ).flatMap { span in [AxisSpan](repeating: span, count: span.count) }
    let spans = AxisSpan.spans(
      outputs: y[2], inputs: x[2], taps: taps, stride: step, dilation: window.dilationX,
      pad: window.padLeft)
    let phasesY = window.strideY == 1 ? min(window.dilationY, max(1, y[1])) : 1
    lines = (0..<phasesY).flatMap { Array(stride(from: $0, to: y[1], by: phasesY)) }
    let hasFast = fast != nil
    // Without a dilation the fast kernel takes whole rows, and leaves out the taps beyond their ends itself, as
    // long as no pixel's middle tap is among them.
    let isCentred =
      window.padLeft <= taps / 2 && (y[2] - 1) * step + taps / 2 < window.padLeft + x[2]
    columns =
      hasFast && window.dilationX == 1 && isCentred
      ? window.padLeft..<window.padLeft + x[2] : nil
    let whole = Run(
      first: 0, count: y[2], step: 1, firstTap: 0, tapCount: taps, isFast: true)
    runs =
      columns != nil
      ? [whole]
      : spans.flatMap { span -> [Run] in
        let isFast = hasFast && span.tapCount == taps
        let phases = isFast ? min(window.dilationX, span.count) : 1
        return (0..<phases).map { phase in
          Run(
            first: span.first + phase, count: (span.count - phase + phases - 1) / phases,
            step: phases == 1 ? 1 : window.dilationX, firstTap: span.firstTap,
            tapCount: span.tapCount, isFast: isFast && (phases > 1 || window.dilationX == 1))
        }
      }
    macs = StepBuilder.saturating(y.reduce(1, *), window.kernelHeight, taps)

    // Images beyond the cache are read in the order in which they lie.
    let isNear = StepBuilder.saturating(x.reduce(1, *) + y.reduce(1, *)) <= Self.cachedImages
    let rowPixels = StepBuilder.saturating(window.kernelHeight, x[2])
    let fitting =
      (isNear ? Self.nearFloats : Self.farFloats) / max(1, rowPixels) / kernels.lanes
      * kernels.lanes
    chunk = min(max(fitting, Self.fewestChannels), max(1, channels))
    let rows = images * y[1]
    let wanted = StepBuilder.tasks(operations: StepBuilder.saturating(macs, 4), atMost: 32)
    bands = max(1, min(rows, wanted))
    let chunks = (channels + chunk - 1) / max(1, chunk)
    chunkGroups = max(1, min(chunks, wanted / bands))
  }

  /// An input, from its first row on.
  struct Rows {
    let start: UnsafePointer<Float>
    /// Floats from a pixel to the next.
    let pixelStep: Int
  }

  /// Runs one task.
  ///
  /// - Parameters:
  ///   - target: The first output pixel.
  ///   - outputStep: Floats from an output pixel to the next.
  func run(
    _ task: Int, from source: Rows, to target: UnsafeMutablePointer<Float>, outputStep: Int
  ) {
    let rows = StepBuilder.share(task / chunkGroups, of: bands, count: images * outputHeight)
    let chunks = StepBuilder.share(
      task % chunkGroups, of: chunkGroups, count: (channels + chunk - 1) / max(1, chunk))
    run(rows, chunks, from: source, to: target, outputStep: outputStep)
  }

  /// Runs some output rows of all images together: input that they do not need may be missing.
  func run(
    rows: Range<Int>, from source: Rows, to target: UnsafeMutablePointer<Float>, outputStep: Int
  ) {
    run(
      rows, 0..<(channels + chunk - 1) / max(1, chunk), from: source, to: target,
      outputStep: outputStep)
  }

  private func run(
    _ rows: Range<Int>, _ chunks: Range<Int>, from source: Rows,
    to target: UnsafeMutablePointer<Float>, outputStep: Int
  ) {
    for index in chunks {
      let first = index * chunk
      let last = min(channels, first + chunk)
      for row in rows { runRow(row, first..<last, source, target, outputStep) }
    }
  }

  private func runRow(
    _ row: Int, _ range: Range<Int>, _ source: Rows, _ output: UnsafeMutablePointer<Float>,
    _ outputStep: Int
  ) {
    let image = row / outputHeight
    let line = lines[row % outputHeight]
    let spanY = rowSpans[line]
    let inputStep = source.pixelStep
    let base = source.start + range.lowerBound
    let weights = UnsafePointer(weights.start + range.lowerBound)
    let (tapsX, taps) = (window.kernelWidth, window.kernelHeight * window.kernelWidth)
    let firstY = line * window.strideY - window.padTop + spanY.firstTap * window.dilationY
    let target =
      output + (image * outputHeight + line) * outputWidth * outputStep + range.lowerBound
    for run in runs {
      let isEmpty = run.tapCount == 0 || spanY.tapCount == 0
      let firstX = run.first * window.strideX - window.padLeft + run.firstTap * window.dilationX
      let offset = ((image * inputHeight + firstY) * inputWidth + firstX) * inputStep
      var arguments = DepthwiseRow(
        input: isEmpty ? base : base + offset,
        inputStep: isEmpty ? 0 : run.step * window.strideX * inputStep,
        tapStepY: window.dilationY * inputWidth * inputStep,
        tapStepX: window.dilationX * inputStep, tapsY: isEmpty ? 0 : spanY.tapCount,
        tapsX: isEmpty ? 0 : run.tapCount,
        weights: weights + (spanY.firstTap * tapsX + run.firstTap) * channels,
        weightStepY: tapsX * channels, weightStepX: channels, bias: weights + taps * channels,
        output: target + run.first * outputStep, outputStep: run.step * outputStep,
        pixels: run.count, channels: range.count, lower: clamp.lower, upper: clamp.upper)
      if let columns {
        arguments.firstColumn = columns.lowerBound
        arguments.endColumn = columns.upperBound
      }
      if let fast, run.isFast, !isEmpty { fast(&arguments) } else { general(&arguments) }
    }
    activation?.apply(
      target, step: outputStep, to: target, outputStep: outputStep, rows: outputWidth,
      length: range.count)
  }
}
