package import KernelTemplates

/// The kernels that work on pictures. Each gives the same bits on every instruction set.
package struct PictureKernels: Sendable {
  /// Rows of bytes, each times its weight, added up.
  package let weightedRows: @Sendable (UnsafePointer<WeightedRows>) -> Void
  /// Pixels of lines, each the weighted sum of neighbours in the same line.
  package let weightedPixels: @Sendable (UnsafePointer<WeightedPixels>) -> Void
  /// Samples of 8x8 blocks to quantized coefficients that keep white white.
  package let jpegBlocks: @Sendable (UnsafePointer<JPEGBlocks>) -> Void
  /// Second differences of a row, one part.
  package let secondDifferences1: @Sendable (UnsafePointer<SecondDifferences>) -> Void
  /// Second differences of a row, three parts.
  package let secondDifferences3: @Sendable (UnsafePointer<SecondDifferences>) -> Void
  /// The guided filter's functions of a row of windows.
  package let guidedFunctions: @Sendable (UnsafePointer<GuidedRow>) -> Void
  /// The means of a row of windows.
  package let guidedMeans: @Sendable (UnsafePointer<GuidedRow>) -> Void

  /// Those of the instruction set in use.
  package static let selected: PictureKernels = {
    do throws(EngineError) {
      // What is wrong with the setting is said where a network is loaded.
      return try PictureKernels(KernelSet((try? ISA.selected()) ?? .portable))
    } catch {
      preconditionFailure("\(error.what): \(error.why)")
    }
  }()

  /// Those of `kernels`.
  package init(_ kernels: KernelSet) throws(EngineError) {
    weightedRows = try kernels.pick(.weightedRows) {
      if case .weightedRows(let function) = $0.function { function } else { nil }
    }.function
    weightedPixels = try kernels.pick(.weightedPixels) {
      if case .weightedPixels(let function) = $0.function { function } else { nil }
    }.function
    jpegBlocks = try kernels.pick(.jpegBlocks) {
      if case .jpegBlocks(let function) = $0.function { function } else { nil }
    }.function
    secondDifferences1 = try kernels.secondDifferences(parts: 1)
    secondDifferences3 = try kernels.secondDifferences(parts: 3)
    guidedFunctions = try kernels.guided(.guidedFunctions)
    guidedMeans = try kernels.guided(.guidedMeans)
  }
}

extension KernelSet {
  fileprivate func secondDifferences(
    parts: Int
  ) throws(EngineError) -> @Sendable (UnsafePointer<SecondDifferences>) -> Void {
    try pick(.secondDifferences) {
      guard case .secondDifferences(let function) = $0.function, $0.tile.hasPrefix("\(parts)-")
      else { return nil }
      return function
    }.function
  }

  fileprivate func guided(
    _ operation: Kernel.Operation
  ) throws(EngineError) -> @Sendable (UnsafePointer<GuidedRow>) -> Void {
    try pick(operation) {
      if case .guided(let function) = $0.function { function } else { nil }
    }.function
  }
}
