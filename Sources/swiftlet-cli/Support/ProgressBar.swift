#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A line on the terminal that says how far a long verb is and when it will be done.
struct ProgressBar {
  private let total: Int
  private let isShown = Console.isTerminal(STDERR_FILENO)
  private let watch = Stopwatch()
  private var done = 0
  private var worked = 0
  private var lastShown = -1000.0

  init(total: Int) { self.total = total }

  /// Counts an item; only those that took work say how long the rest will take.
  mutating func advance(worked isWork: Bool) {
    done += 1
    worked += isWork ? 1 : 0
    guard isShown else { return }
    let elapsed = watch.milliseconds
    guard done == total || elapsed - lastShown > 100 else { return }
    lastShown = elapsed
    try? Console.write(Array("\r\(line(elapsed: elapsed / 1000))\u{1b}[K".utf8), to: STDERR_FILENO)
  }

  /// Makes room for a line of another kind.
  func clear() {
    guard isShown, done > 0 else { return }
    try? Console.write(Array("\r\u{1b}[K".utf8), to: STDERR_FILENO)
  }

  /// Leaves the line, so that what follows stands below it.
  func finish() {
    guard isShown, done > 0 else { return }
    try? Console.write(Array("\n".utf8), to: STDERR_FILENO)
  }

  /// The line after some seconds.
  func line(elapsed: Double) -> String {
    let width = 24
    let filled = total > 0 ? done * width / total : width
    let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: width - filled)
    var line = "[\(bar)] \(done) of \(total)"
    if worked > 0, elapsed > 0 {
      let rate = Double(worked) / elapsed
      line += "  \((rate * 10).rounded() / 10)/s"
      if done < total { line += "  ETA \(ProgressBar.time(Double(total - done) / rate))" }
    }
    return line
  }

  private static func time(_ seconds: Double) -> String {
    let whole = Int(min(seconds, 359_999).rounded(.up))
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    let tail = "\(two(whole / 60 % 60)):\(two(whole % 60))"
    return whole >= 3600 ? "\(whole / 3600):\(tail)" : tail
  }
}
