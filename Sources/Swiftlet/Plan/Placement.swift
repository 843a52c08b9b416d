/// Where an activation lies while a plan runs: `rows` rows of `columns` floats, `step` floats apart, at
/// `offset` in the arena. The columns are the last dimension, the rows all others.
package struct Placement: Sendable, Hashable {
  /// The first float, counted from the start of the arena.
  package var offset: Int
  /// From a row to the next; larger than `columns` inside a concatenation.
  package var step: Int
  /// Product of all extents but the last.
  package var rows: Int
  /// The last extent.
  package var columns: Int

  /// Whether the rows follow each other without a gap.
  package var isContiguous: Bool { step == columns || rows == 1 }
}

/// A tensor that a step reads: in the arena, or constant.
package struct Source: Sendable {
  /// Where it lies; the offset counts from `constant` where that is set.
  package var placement: Placement
  /// The data of a constant, owned by the plan.
  package var constant: FloatBuffer?

  /// The first float.
  @inline(__always)
  package func pointer(_ arena: UnsafeMutablePointer<Float>) -> UnsafePointer<Float> {
    if let constant { return UnsafePointer(constant.start + placement.offset) }
    return UnsafePointer(arena + placement.offset)
  }
}

/// Floats owned by reference, aligned to 64 bytes, zero at first.
package final class FloatBuffer: @unchecked Sendable {
  /// The first float. Written before the buffer is shared, read afterwards.
  package let start: UnsafeMutablePointer<Float>
  /// The number of floats.
  package let count: Int

  /// A buffer of `count` zeros.
  ///
  /// - Throws: `EngineError` with code `outOfMemory`.
  package init(count: Int) throws(EngineError) {
    self.count = count
    start = try AlignedMemory.allocate(floats: count)
  }

  /// A copy of `floats`.
  ///
  /// - Throws: `EngineError` with code `outOfMemory`.
  package convenience init(_ floats: [Float]) throws(EngineError) {
    try self.init(count: floats.count)
    floats.withUnsafeBufferPointer { source in
      if let base = source.baseAddress { start.update(from: base, count: source.count) }
    }
  }

  deinit { AlignedMemory.release(start, floats: count) }
}
