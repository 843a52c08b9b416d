import KernelTemplates

/// What this machine can do at most: by Williams, Waterman and Patterson's roofline model (2009), work of
/// f operations on b bytes takes at least max(f / `operations`, b / `bytes`) seconds.
public struct Roofline: Sendable {
  /// Floating-point operations a second; a multiply-add is two.
  public var operations: Double
  /// Bytes a second to and from memory beyond the second-level cache.
  public var bytes: Double

  /// A roofline.
  public init(operations: Double, bytes: Double) {
    self.operations = operations
    self.bytes = bytes
  }

  /// Measures it on `threads` threads: a loop of multiply-adds in registers, and a sum of two arrays of
  /// 8 MiB into a third on each thread. Takes about 100 ms.
  ///
  /// - Throws: `EngineError` with code `outOfMemory`.
  public static func measured(isa: ISA, threads: Int) throws(EngineError) -> Roofline {
    let kernels = KernelSet(isa)
    let peak = try kernels.peak().function
    let add = try kernels.elementwise(.add).function
    let threads = max(1, min(threads, ThreadPool.shared.helpers + 1))
    let count = 2 << 20
    let memory = try FloatBuffer(count: 3 * count * threads)
    let rounds = 200_000
    let compute = fastest(of: 12) {
      ThreadPool.shared.run(threads, threads: threads) { task in
        var loop = PeakLoop(
          rounds: rounds, factor: 0.5, output: memory.start + 3 * count * task)
        peak(&loop)
      }
    }
    let transfer = fastest(of: 8) {
      ThreadPool.shared.run(threads, threads: threads) { task in
        let base = memory.start + 3 * count * task
        var rows = ElementwiseRows(
          a: base, aStep: 0, b: base + count, bStep: 0, output: base + 2 * count, outputStep: 0,
          rows: 1, length: count)
        add(&rows)
      }
    }
    return Roofline(
      operations: Double(2 * rounds * PeakLoop.sums * kernels.lanes * threads) / compute,
      bytes: Double(3 * 4 * count * threads) / transfer)
  }

  /// The least seconds that `body` takes in `count` runs.
  private static func fastest(of count: Int, _ body: () -> Void) -> Double {
    (0..<count).reduce(.infinity) { least, _ in
      let start = ContinuousClock.now
      body()
      return min(least, (ContinuousClock.now - start) / .seconds(1))
    }
  }

  /// The share of the roofline that a layer reaches in `seconds`. Above 1 where a layer takes fewer
  /// operations than its definition counts, or its data lie in a cache.
  public func share(of layer: PlanReport.Layer, seconds: Double) -> Double {
    guard seconds > 0 else { return 0 }
    return max(2 * Double(layer.macs) / operations, Double(layer.bytes) / bytes) / seconds
  }
}
