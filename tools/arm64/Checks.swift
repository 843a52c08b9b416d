// What the parity tests need in place of Swift Testing where they run without it.

@_extern(c, "exit")
func exitProcess(_ status: Int32)

/// What the tests found.
enum Tally {
  nonisolated(unsafe) static var checks = 0
  nonisolated(unsafe) static var failures = 0

  /// Prints the sum and ends the process, with status 1 where a check failed or none was made.
  static func finish(_ kernels: Int) {
    print("arm64: \(checks) checks of \(kernels) kernels, \(failures) failed")
    exitProcess(failures > 0 || checks == 0 ? 1 : 0)
  }
}

/// A comment on a check. Only texts and integers in it are printed.
struct Detail: ExpressibleByStringInterpolation {
  let text: String

  init(stringLiteral text: String) { self.text = text }

  init(stringInterpolation parts: Interpolation) { text = parts.text }

  struct Interpolation: StringInterpolationProtocol {
    var text = ""

    init(literalCapacity: Int, interpolationCount: Int) {}

    mutating func appendLiteral(_ literal: String) { text += literal }

    mutating func appendInterpolation(_ value: String) { text += value }

    mutating func appendInterpolation(_ value: Int) { text += "\(value)" }

    mutating func appendInterpolation<T>(_ value: T) { text += "…" }
  }
}

/// Counts a check and prints it where it fails.
func expect(_ holds: Bool, _ detail: @autoclosure () -> Detail = "", line: Int = #line) {
  Tally.checks += 1
  guard !holds else { return }
  Tally.failures += 1
  if Tally.failures <= 20 { print("arm64: line \(line): \(detail().text)") }
}
