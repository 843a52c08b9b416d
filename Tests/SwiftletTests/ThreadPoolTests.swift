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
    func workers() -> Set<Int> {
      let seen = Mutex<Set<Int>>([])
      pool.run(3, threads: 3) { (_: Int, worker: Int) in _ = seen.withLock { $0.insert(worker) } }
      return seen.withLock { $0 }
    }
    // The caller itself is one of the busy ones.
    pool.occupied {
      pool.occupied { pool.occupied { #expect(workers() == [0]) } }
      let hits = Hits(100)
      pool.run(100, threads: 3) { hits.add($0) }
      #expect(hits.all { $0 == 1 })
    }
  }

  @Test func aNestedCallFinishes() {
    let hits = Hits(64)
    Self.pool.run(8, threads: 8) { outer in
      Self.pool.run(8, threads: 8) { inner in hits.add(outer * 8 + inner) }
    }
    #expect(hits.all { $0 == 1 })
  }
}

/// Counts how often each task ran.
private final class Hits: Sendable {
  private let counts: Mutex<[Int]>

  init(_ count: Int) { counts = Mutex([Int](repeating: 0, count: count)) }

  func add(_ index: Int) { counts.withLock { $0[index] += 1 } }

  func all(_ test: (Int) -> Bool) -> Bool { counts.withLock { $0.allSatisfy(test) } }
}
