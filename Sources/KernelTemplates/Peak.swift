/// A loop of multiply-adds on registers alone: the argument of the kernels that measure how many the
/// processor does a second.
@frozen public struct PeakLoop {
  /// Passes over the twelve sums.
  public var rounds: Int
  /// What each sum is multiplied by.
  public var factor: Float
  /// Receives one register's floats, so that the loop has a result.
  public var output: UnsafeMutablePointer<Float>

  /// A loop.
  @inlinable
  public init(rounds: Int, factor: Float, output: UnsafeMutablePointer<Float>) {
    self.rounds = rounds
    self.factor = factor
    self.output = output
  }

  /// Multiply-adds of one register in a round.
  public static let sums = 12
}

/// Twelve independent chains of multiply-adds: enough to hide the latency of two units of four cycles.
@inlinable @inline(always)
public func peakKernel<L: Lanes>(_ lanes: L.Type, _ loop: UnsafePointer<PeakLoop>) {
  var sums = InlineArray<12, L.Vector> { L.Vector(repeating: Float($0)) }
  let factor = L.Vector(repeating: loop.pointee.factor)
  var round = 0
  while round < loop.pointee.rounds {
    for i in 0..<12 { sums[i] = L.multiplyAdd(factor, sums[i], factor) }
    round += 1
  }
  var total = L.Vector.zero
  for i in 0..<12 { total += sums[i] }
  L.store(total, loop.pointee.output)
}
