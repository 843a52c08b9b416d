/// Finds the photos of a folder that have come to rest since they were last looked for.
public struct BatchWatcher {
  private let batch: Batch
  private let settle: Duration
  private let clock = ContinuousClock()
  private var seen: [String: Sighting] = [:]
  private var taken: [String: FileStamp] = [:]

  private struct Sighting {
    let stamp: FileStamp
    let since: ContinuousClock.Instant
  }

  /// A watcher that takes photos that have not changed for `settle` seconds.
  public init(_ batch: Batch, settle: Double) {
    self.batch = batch
    self.settle = .milliseconds(Int64(max(0, settle) * 1000))
  }

  /// The photos that came to rest, each version once.
  ///
  /// - Throws: `SkillError` where the folder cannot be read.
  public mutating func ready() throws(SkillError) -> [BatchItem] {
    let now = clock.now
    var ready: [BatchItem] = []
    var current: [String: Sighting] = [:]
    for item in try batch.items() {
      // What cannot be looked at is taken all the same, so that its failure is reported.
      let stamp =
        FileSystem.stamp("\(batch.input)/\(item.source)") ?? FileStamp(size: 1, modified: 0)
      let earlier = seen[item.source]
      let known = earlier?.stamp == stamp ? earlier?.since ?? now : now
      current[item.source] = Sighting(stamp: stamp, since: known)
      guard taken[item.source] != stamp, now - known >= settle, stamp.size > 0 else {
        continue
      }
      taken[item.source] = stamp
      ready.append(item)
    }
    seen = current
    return ready
  }
}
