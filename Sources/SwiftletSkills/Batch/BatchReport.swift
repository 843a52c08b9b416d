/// What became of a folder of photos.
public struct BatchReport: Sendable {
  /// The folder of photos.
  public let input: String
  /// The folder of pictures.
  public let output: String
  /// The profile's name; nil without one.
  public let profile: String?
  /// The photos that had their turn, in the order of their paths.
  public let entries: [BatchEntry]
  /// Whether every photo had its turn.
  public let isComplete: Bool
  /// Photos that show the same picture.
  package let duplicates: [DuplicatePair]

  /// How many entries have a status.
  public func count(_ status: BatchEntry.Status) -> Int {
    entries.count { $0.status == status }
  }

  /// How many entries are outcomes of earlier runs.
  public var resumedCount: Int { entries.count { $0.isResumed } }

  /// How many entries have a verdict.
  public func count(_ verdict: Verdict) -> Int { entries.count { $0.verdict == verdict } }

  /// Schema `swiftlet.batch/1`: the counts and the duplicates.
  public var json: JSONValue {
    .compact([
      ("schema", "swiftlet.batch/1"), ("input", .string(input)), ("output", .string(output)),
      ("profile", profile.map { .string($0) } ?? .null), ("complete", .bool(isComplete)),
      ("photos", .integer(entries.count)), ("resumed", .integer(resumedCount)),
      (
        "status",
        .compact(BatchEntry.Status.allCases.map { ($0.rawValue, .integer(count($0))) })
      ),
      (
        "verdicts",
        .compact(
          [Verdict.pass, .warn, .fail, .needsReview].map { ($0.rawValue, .integer(count($0))) })
      ),
      ("duplicates", .array(duplicates.map(json))),
    ])
  }

  /// A line of JSON a photo, with what it is a duplicate of.
  public var jsonLines: String {
    entries.indices.map { index in
      guard case .object(let members) = entries[index].json else { return "null\n" }
      let alike = partners(of: index)
      let more: [JSONValue.Member] =
        alike.isEmpty ? [] : [.init("duplicates", .array(alike.map { .string($0.source) }))]
      return JSONValue.object(
        [.init("schema", "swiftlet.batch.item/1")] + members + more
      ).encoded() + "\n"
    }.joined()
  }

  /// A table for people, a line a photo.
  public var csv: String {
    let columns = [
      "file", "output", "status", "verdict", "width", "height", "bytes", "uncertainty", "errors",
      "warnings", "category", "colors", "alt_text", "duplicates", "milliseconds", "error",
    ]
    return CSV.line(columns)
      + entries.indices.map { CSV.line(fields(of: $0).map(CSV.plain)) }.joined()
  }

  private func fields(of index: Int) -> [String] {
    let entry = entries[index]
    let result = entry.result
    func number(_ value: JSONValue?) -> String { value.map { "\($0)" } ?? "" }
    func rules(_ severity: String) -> String {
      entry.findings.filter { $0.severity == severity }.map(\.rule).joined(separator: " ")
    }
    let tags = result?["tags"]
    var colors: [String] = []
    if case .array(let values)? = tags?["colors"] {
      colors = values.compactMap { $0["value"]?.text }
    }
    let abstained = tags?["abstained"] == .bool(true)
    return [
      entry.source, entry.target ?? "", entry.status.rawValue, entry.verdict?.rawValue ?? "",
      number(result?["width"]), number(result?["height"]), number(result?["bytes"]),
      number(result?["segmentation"]?["uncertainty"]), rules("error"), rules("warn"),
      abstained ? "" : tags?["category"]?[0]?["name"]?.text ?? "",
      colors.joined(separator: " "), tags?["alt_text"]?.text ?? "",
      partners(of: index).map(\.source).joined(separator: " | "),
      "\(Int(entry.milliseconds.rounded()))", entry.error ?? "",
    ]
  }

  /// The entries that show the same picture as one.
  func partners(of index: Int) -> [BatchEntry] {
    duplicates.compactMap { pair in
      pair.first == index
        ? entries[pair.second] : pair.second == index ? entries[pair.first] : nil
    }
  }

  private func json(_ pair: DuplicatePair) -> JSONValue {
    [
      "rule": pair.isExact ? "image.duplicate_exact" : "image.duplicate_near",
      "files": [.string(entries[pair.first].source), .string(entries[pair.second].source)],
      "distance": .rounded(pair.distance),
    ]
  }
}
