internal import Swiftlet

/// The results of two independent computations, which run at the same time where a thread is free.
func both<First: Sendable, Second: Sendable>(
  _ first: @Sendable () -> First, _ second: @Sendable () -> Second
) -> (First, Second) {
  nonisolated(unsafe) var (one, two): (First?, Second?) = (nil, nil)
  parallel(2) { task in
    if task == 0 { one = first() } else { two = second() }
  }
  // `parallel` returns when both tasks have run.
  return (one ?? first(), two ?? second())
}
