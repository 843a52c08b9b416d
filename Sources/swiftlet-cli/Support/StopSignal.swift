import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The signal that was caught; 0 for none.
private let caughtSignal = Atomic<Int32>(0)

/// The wish to end a long verb between two of its items.
enum StopSignal {
  /// From now on the first interrupt is only noted; a second one ends the program at once.
  static func catchInterrupts() {
    for interrupt in [SIGINT, SIGTERM] {
      signal(interrupt) { caught in
        caughtSignal.store(caught, ordering: .relaxed)
        signal(SIGINT, SIG_DFL)
        signal(SIGTERM, SIG_DFL)
      }
    }
  }

  /// Whether an interrupt came.
  static var isRaised: Bool { caughtSignal.load(ordering: .relaxed) != 0 }

  /// What a shell expects of a program that an interrupt ended: 128 and its number.
  static var status: Int32 { 128 + caughtSignal.load(ordering: .relaxed) }
}
