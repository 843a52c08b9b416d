/// A convolution as the planner sees it: where inputs and outputs lie, and which taps join them.
/// Steps are in floats.
struct ConvolutionGrid {
  /// Input extents, and the steps from a row and from a pixel to the next.
  var inputHeight: Int, inputWidth: Int, inputRowStep: Int, inputStep: Int
  /// Output extents, and the steps from a row and from a pixel to the next.
  var outputHeight: Int, outputWidth: Int, outputRowStep: Int, outputStep: Int
  /// The steps of the residual, which has the output's extents.
  var residualRowStep = 0
  /// The steps of the residual, which has the output's extents.
  var residualStep = 0
  /// Taps.
  var tapsY: Int, tapsX: Int
  /// From an output's first tap to the next output's.
  var strideY: Int, strideX: Int
  /// From a tap to the next.
  var dilationY: Int, dilationX: Int
  /// Outputs before which the first tap lies outside; negative where it starts inside.
  var padY: Int, padX: Int
  /// Channels that a tap holds.
  var tapLength: Int

  /// The runs that cover the outputs, rows first, each cut to at most `longest` pixels.
  func runs(longest: Int) -> [ConvolutionRun] {
    let spansY = AxisSpan.spans(
      outputs: outputHeight, inputs: inputHeight, taps: tapsY, stride: strideY,
      dilation: dilationY, pad: padY)
    let spansX = AxisSpan.spans(
      outputs: outputWidth, inputs: inputWidth, taps: tapsX, stride: strideX,
      dilation: dilationX, pad: padX)
    let wide = spansX.filter { $0.count >= 4 || $0.count * 2 > outputHeight }
    let narrow = spansX.filter { !($0.count >= 4 || $0.count * 2 > outputHeight) }
    var runs: [ConvolutionRun] = []
    for y in spansY {
      for row in y.first..<y.first + y.count {
        for x in wide {
          for start in stride(from: x.first, to: x.first + x.count, by: longest) {
            let pixels = min(longest, x.first + x.count - start)
            runs.append(
              run(row: row, column: start, spanY: y, spanX: x, pixels: pixels, vertical: false))
          }
        }
      }
    }
    for x in narrow {
      for column in x.first..<x.first + x.count {
        for y in spansY {
          for start in stride(from: y.first, to: y.first + y.count, by: longest) {
            let pixels = min(longest, y.first + y.count - start)
            runs.append(
              run(row: start, column: column, spanY: y, spanX: x, pixels: pixels, vertical: true))
          }
        }
      }
    }
    return runs
  }

  private func run(
    row: Int, column: Int, spanY: AxisSpan, spanX: AxisSpan, pixels: Int, vertical: Bool
  ) -> ConvolutionRun {
    let taps = spanY.tapCount > 0 && spanX.tapCount > 0
    let inputY = row * strideY - padY + spanY.firstTap * dilationY
    let inputX = column * strideX - padX + spanX.firstTap * dilationX
    let joined = dilationX == 1 && inputStep == tapLength
    return ConvolutionRun(
      input: taps ? inputY * inputRowStep + inputX * inputStep : 0,
      inputStep: taps ? (vertical ? strideY * inputRowStep : strideX * inputStep) : 0,
      output: row * outputRowStep + column * outputStep,
      outputStep: vertical ? outputRowStep : outputStep,
      residual: row * residualRowStep + column * residualStep,
      residualStep: vertical ? residualRowStep : residualStep,
      firstTap: (spanY.firstTap * tapsX + spanX.firstTap) * tapLength,
      outerCount: taps ? spanY.tapCount : 0, outerInputStep: dilationY * inputRowStep,
      innerCount: joined ? 1 : spanX.tapCount, innerInputStep: dilationX * inputStep,
      length: joined ? spanX.tapCount * tapLength : tapLength, tapLength: tapLength,
      pixels: pixels)
  }
}

/// Neighbouring output pixels, in a row or a column, that use the same taps. Offsets and steps in floats.
struct ConvolutionRun {
  /// The first tap of the first pixel, and the step to the next pixel's.
  var input: Int, inputStep: Int
  /// The first output pixel, and the step to the next.
  var output: Int, outputStep: Int
  /// The first residual pixel, and the step to the next.
  var residual: Int, residualStep: Int
  /// The first tap, in floats of one output channel's weights.
  var firstTap: Int
  /// Rows of taps.
  var outerCount: Int, outerInputStep: Int
  /// Runs within a row of taps.
  var innerCount: Int, innerInputStep: Int
  /// Floats in a run, and in a tap.
  var length: Int, tapLength: Int
  /// Output pixels.
  var pixels: Int

  /// Floats of taps that the run multiplies with, of all its pixels.
  var taps: Int { StepBuilder.saturating(pixels, outerCount, innerCount, length) }

  /// The pixels of `range` alone.
  func part(_ range: Range<Int>) -> ConvolutionRun {
    var part = self
    part.input += range.lowerBound * inputStep
    part.output += range.lowerBound * outputStep
    part.residual += range.lowerBound * residualStep
    part.pixels = range.count
    return part
  }
}
