import Swiftlet
import Synchronization
import Testing

@Suite struct ThreadPoolTests {
  /// More helpers than most machines have CPUs, so that the hand-off is tested anywhere.
  static let pool = ThreadPool(helpers: 7)

  @Test func everyTaskRunsOnceForAnyCount() {
    for count in [0, 1, 2, 3, 7, 64, 1000] {
      for threads in [1, 2, 3, 16] {
        for _ in 0..<20 {
          let hits = Hits(count)
          Self.pool.run(count, threads: threads) { hits.add($0) }
          #expect(hits.all { $0 == 1 }, "\(count) tasks, \(threads) threads")
        }
      }
    }
  }

  @Test func callersAtTheSameTimeDoNotDisturbEachOther() async {
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<8 {
        group.addTask {
          var good = true
          for round in 0..<300 {
            let hits = Hits(1 + round % 17)
            ThreadPoolTests.pool.run(1 + round % 17, threads: 8) { hits.add($0) }
            good = good && hits.all { $0 == 1 }
          }
          return good
        }
      }
      for await good in group { #expect(good) }
    }
  }

  @Test func theWorkSurvivesSleepingHelpers() async throws {
    for _ in 0..<5 {
      try await Task.sleep(for: .milliseconds(2))
      let hits = Hits(500)
      Self.pool.run(500, threads: 8) { hits.add($0) }
      #expect(hits.all { $0 == 1 })
    }
  }

  @Test func asManyBusyCallersAsThreadsDoTheirTasksAlone() {
    let pool = ThreadPool(helpers: 2)
    /// Those who do a job whose tasks wait, up to two seconds, until `count` workers have come.
    func workers(threads: Int, waitingFor count: Int) -> Set<Int> {
      let seen = Mutex<Set<Int>>([])
      let deadline = ContinuousClock.now + .seconds(2)
      pool.run(3, threads: threads) { (_: Int, worker: Int) in
        _ = seen.withLock { $0.insert(worker) }
        while seen.withLock({ $0.count }) < count, ContinuousClock.now < deadline {}
      }
      return seen.withLock { $0 }
    }
    #expect(workers(threads: 3, waitingFor: 3) == [0, 1, 2])
    // Nested calls stand for callers on other threads; the one who starts the job is one of them.
    pool.occupied {
      #expect(workers(threads: 3, waitingFor: 3).count == 3)
      pool.occupied {
        #expect(workers(threads: 3, waitingFor: 2).count == 2)
        #expect(workers(threads: 2, waitingFor: 1) == [0])
        pool.occupied { #expect(workers(threads: 3, waitingFor: 1) == [0]) }
      }
    }
    #expect(workers(threads: 3, waitingFor: 3).count == 3)
  }

  @Test func aNestedCallFinishes() {
    let hits = Hits(64)
    Self.pool.run(8, threads: 8) { outer in
      Self.pool.run(8, threads: 8) { inner in hits.add(outer * 8 + inner) }
    }
    #expect(hits.all { $0 == 1 })
  }

  @Test func nestedCallsOfSeveralCallersDoEachTaskOnce() async {
    await withTaskGroup(of: Bool.self) { group in
      for caller in 0..<3 {
        group.addTask {
          var good = true
          for round in 0..<300 {
            let (outer, inner) = (2 + (round + caller) % 3, 1 + round % 29)
            let hits = Hits(outer * inner)
            ThreadPoolTests.pool.run(outer, threads: 2 + round % 7) { task in
              // Tasks of different lengths, so that helpers are free at different times.
              ThreadPoolTests.pool.run(task == 0 ? inner : 0, threads: 8) { hits.add($0) }
              if task > 0 { for index in 0..<inner { hits.add(task * inner + index) } }
            }
            good = good && hits.all { $0 == 1 }
          }
          return good
        }
      }
      for await good in group { #expect(good) }
    }
  }

  @Test func callsNestedThreeDeepAndOneAfterTheOtherDoEachTaskOnce() {
    for round in 0..<200 {
      let hits = Hits(2 * 2 * 3 * 5)
      Self.pool.run(2, threads: 1 + round % 8) { outer in
        for turn in 0..<2 {
          Self.pool.run(3, threads: 8) { middle in
            Self.pool.run(5, threads: 8) { inner in
              hits.add(((outer * 2 + turn) * 3 + middle) * 5 + inner)
            }
          }
        }
      }
      #expect(hits.all { $0 == 1 })
    }
  }

  @Test func aNestedCallIsSharedWhereTheHelpersAreDone() {
    let pool = ThreadPool(helpers: 1)
    let deadline = ContinuousClock.now + .seconds(5)
    let begun = Atomic(false)
    let done = Atomic(false)
    let workers = Mutex<Set<Int>>([])
    pool.run(2, threads: 2) { (_: Int, worker: Int) in
      func wait(for flag: borrowing Atomic<Bool>) {
        while !flag.load(ordering: .acquiring), ContinuousClock.now < deadline {}
      }
      if worker == 1 {
        wait(for: begun)
        done.store(true, ordering: .releasing)
        return
      }
      begun.store(true, ordering: .releasing)
      wait(for: done)
      while workers.withLock({ $0.count < 2 }), ContinuousClock.now < deadline {
        pool.run(64, threads: 2) { (_: Int, worker: Int) in
          _ = workers.withLock { $0.insert(worker) }
        }
      }
    }
    #expect(workers.withLock { $0 } == [0, 1])
  }
}

/// Counts how often each task ran.
private final class Hits: Sendable {
  private let counts: Mutex<[Int]>

  init(_ count: Int) { counts = Mutex([Int](repeating: 0, count: count)) }

  func add(_ index: Int) { counts.withLock { $0[index] += 1 } }

  func all(_ test: (Int) -> Bool) -> Bool { counts.withLock { $0.allSatisfy(test) } }
}
