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
    let start = buffer.start
    let source = UnsafePointer(weights.start)
    for strip in strips {
      // All channels of an input follow each other, so that each cache line is written at once.
      for c in 0..<inputs {
        for first in stride(from: 0, to: strip.channels, by: 4) {
          Self.transform(
            points, source + (strip.firstChannel + first) * 9 * inputs + c, step: inputs,
            channels: min(4, strip.channels - first),
            to: start + strip.weights + c * strip.width + first,
            planeStep: inputs * strip.width)
        }
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

  /// G g G^T for up to four output channels, 9 * step floats apart, whose taps are `step` floats apart.
  private static func transform(
    _ points: WinogradPoints, _ source: UnsafePointer<Float>, step: Int, channels: Int,
    to target: UnsafeMutablePointer<Float>, planeStep: Int
  ) {
    // Beyond the last channel the last is computed again and not written.
    let step9 = 9 * step
    let a = source
    let b = source + min(1, channels - 1) * step9
    let c = source + min(2, channels - 1) * step9
    let d = source + min(3, channels - 1) * step9
    func tap(_ index: Int) -> SIMD4<Double> {
      let i = index * step
      return SIMD4(Double(a[i]), Double(b[i]), Double(c[i]), Double(d[i]))
    }
    let g = (
      (tap(0), tap(1), tap(2)), (tap(3), tap(4), tap(5)), (tap(6), tap(7), tap(8))
    )
    let n = points.inputs
    points.matrix.withUnsafeBufferPointer { matrix in
      for i in 0..<n {
        let row = matrix[i]
        let left = g.0.0 * row.x + g.1.0 * row.y + g.2.0 * row.z
        let middle = g.0.1 * row.x + g.1.1 * row.y + g.2.1 * row.z
        let right = g.0.2 * row.x + g.1.2 * row.y + g.2.2 * row.z
        for j in 0..<n {
          let column = matrix[j]
          let value = left * column.x + middle * column.y + right * column.z
          let place = target + (i * n + j) * planeStep
          place[0] = Float(value.x)
          if channels > 1 { place[1] = Float(value.y) }
          if channels > 2 { place[2] = Float(value.z) }
          if channels > 3 { place[3] = Float(value.w) }
        }
      }
    }
  }
}
