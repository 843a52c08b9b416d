/// The environment of the emulated tests: empty.
package enum Environment {
  /// Nil.
  package static func value(_ name: String) -> String? { nil }
}
