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
  private let owner: Owner

  /// What owns the memory.
  private enum Owner {
    case buffer
    /// Another buffer, of which this is a part.
    case whole(FloatBuffer)
    /// A file, say.
    case bytes(SharedBytes)
  }

  /// A buffer of `count` zeros.
  ///
  /// - Throws: `EngineError` with code `outOfMemory`.
  package init(count: Int) throws(EngineError) {
    self.count = count
    owner = .buffer
    start = try AlignedMemory.allocate(floats: count)
  }

  /// Whether it is a part of another buffer.
  var isPart: Bool { if case .whole = owner { true } else { false } }

  /// `count` floats of another buffer, which lives on for them, from `offset` on.
  init(part offset: Int, count: Int, of whole: FloatBuffer) {
    self.count = count
    owner = .whole(whole)
    start = whole.start + offset
  }

  /// `count` floats of `owner`'s memory, which nobody writes. A mapped file's is freed with the buffer, as
  /// soon as weights are packed.
  init(_ start: UnsafePointer<Float>, count: Int, of owner: SharedBytes) {
    self.count = count
    self.owner = .bytes(owner)
    self.start = UnsafeMutablePointer(mutating: start)
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

  /// The floats of a constant, read-only: where they lie, if they are stored as floats, else a copy.
  ///
  /// - Throws: `EngineError` with code `outOfMemory`.
  static func viewing(_ constant: Constant) throws(EngineError) -> FloatBuffer {
    if let view = constant.view { return view }
    return try FloatBuffer(constant.floats)
  }

  deinit {
    switch owner {
    case .buffer: AlignedMemory.release(start, floats: count)
    case .whole: break
    case .bytes(let bytes): bytes.unload(UnsafeRawBufferPointer(start: start, count: 4 * count))
    }
  }
}

extension Constant {
  /// The stored bytes as floats, or nil if they are of another type or not aligned.
  fileprivate var view: FloatBuffer? {
    guard elementType == .float32 else { return nil }
    let count = count
    return withBytes { bytes in
      guard let base = bytes.baseAddress, Int(bitPattern: base) % 64 == 0 else { return nil }
      return FloatBuffer(base.assumingMemoryBound(to: Float.self), count: count, of: storage)
    }
  }
}
