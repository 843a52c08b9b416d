import SwiftletImage
import SwiftletServer
import Testing

@Suite("Job store")
struct JobStoreTests {
  private func item(_ store: JobStore) throws -> NewItem {
    NewItem(
      name: "a.png", content: .success(try store.spool.store([1, 2, 3])), mediaType: "image/png",
      bytes: 3)
  }

  private func picture(_ store: JobStore) throws -> StoredPicture {
    StoredPicture(
      name: try store.spool.store([4, 5]), mediaType: "image/png", bytes: 2, width: 1, height: 1)
  }

  @Test("commits are fully synchronised")
  func synchronization() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let store = try JobStore(directory: folder.path)
    #expect(try store.synchronization() == 2)
    store.close()
  }

  @Test("what a kill interrupts is done once, and files that nobody names are removed")
  func recovery() async throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let files = folder.path + "/files"
    var store = try JobStore(directory: folder.path)
    let job = try await store.create([try item(store), try item(store)], options: .init())
    let lost = try #require(try await store.claim())
    // Killed between storing a picture and recording it, and while an upload was stored.
    let orphan = try picture(store)
    _ = try item(store)
    store.close()

    store = try JobStore(directory: folder.path)
    #expect(TemporaryFolder.names(files).count == 4)
    try store.recover()
    #expect(TemporaryFolder.names(files).count == 2)
    #expect(!TemporaryFolder.names(files).contains(orphan.name))
    // The report of the process that was killed does not count any more.
    #expect(
      try await store.finish(lost, .done(verdict: "pass", output: nil, report: "{}")) == false)
    for _ in 0..<2 {
      let claim = try #require(try await store.claim())
      // The attempt that the kill cut short does not count.
      #expect(claim.item.attempts == 1)
      let output = try picture(store)
      #expect(
        try await store.finish(claim, .done(verdict: "pass", output: output, report: "{}")))
      #expect(
        try await !store.finish(claim, .done(verdict: "pass", output: output, report: "{}")))
    }
    #expect(try await store.claim() == nil)
    #expect(try await store.job(job.id)?.state == .succeeded)
    store.close()
  }

  @Test("files that the spool has not made are left alone")
  func foreignFiles() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let files = folder.path + "/files"
    let store = try JobStore(directory: folder.path)
    let foreign = [
      "holiday.jpg", ".hidden", "0123456789abcdef", String(repeating: "A", count: 32),
      String(repeating: "0", count: 33), "notes.tmp",
    ]
    let own = [String(repeating: "0a", count: 16), ".swiftlet-1f.tmp"]
    for name in foreign + own { try writeAtomically([1], to: "\(files)/\(name)") }
    try store.recover()
    #expect(Set(TemporaryFolder.names(files)) == Set(foreign))
    store.close()
  }

  @Test("a batch whose sender gives up at any moment is a job with its photos, or leaves nothing")
  func abandonedBatch() async throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let store = try JobStore(directory: folder.path)
    for round in 0..<60 {
      let items = [try item(store)]
      let sending = Task { try await store.create(items, options: .init()) }
      for _ in 0..<(round * 20) { await Task.yield() }
      sending.cancel()
      _ = await sending.result
    }
    var kept: Set<String> = []
    for job in try await store.jobs(before: nil, limit: 100) {
      kept.formUnion(try await store.items(of: job).compactMap(\.input))
    }
    #expect(kept == Set(TemporaryFolder.names(folder.path + "/files")))
    store.close()
  }

  @Test("a key stands for its job until the job expires; photos sent again are removed")
  func keys() async throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    var limits = JobStore.Limits()
    limits.lifetime = 100
    let store = try JobStore(directory: folder.path, limits: limits)
    let key = JobStore.Key(text: "order-1", fingerprint: "f")
    let first = try await store.create([try item(store)], options: .init(), key: key)
    #expect(try await store.create([try item(store)], options: .init(), key: key).id == first.id)
    #expect(TemporaryFolder.names(folder.path + "/files").count == 1)
    let claim = try #require(try await store.claim())
    #expect(
      try await store.finish(claim, .done(verdict: "pass", output: nil, report: "{}"), now: 5000))
    try await store.expire(now: 5100)
    #expect(try await store.job(first.id)?.state == .expired)
    let second = try await store.create([try item(store)], options: .init(), key: key)
    #expect(second.id != first.id && second.state == .queued)
    #expect(TemporaryFolder.names(folder.path + "/files").count == 1)
    store.close()
  }

  @Test("accepting a photo whose job has expired changes nothing")
  func lateAcceptance() async throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    var limits = JobStore.Limits()
    limits.lifetime = 100
    let store = try JobStore(directory: folder.path, limits: limits)
    let job = try await store.create([try item(store)], options: .init())
    let claim = try #require(try await store.claim())
    let output = try picture(store)
    #expect(
      try await store.finish(
        claim, .done(verdict: "needs_review", output: output, report: "{}"), now: 5000))
    let doubtful = try #require(try await store.items(of: job).first)
    try await store.expire(now: 5100)
    let error = await #expect(throws: ServiceError.self) { try await store.accept(doubtful) }
    #expect(error?.code == "not_in_review")
    #expect(try await store.job(job.id)?.state == .expired)
    store.close()
  }

  @Test("a photo that ends the process again and again is given to a person")
  func poison() async throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    var limits = JobStore.Limits()
    limits.interruptions = 2
    var store = try JobStore(directory: folder.path, limits: limits)
    let job = try await store.create([try item(store)], options: .init())
    for _ in 0..<3 {
      _ = try #require(try await store.claim())
      store.close()
      store = try JobStore(directory: folder.path, limits: limits)
      try store.recover()
    }
    #expect(try await store.claim() == nil)
    let failed = try #require(try await store.items(of: job).first)
    #expect(failed.state == .failed && failed.isInReview && failed.failure?.code == "interrupted")
    store.close()
  }

  @Test("jobs expire with their files, and a clock that is set does not make them")
  func expiry() async throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    var limits = JobStore.Limits()
    (limits.lifetime, limits.memory) = (100, 1000)
    let store = try JobStore(directory: folder.path, limits: limits)
    let job = try await store.create([try item(store)], options: .init())
    let claim = try #require(try await store.claim())
    let start = 5000.0
    let output = try picture(store)
    #expect(
      try await store.finish(
        claim, .done(verdict: "pass", output: output, report: "{}"), now: start))
    try await store.expire(now: start + 99)
    #expect(try await store.job(job.id)?.state == .succeeded)
    try await store.shiftClock(by: 1e6)
    try await store.expire(now: start + 1e6 + 99)
    #expect(try await store.job(job.id)?.state == .succeeded)
    #expect(TemporaryFolder.names(folder.path + "/files").count == 2)
    try await store.expire(now: start + 1e6 + 100)
    #expect(try await store.job(job.id)?.state == .expired)
    #expect(TemporaryFolder.names(folder.path + "/files").isEmpty)
    try await store.expire(now: start + 1e6 + 1100)
    #expect(try await store.job(job.id) == nil)
    store.close()
  }

  @Test("an unfinished job never expires; one that waits too long for others is refused")
  func limits() async throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    var limits = JobStore.Limits()
    limits.waitingItems = 2
    let store = try JobStore(directory: folder.path, limits: limits)
    let job = try await store.create([try item(store), try item(store)], options: .init())
    try await store.expire(now: 1e12)
    #expect(try await store.job(job.id)?.state == .queued)
    let third = try item(store)
    let error = await #expect(throws: ServiceError.self) {
      _ = try await store.create([third], options: .init())
    }
    #expect(error?.code == "overloaded")
    #expect(TemporaryFolder.names(folder.path + "/files").count == 2)
    store.close()
  }

  @Test("a folder that cannot be written to is an error that names it")
  func unusableFolder() throws {
    let error = #expect(throws: ServerError.self) { try JobStore(directory: "/proc/swiftlet") }
    #expect(error?.code == "file_access" && error?.what == "/proc/swiftlet")
  }
}
