import KernelTemplates

/// A planned chain around a depthwise convolution: bands of output rows, each a task, a few rows at a time.
struct DepthwiseChainCall: Sendable {
  /// A 1x1 convolution.
  struct Pointwise: Sendable {
    let packed: PackedWeights
    let clamp: (lower: Float, upper: Float)
    let activation: ActivationCall?
    /// Whether the residual is added after the clamp.
    let addsLast: Bool
  }

  /// What gives some channels of the depthwise convolution's input.
  struct Part: Sendable {
    /// How rows are computed.
    enum Work: Sendable {
      case pointwise(Pointwise)
      case bilinear(BilinearCall)
    }
    let input: Source
    let firstChannel: Int
    let work: Work
  }

  /// Floats of computed and filtered rows that stay in the second-level cache beside the weights.
  private static let cachedFloats = 128 << 10
  /// Pixels that are projected at a time: enough to use each weight often, few enough to stay near.
  private static let projectedPixels = 160
  /// Output rows of two tasks at least, so that few input rows are computed for both.
  private static let pairRows = 24

  private let parts: [Part]
  private let depthwise: DepthwiseCall
  private let projection: Pointwise?
  /// The depthwise convolution's input where no part gives it.
  private let input: Source?
  private let inputHeight: Int, inputWidth: Int
  private let output: Placement
  private let outputHeight: Int, outputWidth: Int
  private let residual: Source?
  private let channels: Int
  private let window: Window
  /// Output rows at a time, and the input rows that they need at most.
  private let group: Int
  private let computedRows: Int
  /// Output rows of the depthwise convolution that are projected at a time.
  private let projectedRows: Int

  /// The number of tasks, on which no result depends.
  let tasks: Int
  /// Floats that a task needs.
  let scratch: Int

  /// - Parameters:
  ///   - input: The depthwise convolution's input; nil where `parts` give it.
  ///   - inputShape: Its shape.
  ///   - threads: The most threads that run it.
  init(
    parts: [Part], depthwise: DepthwiseCall, projection: Pointwise?, input: Source?,
    inputShape x: [Int], output: Placement, outputShape y: [Int], residual: Source?, window: Window,
    threads: Int
  ) {
    self.parts = parts
    self.depthwise = depthwise
    self.projection = projection
    self.input = input
    self.output = output
    self.residual = residual
    self.window = window
    (inputHeight, inputWidth, channels) = (x[1], x[2], x[3])
    (outputHeight, outputWidth) = (y[1], y[2])
    let computedRow = input == nil ? inputWidth * channels : 0
    let resultRow = projection == nil ? 0 : outputWidth * channels
    // A row at least, as many as are projected well, and no more than leave room for the input's.
    let fewest = window.kernelHeight * computedRow
    let wanted = Self.projectedPixels / max(1, outputWidth)
    let most = max(
      1, min(wanted, (Self.cachedFloats - fewest) / max(1, resultRow), outputHeight))
    let fixed = (window.kernelHeight - window.strideY) * computedRow + most * resultRow
    let fitting = (Self.cachedFloats - fixed) / max(1, window.strideY * computedRow)
    group = max(1, min(8, outputHeight, fitting))
    projectedRows = min(most, group)
    computedRows = min(inputHeight, (group - 1) * window.strideY + window.kernelHeight)
    // An even number, which two threads share. One thread computes no row twice.
    tasks =
      outputHeight < 2 || threads == 1 ? 1 : 2 * max(1, min(8, outputHeight / Self.pairRows))
    scratch = computedRows * computedRow + projectedRows * resultRow
  }

  /// Runs one task.
  func run(
    _ task: Int, _ arena: UnsafeMutablePointer<Float>, _ scratch: UnsafeMutablePointer<Float>
  ) {
    let rows = StepBuilder.share(task, of: tasks, count: outputHeight)
    let computed = ComputedRows(start: scratch, length: inputWidth * channels)
    let results = scratch + (input == nil ? computedRows * computed.length : 0)
    var known = 0..<0
    for first in stride(from: rows.lowerBound, to: rows.upperBound, by: group) {
      let lines = first..<min(first + group, rows.upperBound)
      let source: DepthwiseCall.Rows
      if let input {
        source = .init(start: input.pointer(arena), pixelStep: input.placement.step)
      } else {
        let needed = inputRows(of: lines)
        known = computed.keep(known, for: needed)
        compute(known.upperBound..<needed.upperBound, arena, computed.end(of: known))
        known = needed
        source = .init(
          start: UnsafePointer(computed.start) - known.lowerBound * computed.length,
          pixelStep: channels)
      }
      guard let projection else {
        depthwise.run(
          rows: lines, from: source, to: arena + output.offset, outputStep: output.step)
        continue
      }
      for first in stride(from: lines.lowerBound, to: lines.upperBound, by: projectedRows) {
        let lines = first..<min(first + projectedRows, lines.upperBound)
        depthwise.run(
          rows: lines, from: source, to: results - first * outputWidth * channels,
          outputStep: channels)
        project(projection, lines, arena, results)
      }
    }
  }

  /// The input rows under the taps of some output rows.
  private func inputRows(of lines: Range<Int>) -> Range<Int> {
    let first = max(0, min(inputHeight, lines.lowerBound * window.strideY - window.padTop))
    let end =
      (lines.upperBound - 1) * window.strideY - window.padTop + window.kernelHeight
    return first..<max(first, min(inputHeight, end))
  }

  /// Has every part write its channels of some input rows.
  private func compute(
    _ rows: Range<Int>, _ arena: UnsafeMutablePointer<Float>,
    _ target: UnsafeMutablePointer<Float>
  ) {
    guard !rows.isEmpty else { return }
    for part in parts {
      let target = target + part.firstChannel
      let (from, step) = (part.input.pointer(arena), part.input.placement.step)
      switch part.work {
      case .pointwise(let call):
        call.packed.multiply(
          from + rows.lowerBound * inputWidth * step, step: step, to: target,
          outputStep: channels, pixels: rows.count * inputWidth, residual: nil, residualStep: 0,
          clamp: call.clamp, addsLast: call.addsLast, activation: call.activation)
      case .bilinear(let call):
        for row in rows {
          call.run(
            row, from: from, to: target + (row - rows.lowerBound) * inputWidth * channels,
            outputStep: channels, isFar: false)
        }
      }
    }
  }

  private func project(
    _ call: Pointwise, _ lines: Range<Int>, _ arena: UnsafeMutablePointer<Float>,
    _ results: UnsafeMutablePointer<Float>
  ) {
    let first = lines.lowerBound * outputWidth
    call.packed.multiply(
      results, step: channels, to: arena + output.offset + first * output.step,
      outputStep: output.step, pixels: lines.count * outputWidth,
      residual: residual.map { $0.pointer(arena) + first * $0.placement.step },
      residualStep: residual?.placement.step ?? 0, clamp: call.clamp, addsLast: call.addsLast,
      activation: call.activation)
  }
}

/// Computed rows that follow each other in a thread's scratch.
private struct ComputedRows {
  let start: UnsafeMutablePointer<Float>
  /// Floats in a row.
  let length: Int

  /// Moves those of the rows in `known` that are needed again to the front, and gives the known rows from
  /// the first that is needed on.
  func keep(_ known: Range<Int>, for needed: Range<Int>) -> Range<Int> {
    guard known.contains(needed.lowerBound) else {
      return needed.lowerBound..<needed.lowerBound
    }
    let kept = needed.lowerBound..<known.upperBound
    if kept.lowerBound > known.lowerBound {
      start.update(
        from: start + (kept.lowerBound - known.lowerBound) * length, count: kept.count * length)
    }
    return kept
  }

  /// Where the row behind those known goes.
  func end(of known: Range<Int>) -> UnsafeMutablePointer<Float> { start + known.count * length }
}
