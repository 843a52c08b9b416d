import KernelTemplates

/// The transformed weights of a Winograd convolution in the order in which the convolution kernels read
/// them: for each strip of output channels, for each of the n * n planes, a matrix [inputs, strip width].
struct WinogradWeights: Sendable {
  /// The points of the transform.
  let points: WinogradPoints
  /// Input and output channels.
  let inputs: Int, outputs: Int
  /// The strips; their biases are zeros, which the planes' products start from.
  let strips: [PackedWeights.Strip]
  /// Weights and zeros.
  let buffer: FloatBuffer

  /// Transforms `weights`, of shape [outputs, 3, 3, inputs], in double precision, rounded once.
  ///
  /// - Throws: `EngineError` with code `outOfMemory`.
  init(
    _ points: WinogradPoints, weights: FloatBuffer, outputs: Int, inputs: Int, kernels: KernelSet,
    memory: WeightsMemory
  ) throws(EngineError) {
    self.points = points
    self.inputs = inputs
    self.outputs = outputs
    let planes = points.inputs * points.inputs
    var strips: [PackedWeights.Strip] = []
    var channel = 0
    var count = 64
    for registers in PackedWeights.widths(
      registers: (outputs + kernels.lanes - 1) / kernels.lanes)
    {
      let width = registers * kernels.lanes
      let channels = min(width, outputs - channel)
      strips.append(
        PackedWeights.Strip(
          kernel: try kernels.convolution(registers: registers).function, width: width,
          firstChannel: channel, channels: channels, copyStep: nil, firstInput: 0, weights: count,
          bias: 0))
      count += planes * inputs * width
      channel += channels
    }
    self.strips = strips
    buffer = try memory.zeros(count: count)
    let transform = try kernels.winogradFilters(inputs: points.inputs).function
    // A strip's filters as direct convolution reads them: all channels of a tap and an input side by side.
    let widest = strips.reduce(0) { max($0, $1.width) }
    let direct = try FloatBuffer(count: 9 * inputs * widest)
    points.matrix.withUnsafeBufferPointer { matrix in
      guard let matrix = matrix.baseAddress else { return }
      for strip in strips {
        if strip.channels < strip.width {
          direct.start.update(repeating: 0, count: 9 * inputs * strip.width)
        }
        transpose(
          UnsafePointer(weights.start) + strip.firstChannel * 9 * inputs, rows: strip.channels,
          columns: 9 * inputs, to: direct.start, step: strip.width)
        let count = inputs * strip.width
        var filters = WinogradFilters(
          filters: UnsafePointer(direct.start), tapStep: count,
          output: buffer.start + strip.weights, planeStep: count, count: count, matrix: matrix)
        transform(&filters)
      }
    }
  }

  /// The weights of a strip in a plane, to be fetched while `pixels` pixels are computed; none behind the last plane.
  func ahead(strip index: Int, plane: Int, pixels: Int) -> WeightsAhead {
    let strip = strips[index]
    let count = inputs * strip.width
    return WeightsAhead(
      UnsafePointer(buffer.start + strip.weights + plane * count),
      count: plane < points.inputs * points.inputs ? count : 0, pixels: pixels)
  }
}
