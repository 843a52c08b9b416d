import KernelTemplates

/// A matrix product by OpenBLAS, in fixed chunks of rows so that the result does not depend on threads.
struct BLASCall: Sendable {
  /// The name in reports.
  static let name = "f32-gemm-openblas"

  private static let chunk = 192

  let gemm: OpenBLAS.Gemm
  let weights: FloatBuffer
  let bias: FloatBuffer
  let input: Source
  let output: Placement
  let residual: Source?
  let pixels: Int
  let outputs: Int
  let inputs: Int
  let activation: ActivationCall?

  /// Whether OpenBLAS is there and beats the packed kernels: where they lack fused multiply-add and the product is
  /// large enough to repay its packing.
  static func isFaster(isa: ISA, pixels: Int, outputs: Int, inputs: Int) -> Bool {
    #if arch(x86_64)
      isa == .portable && pixels >= 16 && outputs >= 16 && inputs >= 16
        && pixels * outputs * inputs >= 1 << 18 && OpenBLAS.gemm != nil
    #else
      false
    #endif
  }

  /// The number of tasks.
  var tasks: Int { (pixels + Self.chunk - 1) / Self.chunk }

  /// Runs one task.
  func run(_ task: Int, _ arena: UnsafeMutablePointer<Float>) {
    let first = task * Self.chunk
    let rows = min(Self.chunk, pixels - first)
    let target = arena + output.offset + first * output.step
    for row in 0..<rows {
      let line = target + row * output.step
      line.update(from: bias.start, count: outputs)
      if let residual {
        let source =
          residual.pointer(arena) + (first + row) * residual.placement.step
        for column in 0..<outputs { line[column] += source[column] }
      }
    }
    gemm(
      OpenBLAS.rowMajor, OpenBLAS.noTranspose, OpenBLAS.transpose, Int32(rows), Int32(outputs),
      Int32(inputs), 1,
      input.pointer(arena) + first * input.placement.step, Int32(input.placement.step),
      weights.start, Int32(inputs), 1, target, Int32(output.step))
    if let activation {
      activation.apply(
        target, step: output.step, to: target, outputStep: output.step, rows: rows,
        length: outputs)
    }
  }
}
