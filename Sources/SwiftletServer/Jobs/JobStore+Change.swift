import GRDB
import HTTPTypes

extension JobStore {
  /// Cancels what of a job has not been finished. Results so far are kept until the job expires.
  /// Nil where there is no such job.
  package func cancel(_ id: String) async throws -> Job? {
    try await database.write { db in
      guard let job = try Self.job(id, db) else { return nil }
      guard !job.state.isFinished else { return job }
      try db.execute(
        sql: """
          UPDATE item SET state = 'cancelled', review = 0
          WHERE job = ? AND state IN ('queued', 'running')
          """, arguments: [job.sequence])
      try self.settle(db, job.sequence)
      return try Self.job(id, db)
    }
  }

  /// Removes a job with its photos and results. False where there is none.
  package func remove(_ id: String) async throws -> Bool {
    let removed = try await database.write { db -> [String]? in
      guard let job = try Self.job(id, db) else { return nil }
      let files = try Self.files(of: job.sequence, db)
      try db.execute(sql: "DELETE FROM job WHERE seq = ?", arguments: [job.sequence])
      return files
    }
    removed?.forEach(spool.remove)
    return removed != nil
  }

  /// Takes a result as it is, so that nobody need look at it.
  ///
  /// - Throws: `ServiceError` with status 409 where the photo is not in review or has no picture.
  package func accept(_ item: JobItem) async throws {
    guard item.isInReview else { throw Self.notInReview }
    guard item.output != nil else {
      throw Self.conflict(
        "no_result", "there is no picture to accept; send the photo back with other options")
    }
    try await database.write { db in
      try db.execute(
        sql: """
          UPDATE item SET state = 'succeeded', review = 0
          WHERE job = ? AND position = ? AND review = 1
          """, arguments: [item.jobSequence, item.position])
      // The photo may have been sent back, or its job removed, since it was read.
      guard db.changesCount == 1 else { throw Self.notInReview }
      try self.settle(db, item.jobSequence)
    }
  }

  /// Sends a photo back with other options. Its earlier result is removed.
  ///
  /// - Throws: `ServiceError` with status 409 where it is still in progress or was not stored.
  package func redo(_ item: JobItem, options: PhotoOptions) async throws {
    guard item.state != .queued, item.state != .running else {
      throw Self.conflict("in_progress", "this photo is still in progress")
    }
    guard item.input != nil else {
      throw Self.conflict("not_stored", "this photo was refused on arrival; send it anew")
    }
    let isQueued = try await database.write { db -> Bool in
      try db.execute(
        sql: """
          UPDATE item SET state = 'queued', review = 0, attempts = 0, interruptions = 0,
            not_before = 0, profile = ?, background = ?, format = ?, failure_code = NULL,
            failure_detail = NULL, output = NULL, output_type = NULL, output_bytes = NULL,
            width = NULL, height = NULL, verdict = NULL, report = NULL, tags = NULL,
            completions = 0
          WHERE job = ? AND position = ? AND state NOT IN ('queued', 'running')
          """,
        arguments: [
          options.profile, options.background, options.format, item.jobSequence, item.position,
        ])
      guard db.changesCount == 1 else { return false }
      try self.settle(db, item.jobSequence)
      return true
    }
    if isQueued, let output = item.output { spool.remove(output.name) }
  }

  /// Keeps tags that a person wrote, as JSON.
  package func setTags(_ tags: String, of item: JobItem) async throws {
    try await database.write { db in
      try db.execute(
        sql: "UPDATE item SET tags = ? WHERE job = ? AND position = ?",
        arguments: [tags, item.jobSequence, item.position])
    }
  }

  /// Removes the photos and results of jobs whose time is over, and forgets what is older still.
  /// Gives the number of jobs that expired.
  @discardableResult
  package func expire(now: Double = WallClock.now) async throws -> Int {
    let (count, files) = try await database.write { [limits] db -> (Int, [String]) in
      let due = try Int64.fetchAll(
        db, sql: "SELECT seq FROM job WHERE expires <= ? AND state <> 'expired'",
        arguments: [now])
      var files: [String] = []
      for sequence in due {
        files += try Self.files(of: sequence, db)
        try db.execute(sql: "DELETE FROM item WHERE job = ?", arguments: [sequence])
        try db.execute(
          sql: "UPDATE job SET state = 'expired' WHERE seq = ?", arguments: [sequence])
      }
      try db.execute(
        sql: "DELETE FROM job WHERE state = 'expired' AND expires <= ?",
        arguments: [now - limits.memory])
      try db.execute(
        sql: "DELETE FROM idempotency WHERE created <= ?", arguments: [now - limits.keyLifetime])
      return (due.count, files)
    }
    files.forEach(spool.remove)
    return count
  }

  /// Moves every moment by `seconds`, after the system's clock has been set: what a clock says must
  /// not make jobs expire.
  package func shiftClock(by seconds: Double) async throws {
    try await database.write { db in
      try db.execute(
        sql: "UPDATE job SET expires = expires + ? WHERE expires IS NOT NULL",
        arguments: [seconds])
      try db.execute(
        sql: "UPDATE job SET notice_at = notice_at + ? WHERE notice_at IS NOT NULL",
        arguments: [seconds])
      try db.execute(
        sql: "UPDATE item SET not_before = 0 WHERE state = 'queued'")
      try db.execute(sql: "UPDATE idempotency SET created = created + ?", arguments: [seconds])
    }
  }

  private static func files(of sequence: Int64, _ db: Database) throws -> [String] {
    try String.fetchAll(
      db,
      sql: """
        SELECT input FROM item WHERE job = :job AND input IS NOT NULL
        UNION SELECT output FROM item WHERE job = :job AND output IS NOT NULL
        """, arguments: ["job": sequence])
  }

  private static let notInReview = conflict(
    "not_in_review", "this photo does not wait for review")

  private static func conflict(_ code: String, _ detail: String) -> ServiceError {
    ServiceError(.conflict, code, detail)
  }
}
