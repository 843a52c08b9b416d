import KernelTemplates

/// A planned bilinear resize, row by row.
struct BilinearCall: Sendable {
  /// The kernel and its name.
  let kernel: KernelSet.Pick<BilinearRow>

  private let axisY: ResizeSampling
  /// For each output pixel of a row the offsets of its left and right source pixels, and the weight of the
  /// right one.
  private let left: [Int32], right: [Int32], weight: [Float]
  private let inputHeight: Int, outputHeight: Int
  /// Floats from an input row to the next.
  private let rowStep: Int
  private let channels: Int

  /// Floats that are written while a line comes.
  private static let floatsAhead = 1024

  init(
    _ resize: Resize, inputShape x: [Int], inputStep: Int, outputShape y: [Int],
    kernel: KernelSet.Pick<BilinearRow>
  ) {
    self.kernel = kernel
    axisY = ResizeSampling.linear(
      inputs: x[1], outputs: y[1], scale: resize.scaleY, mode: resize.coordinates)
    let axisX = ResizeSampling.linear(
      inputs: x[2], outputs: y[2], scale: resize.scaleX, mode: resize.coordinates)
    left = axisX.low.map { Int32($0 * inputStep) }
    right = axisX.high.map { Int32($0 * inputStep) }
    weight = axisX.weight
    (inputHeight, outputHeight, channels) = (x[1], y[1], x[3])
    rowStep = x[2] * inputStep
  }

  /// Computes a row of all images together.
  ///
  /// - Parameters:
  ///   - input: The first float of the input.
  ///   - output: The row's first pixel.
  ///   - outputStep: Floats from an output pixel to the next.
  ///   - isFar: Whether the output is likely in no cache.
  func run(
    _ row: Int, from input: UnsafePointer<Float>, to output: UnsafeMutablePointer<Float>,
    outputStep: Int, isFar: Bool
  ) {
    let image = input + (row / outputHeight) * inputHeight * rowStep
    let line = row % outputHeight
    left.withUnsafeBufferPointer { left in
      right.withUnsafeBufferPointer { right in
        weight.withUnsafeBufferPointer { weight in
          guard let first = left.baseAddress, let right = right.baseAddress,
            let weight = weight.baseAddress
          else { return }
          var arguments = BilinearRow(
            top: image + axisY.low[line] * rowStep, bottom: image + axisY.high[line] * rowStep,
            weightY: axisY.weight[line], left: first, right: right, weightX: weight,
            output: output, outputStep: outputStep, pixels: left.count, channels: channels)
          if isFar {
            arguments.ahead = (Self.floatsAhead + channels - 1) / channels * outputStep
          }
          kernel.function(&arguments)
        }
      }
    }
  }
}
