internal import Swiftlet

/// The results of two independent computations.
///
/// On two threads they run at the same time, and what either asks of the thread pool meanwhile is done on
/// its own thread; the first, which should be the longer one, gets the other thread's help once the second
/// is done. With more threads one follows the other, so that each has the whole pool.
func both<First: Sendable, Second: Sendable>(
  _ first: @Sendable () -> First, _ second: @Sendable () -> Second
) -> (First, Second) {
  guard ThreadPool.shared.helpers == 1 else { return (first(), second()) }
  nonisolated(unsafe) var (one, two): (First?, Second?) = (nil, nil)
  parallel(2) { task in
    if task == 0 { one = first() } else { two = second() }
  }
  guard let one, let two else {
    preconditionFailure("a job of the pool returned before its tasks had run")
  }
  return (one, two)
}
