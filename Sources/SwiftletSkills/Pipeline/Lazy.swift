internal import Synchronization

/// A value made on first use, once, whoever asks first.
final class Lazy<Value: Sendable>: Sendable {
  private let made = Mutex<Value?>(nil)

  /// Whether the value exists.
  var isMade: Bool { made.withLock { $0 != nil } }

  /// The value; `make` runs while others wait. After an error the next caller tries again.
  func value(_ make: () throws(SkillError) -> Value) throws(SkillError) -> Value {
    try made.withLock { (slot) throws(SkillError) -> Value in
      if let value = slot { return value }
      let value = try make()
      slot = value
      return value
    }
  }
}
