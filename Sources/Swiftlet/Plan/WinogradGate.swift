import KernelTemplates

/// Whether a layer may be computed by Winograd's method: a tile of pseudo-random inputs through the very
/// kernels, against the sums in double precision.
enum WinogradGate {
  /// The largest error admitted, as a share of the sum of the products' magnitudes: direct convolution
  /// has about 5e-8, F(4x4) 1e-7, F(6x6) 2e-7 to 1e-6.
  static let tolerance = 3e-7

  /// Whether the probe stays within the tolerance for some of the output channels.
  ///
  /// - Parameter weights: [outputs, 3, 3, inputs].
  /// - Throws: `EngineError` with code `outOfMemory`.
  static func admits(
    _ points: WinogradPoints, weights: [Float], outputs: Int, inputs: Int, kernels: KernelSet
  ) throws(EngineError) -> Bool {
    let channels = (0..<min(outputs, 4)).map { $0 * outputs / min(outputs, 4) }
    let length = 9 * inputs
    let probe = channels.flatMap { weights[$0 * length..<($0 + 1) * length] }
    let packed = try WinogradWeights(
      points, weights: probe, bias: [], outputs: channels.count, inputs: inputs, kernels: kernels)
    return try error(packed, probe, kernels: kernels) <= tolerance
  }

  /// The largest error of the probe, as a share of the sum of the products' magnitudes.
  ///
  /// - Parameters:
  ///   - weights: The transformed weights, without a bias.
  ///   - source: The weights, [outputs, 3, 3, inputs].
  /// - Throws: `EngineError` with code `outOfMemory`.
  static func error(
    _ weights: WinogradWeights, _ source: [Float], kernels: KernelSet
  ) throws(EngineError) -> Double {
    let m = weights.points.outputs
    let n = weights.points.inputs
    let outputs = weights.bias.count
    let grid = WinogradGrid(
      tile: m, images: 1, outputs: (m, m), inputs: (n, n), window: Window(kernel: (3, 3)))
    let inputCount = n * n * weights.inputs
    let memory = try FloatBuffer(count: inputCount + m * m * outputs)
    var state: UInt64 = 1
    for i in 0..<inputCount {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      memory.start[i] = Float(state >> 40) * 0x1p-24
    }
    let call = try WinogradCall(
      weights: weights, grid: grid,
      geometry: WinogradCall.Geometry(
        inputHeight: n, inputWidth: n, outputHeight: m, outputWidth: m),
      input: Source(
        placement: Placement(
          offset: 0, step: weights.inputs, rows: n * n, columns: weights.inputs), constant: nil),
      output: Placement(offset: inputCount, step: outputs, rows: m * m, columns: outputs),
      residual: nil, clamp: (-.infinity, .infinity), activation: nil, kernels: kernels)
    let scratch = try FloatBuffer(count: call.scratch)
    for task in 0..<call.tasks { call.run(task, memory.start, scratch.start) }

    var worst = 0.0
    for channel in 0..<outputs {
      for pixel in [0, m - 1, m * m / 2, m * m - 1] {
        var sum = 0.0
        var magnitude = 0.0
        for tap in 0..<9 {
          let from = ((pixel / m + tap / 3) * n + pixel % m + tap % 3) * weights.inputs
          for c in 0..<weights.inputs {
            let product =
              Double(memory.start[from + c])
              * Double(source[(channel * 9 + tap) * weights.inputs + c])
            sum += product
            magnitude += product.magnitude
          }
        }
        let error = (Double(memory.start[inputCount + pixel * outputs + channel]) - sum).magnitude
        // Written so that NaN counts as worst.
        if !(error <= worst * magnitude) { worst = magnitude > 0 ? error / magnitude : .infinity }
      }
    }
    return worst
  }
}
