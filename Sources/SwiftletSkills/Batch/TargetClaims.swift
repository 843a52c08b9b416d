internal import Synchronization

/// Which picture belongs to which photo, so that no two photos ever write to one.
///
/// Names that differ in case only count as one.
final class TargetClaims: Sendable {
  private let owners: Mutex<[String: String]>

  /// The claims of a run's photos on their own targets, behind those of earlier runs.
  ///
  /// - Parameters:
  ///   - items: the photos of the run.
  ///   - earlier: pictures of earlier runs and the photos that they were made of.
  init(_ items: [BatchItem], earlier: [String: String]) {
    var owners: [String: String] = [:]
    for (target, source) in earlier { owners[target.lowercased()] = source }
    for item in items where owners[item.target.lowercased()] == nil {
      owners[item.target.lowercased()] = item.source
    }
    self.owners = Mutex(owners)
  }

  /// Claims a name for a photo, in one step with the check; false where it is another's.
  func claim(_ target: String, for source: String) -> Bool {
    owners.withLock { owners in
      let name = target.lowercased()
      guard owners[name, default: source] == source else { return false }
      owners[name] = source
      return true
    }
  }

  /// The first name that nobody has, claimed: `base`, then `base` with -1, -2, ...
  ///
  /// - Parameter isFree: asked of names that no other photo has claimed.
  func first(of base: String, for source: String, where isFree: (String) -> Bool) -> String {
    let dot = base.lastIndex(of: ".") ?? base.endIndex
    var name = base
    var number = 1
    while !(isFree(name) && claim(name, for: source)) {
      name = "\(base[..<dot])-\(number)\(base[dot...])"
      number += 1
    }
    return name
  }
}
