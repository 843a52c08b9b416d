import GRDB

extension JobStore {
  /// Takes up the first photo that waits and whose time has come; nil where there is none.
  package func claim(now: Double = WallClock.now) async throws -> Claim? {
    try await database.write { db -> Claim? in
      // A time far ahead is that of a clock which has been set back since.
      guard
        let row = try Row.fetchOne(
          db,
          sql: """
            SELECT job, position FROM item
            WHERE state = 'queued' AND (not_before <= ? OR not_before > ?)
            ORDER BY job, position LIMIT 1
            """, arguments: [now, now + 3600])
      else { return nil }
      let (sequence, position): (Int64, Int) = (row["job"], row["position"])
      try db.execute(
        sql: """
          UPDATE item SET state = 'running', claim = claim + 1, attempts = attempts + 1
          WHERE job = ? AND position = ?
          """, arguments: [sequence, position])
      try self.settle(db, sequence, now: now)
      guard let item = try Self.item(db, sequence, position),
        let number = try Int.fetchOne(
          db, sql: "SELECT claim FROM item WHERE job = ? AND position = ?",
          arguments: [sequence, position])
      else { return nil }
      return Claim(item: item, number: number)
    }
  }

  /// Records how a claim ended. False where it no longer counts, because the photo was cancelled or
  /// removed meanwhile.
  package func finish(
    _ claim: Claim, _ outcome: ItemOutcome, now: Double = WallClock.now
  ) async throws -> Bool {
    let item = claim.item
    return try await database.write { db in
      let isCurrent = try Bool.fetchOne(
        db,
        sql: """
          SELECT EXISTS (SELECT 1 FROM item
            WHERE job = ? AND position = ? AND state = 'running' AND claim = ?)
          """, arguments: [item.jobSequence, item.position, claim.number])
      guard isCurrent == true else { return false }
      try Self.record(outcome, db, item)
      try self.settle(db, item.jobSequence, now: now)
      return true
    }
  }

  private static func record(_ outcome: ItemOutcome, _ db: Database, _ item: JobItem) throws {
    let key: StatementArguments = [item.jobSequence, item.position]
    let place = " WHERE job = ? AND position = ?"
    switch outcome {
    case .done(let verdict, let output, let report):
      let needsReview = output == nil || verdict == "needs_review"
      let state: ItemState = needsReview ? .needsReview : .succeeded
      try db.execute(
        sql: """
          UPDATE item SET state = ?, review = ?, completions = completions + 1, verdict = ?,
            output = ?, output_type = ?, output_bytes = ?, width = ?, height = ?, report = ?,
            failure_code = NULL, failure_detail = NULL
          """ + place,
        arguments: [
          state.rawValue, needsReview, verdict, output?.name, output?.mediaType, output?.bytes,
          output?.width, output?.height, report,
        ] + key)
    case .refused(let failure):
      try db.execute(
        sql: """
          UPDATE item SET state = 'failed', completions = completions + 1, failure_code = ?,
            failure_detail = ?
          """ + place,
        arguments: [failure.code, failure.detail] + key)
    case .failed(let failure, let retryAt?):
      try db.execute(
        sql: """
          UPDATE item SET state = 'queued', not_before = ?, failure_code = ?, failure_detail = ?
          """ + place,
        arguments: [retryAt, failure.code, failure.detail] + key)
    case .failed(let failure, nil):
      try db.execute(
        sql: """
          UPDATE item SET state = 'failed', review = 1, completions = completions + 1,
            failure_code = ?, failure_detail = ?
          """ + place,
        arguments: [failure.code, failure.detail] + key)
    case .postponed(let until):
      try db.execute(
        sql: "UPDATE item SET state = 'queued', not_before = ?, attempts = attempts - 1" + place,
        arguments: [until] + key)
    }
  }
}
