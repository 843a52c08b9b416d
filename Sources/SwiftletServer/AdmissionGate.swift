import HTTPTypes
import Synchronization

/// Memory that is counted as taken until nobody holds this any more.
final class MemoryReservation: Sendable {
  private let giveBack: @Sendable () -> Void

  init(_ giveBack: @escaping @Sendable () -> Void) { self.giveBack = giveBack }

  deinit { giveBack() }
}

/// Bounds what is in the service at once, from before an upload is read until its answer is ready:
/// requests in all and of one client, bytes of uploads, and pixels of photos. What it does not admit
/// is refused at once.
final class AdmissionGate: Sendable {
  /// How much is admitted at once.
  struct Capacity: Sendable {
    /// Requests with photos.
    var places: Int
    /// Requests of one client with photos.
    var placesPerClient: Int
    /// Bytes of uploads that are held in memory.
    var bytes: Int
    /// Pixels of photos. A photo of more is admitted alone.
    var pixels: Int
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

  private struct State {
    var places = 0
    var byClient: [String: Int] = [:]
    var bytes = 0
    var pixels = 0
    var phase = Phase.starting
  }

  private let capacity: Capacity
  private let state = Mutex(State())

  /// A gate, closed until `phase` is set.
  init(_ capacity: Capacity) { self.capacity = capacity }

  /// Whether the service takes photos.
  var phase: Phase {
    get { state.withLock { $0.phase } }
    set { state.withLock { $0.phase = newValue } }
  }

  /// Runs `body` while holding a place and `bytes` of the memory for uploads.
  ///
  /// - Throws: `ServiceError` with status 429 if the client has its places, 503 if the service is full
  ///   or not open; and what `body` throws.
  func withPlace<R: Sendable>(
    for client: String, bytes: Int, isolation: isolated (any Actor)? = #isolation,
    _ body: () async throws -> R
  ) async throws -> R {
    try enter(client, bytes)
    defer { leave(client, bytes) }
    return try await body()
  }

  /// Counts bytes of an answer among those of uploads until the reservation is let go. Nothing is
  /// refused: the answer exists already, and the next uploads wait for it to be taken.
  func hold(_ bytes: Int) -> MemoryReservation {
    state.withLock { $0.bytes += bytes }
    return MemoryReservation { self.state.withLock { $0.bytes -= bytes } }
  }

  /// Runs `body` while holding room for a photo of that many pixels.
  ///
  /// - Throws: `ServiceError` with status 503 if there is none; and what `body` throws.
  func withPixels<R: Sendable>(
    _ pixels: Int, isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> R
  ) async throws -> R {
    let isAdmitted = state.withLock { state in
      guard state.pixels == 0 || state.pixels + pixels <= capacity.pixels else { return false }
      state.pixels += pixels
      return true
    }
    guard isAdmitted else {
      throw ServiceError(
        .serviceUnavailable, "overloaded",
        "photos of \(capacity.pixels / 1_000_000) megapixels are waiting; try again soon",
        retryAfter: 2)
    }
    defer { state.withLock { $0.pixels -= pixels } }
    return try await body()
  }

  /// - Throws: `ServiceError` with status 503 unless the service takes photos.
  func checkPhase() throws(ServiceError) {
    if let refusal = Self.refusal(phase) { throw refusal }
  }

  private static func refusal(_ phase: Phase) -> ServiceError? {
    switch phase {
    case .starting:
      ServiceError(
        .serviceUnavailable, "not_ready", "the models are being loaded; try again soon",
        retryAfter: 1, closesConnection: true)
    case .draining:
      ServiceError(
        .serviceUnavailable, "draining", "the service is about to end; try another instance",
        retryAfter: 10, closesConnection: true)
    case .open: nil
    }
  }

  private func enter(_ client: String, _ bytes: Int) throws(ServiceError) {
    let refusal: ServiceError? = state.withLock { state in
      if let refusal = Self.refusal(state.phase) { return refusal }
      guard state.places < capacity.places, state.bytes + bytes <= max(capacity.bytes, bytes)
      else {
        return ServiceError(
          .serviceUnavailable, "overloaded",
          "\(state.places) requests are waiting or being processed; try again soon",
          retryAfter: 2, closesConnection: true)
      }
      guard state.byClient[client, default: 0] < capacity.placesPerClient else {
        return ServiceError(
          .tooManyRequests, "too_many_requests",
          "\(capacity.placesPerClient) requests of this client are in progress; send fewer at once",
          retryAfter: 2, closesConnection: true)
      }
      state.places += 1
      state.bytes += bytes
      state.byClient[client, default: 0] += 1
      return nil
    }
    if let refusal { throw refusal }
  }

  private func leave(_ client: String, _ bytes: Int) {
    state.withLock { state in
      state.places -= 1
      state.bytes -= bytes
      if let count = state.byClient[client] {
        state.byClient[client] = count > 1 ? count - 1 : nil
      }
    }
  }
}
