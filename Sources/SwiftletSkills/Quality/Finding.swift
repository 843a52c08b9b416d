/// One thing about a photo that someone should know, with what was measured and what is asked for.
public struct Finding: Sendable, Equatable {
  /// How much it matters.
  public enum Severity: String, Sendable, Comparable {
    /// Worth knowing.
    case info
    /// May be refused or sell less.
    case warn
    /// Will be refused.
    case error

    /// Orders by weight.
    public static func < (a: Severity, b: Severity) -> Bool { a.weight < b.weight }

    private var weight: Int {
      switch self {
      case .info: 0
      case .warn: 1
      case .error: 2
      }
    }
  }

  /// A stable name, such as `product.fill_low`.
  public var rule: String
  /// How much it matters.
  public var severity: Severity
  /// The values found.
  public var measured: JSONValue
  /// The values asked for.
  public var required: JSONValue
  /// The option of this program that mends it; nil where none does.
  public var fix: String?

  /// A finding.
  public init(
    _ rule: String, _ severity: Severity, measured: JSONValue, required: JSONValue,
    fix: String? = nil
  ) {
    self.rule = rule
    self.severity = severity
    self.measured = measured
    self.required = required
    self.fix = fix
  }

  /// `{"rule", "severity", "measured", "required", "fix"}`.
  public var json: JSONValue {
    [
      "rule": .string(rule), "severity": .string(severity.rawValue), "measured": measured,
      "required": required, "fix": fix.map { .string($0) } ?? .null,
    ]
  }
}

/// What becomes of a photo.
public enum Verdict: String, Sendable {
  /// Nothing stands against it.
  case pass
  /// Usable, with reservations.
  case warn
  /// Will be refused.
  case fail
  /// The program is not sure enough: a person should look.
  case needsReview = "needs_review"

  /// The verdict of findings.
  ///
  /// Errors of size and file are certain whatever the mask is, so they fail; otherwise a product
  /// not found or uncertain goes to review, since every other finding rests on the mask.
  ///
  /// - Parameter doubtful: whether the mask is not to be trusted.
  public init(_ findings: [Finding], doubtful: Bool) {
    let errors = findings.filter { $0.severity == .error }
    let certain = errors.contains { finding in
      ["dimension.", "megapixels.", "file."].contains { finding.rule.hasPrefix($0) }
    }
    if certain {
      self = .fail
    } else if doubtful {
      self = .needsReview
    } else if !errors.isEmpty {
      self = .fail
    } else {
      self = findings.contains { $0.severity == .warn } ? .warn : .pass
    }
  }
}
