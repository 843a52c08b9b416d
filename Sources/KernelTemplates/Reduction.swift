/// Rows added up channel by channel: the argument of the column-sum kernels. Strides are in floats.
@frozen public struct ColumnSum {
  /// The first row, and from a row to the next.
  public var input: UnsafePointer<Float>, inputStep: Int
  /// Rows and channels.
  public var rows: Int, channels: Int
  /// One a channel.
  public var output: UnsafeMutablePointer<Float>
  /// What the sum is multiplied by.
  public var scale: Float

  /// A sum; see the members.
  @inlinable
  public init(
    input: UnsafePointer<Float>, inputStep: Int, rows: Int, channels: Int,
    output: UnsafeMutablePointer<Float>, scale: Float
  ) {
    self.input = input
    self.inputStep = inputStep
    self.rows = rows
    self.channels = channels
    self.output = output
    self.scale = scale
  }
}

/// The scaled sum over the rows of each channel, in four interleaved partial sums.
@inlinable @inline(always)
public func columnSumKernel<L: Lanes>(_ lanes: L.Type, _ sum: UnsafePointer<ColumnSum>) {
  let channels = sum.pointee.channels
  let rows = sum.pointee.rows
  let step = sum.pointee.inputStep
  let scale = L.Vector(repeating: sum.pointee.scale)
  var c = 0
  while c < channels {
    let count = channels - c < L.count ? channels - c : L.count
    var s0 = L.Vector.zero
    var s1 = L.Vector.zero
    var s2 = L.Vector.zero
    var s3 = L.Vector.zero
    var p = sum.pointee.input + c
    var row = 0
    while row + 4 <= rows {
      s0 += loadUpTo(lanes, p, count)
      s1 += loadUpTo(lanes, p + step, count)
      s2 += loadUpTo(lanes, p + 2 * step, count)
      s3 += loadUpTo(lanes, p + 3 * step, count)
      p += 4 * step
      row += 4
    }
    while row < rows {
      s0 += loadUpTo(lanes, p, count)
      p += step
      row += 1
    }
    storeUpTo(lanes, ((s0 + s1) + (s2 + s3)) * scale, sum.pointee.output + c, count)
    c += count
  }
}
