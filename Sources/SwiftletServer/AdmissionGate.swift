import HTTPTypes
import Synchronization

/// Bounds how many photos are in the service at once, in all and for one client, from before the upload
/// is read until the answer is ready. What it does not admit is refused at once.
final class AdmissionGate: Sendable {
  private struct State {
    var admitted = 0
    var byClient: [String: Int] = [:]
    var phase = Phase.starting
  }

  /// Whether the service takes photos.
  enum Phase: Sendable {
    /// The models are being loaded.
    case starting
    /// It does.
    case open
    /// It is about to end.
    case draining
  }

  private let capacity: Int
  private let capacityPerClient: Int
  private let state = Mutex(State())

  /// A gate, closed until `phase` is set, for `capacity` photos, `capacityPerClient` of one client.
  init(capacity: Int, capacityPerClient: Int) {
    self.capacity = capacity
    self.capacityPerClient = capacityPerClient
  }

  /// Whether the service takes photos.
  var phase: Phase {
    get { state.withLock { $0.phase } }
    set { state.withLock { $0.phase = newValue } }
  }

  /// Runs `body` while holding one of the places.
  ///
  /// - Throws: `ServiceError` with status 429 if the client has its places, 503 if the service is full
  ///   or not open; and what `body` throws.
  func withPlace<R: Sendable>(
    for client: String, isolation: isolated (any Actor)? = #isolation,
    _ body: () async throws -> R
  ) async throws -> R {
    try enter(client)
    defer { leave(client) }
    return try await body()
  }

  private func enter(_ client: String) throws(ServiceError) {
    let refusal: ServiceError? = state.withLock { state in
      switch state.phase {
      case .starting:
        return ServiceError(
          .serviceUnavailable, "not_ready", "the models are being loaded; try again soon",
          retryAfter: 1, closesConnection: true)
      case .draining:
        return ServiceError(
          .serviceUnavailable, "draining", "the service is about to end; try another instance",
          retryAfter: 10, closesConnection: true)
      case .open: break
      }
      guard state.admitted < capacity else {
        return ServiceError(
          .serviceUnavailable, "overloaded",
          "\(capacity) photos are waiting or being processed; try again soon", retryAfter: 2,
          closesConnection: true)
      }
      guard state.byClient[client, default: 0] < capacityPerClient else {
        return ServiceError(
          .tooManyRequests, "too_many_requests",
          "\(capacityPerClient) photos of this client are waiting or being processed; send fewer at once",
          retryAfter: 2, closesConnection: true)
      }
      state.admitted += 1
      state.byClient[client, default: 0] += 1
      return nil
    }
    if let refusal { throw refusal }
  }

  private func leave(_ client: String) {
    state.withLock { state in
      state.admitted -= 1
      if let count = state.byClient[client] {
        state.byClient[client] = count > 1 ? count - 1 : nil
      }
    }
  }
}
