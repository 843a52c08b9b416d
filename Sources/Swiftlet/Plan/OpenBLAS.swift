#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// OpenBLAS, opened when a plan is first to multiply with it. A program that is linked with it starts its threads,
/// which spin for some 25 ms and take the time of the second core from whatever runs first.
package enum OpenBLAS {
  /// Whether the library is installed; opens it.
  package static var isInstalled: Bool { gemm != nil }

  /// `cblas_sgemm`: layout, transpositions, extents, alpha, A, B, beta, C.
  typealias Gemm =
    @convention(c) (
      Int32, Int32, Int32, Int32, Int32, Int32, Float, UnsafePointer<Float>, Int32,
      UnsafePointer<Float>, Int32, Float, UnsafeMutablePointer<Float>, Int32
    ) -> Void

  /// The values of `CBLAS_LAYOUT` and `CBLAS_TRANSPOSE` in use.
  static let rowMajor: Int32 = 101
  static let noTranspose: Int32 = 111
  static let transpose: Int32 = 112

  #if canImport(Darwin)
    private static let names = ["libopenblas.0.dylib", "libopenblas.dylib"]
  #else
    private static let names = ["libopenblas.so.0", "libopenblas.so"]
  #endif

  /// The matrix product, on one thread a call, since the engine's own pool splits the work; nil where the library
  /// is not installed.
  static let gemm: Gemm? = {
    for name in names {
      guard let library = dlopen(name, RTLD_NOW | RTLD_LOCAL) else { continue }
      guard let limit = dlsym(library, "openblas_set_num_threads"),
        let product = dlsym(library, "cblas_sgemm")
      else {
        dlclose(library)
        continue
      }
      unsafeBitCast(limit, to: (@convention(c) (Int32) -> Void).self)(1)
      return unsafeBitCast(product, to: Gemm.self)
    }
    return nil
  }()
}
