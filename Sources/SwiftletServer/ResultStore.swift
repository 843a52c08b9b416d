import Synchronization

/// Keeps finished pictures in memory for a short time, under names that cannot be guessed.
///
/// Bounded twice: a picture is dropped when its time is over, and the oldest are dropped when all
/// together would exceed the capacity. The newest is kept whatever its size.
package final class ResultStore: Sendable {
  /// A finished picture.
  package struct Result: Sendable, Equatable {
    /// The encoded picture.
    package var bytes: [UInt8]
    /// Its media type.
    package var mediaType: String

    /// A finished picture.
    package init(bytes: [UInt8], mediaType: String) {
      self.bytes = bytes
      self.mediaType = mediaType
    }
  }

  /// A picture in the store.
  package struct Stored: Sendable {
    fileprivate let pages: PageBytes
    /// The number of bytes.
    package let count: Int
    /// Its media type.
    package let mediaType: String

    /// A copy of the encoded picture.
    package var bytes: [UInt8] { pages.copy }
  }

  private struct Entry {
    var stored: Stored
    var expiry: ContinuousClock.Instant
  }

  private struct State {
    var entries: [String: Entry] = [:]
    /// The names from the oldest to the newest; all live equally long, so also by expiry.
    var order: [String] = []
    var bytes = 0

    mutating func dropOldest() {
      let name = order.removeFirst()
      if let entry = entries.removeValue(forKey: name) { bytes -= entry.stored.count }
    }

    mutating func dropExpired(_ now: ContinuousClock.Instant) {
      while let name = order.first, let entry = entries[name], entry.expiry <= now { dropOldest() }
    }
  }

  private let capacity: Int
  private let lifetime: Duration
  private let state = Mutex(State())

  /// A store for `capacity` bytes in all, each picture for `lifetime`.
  package init(capacity: Int, lifetime: Duration) {
    self.capacity = capacity
    self.lifetime = lifetime
  }

  /// Keeps a copy of `result` and names it; nil where it is empty or there is no memory for it.
  package func insert(_ result: Result, now: ContinuousClock.Instant = .now) -> String? {
    guard let pages = PageBytes(result.bytes) else { return nil }
    let name = randomName()
    let count = result.bytes.count
    state.withLock { state in
      state.dropExpired(now)
      while !state.order.isEmpty, state.bytes + count > capacity { state.dropOldest() }
      state.entries[name] = Entry(
        stored: Stored(pages: pages, count: count, mediaType: result.mediaType),
        expiry: now + lifetime)
      state.order.append(name)
      state.bytes += count
    }
    return name
  }

  /// The picture of that name, or nil where there is none any more.
  package func result(named name: String, now: ContinuousClock.Instant = .now) -> Stored? {
    state.withLock { state in
      state.dropExpired(now)
      return state.entries[name]?.stored
    }
  }

  /// The bytes held.
  package var byteCount: Int { state.withLock { $0.bytes } }
}

/// 128 random bits in hexadecimal.
func randomName() -> String {
  var generator = SystemRandomNumberGenerator()
  return (0..<2).map { _ in
    let digits = String(generator.next() as UInt64, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }.joined()
}

/// Whether a text has the form of what ``randomName()`` gives.
func isRandomName(_ text: String) -> Bool {
  text.utf8.count == 32
    && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
}
