import Synchronization

/// Where a plan's packed weights lie: one behind the other in a few large pieces of memory, in large pages where the
/// system has them. Buffers of their own would each begin a page, which the system fills with zeros first.
package final class WeightsMemory: Sendable {
  private struct Piece {
    var memory: FloatBuffer
    var used = 0
  }

  /// Floats of a piece. The system provides a page when it is first written.
  private static let pieceLength = 8 << 20

  private let piece = Mutex<Piece?>(nil)

  /// None yet.
  package init() {}

  /// `count` zeros, which stay for as long as the buffer does.
  ///
  /// - Throws: `EngineError` with code `outOfMemory`.
  package func zeros(count: Int) throws(EngineError) -> FloatBuffer {
    guard count <= Self.pieceLength / 4 else { return try FloatBuffer(count: count) }
    let result: Result<FloatBuffer, EngineError> = piece.withLock { piece in
      do throws(EngineError) {
        if piece.map({ $0.used + count > Self.pieceLength }) ?? true {
          piece = Piece(memory: try FloatBuffer(count: Self.pieceLength))
        }
      } catch {
        return .failure(error)
      }
      guard var current = piece else { preconditionFailure("there is a piece") }
      let buffer = FloatBuffer(part: current.used, count: count, of: current.memory)
      // The next one begins at a cache line.
      current.used += (count + 15) & ~15
      piece = current
      return .success(buffer)
    }
    return try result.get()
  }
}
