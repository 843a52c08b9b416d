import KernelTemplates

/// Whether a layer may be computed by Winograd's method: a tile of pseudo-random inputs through the very
/// kernels, against the sums in double precision.
enum WinogradGate {
  /// The largest error admitted, as a share of the sum of the products' magnitudes. Direct convolution
  /// has about 5e-8; F(4x4) has 1e-7 for most filters and up to 5e-7 for those of few channels.
  static let tolerance = 3e-6

  /// A sum of magnitudes below which a float holds too few digits for a share to mean anything:
  /// the smallest normal float over its rounding unit.
  private static let smallest = Double(Float.leastNormalMagnitude) / Double(Float.ulpOfOne)

  /// A sum of magnitudes above which the transforms have no room left below the largest float.
  private static let largest = Double(Float.greatestFiniteMagnitude) * 0x1p-20

  /// Whether every output channel stays within the tolerance on the tile.
  ///
  /// - Parameters:
  ///   - weights: The transformed weights.
  ///   - source: The weights, [outputs, 3, 3, inputs].
  /// - Throws: `EngineError` with code `outOfMemory`.
  static func admits(
    _ weights: WinogradWeights, _ source: FloatBuffer, kernels: KernelSet
  ) throws(EngineError) -> Bool {
    try error(weights, source, kernels: kernels) <= tolerance
  }

  /// The largest error of any output channel on the tile's diagonals, which meet every row and column
  /// twice, as a share of the sum of the products' magnitudes. Infinite
  /// where a result is not finite or close to it.
  ///
  /// - Throws: `EngineError` with code `outOfMemory`.
  private static func error(
    _ weights: WinogradWeights, _ source: FloatBuffer, kernels: KernelSet
  ) throws(EngineError) -> Double {
    let m = weights.points.outputs
    let n = weights.points.inputs
    let outputs = weights.outputs
    let inputCount = n * n * weights.inputs
    let memory = try FloatBuffer(count: inputCount + m * m * outputs)
    var state: UInt64 = 1
    for i in 0..<inputCount {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      memory.start[i] = Float(state >> 40) * 0x1p-24
    }
    try run(weights, memory, kernels: kernels)

    // The diagonals hold 2m pixels, as many as the kernel sums.
    let pixels = (0..<m).map { $0 * (m + 1) } + (0..<m).map { ($0 + 1) * (m - 1) }
    precondition(pixels.count == ReferenceSums.width)
    let referenceSums = try kernels.referenceSums().function
    let values = values(under: pixels, memory.start, weights)
    var sums = [Double](repeating: 0, count: 2 * pixels.count * outputs)
    values.withUnsafeBufferPointer { values in
      sums.withUnsafeMutableBufferPointer { sums in
        guard let values = values.baseAddress, let sums = sums.baseAddress else { return }
        var arguments = ReferenceSums(
          values: values, weights: UnsafePointer(source.start), filters: outputs,
          count: 9 * weights.inputs, sums: sums)
        referenceSums(&arguments)
      }
    }
    var worst = 0.0
    for channel in 0..<outputs {
      for (index, pixel) in pixels.enumerated() {
        let place = 2 * pixels.count * channel + index
        let (sum, magnitude) = (sums[place], sums[place + pixels.count])
        let result = memory.start[inputCount + pixel * outputs + channel]
        let share = (Double(result) - sum).magnitude / max(magnitude, smallest)
        guard share.isFinite, magnitude < largest else { return .infinity }
        worst = max(worst, share)
      }
    }
    return worst
  }

  /// Computes the m x m outputs of one tile: `memory` holds its inputs and after them its outputs.
  private static func run(
    _ weights: WinogradWeights, _ memory: FloatBuffer, kernels: KernelSet
  ) throws(EngineError) {
    let m = weights.points.outputs
    let n = weights.points.inputs
    let call = try WinogradCall(
      weights: weights, bias: try FloatBuffer(count: weights.outputs),
      grid: WinogradGrid(
        tile: m, images: 1, outputs: (m, m), inputs: (n, n), window: Window(kernel: (3, 3))),
      geometry: WinogradCall.Geometry(
        inputHeight: n, inputWidth: n, outputHeight: m, outputWidth: m),
      input: Source(
        placement: Placement(
          offset: 0, step: weights.inputs, rows: n * n, columns: weights.inputs), constant: nil),
      output: Placement(
        offset: n * n * weights.inputs, step: weights.outputs, rows: m * m,
        columns: weights.outputs),
      residual: nil, clamp: (-.infinity, .infinity), activation: nil, kernels: kernels)
    let scratch = try FloatBuffer(count: call.scratch)
    for task in 0..<call.tasks { call.run(task, memory.start, scratch.start) }
  }

  /// The inputs that each pixel multiplies with an output channel's weights, [pixels, 9 * inputs].
  private static func values(
    under pixels: [Int], _ inputs: UnsafePointer<Float>, _ weights: WinogradWeights
  ) -> [Double] {
    let (m, n) = (weights.points.outputs, weights.points.inputs)
    var values: [Double] = []
    values.reserveCapacity(pixels.count * 9 * weights.inputs)
    for pixel in pixels {
      for tap in 0..<9 {
        let place = (pixel / m + tap / 3) * n + pixel % m + tap % 3
        let row = UnsafeBufferPointer(
          start: inputs + place * weights.inputs, count: weights.inputs)
        values.append(contentsOf: row.lazy.map { Double($0) })
      }
    }
    return values
  }
}
