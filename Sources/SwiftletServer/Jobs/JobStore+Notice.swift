import GRDB

extension JobStore {
  /// A job of which others are to be told that it is finished.
  struct Notice: Sendable {
    var job: Job
    /// How often the job has been finished; a photo that is sent back makes it begin again.
    var event: Int
    /// How often the message has been sent in vain.
    var attempts: Int

    /// The name of the message, the same each time it is sent.
    var name: String { "\(job.id)-\(event)" }
  }

  /// The notice that has been due for the longest time; nil where none is.
  func dueNotice(now: Double = WallClock.now) async throws -> Notice? {
    try await database.read { db in
      guard
        let row = try Row.fetchOne(
          db,
          sql: """
            SELECT id, event, notice_attempts FROM job WHERE notice_at <= ?
            ORDER BY notice_at LIMIT 1
            """, arguments: [now]), let job = try Self.job(row["id"], db)
      else { return nil }
      return Notice(job: job, event: row["event"], attempts: row["notice_attempts"])
    }
  }

  /// Notes that a message was heard or given up, or when it is sent again.
  func settle(_ notice: Notice, retryAt: Double?) async throws {
    try await database.write { db in
      try db.execute(
        sql: """
          UPDATE job SET notice_at = ?, notice_attempts = notice_attempts + 1
          WHERE seq = ? AND event = ?
          """, arguments: [retryAt, notice.job.sequence, notice.event])
    }
  }
}
