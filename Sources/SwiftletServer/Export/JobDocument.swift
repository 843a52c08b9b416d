import SwiftletSkills

extension Job {
  /// The job as clients see it, without its photos.
  var json: JSONValue {
    func moment(_ value: Double?) -> JSONValue {
      value.map { .string(WallClock.text($0)) } ?? .null
    }
    return [
      "job_id": .string(id), "status": .string(state.rawValue), "created_at": moment(created),
      "finished_at": moment(finished), "expires_at": moment(expires), "total": .integer(total),
      "counts": .object(
        ItemState.allCases.map { .init($0.rawValue, .integer(counts[$0, default: 0])) }),
      "review": .integer(reviews), "url": .string("/jobs/\(id)"),
      "results": [
        "zip": .string("/jobs/\(id)/results.zip"), "jsonl": .string("/jobs/\(id)/results.jsonl"),
        "csv": .string("/jobs/\(id)/results.csv"),
      ],
    ]
  }
}
