import Synchronization

/// Where a plan's packed weights lie: one behind the other in a few large pieces of memory, in large pages where the
/// system has them. Buffers of their own would each begin a large page, all of which the system fills with zeros
/// first.
package final class WeightsMemory: Sendable {
  private struct State {
    /// The piece in use, and the floats of it that are.
    var piece: FloatBuffer?
    var used = 0
    /// What was given back.
    var free: [FloatBuffer] = []

    /// `count` floats, zero; nil where no room is left.
    mutating func take(_ count: Int) -> FloatBuffer? {
      // The next buffer begins at a cache line.
      let step = (count + 15) & ~15
      if let index = free.firstIndex(where: { $0.count >= step }) {
        let whole = free.remove(at: index)
        whole.start.update(repeating: 0, count: step)
        free.append(FloatBuffer(part: step, count: whole.count - step, of: whole))
        return FloatBuffer(part: 0, count: count, of: whole)
      }
      guard let piece, used + step <= piece.count else { return nil }
      used += step
      return FloatBuffer(part: used - step, count: count, of: piece)
    }
  }

  /// Floats of a piece. The system provides a page when it is first written.
  private static let pieceLength = 8 << 20

  private let state = Mutex(State())

  /// None yet.
  package init() {}

  /// `count` zeros, which stay for as long as the buffer does.
  ///
  /// - Throws: `EngineError` with code `outOfMemory`.
  package func zeros(count: Int) throws(EngineError) -> FloatBuffer {
    guard count <= Self.pieceLength / 4 else { return try FloatBuffer(count: count) }
    let buffer = state.withLock { state -> FloatBuffer? in
      if let buffer = state.take(count) { return buffer }
      guard let piece = try? FloatBuffer(count: Self.pieceLength) else { return nil }
      (state.piece, state.used) = (piece, 0)
      return state.take(count)
    }
    // Where there is no room for a piece there may be for the buffer.
    if let buffer { return buffer }
    return try FloatBuffer(count: count)
  }

  /// Takes back a buffer of `zeros` that nobody uses any more, for later ones.
  package func giveBack(_ buffer: FloatBuffer) {
    guard buffer.isPart else { return }
    state.withLock { $0.free.append(buffer) }
  }
}
