/// What became of one photo of a folder.
public struct BatchEntry: Sendable {
  /// What was done.
  public enum Status: String, Sendable, CaseIterable {
    /// A picture was written.
    case written
    /// No product was found, so there is no picture: a person has to look.
    case unwritten
    /// There was a picture already.
    case skipped
    /// The photo or its picture could not be read or written.
    case failed
  }

  /// The photo, relative to the folder of photos.
  public var source: String
  /// The picture, relative to the folder of pictures; nil where there is none.
  public var target: String?
  /// What was done.
  public var status: Status
  /// The result without pixels, as `swiftlet process --json` prints it; nil unless processed.
  public var result: JSONValue?
  /// One line on what failed, or on why there is no picture.
  public var error: String?
  /// How long it took.
  public var milliseconds = 0.0
  /// Whether the photo changed since its picture was made, which was skipped.
  public var hasChanged = false
  /// Whether this is the outcome of an earlier run.
  public var isResumed = false
  /// What the photo looks like, for the search of duplicates; nil unless processed.
  package var fingerprint: Fingerprint?
  /// The version of the photo.
  package var stamp: FileStamp?
  /// A small JPEG of the photo and one of the picture.
  var thumbnails: (before: [UInt8]?, after: [UInt8]?) = (nil, nil)

  init(_ source: String, _ status: Status, target: String? = nil) {
    self.source = source
    self.status = status
    self.target = target
  }

  /// The verdict of quality assurance; nil unless processed.
  public var verdict: Verdict? { result?["status"]?.text.flatMap { Verdict(rawValue: $0) } }

  /// Whether a person should look at the picture before it is shown.
  var isDoubtful: Bool { verdict == .fail || verdict == .needsReview }

  /// The findings, heaviest first in the order of the rules.
  var findings: [(rule: String, severity: String, json: JSONValue)] {
    guard case .array(let findings)? = result?["qa"]?["findings"] else { return [] }
    return findings.map { ($0["rule"]?.text ?? "", $0["severity"]?.text ?? "", $0) }
  }

  /// `{"file", "output", "status", ...}`, one line of a report.
  public var json: JSONValue {
    .compact([
      ("file", .string(source)), ("output", target.map { .string($0) } ?? .null),
      ("status", .string(status.rawValue)), ("verdict", verdict.map { .string($0.rawValue) }),
      ("ms", .rounded(milliseconds, 1)), ("error", error.map { .string($0) }),
      ("result", result),
    ])
  }

  /// The line of the journal from which a later run goes on.
  var journal: JSONValue {
    guard case .object(let members) = json else { return .null }
    return .object(
      members + (stamp?.members ?? [])
        + (fingerprint.map { [.init("fingerprint", .string($0.text))] } ?? []))
  }

  /// The entry of a journal's line; nil where something is missing.
  init?(journal: JSONValue) {
    guard let source = journal["file"]?.text,
      let status = journal["status"]?.text.flatMap({ Status(rawValue: $0) }),
      let stamp = FileStamp(journal)
    else { return nil }
    self.init(source, status, target: journal["output"]?.text)
    result = journal["result"]
    error = journal["error"]?.text
    milliseconds = journal["ms"]?.double ?? 0
    self.stamp = stamp
    fingerprint = journal["fingerprint"]?.text.flatMap { Fingerprint(text: $0) }
    isResumed = true
  }
}
