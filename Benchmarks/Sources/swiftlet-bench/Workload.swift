/// A kernel's work on a layer, ready to be timed.
struct Workload {
  /// The network and the layer.
  let layer: String
  /// Floating-point operations; a multiply-add is two.
  let operations: Double
  /// Bytes that must be read or written at least once.
  let bytes: Double
  /// Does the work once.
  let run: () -> Void

  /// The least seconds of a run: samples of at least a millisecond, for `seconds` altogether.
  func fastest(seconds: Double) -> Double {
    run()
    var repeats = 1
    var least = Double.infinity
    var spent = 0.0
    while spent < seconds || least == .infinity {
      let start = ContinuousClock.now
      for _ in 0..<repeats { run() }
      let elapsed = (ContinuousClock.now - start) / .seconds(1)
      spent += elapsed
      if elapsed < 1e-3 {
        repeats *= 2
      } else {
        least = min(least, elapsed / Double(repeats))
      }
    }
    return least
  }
}

/// Floats that live as long as the program, aligned to a cache line, filled with values in -1...1.
func floats(_ count: Int) -> UnsafeMutablePointer<Float> {
  let memory = UnsafeMutableRawPointer.allocate(byteCount: 4 * count, alignment: 64)
    .bindMemory(to: Float.self, capacity: count)
  var state: UInt64 = 1
  for i in 0..<count {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    memory[i] = Float(state >> 40) * 0x1p-23 - 1
  }
  return memory
}
