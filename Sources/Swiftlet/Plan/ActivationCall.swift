import KernelTemplates

/// An activation ready to be applied to rows of floats in place.
struct ActivationCall: Sendable {
  private let function: @Sendable (UnsafePointer<ElementwiseRows>) -> Void
  private let alpha: Float
  private let beta: Float
  private let clamp: (lower: Float, upper: Float)
  /// The kernel's name.
  let name: String

  /// The call for an activation of any kind.
  init(_ activation: Activation, _ kernels: KernelSet) throws(EngineError) {
    let kernel = activation.kernel
    let pick = try kernels.elementwise(kernel.operation)
    function = pick.function
    name = pick.name
    alpha = kernel.alpha
    beta = kernel.beta
    clamp = activation.clamp ?? (-.infinity, .infinity)
  }

  /// The call that a kernel with a fused clamp still needs, or nil if the clamp is all.
  static func after(
    _ activation: Activation, _ kernels: KernelSet
  ) throws(EngineError) -> ActivationCall? {
    activation.clamp == nil ? try ActivationCall(activation, kernels) : nil
  }

  /// Applies it from `input` to `output`, which may be the same. Rows without gaps are one.
  @inline(__always)
  func apply(
    _ input: UnsafePointer<Float>, step: Int, to output: UnsafeMutablePointer<Float>,
    outputStep: Int, rows: Int, length: Int
  ) {
    let isFlat = step == length && outputStep == length
    var arguments = ElementwiseRows(
      a: input, aStep: step, b: input, bStep: step, output: output, outputStep: outputStep,
      rows: isFlat ? 1 : rows, length: isFlat ? rows * length : length)
    arguments.alpha = alpha
    arguments.beta = beta
    arguments.lower = clamp.lower
    arguments.upper = clamp.upper
    function(&arguments)
  }
}
