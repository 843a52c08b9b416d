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
  /// Whether the residual is added after the clamp.
  private let addsLast: Bool
  private let activation: ActivationCall?
  /// What the runs read where that is not the input itself.
  private let im2col: Im2col?

  /// Bounds into `runs`, one more than there are groups.
  private let runGroups: [Int]
  /// The pixels of each group.
  private let groupPixels: [Int]
  private let stripGroups: Int
  /// True where a layer has more weights than inputs and outputs: tasks of the same strips then follow each other, so
  /// that a thread reads few weights. Otherwise tasks of the same pixels do, so that a thread finds its inputs where
  /// it wrote them.
  private let isByStrips: Bool

  /// The number of tasks.
  var tasks: Int { (runGroups.count - 1) * stripGroups }

  /// Floats that a task needs for itself.
  var scratch: Int { im2col?.count ?? 0 }

  /// The kernel of the widest strip, behind `im2col-` where it reads copies of its inputs.
  var kernelName: String { (im2col == nil ? "" : "im2col-") + packed.kernelName }

  /// Input bytes that a task should not exceed, so that they stay in the second-level cache while the
  /// strips pass.
  private static let inputBytes = 192 << 10

  /// Into how many parts to cut the pixels and the strips: enough tasks for every thread, inputs that
  /// stay in the cache, and weights read as rarely as that allows. No result depends on it.
  static func parts(
    pixels: Int, bytesPerPixel: Int, strips: Int, macs: Int, threads: Int
  ) -> (pixels: Int, strips: Int) {
    let wanted = threads == 1 ? 1 : StepBuilder.tasks(operations: macs, atMost: 16)
    let cached = (StepBuilder.saturating(pixels, bytesPerPixel) - 1) / inputBytes + 1
    let most = max(1, pixels / 24)
    let byPixels = min(most, max(cached, wanted))
    return (byPixels, max(1, min(strips, (wanted + byPixels - 1) / byPixels)))
  }

  /// Where to cut `pixels` into `parts` about equal parts, at multiples of a tile's height.
  static func cuts(pixels: Int, parts: Int) -> [Int] {
    let unit = pixels >= parts * 96 ? 24 : 8
    let inner = (1..<max(1, parts)).map { (pixels * $0 / parts + unit / 2) / unit * unit }
    return [0] + inner.filter { $0 < pixels } + [pixels]
  }

  init(
    packed: PackedWeights, tapsX: Int, runs: [ConvolutionRun], input: Source, output: Placement,
    residual: Source?, addsLast: Bool = false, clamp: (lower: Float, upper: Float),
    activation: ActivationCall?, macs: Int, bytesPerPixel: Int, threads: Int, im2col: Im2col? = nil
  ) {
    self.packed = packed
    self.tapsX = tapsX
    self.im2col = im2col
    let runs = im2col.map { [$0.run] } ?? runs
    self.runs = runs
    self.input = input
    self.output = output
    self.residual = residual
    self.clamp = clamp
    self.addsLast = addsLast
    self.activation = activation
    let pixels = runs.reduce(0) { $0 + $1.pixels }
    let parts = Self.parts(
      pixels: pixels, bytesPerPixel: bytesPerPixel, strips: packed.strips.count, macs: macs,
      threads: threads)
    var bounds = [0]
    var filled = 0
    for (index, run) in runs.enumerated() {
      filled += run.pixels
      // A group ends where the next run would take it further from its share than it is.
      let isLast = index == runs.count - 1
      if isLast
        || (2 * filled + runs[index + 1].pixels) * parts.pixels > 2 * pixels * bounds.count
      {
        bounds.append(index + 1)
      }
    }
    runGroups = bounds.count > 1 ? bounds : [0, 0]
    groupPixels = zip(runGroups, runGroups.dropFirst()).map { first, end in
      runs[first..<end].reduce(0) { $0 + $1.pixels }
    }
    // Every task copies all taps: no more tasks than threads, nor than the work pays for.
    stripGroups =
      im2col == nil
      ? parts.strips
      : min(packed.strips.count, threads, StepBuilder.tasks(operations: macs, atMost: 16))
    let outputs = packed.strips.reduce(0) { $0 + $1.channels }
    isByStrips =
      packed.buffer.count > StepBuilder.saturating(pixels, bytesPerPixel / 4 + outputs)
  }

  /// Runs one task.
  func run(
    _ task: Int, _ arena: UnsafeMutablePointer<Float>, _ scratch: UnsafeMutablePointer<Float>
  ) {
    let groups = runGroups.count - 1
    let group = isByStrips ? task % groups : task / stripGroups
    let strips = StepBuilder.share(
      isByStrips ? task / groups : task % stripGroups, of: stripGroups,
      count: packed.strips.count)
    var input = input.pointer(arena)
    if let im2col {
      im2col.copy(input, to: scratch)
      input = UnsafePointer(scratch)
    }
    let output = arena + output.offset
    let residual = residual?.pointer(arena)
    for index in strips {
      let strip = packed.strips[index]
      let weights = UnsafePointer(packed.buffer.start + strip.weights)
      // The same strips follow where other pixels of them are the next task.
      let isRepeated = isByStrips && group < groups - 1 && index == strips.upperBound - 1
      var ahead = packed.ahead(of: isRepeated ? nil : index, pixels: groupPixels[group])
      for index in runGroups[group]..<runGroups[group + 1] {
        let run = runs[index]
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
        if addsLast {
          tile.innerLower = clamp.lower
          tile.innerUpper = clamp.upper
        } else {
          tile.lower = clamp.lower
          tile.upper = clamp.upper
        }
        strip.run(&tile, activation: activation, ahead: &ahead)
      }
    }
  }
}

extension PackedWeights.Strip {
  /// Pixels whose outputs stay in the first-level cache until the activation has been applied.
  private static let activatedPixels = 48

  /// Runs a tile, and fetches its share of what is read next.
  func run(
    _ tile: inout ConvolutionTile, activation: ActivationCall?, ahead: inout WeightsAhead
  ) {
    if let activation {
      runActivated(&tile, activation, &ahead)
    } else {
      ahead.share(with: &tile)
      kernel(&tile)
    }
  }

  /// Runs a tile part by part, each followed by the activation.
  private func runActivated(
    _ tile: inout ConvolutionTile, _ activation: ActivationCall, _ ahead: inout WeightsAhead
  ) {
    var rest = tile.pixels
    while rest > 0 {
      // No part is so short that the kernel leaves its widest tile.
      tile.pixels = rest < 2 * Self.activatedPixels ? rest : Self.activatedPixels
      ahead.share(with: &tile)
      kernel(&tile)
      activation.apply(
        tile.output, step: tile.outputStep, to: tile.output, outputStep: tile.outputStep,
        rows: tile.pixels, length: tile.channels)
      rest -= tile.pixels
      tile.input += tile.pixels * tile.inputStep
      tile.output += tile.pixels * tile.outputStep
      if let residual = tile.residual { tile.residual = residual + tile.pixels * tile.residualStep }
    }
  }
}

extension PackedWeights {
  /// Rows of inputs times the weights, of one tap and one group: all strips, one after the other.
  func multiply(
    _ input: UnsafePointer<Float>, step: Int, to output: UnsafeMutablePointer<Float>,
    outputStep: Int, pixels: Int, residual: UnsafePointer<Float>?, residualStep: Int,
    clamp: (lower: Float, upper: Float), addsLast: Bool, activation: ActivationCall?
  ) {
    for (index, strip) in strips.enumerated() {
      var ahead = ahead(of: index, pixels: pixels)
      var tile = ConvolutionTile(
        input: input, inputStep: step, length: (strip.bias - strip.weights) / strip.width,
        weights: UnsafePointer(buffer.start + strip.weights),
        bias: UnsafePointer(buffer.start + strip.bias), output: output + strip.firstChannel,
        outputStep: outputStep, pixels: pixels, channels: strip.channels)
      if let residual {
        tile.residual = residual + strip.firstChannel
        tile.residualStep = residualStep
      }
      if addsLast {
        (tile.innerLower, tile.innerUpper) = clamp
      } else {
        (tile.lower, tile.upper) = clamp
      }
      strip.run(&tile, activation: activation, ahead: &ahead)
    }
  }
}
