import Synchronization

/// Names that one request at a time may hold.
final class KeyReservations: Sendable {
  private let taken = Mutex<Set<String>>([])

  /// Takes a name; false where another request has it.
  func take(_ key: String) -> Bool { taken.withLock { $0.insert(key).inserted } }

  /// Gives a name back.
  func giveBack(_ key: String) { taken.withLock { _ = $0.remove(key) } }
}
