import COpenBLAS
import Swiftlet

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// OpenBLAS as its users know it at best.
enum OpenBLAS {
  /// The set of kernels that it has chosen, such as SkylakeX.
  static var core: String { openblas_get_corename().map { String(cString: $0) } ?? "unknown" }

  /// Starts this program anew with the kernels of `isa`, unless the environment names others: an OpenBLAS
  /// older than the CPU does not know it and takes kernels without its instructions.
  static func choose(for isa: ISA) {
    #if os(Linux) && arch(x86_64)
      let cores: [ISA: String] = [.avx512: "SkylakeX", .avx2: "Haswell"]
      guard getenv("OPENBLAS_CORETYPE") == nil, let core = cores[isa] else { return }
      setenv("OPENBLAS_CORETYPE", core, 1)
      execv("/proc/self/exe", CommandLine.unsafeArgv)
    #endif
  }
}

extension Workload {
  /// The matrix product of a 1x1 layer by OpenBLAS on one thread, without bias and clamp.
  static func openBLAS(_ layer: Layer) -> Workload {
    openblas_set_num_threads(1)
    let pixels = layer.side * layer.side
    let input = floats(pixels * layer.inputs)
    let weights = floats(layer.inputs * layer.outputs)
    let output = floats(pixels * layer.outputs)
    return Workload(
      layer: layer.name, operations: 2 * Double(pixels * layer.inputs * layer.outputs),
      bytes: 4
        * Double(
          pixels * layer.inputs + layer.inputs * layer.outputs + pixels * layer.outputs)
    ) {
      cblas_sgemm(
        CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(pixels), Int32(layer.outputs),
        Int32(layer.inputs), 1, input, Int32(layer.inputs), weights, Int32(layer.outputs), 0,
        output, Int32(layer.outputs))
    }
  }
}
