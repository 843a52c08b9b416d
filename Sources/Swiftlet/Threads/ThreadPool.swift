import Synchronization

#if arch(x86_64)
  import Builtin
#endif
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Threads that help a caller with independent tasks.
///
/// One job runs at a time; a caller who finds the pool taken does its tasks alone until it is free, so that
/// several sessions never start more threads than there are. A task on the caller's own thread may start a
/// job in turn: it is shared out once all tasks of the job before are begun and its helpers are done with
/// theirs. What a task keeps by the number of its worker must not be shared with jobs that it starts.
///
/// Each thread starts with a part of the tasks of its own, the same part of every job, so that what it wrote
/// lies in its cache when the next job reads it; whoever is done first takes over from the others. After a
/// job the helpers spin for a short bounded time, since a network's next layer follows at once, and then
/// sleep.
public final class ThreadPool: @unchecked Sendable {
  /// The pool of the process: one helper fewer than the CPUs it may use or the threads it was told to.
  public static let shared = ThreadPool(
    helpers: max(ThreadCount.available, (try? ThreadCount.selected()) ?? 1) - 1)

  /// How long a helper spins before it sleeps, in nanoseconds.
  private static let spinNanoseconds: UInt64 = 400_000

  /// What a job does. In a struct, a closure is kept as it is called: in an array or behind a pointer by
  /// itself it would be wrapped anew, on the heap, at every use.
  package struct Job {
    /// Does one task on one worker.
    package let body: (_ task: Int, _ worker: Int) -> Void

    package init(_ body: @escaping (_ task: Int, _ worker: Int) -> Void) { self.body = body }
  }

  /// The number of helper threads; the caller works too.
  public let helpers: Int

  /// The job: written by the caller while the gate is shut, read by helpers who entered it.
  private var job: UnsafePointer<Job>?
  /// The job's first task; those of each part follow at their counter's place.
  private var first = 0
  private var count = 0

  /// Threads that share the job's tasks, the caller included.
  private var parts = 1
  /// The next task of each part, a cache line apart.
  private let next: UnsafeMutablePointer<Atomic<Int>>
  /// Counters in a cache line.
  private static let counterStep = 16
  /// Bits 0..<16: helpers inside; bits 16..<32: helpers still admitted; bits 32...: the job's number.
  private let gate = Atomic<UInt64>(0)
  private let taken = Atomic<Bool>(false)
  /// The thread whose job it is; 0 for none.
  private let owner = Atomic<UInt>(0)
  /// Threads that said that they have work of their own.
  private let busy = Atomic<Int>(0)
  private let sleepers = Atomic<Int>(0)
  private let wakeLock: UnsafeMutablePointer<pthread_mutex_t>
  private let wakeSignal: UnsafeMutablePointer<pthread_cond_t>

  /// A pool of `helpers` threads, which live as long as the process.
  package init(helpers: Int) {
    wakeLock = .allocate(capacity: 1)
    wakeSignal = .allocate(capacity: 1)
    pthread_mutex_init(wakeLock, nil)
    pthread_cond_init(wakeSignal, nil)
    self.helpers = max(0, helpers)
    let counters = (self.helpers + 1) * Self.counterStep
    next = .allocate(capacity: counters)
    for index in 0..<counters { (next + index).initialize(to: Atomic(0)) }
    for _ in 0..<self.helpers { start() }
  }

  /// Runs `body(0)` ... `body(count - 1)`, each once, in any order, and returns when all are done.
  ///
  /// - Parameters:
  ///   - threads: The most threads to use, the caller included.
  ///   - body: Runs on several threads at once.
  public func run(_ count: Int, threads: Int, _ body: @Sendable (Int) -> Void) {
    run(count, threads: threads) { task, _ in body(task) }
  }

  /// As above; `body` also learns which worker it runs on: 0 is the caller, the others are below
  /// `threads`, and no two at work have the same number.
  package func run(_ count: Int, threads: Int, _ body: (_ task: Int, _ worker: Int) -> Void) {
    guard min(threads, count, helpers + 1) > 1 else {
      for task in 0..<max(0, count) { body(task, 0) }
      return
    }
    withoutActuallyEscaping(body) { run(Job($0), count: count, threads: threads) }
  }

  /// Counts the calling thread as busy while `body` runs. A job gets as many helpers as leave one of its
  /// threads to each busy caller, of which whoever starts it counts as one: where there are as many callers
  /// as threads, each does its tasks alone, which takes less time in all than to share them.
  public func occupied<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    busy.add(1, ordering: .relaxed)
    defer { busy.subtract(1, ordering: .relaxed) }
    return try body()
  }

  /// As above, with a job that was made before: allocates nothing.
  package func run(_ job: Job, count: Int, threads: Int) {
    let others = max(0, busy.load(ordering: .relaxed) - 1)
    let most = min(threads - 1, helpers) - others
    var task = 0
    while task < count {
      let wanted = min(count - task - 1, most)
      if wanted > 0, share(job, task..<count, helpers: wanted) { return }
      job.body(task, 0)
      task += 1
    }
  }

  /// Shares tasks out where the pool is free, or where its job is the caller's own and has nothing left to
  /// share out.
  private func share(_ job: Job, _ tasks: Range<Int>, helpers: Int) -> Bool {
    if taken.load(ordering: .relaxed) {
      guard owner.load(ordering: .relaxed) == Self.currentThread, closeExhaustedJob() else {
        return false
      }
      let outer = (job: self.job, first: first, count: count, parts: parts)
      publish(job, tasks, helpers: helpers)
      (self.job, first, count, parts) = outer
      for part in 0..<parts {
        next[part * Self.counterStep].store(count * (part + 1) / parts, ordering: .relaxed)
      }
      return true
    }
    guard !taken.exchange(true, ordering: .acquiring) else { return false }
    owner.store(Self.currentThread, ordering: .relaxed)
    publish(job, tasks, helpers: helpers)
    owner.store(0, ordering: .relaxed)
    taken.store(false, ordering: .releasing)
    return true
  }

  /// Whether every task of the job is begun and no helper is at one: then none can enter any more.
  private func closeExhaustedJob() -> Bool {
    for part in 0..<parts
    where next[part * Self.counterStep].load(ordering: .relaxed) < count * (part + 1) / parts {
      return false
    }
    let state = gate.load(ordering: .acquiring)
    guard state & 0xffff == 0 else { return false }
    return gate.compareExchange(
      expected: state, desired: (state >> 32) << 32, ordering: .acquiringAndReleasing
    ).exchanged
  }

  /// Hands tasks to helpers, works along, and returns when all are done.
  private func publish(_ job: Job, _ tasks: Range<Int>, helpers: Int) {
    withUnsafePointer(to: job) { pointer in
      self.job = pointer
      first = tasks.lowerBound
      count = tasks.count
      parts = helpers + 1
      for part in 0..<parts {
        next[part * Self.counterStep].store(count * part / parts, ordering: .relaxed)
      }
      let number = (gate.load(ordering: .relaxed) >> 32) &+ 1
      gate.store(number << 32 | UInt64(helpers) << 16, ordering: .sequentiallyConsistent)
      if sleepers.load(ordering: .sequentiallyConsistent) > 0 {
        pthread_mutex_lock(wakeLock)
        pthread_cond_broadcast(wakeSignal)
        pthread_mutex_unlock(wakeLock)
      }
      work(as: 0)
      shutGate()
      self.job = nil
    }
  }

  /// Admits nobody else and waits until the helpers inside have left.
  private func shutGate() {
    var state = gate.load(ordering: .relaxed)
    while true {
      let shut = (state >> 32) << 32 | state & 0xffff
      let result = gate.compareExchange(
        expected: state, desired: shut, ordering: .acquiringAndReleasing)
      if result.exchanged { break }
      state = result.original
    }
    var spins = 0
    while gate.load(ordering: .acquiring) & 0xffff != 0 {
      spins += 1
      if spins & 0xfff == 0 { sched_yield() } else { Self.pause() }
    }
  }

  /// Takes tasks until none is left, those of its own part first.
  private func work(as worker: Int) {
    guard let job else { return }
    let (first, count, parts) = (first, count, parts)
    for index in 0..<parts {
      let part = (worker + index) % parts
      let end = count * (part + 1) / parts
      let counter = next + part * Self.counterStep
      while counter.pointee.load(ordering: .relaxed) < end {
        let task = counter.pointee.wrappingAdd(1, ordering: .relaxed).oldValue
        if task >= end { break }
        job.pointee.body(first + task, worker)
      }
    }
  }

  /// A helper's life.
  private func help() {
    var seen: UInt64 = 0
    while true {
      var state = gate.load(ordering: .acquiring)
      if state >> 32 == seen || state >> 16 & 0xffff == 0 {
        state = waitForJob(after: seen)
      }
      while state >> 32 != seen, state >> 16 & 0xffff != 0 {
        let inside = state - (1 << 16) + 1
        let result = gate.compareExchange(
          expected: state, desired: inside, ordering: .acquiringAndReleasing)
        if result.exchanged {
          seen = state >> 32
          work(as: Int(state >> 16 & 0xffff))
          gate.wrappingSubtract(1, ordering: .releasing)
          break
        }
        state = result.original
      }
    }
  }

  /// Spins, then sleeps, until a job other than `seen` admits helpers.
  private func waitForJob(after seen: UInt64) -> UInt64 {
    func open(_ state: UInt64) -> Bool { state >> 32 != seen && state >> 16 & 0xffff != 0 }
    let deadline = Self.now() + Self.spinNanoseconds
    var spins = 0
    while true {
      let state = gate.load(ordering: .acquiring)
      if open(state) { return state }
      spins += 1
      if spins & 0x3f == 0, Self.now() > deadline { break }
      Self.pause()
    }
    pthread_mutex_lock(wakeLock)
    sleepers.add(1, ordering: .sequentiallyConsistent)
    var state = gate.load(ordering: .sequentiallyConsistent)
    while !open(state) {
      pthread_cond_wait(wakeSignal, wakeLock)
      state = gate.load(ordering: .sequentiallyConsistent)
    }
    sleepers.subtract(1, ordering: .sequentiallyConsistent)
    pthread_mutex_unlock(wakeLock)
    return state
  }

  private func start() {
    let unmanaged = Unmanaged.passRetained(self)
    #if canImport(Darwin)
      var thread: pthread_t?
    #else
      var thread = pthread_t()
    #endif
    let status = pthread_create(
      &thread, nil,
      { argument in
        #if canImport(Darwin)
          let pool = Unmanaged<ThreadPool>.fromOpaque(argument).takeUnretainedValue()
          pool.help()
        #else
          if let argument {
            Unmanaged<ThreadPool>.fromOpaque(argument).takeUnretainedValue().help()
          }
        #endif
        return nil
      }, unmanaged.toOpaque())
    if status == 0 {
      #if canImport(Darwin)
        if let thread { pthread_detach(thread) }
      #else
        pthread_detach(thread)
      #endif
    } else {
      unmanaged.release()
    }
  }

  /// What tells threads apart; never 0.
  private static var currentThread: UInt {
    #if canImport(Glibc)
      return pthread_self()
    #else
      return UInt(bitPattern: pthread_self())
    #endif
  }

  @inline(__always)
  private static func pause() {
    #if arch(x86_64)
      Builtin.int_x86_sse2_pause()
    #endif
  }

  private static func now() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}

/// Runs `body(0)` ... `body(count - 1)` on the shared pool, each once, and returns when all are done.
///
/// - Parameter threads: The most threads to use; nil asks `ThreadCount.selected()`.
public func parallel(_ count: Int, threads: Int? = nil, _ body: @Sendable (Int) -> Void) {
  ThreadPool.shared.run(count, threads: threads ?? selectedThreads, body)
}

private let selectedThreads = (try? ThreadCount.selected()) ?? ThreadCount.available
