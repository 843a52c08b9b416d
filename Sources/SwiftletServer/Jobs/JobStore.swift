import GRDB
import SwiftletSkills

/// The jobs, kept so that neither a kill nor a loss of power loses an accepted one.
///
/// State is in an SQLite database (write-ahead log, synchronised at every commit), photos and
/// pictures in a `Spool`. A file is stored before a row names it and removed after no row does, so
/// that a sudden end leaves files too many, which `recover` removes, and never too few.
package final class JobStore: Sendable {
  /// What the store accepts and how long it keeps it.
  package struct Limits: Sendable {
    /// How long a finished job and its results are kept, in seconds.
    package var lifetime: Double = 86_400
    /// How long the name of an expired job is remembered, in seconds.
    package var memory: Double = 7 * 86_400
    /// How long an `Idempotency-Key` is kept, in seconds.
    package var keyLifetime: Double = 86_400
    /// The most photos that may wait.
    package var waitingItems = 5000
    /// The most bytes of photos and pictures.
    package var bytes = 20 << 30
    /// How often a photo may be in progress when the process is killed before a person must look.
    package var interruptions = 20
    /// Whether others are told when a job is finished.
    package var notifies = false

    /// The limits of the service.
    package init() {}
  }

  /// The photos and pictures.
  package let spool: Spool
  let limits: Limits
  let database: DatabaseQueue
  private let lock: DirectoryLock

  /// Opens the store in `directory`, made where it does not exist.
  ///
  /// - Throws: `ServerError` where the folder cannot be used, is in use, or holds a damaged database.
  package init(directory: String, limits: Limits = Limits()) throws(ServerError) {
    self.limits = limits
    try makeDirectory(directory)
    lock = try DirectoryLock(directory)
    spool = try Spool(directory: "\(directory)/files")
    do {
      database = try Self.open("\(directory)/jobs.sqlite")
    } catch {
      throw ServerError(
        code: "file_access", what: "\(directory)/jobs.sqlite", why: "\(error)",
        remedy: "check the folder and the free space, or name another folder with --data")
    }
  }

  private static func open(_ path: String) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.journalMode = .wal
    configuration.busyMode = .timeout(5)
    configuration.label = "jobs"
    let database = try DatabaseQueue(path: path, configuration: configuration)
    // The working set is a few pages, and the system caches the file: no more than 256 KB here.
    try database.inDatabase {
      try $0.execute(sql: "PRAGMA synchronous = FULL; PRAGMA cache_size = -256")
    }
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1") { try $0.execute(sql: schema) }
    migrator.registerMigration("2") { try $0.execute(sql: noticeSchema) }
    try migrator.migrate(database)
    return database
  }

  private static let schema = """
    CREATE TABLE job (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      id TEXT NOT NULL UNIQUE,
      state TEXT NOT NULL,
      created REAL NOT NULL,
      finished REAL,
      expires REAL
    );
    CREATE INDEX job_expires ON job (expires);
    CREATE TABLE item (
      job INTEGER NOT NULL REFERENCES job (seq) ON DELETE CASCADE,
      position INTEGER NOT NULL,
      name TEXT NOT NULL,
      input TEXT,
      input_type TEXT NOT NULL,
      input_bytes INTEGER NOT NULL,
      profile TEXT,
      background TEXT,
      format TEXT,
      state TEXT NOT NULL,
      claim INTEGER NOT NULL DEFAULT 0,
      attempts INTEGER NOT NULL DEFAULT 0,
      interruptions INTEGER NOT NULL DEFAULT 0,
      completions INTEGER NOT NULL DEFAULT 0,
      not_before REAL NOT NULL DEFAULT 0,
      review INTEGER NOT NULL DEFAULT 0,
      failure_code TEXT,
      failure_detail TEXT,
      output TEXT,
      output_type TEXT,
      output_bytes INTEGER,
      width INTEGER,
      height INTEGER,
      verdict TEXT,
      report TEXT,
      tags TEXT,
      PRIMARY KEY (job, position)
    ) WITHOUT ROWID;
    CREATE INDEX item_state ON item (state, job, position);
    CREATE INDEX item_review ON item (review, job, position);
    CREATE TABLE idempotency (
      key TEXT PRIMARY KEY,
      fingerprint TEXT NOT NULL,
      job_id TEXT NOT NULL,
      created REAL NOT NULL
    );
    """

  private static let noticeSchema = """
    ALTER TABLE job ADD COLUMN event INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE job ADD COLUMN notice_at REAL;
    ALTER TABLE job ADD COLUMN notice_attempts INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX job_notice ON job (notice_at);
    """

  /// Takes up again what a sudden end has interrupted, and removes the files that it left behind.
  /// Called once, before anything is claimed.
  package func recover() throws {
    let kept = try database.write { db in
      // An attempt that a kill cut short is counted as an interruption, not as a failure.
      try db.execute(
        sql: """
          UPDATE item SET state = 'failed', review = 1, failure_code = 'interrupted',
            failure_detail = 'the service ended ' || interruptions || ' times while it processed '
              || 'this photo; look at the photo and send it back'
          WHERE state = 'running' AND interruptions >= ?
          """, arguments: [limits.interruptions])
      try db.execute(
        sql: """
          UPDATE item SET state = 'queued', interruptions = interruptions + 1,
            attempts = attempts - 1
          WHERE state = 'running'
          """)
      for sequence in try Int64.fetchAll(
        db, sql: "SELECT seq FROM job WHERE state IN ('queued', 'running')")
      {
        try self.settle(db, sequence)
      }
      return try String.fetchSet(
        db,
        sql: """
          SELECT input FROM item WHERE input IS NOT NULL
          UNION SELECT output FROM item WHERE output IS NOT NULL
          """)
    }
    spool.sweep(keeping: kept)
  }

  /// Ends the use of the folder. Nothing may be asked of the store afterwards.
  package func close() {
    try? database.close()
    lock.release()
  }

  /// How durable a commit is, as SQLite numbers it: 2 is full.
  package func synchronization() throws -> Int {
    try database.read { try Int.fetchOne($0, sql: "PRAGMA synchronous") ?? -1 }
  }

  /// Sets a job's state from those of its items.
  func settle(_ db: Database, _ sequence: Int64, now: Double = WallClock.now) throws {
    let counts = try Self.counts(db, sequence)
    let state = Self.state(counts)
    if state.isFinished {
      if limits.notifies {
        try db.execute(
          sql: """
            UPDATE job SET event = event + 1, notice_at = ?, notice_attempts = 0
            WHERE seq = ? AND state IN ('queued', 'running')
            """, arguments: [now, sequence])
      }
      try db.execute(
        sql: "UPDATE job SET state = ?, finished = ?, expires = ? WHERE seq = ?",
        arguments: [state.rawValue, now, now + limits.lifetime, sequence])
    } else {
      try db.execute(
        sql: "UPDATE job SET state = ?, finished = NULL, expires = NULL WHERE seq = ?",
        arguments: [state.rawValue, sequence])
    }
  }

  private static func state(_ counts: [ItemState: Int]) -> JobState {
    func count(_ states: ItemState...) -> Int { states.reduce(0) { $0 + counts[$1, default: 0] } }
    let total = counts.values.reduce(0, +)
    if count(.queued) == total { return .queued }
    if count(.queued, .running) > 0 { return .running }
    if count(.cancelled) > 0 { return .cancelled }
    if count(.failed) == total { return .failed }
    return count(.failed) > 0 ? .partial : .succeeded
  }

  static func counts(_ db: Database, _ sequence: Int64) throws -> [ItemState: Int] {
    var counts: [ItemState: Int] = [:]
    for row in try Row.fetchAll(
      db, sql: "SELECT state, COUNT(*) AS n FROM item WHERE job = ? GROUP BY state",
      arguments: [sequence])
    {
      if let state = ItemState(rawValue: row["state"]) { counts[state] = row["n"] }
    }
    return counts
  }
}
