package import KernelTemplates

/// The kernels of one instruction set, looked up once for a plan.
package struct KernelSet: Sendable {
  /// The instruction set.
  package let isa: ISA
  /// Floats in a register.
  package let lanes: Int

  private let kernels: [Kernel]

  /// The kernels of `isa`.
  package init(_ isa: ISA) {
    self.isa = isa
    kernels = Kernel.all.filter { $0.isa == isa }
    switch isa {
    case .portable, .neon: lanes = 4
    case .avx2: lanes = 8
    case .avx512: lanes = 16
    }
  }

  /// A function and the name it is listed under. Generic over the argument alone: a function that is itself
  /// of a generic type is called through thunks.
  package struct Pick<Argument>: Sendable {
    /// The name.
    package let name: String
    /// The entry point.
    package let function: @Sendable (UnsafePointer<Argument>) -> Void
  }

  /// The first kernel of an operation that `matches` makes something of.
  func pick<Argument>(
    _ operation: Kernel.Operation,
    _ matches: (Kernel) -> (@Sendable (UnsafePointer<Argument>) -> Void)?
  ) throws(EngineError) -> Pick<Argument> {
    for kernel in kernels where kernel.operation == operation {
      if let function = matches(kernel) { return Pick(name: kernel.name, function: function) }
    }
    throw EngineError(
      .unsupported, operation.rawValue, "no \(isa.rawValue) kernel is listed for it",
      "choose another instruction set")
  }

  /// The convolution over strips of 1...4 registers.
  package func convolution(
    registers: Int
  ) throws(EngineError) -> Pick<ConvolutionTile> {
    try convolution(width: registers * lanes)
  }

  /// The convolution over strips of one and a half registers.
  package func convolutionPairs() throws(EngineError) -> Pick<ConvolutionTile> {
    try convolution(width: lanes + lanes / 2)
  }

  /// The convolution to one output channel.
  package func convolutionSum() throws(EngineError) -> Pick<ConvolutionTile> {
    try convolution(width: 1)
  }

  private func convolution(width: Int) throws(EngineError) -> Pick<ConvolutionTile> {
    let suffix = "x\(width)"
    return try pick(.convolution) {
      guard case .convolution(let function) = $0.function, $0.tile.hasSuffix(suffix) else {
        return nil
      }
      return function
    }
  }

  /// The depthwise kernel whose tile starts with `prefix`: "3x3s1-", ..., "any-".
  package func depthwise(
    _ prefix: String
  ) throws(EngineError) -> Pick<DepthwiseRow> {
    try pick(.depthwise) {
      guard case .depthwise(let function) = $0.function, $0.tile.hasPrefix(prefix) else {
        return nil
      }
      return function
    }
  }

  /// Winograd's input transform for tiles of `outputs` x `outputs`.
  package func winogradInput(
    outputs: Int
  ) throws(EngineError) -> Pick<WinogradInput> {
    try pick(.winogradInput) {
      guard case .winogradInput(let function) = $0.function, $0.tile.hasPrefix("\(outputs)x")
      else { return nil }
      return function
    }
  }

  /// Winograd's output transform for tiles of `outputs` x `outputs`.
  package func winogradOutput(
    outputs: Int
  ) throws(EngineError) -> Pick<WinogradOutput> {
    try pick(.winogradOutput) {
      guard case .winogradOutput(let function) = $0.function, $0.tile.hasPrefix("\(outputs)x")
      else { return nil }
      return function
    }
  }

  /// Winograd's transform of filters for tiles of `inputs` x `inputs`.
  package func winogradFilters(inputs: Int) throws(EngineError) -> Pick<WinogradFilters> {
    try pick(.winogradFilters) {
      guard case .winogradFilters(let function) = $0.function,
        $0.tile.hasPrefix("\(inputs)x\(inputs)x")
      else { return nil }
      return function
    }
  }

  /// Sums of products in double precision.
  package func referenceSums() throws(EngineError) -> Pick<ReferenceSums> {
    try pick(.referenceSums) {
      guard case .referenceSums(let function) = $0.function else { return nil }
      return function
    }
  }

  /// The loop of multiply-adds.
  package func peak() throws(EngineError) -> Pick<PeakLoop> {
    try pick(.peak) {
      guard case .peak(let function) = $0.function else { return nil }
      return function
    }
  }

  /// The bilinear kernel.
  package func bilinear() throws(EngineError) -> Pick<BilinearRow> {
    try pick(.bilinear) {
      guard case .bilinear(let function) = $0.function else { return nil }
      return function
    }
  }

  /// The pooling kernel of an operation.
  package func pooling(
    _ operation: Kernel.Operation
  ) throws(EngineError) -> Pick<PoolingWindow> {
    try pick(operation) {
      guard case .pooling(let function) = $0.function else { return nil }
      return function
    }
  }

  /// The column-sum kernel.
  package func columnSum() throws(EngineError) -> Pick<ColumnSum> {
    try pick(.columnSum) {
      guard case .columnSum(let function) = $0.function else { return nil }
      return function
    }
  }

  /// The element-wise kernel of an operation.
  package func elementwise(
    _ operation: Kernel.Operation
  ) throws(EngineError) -> Pick<ElementwiseRows> {
    try pick(operation) {
      guard case .elementwise(let function) = $0.function else { return nil }
      return function
    }
  }
}
