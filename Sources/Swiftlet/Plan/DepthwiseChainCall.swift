import KernelTemplates

/// A planned chain of convolutions around a depthwise one: bands of output rows, each a task, a few rows at
/// a time.
struct DepthwiseChainCall: Sendable {
  /// A 1x1 convolution.
  struct Pointwise: Sendable {
    let packed: PackedWeights
    let clamp: (lower: Float, upper: Float)
    let activation: ActivationCall?
    /// Whether the residual is added after the clamp.
    let addsLast: Bool
  }

  /// Floats of rows between the convolutions that stay in the second-level cache beside the weights.
  private static let cachedFloats = 96 << 10
  /// Output rows of two tasks at least, so that few expanded rows are computed for both.
  private static let pairRows = 24

  private let expansion: Pointwise?
  private let depthwise: DepthwiseCall
  private let projection: Pointwise?
  private let input: Source
  private let inputHeight: Int, inputWidth: Int
  private let output: Placement
  private let outputHeight: Int, outputWidth: Int
  private let residual: Source?
  private let channels: Int
  private let window: Window
  /// Output rows at a time, and the expanded rows that they need at most.
  private let group: Int
  private let expandedRows: Int

  /// The number of tasks, which depends on shapes alone.
  let tasks: Int
  /// Floats that a task needs.
  let scratch: Int

  init(
    expansion: Pointwise?, depthwise: DepthwiseCall, projection: Pointwise?, input: Source,
    inputShape x: [Int], output: Placement, outputShape y: [Int], residual: Source?, channels: Int,
    window: Window
  ) {
    self.expansion = expansion
    self.depthwise = depthwise
    self.projection = projection
    self.input = input
    self.output = output
    self.residual = residual
    self.channels = channels
    self.window = window
    (inputHeight, inputWidth, outputHeight, outputWidth) = (x[1], x[2], y[1], y[2])
    let expandedRow = expansion == nil ? 0 : inputWidth * channels
    let resultRow = projection == nil ? 0 : outputWidth * channels
    let fixed = (window.kernelHeight - window.strideY) * expandedRow
    let perRow = window.strideY * expandedRow + resultRow
    group = max(1, min(8, outputHeight, (Self.cachedFloats - fixed) / max(1, perRow)))
    expandedRows = min(inputHeight, (group - 1) * window.strideY + window.kernelHeight)
    // An even number, which two threads share.
    tasks = outputHeight < 2 ? 1 : 2 * max(1, min(8, outputHeight / Self.pairRows))
    scratch = expandedRows * expandedRow + group * resultRow
  }

  /// Runs one task.
  func run(
    _ task: Int, _ arena: UnsafeMutablePointer<Float>, _ scratch: UnsafeMutablePointer<Float>
  ) {
    let rows = StepBuilder.share(task, of: tasks, count: outputHeight)
    let expanded = ExpandedRows(start: scratch, length: inputWidth * channels)
    let results = scratch + (expansion == nil ? 0 : expandedRows * expanded.length)
    var known = 0..<0
    for first in stride(from: rows.lowerBound, to: rows.upperBound, by: group) {
      let lines = first..<min(first + group, rows.upperBound)
      if let expansion {
        let needed = inputRows(of: lines)
        known = expanded.keep(known, for: needed)
        expand(expansion, known.upperBound..<needed.upperBound, arena, expanded.end(of: known))
        known = needed
      }
      let source = DepthwiseCall.Rows(
        start: expansion == nil
          ? input.pointer(arena)
          : UnsafePointer(expanded.start) - known.lowerBound * expanded.length,
        pixelStep: expansion == nil ? input.placement.step : channels)
      let target =
        projection == nil ? arena + output.offset : results - first * outputWidth * channels
      depthwise.run(
        rows: lines, from: source, to: target,
        outputStep: projection == nil ? output.step : channels)
      if let projection { project(projection, lines, arena, results) }
    }
  }

  /// The input rows under the taps of some output rows.
  private func inputRows(of lines: Range<Int>) -> Range<Int> {
    let first = max(0, min(inputHeight, lines.lowerBound * window.strideY - window.padTop))
    let end =
      (lines.upperBound - 1) * window.strideY - window.padTop + window.kernelHeight
    return first..<max(first, min(inputHeight, end))
  }

  private func expand(
    _ call: Pointwise, _ rows: Range<Int>, _ arena: UnsafeMutablePointer<Float>,
    _ target: UnsafeMutablePointer<Float>
  ) {
    guard !rows.isEmpty else { return }
    call.packed.multiply(
      input.pointer(arena) + rows.lowerBound * inputWidth * input.placement.step,
      step: input.placement.step, to: target, outputStep: channels,
      pixels: rows.count * inputWidth, residual: nil, residualStep: 0, clamp: call.clamp,
      addsLast: call.addsLast, activation: call.activation)
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

/// Expanded rows that follow each other in a thread's scratch.
private struct ExpandedRows {
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
