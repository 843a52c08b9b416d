import SwiftletSkills

/// A photo of a job as clients see it.
package struct ItemDocument: Sendable {
  private let item: JobItem
  private let report: JSONValue
  /// The tags in force: a person's, else the pipeline's.
  let tags: [String]
  /// The alternative text in force.
  let altText: String

  init(_ item: JobItem) {
    self.item = item
    report = item.report.flatMap { JSONValue(parsing: $0) } ?? .null
    let edited = item.editedTags.flatMap { JSONValue(parsing: $0) }
    tags = Self.texts(edited?["tags"]) ?? Self.texts(report["tags"]?["tags"]) ?? []
    altText = edited?["alt_text"]?.text ?? report["tags"]?["alt_text"]?.text ?? ""
  }

  /// The path of the photo below the service's root.
  var path: String { "/jobs/\(item.jobID)/items/\(item.position)" }

  /// What lists show.
  var summary: JSONValue {
    var options: [JSONValue.Member] = []
    if let profile = item.options.profile { options.append(.init("profile", .string(profile))) }
    if let background = item.options.background {
      options.append(.init("background", .string(background)))
    }
    if let format = item.options.format { options.append(.init("format", .string(format))) }
    return [
      "job_id": .string(item.jobID), "index": .integer(item.position),
      "name": .string(item.name), "status": .string(item.state.rawValue),
      "verdict": item.verdict.map { .string($0) } ?? .null,
      "review": .bool(item.isInReview), "attempts": .integer(item.attempts),
      "width": item.output.map { .integer($0.width) } ?? .null,
      "height": item.output.map { .integer($0.height) } ?? .null,
      "options": .object(options), "tags": .array(tags.map { .string($0) }),
      "alt_text": .string(altText),
      "findings": .array(rules.map { .string($0) }),
      "error": error, "url": .string(path),
      "input_url": item.input == nil ? .null : .string(path + "/input"),
      "output_url": item.output == nil ? .null : .string(path + "/output"),
    ]
  }

  /// What lists show, and the report.
  var full: JSONValue {
    guard case .object(let members) = summary else { return .null }
    return .object(members + [.init("report", report)])
  }

  /// The name of the picture in an archive: the position, and of the client's name its letters and
  /// digits, with hyphens for all else.
  var archiveName: String {
    let suffix = item.output?.mediaType == "image/png" ? "png" : "jpg"
    return Self.archiveName(item.name, position: item.position, suffix: suffix)
  }

  /// The name in an archive of the photo of that name and position.
  package static func archiveName(_ name: String, position: Int, suffix: String) -> String {
    let stem = name.split(separator: ".").dropLast(name.contains(".") ? 1 : 0)
      .joined(separator: "-")
    let safe = String(String.UnicodeScalarView(stem.unicodeScalars.prefix(40).map(safe)))
    return "\(padded(position + 1, 3))\(safe.isEmpty ? "" : "-" + safe).\(suffix)"
  }

  /// The columns of ``row``.
  static let columns = [
    "index", "name", "status", "verdict", "file", "width", "height", "category", "category_id",
    "colors", "tags", "alt_text", "findings", "error_code", "error_detail",
  ]

  /// The photo as a row of a table.
  var row: [String] {
    let category = report["tags"]?["category"]?[0]
    var colors: [String] = []
    while let color = report["tags"]?["colors"]?[colors.count]?["value"]?.text {
      colors.append(color)
    }
    let isClaimed = report["tags"]?["abstained"] != .bool(true)
    return [
      "\(item.position)", item.name, item.state.rawValue, item.verdict ?? "",
      item.output == nil ? "" : archiveName, item.output.map { "\($0.width)" } ?? "",
      item.output.map { "\($0.height)" } ?? "",
      isClaimed ? category?["path"]?.text ?? category?["name"]?.text ?? "" : "",
      isClaimed ? category?["id"]?.text ?? "" : "",
      colors.joined(separator: "; "), tags.joined(separator: "; "), altText,
      rules.joined(separator: "; "), item.failure?.code ?? "", item.failure?.detail ?? "",
    ]
  }

  private var rules: [String] {
    var rules: [String] = []
    while let rule = report["qa"]?["findings"]?[rules.count]?["rule"]?.text { rules.append(rule) }
    return rules
  }

  private var error: JSONValue {
    guard let failure = item.failure else { return .null }
    return [
      "code": .string(failure.code), "title": .string(title(of: failure.code)),
      "detail": .string(failure.detail),
    ]
  }

  private static func texts(_ value: JSONValue?) -> [String]? {
    guard case .array(let elements)? = value else { return nil }
    return elements.compactMap(\.text)
  }

  private static func safe(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
      .nonspacingMark, .spacingMark, .decimalNumber:
      scalar
    default: scalar == "_" ? scalar : "-"
    }
  }
}
