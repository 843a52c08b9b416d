package import KernelTemplates

/// A compiled kernel: what dispatch, the parity tests, the benchmarks and the listing all go by.
public struct Kernel: Sendable {
  /// What a kernel computes.
  public enum Operation: String, Sendable, CaseIterable {
    /// Convolution and matrix product over packed weights, bias, residual and clamp fused.
    case convolution
    /// Convolution of each channel by itself, bias and clamp fused.
    case depthwise
    /// Winograd's transform of 3x3 convolutions, inputs to planes.
    case winogradInput
    /// Winograd's transform of 3x3 convolutions, planes to outputs; bias, residual and clamp fused.
    case winogradOutput
    /// Winograd's transform of 3x3 convolutions, filters to planes.
    case winogradFilters
    /// Sums of products in double precision, by which Winograd's method is checked.
    case referenceSums
    /// Multiply-adds alone, by which the roofline is measured.
    case peak
    /// Bilinear resize.
    case bilinear
    /// The largest of a window.
    case maxPool
    /// The mean of a window.
    case averagePool
    /// The sum of rows.
    case columnSum
    /// `KernelTemplates.Add`.
    case add
    /// `KernelTemplates.Subtract`.
    case subtract
    /// `KernelTemplates.Multiply`.
    case multiply
    /// `KernelTemplates.Divide`.
    case divide
    /// `KernelTemplates.Maximum`.
    case maximum
    /// `KernelTemplates.Minimum`.
    case minimum
    /// `KernelTemplates.PRelu`.
    case prelu
    /// `KernelTemplates.Clip`.
    case clip
    /// `KernelTemplates.LeakyRelu`.
    case leakyRelu
    /// `KernelTemplates.Sigmoid`.
    case sigmoid
    /// `KernelTemplates.HardSigmoid`.
    case hardSigmoid
    /// `KernelTemplates.HardSwish`.
    case hardSwish
    /// `KernelTemplates.Silu`.
    case silu
    /// `KernelTemplates.Tanh`.
    case tanh
    /// `KernelTemplates.Exp`.
    case exp
    /// `KernelTemplates.SquareRoot`.
    case squareRoot
    /// The half of a picture's resize that adds up rows.
    case weightedRows
    /// The half of a picture's resize that adds up neighbours in a row.
    case weightedPixels
    /// Samples of a JPEG file to quantized coefficients.
    case jpegBlocks
    /// Second differences of a picture, by which sharpness is measured.
    case secondDifferences
    /// The guided filter's functions.
    case guidedFunctions
    /// The guided filter's means of functions.
    case guidedMeans
  }

  /// The entry point, by the type of its argument.
  package enum Function: Sendable {
    /// A run of pixels and a strip of channels.
    case convolution(@Sendable (UnsafePointer<ConvolutionTile>) -> Void)
    /// A run of pixels.
    case depthwise(@Sendable (UnsafePointer<DepthwiseRow>) -> Void)
    /// Tiles.
    case winogradInput(@Sendable (UnsafePointer<WinogradInput>) -> Void)
    /// Tiles.
    case winogradOutput(@Sendable (UnsafePointer<WinogradOutput>) -> Void)
    /// Filters side by side.
    case winogradFilters(@Sendable (UnsafePointer<WinogradFilters>) -> Void)
    /// Four filters.
    case referenceSums(@Sendable (UnsafePointer<ReferenceSums>) -> Void)
    /// Rounds.
    case peak(@Sendable (UnsafePointer<PeakLoop>) -> Void)
    /// A row.
    case bilinear(@Sendable (UnsafePointer<BilinearRow>) -> Void)
    /// A run of pixels.
    case pooling(@Sendable (UnsafePointer<PoolingWindow>) -> Void)
    /// Rows.
    case columnSum(@Sendable (UnsafePointer<ColumnSum>) -> Void)
    /// Rows.
    case elementwise(@Sendable (UnsafePointer<ElementwiseRows>) -> Void)
    /// Rows of bytes.
    case weightedRows(@Sendable (UnsafePointer<WeightedRows>) -> Void)
    /// A line.
    case weightedPixels(@Sendable (UnsafePointer<WeightedPixels>) -> Void)
    /// A row of blocks.
    case jpegBlocks(@Sendable (UnsafePointer<JPEGBlocks>) -> Void)
    /// A row.
    case secondDifferences(@Sendable (UnsafePointer<SecondDifferences>) -> Void)
    /// A row of windows.
    case guided(@Sendable (UnsafePointer<GuidedRow>) -> Void)
  }

  /// What it computes.
  public let operation: Operation
  /// The instruction set it is compiled for.
  public let isa: ISA
  /// The variant: taps and stride where they are fixed, then pixels by channels at a time.
  public let tile: String
  /// The entry point.
  package let function: Function

  /// Element type, operation, tile, instruction set.
  public var name: String { "f32-\(operation.rawValue)-\(tile)-\(isa.rawValue)" }

  init(_ operation: Operation, _ isa: ISA, tile: String, _ function: Function) {
    self.operation = operation
    self.isa = isa
    self.tile = tile
    self.function = function
  }

  /// Every kernel of this build, whether or not this CPU can run it.
  public static let all: [Kernel] = {
    #if arch(x86_64)
      return portableKernels + avx2Kernels + avx512Kernels
    #elseif arch(arm64)
      return portableKernels + neonKernels
    #else
      return portableKernels
    #endif
  }()
}
