import GRDB

extension JobStore {
  /// The job of that name.
  package func job(_ id: String) async throws -> Job? {
    try await database.read { try Self.job(id, $0) }
  }

  /// The newest jobs, those accepted before `cursor` where it is given.
  package func jobs(before cursor: Int64?, limit: Int) async throws -> [Job] {
    try await database.read { db in
      try Row.fetchAll(
        db, sql: "SELECT * FROM job WHERE seq < ? ORDER BY seq DESC LIMIT ?",
        arguments: [cursor ?? .max, limit]
      ).map { try Self.job($0, db) }
    }
  }

  /// The photos of a job in order, those after position `cursor` where it is given.
  package func items(
    of job: Job, after cursor: Int? = nil, limit: Int = .max
  ) async throws -> [JobItem] {
    try await database.read { db in
      try Row.fetchAll(
        db, sql: Self.itemQuery + "WHERE job = ? AND position > ? ORDER BY position LIMIT ?",
        arguments: [job.sequence, cursor ?? -1, limit]
      ).map(Self.item)
    }
  }

  /// A photo of the job of that name.
  package func item(_ id: String, _ position: Int) async throws -> JobItem? {
    try await database.read { db in
      try Row.fetchOne(
        db, sql: Self.itemQuery + "WHERE job.id = ? AND position = ?", arguments: [id, position]
      ).map(Self.item)
    }
  }

  /// The photos that wait for a person, oldest first, those after `cursor` where it is given.
  package func reviews(
    after cursor: (job: Int64, position: Int)?, limit: Int
  ) async throws -> [JobItem] {
    let (job, position) = cursor ?? (-1, -1)
    return try await database.read { db in
      try Row.fetchAll(
        db,
        sql: Self.itemQuery
          + "WHERE review = 1 AND (job, position) > (?, ?) ORDER BY job, position LIMIT ?",
        arguments: [job, position, limit]
      ).map(Self.item)
    }
  }

  /// How many jobs are in each state, and how many photos wait or are being processed.
  package func census() async throws -> (jobs: [JobState: Int], waiting: Int, reviews: Int) {
    try await database.read { db in
      var jobs: [JobState: Int] = [:]
      for row in try Row.fetchAll(db, sql: "SELECT state, COUNT(*) AS n FROM job GROUP BY state") {
        if let state = JobState(rawValue: row["state"]) { jobs[state] = row["n"] }
      }
      func count(_ condition: String) throws -> Int {
        try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM item WHERE \(condition)") ?? 0
      }
      return (jobs, try count("state = 'queued'"), try count("review = 1"))
    }
  }

  static func job(_ id: String, _ db: Database) throws -> Job? {
    try Row.fetchOne(db, sql: "SELECT * FROM job WHERE id = ?", arguments: [id])
      .map { try job($0, db) }
  }

  private static func job(_ row: Row, _ db: Database) throws -> Job {
    let sequence: Int64 = row["seq"]
    let reviews = try Int.fetchOne(
      db, sql: "SELECT COUNT(*) FROM item WHERE job = ? AND review = 1", arguments: [sequence])
    return Job(
      sequence: sequence, id: row["id"], state: JobState(rawValue: row["state"]) ?? .failed,
      created: row["created"], finished: row["finished"], expires: row["expires"],
      counts: try counts(db, sequence), reviews: reviews ?? 0)
  }

  static func item(_ db: Database, _ sequence: Int64, _ position: Int) throws -> JobItem? {
    try Row.fetchOne(
      db, sql: itemQuery + "WHERE job = ? AND position = ?", arguments: [sequence, position]
    ).map(item)
  }

  private static let itemQuery =
    "SELECT item.*, job.id AS job_id FROM item JOIN job ON job.seq = item.job "

  private static func item(_ row: Row) -> JobItem {
    var failure: JobItem.Failure?
    if let code: String = row["failure_code"] {
      failure = .init(code: code, detail: row["failure_detail"] ?? "")
    }
    var output: StoredPicture?
    if let name: String = row["output"] {
      output = StoredPicture(
        name: name, mediaType: row["output_type"], bytes: row["output_bytes"],
        width: row["width"], height: row["height"])
    }
    return JobItem(
      jobSequence: row["job"], jobID: row["job_id"], position: row["position"],
      name: row["name"], input: row["input"], inputType: row["input_type"],
      options: PhotoOptions(
        profile: row["profile"], background: row["background"], format: row["format"]),
      state: ItemState(rawValue: row["state"]) ?? .failed, attempts: row["attempts"],
      isInReview: row["review"], failure: failure, output: output, verdict: row["verdict"],
      report: row["report"], editedTags: row["tags"])
  }
}
