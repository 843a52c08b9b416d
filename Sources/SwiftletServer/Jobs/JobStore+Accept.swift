import GRDB
import HTTPTypes

extension JobStore {
  /// An `Idempotency-Key` with what stands for the request's contents.
  package struct Key: Sendable {
    package var text: String
    package var fingerprint: String

    package init(text: String, fingerprint: String) {
      self.text = text
      self.fingerprint = fingerprint
    }
  }

  /// Makes a job of photos that are in the spool. When this returns, the job will be finished.
  ///
  /// Where the key was used before, the job of that time is the answer and the photos are removed.
  ///
  /// - Throws: `ServiceError` with status 422 where the key belongs to another request, 503 where too
  ///   much waits; `DatabaseError`.
  package func create(
    _ items: [NewItem], options: PhotoOptions, key: Key? = nil
  ) async throws -> Job {
    let now = WallClock.now
    let (job, isNew): (Job, Bool)
    do {
      (job, isNew) = try await database.write { [limits] db -> (Job, Bool) in
        if let key, let earlier = try Self.job(of: key, db, now - limits.keyLifetime) {
          return (earlier, false)
        }
        let waiting =
          try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM item WHERE state = 'queued'") ?? 0
        guard waiting + items.count <= limits.waitingItems else { throw Self.full }
        let id = randomName()
        try db.execute(
          sql: "INSERT INTO job (id, state, created) VALUES (?, 'queued', ?)",
          arguments: [id, now])
        let sequence = db.lastInsertedRowID
        for (position, item) in items.enumerated() {
          try Self.insert(item, options, db, sequence, position)
        }
        if let key {
          try db.execute(
            sql: "INSERT OR REPLACE INTO idempotency VALUES (?, ?, ?, ?)",
            arguments: [key.text, key.fingerprint, id, now])
        }
        try self.settle(db, sequence)
        guard let job = try Self.job(id, db) else { throw Self.vanished }
        return (job, true)
      }
    } catch {
      discard(items)
      throw error
    }
    // Nothing after the commit may fail: the photos of a new job are its own from here on.
    if !isNew { discard(items) }
    return job
  }

  /// Removes photos that become no job.
  package func discard(_ items: [NewItem]) {
    for case .success(let name) in items.map(\.content) { spool.remove(name) }
  }

  /// The bytes of photos and pictures, as the database knows them.
  package func storedBytes() async throws -> Int {
    try await database.read { db in
      try Int.fetchOne(
        db, sql: "SELECT TOTAL(input_bytes) + TOTAL(COALESCE(output_bytes, 0)) FROM item") ?? 0
    }
  }

  static let full = ServiceError(
    .serviceUnavailable, "overloaded", "too many photos wait already; try again later",
    retryAfter: 30)

  private static let vanished = ServiceError(
    .serviceUnavailable, "storage_unavailable", "the job cannot be read back; try again",
    retryAfter: 5)

  /// The job that the key was used for; nil where there is none, or its photos and results are gone.
  private static func job(of key: Key, _ db: Database, _ since: Double) throws -> Job? {
    guard
      let row = try Row.fetchOne(
        db, sql: "SELECT fingerprint, job_id FROM idempotency WHERE key = ? AND created > ?",
        arguments: [key.text, since])
    else { return nil }
    guard key.fingerprint == row["fingerprint"] else {
      throw ServiceError(
        .unprocessableContent, "idempotency_key_reused",
        "the Idempotency-Key was used for another request; choose a new one")
    }
    let earlier = try job(row["job_id"], db)
    return earlier?.state == .expired ? nil : earlier
  }

  private static func insert(
    _ item: NewItem, _ options: PhotoOptions, _ db: Database, _ sequence: Int64, _ position: Int
  ) throws {
    var (input, failure): (String?, JobItem.Failure?) = (nil, nil)
    switch item.content {
    case .success(let name): input = name
    case .failure(let error): failure = error.failure
    }
    try db.execute(
      sql: """
        INSERT INTO item (job, position, name, input, input_type, input_bytes, profile, background,
          format, state, failure_code, failure_detail)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        sequence, position, item.name, input, item.mediaType, input == nil ? 0 : item.bytes,
        options.profile, options.background, options.format,
        (failure == nil ? ItemState.queued : .failed).rawValue, failure?.code, failure?.detail,
      ])
  }
}
