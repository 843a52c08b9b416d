/// What a client wants to have, by its `Accept` header (RFC 9110 section 12.5.1).
package struct AcceptHeader: Sendable {
  private var ranges: [(range: String, quality: Double)] = []

  /// The preferences of a header; without one, anything is welcome.
  package init(_ header: String?) {
    guard let header else {
      ranges = [("*/*", 1)]
      return
    }
    for item in header.split(separator: ",") {
      guard let (range, parameters) = try? HeaderParameters.parse(trimmed(item)) else { continue }
      ranges.append((range, parameters["q"].map { Double($0) ?? 0 } ?? 1))
    }
  }

  /// The media type of `candidates`, in the service's order of preference, that the client likes best;
  /// nil where it wants none. Among equals a type that is named wins over a wildcard.
  package func best(of candidates: [String]) -> String? {
    var best: (type: String, quality: Double, specificity: Int)?
    for type in candidates {
      guard let (quality, specificity) = preference(for: type), quality > 0 else { continue }
      if let best, (best.quality, best.specificity) >= (quality, specificity) { continue }
      best = (type, quality, specificity)
    }
    return best?.type
  }

  /// The quality of the most specific range that covers `type`.
  private func preference(for type: String) -> (quality: Double, specificity: Int)? {
    let family = type.prefix { $0 != "/" } + "/*"
    var found: (quality: Double, specificity: Int)?
    for (range, quality) in ranges {
      let specificity = range == type ? 2 : range == family ? 1 : range == "*/*" ? 0 : -1
      if specificity >= 0, specificity > (found?.specificity ?? -1) {
        found = (quality, specificity)
      }
    }
    return found
  }
}
