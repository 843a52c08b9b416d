/// Predicted scores against true labels.
public struct ScoreTable: Sendable, Equatable {
  /// The labels, in the order of the scores.
  public let labels: [String]
  private var rows: [(truth: Int, scores: [Double])] = []

  /// No photo yet.
  public init(labels: [String]) { self.labels = labels }

  /// Photos added.
  public var count: Int { rows.count }

  /// Adds a photo.
  ///
  /// - Returns: false, and nothing is added, for a label that is not of the table or a wrong number
  ///   of scores.
  @discardableResult
  public mutating func add(truth: String, scores: [Double]) -> Bool {
    guard let index = labels.firstIndex(of: truth), scores.count == labels.count else {
      return false
    }
    rows.append((index, scores))
    return true
  }

  /// The share of photos whose label is among the `k` highest scores.
  public func top(_ k: Int) -> Double {
    guard !rows.isEmpty else { return 0 }
    return Double(rows.count { rank($0.scores, $0.truth) < k }) / Double(rows.count)
  }

  /// The mean over the labels that occur of the share of right photos among the five that the
  /// label's score ranks first; of a label with fewer photos, among that many.
  public var precisionAt5: Double {
    meanOverLabels { ranked, label in
      let positives = ranked.count { rows[$0].truth == label }
      let head = ranked.prefix(min(5, positives))
      return Double(head.count { rows[$0].truth == label }) / Double(head.count)
    }
  }

  /// The mean over the labels that occur of the average precision of ranking all photos by the
  /// label's score.
  public var meanAveragePrecision: Double {
    meanOverLabels { ranked, label in
      var (hits, precision) = (0, 0.0)
      for (position, row) in ranked.enumerated() where rows[row].truth == label {
        hits += 1
        precision += Double(hits) / Double(position + 1)
      }
      return precision / Double(hits)
    }
  }

  /// The expected calibration error: how far confidence and accuracy of the first label lie apart,
  /// the mean over 15 equal bins of confidence weighted by their photos (Guo et al., "On calibration
  /// of modern neural networks", ICML 2017).
  public var calibrationError: Double {
    guard !rows.isEmpty else { return 0 }
    var confidence = [Double](repeating: 0, count: 15)
    var hits = confidence
    for row in rows {
      let first = first(row.scores)
      let bin = max(0, min(14, Int(row.scores[first] * 15)))
      confidence[bin] += row.scores[first]
      hits[bin] += first == row.truth ? 1 : 0
    }
    return zip(confidence, hits).reduce(0) { $0 + abs($1.0 - $1.1) } / Double(rows.count)
  }

  /// Photos whose first label has at least a confidence, as a share of all, and how many of these
  /// are right, 1 where there is none.
  public func claimed(from confidence: Double) -> (share: Double, precision: Double) {
    let claimed = rows.filter { $0.scores[first($0.scores)] >= confidence }
    guard !claimed.isEmpty else { return (0, 1) }
    let right = claimed.count { first($0.scores) == $0.truth }
    return (
      Double(claimed.count) / Double(rows.count), Double(right) / Double(claimed.count)
    )
  }

  /// The mean of a measure over the labels that occur; it gets the photos ranked by the label's score.
  private func meanOverLabels(_ measure: (_ ranked: [Int], _ label: Int) -> Double) -> Double {
    let present = Set(rows.map { $0.truth }).sorted()
    guard !present.isEmpty else { return 0 }
    let sum = present.reduce(0.0) { sum, label in
      let ranked = rows.indices.sorted {
        let (a, b) = (rows[$0].scores[label], rows[$1].scores[label])
        return a == b ? $0 < $1 : a > b
      }
      return sum + measure(ranked, label)
    }
    return sum / Double(present.count)
  }

  /// How often photos of a label got another one first: pairs that occur, the most frequent first.
  public var confusion: [(truth: String, predicted: String, count: Int)] {
    var counts: [Int: Int] = [:]
    for row in rows {
      counts[row.truth * labels.count + first(row.scores), default: 0] += 1
    }
    return counts.sorted { $0.value == $1.value ? $0.key < $1.key : $0.value > $1.value }.map {
      (labels[$0.key / labels.count], labels[$0.key % labels.count], $0.value)
    }
  }

  /// The measures; the confusion as a list of `{"truth", "predicted", "count"}`.
  public var json: JSONValue {
    [
      "images": .integer(count), "top1": .rounded(top(1)), "top5": .rounded(top(5)),
      "precision_at_5": .rounded(precisionAt5), "map": .rounded(meanAveragePrecision),
      "ece": .rounded(calibrationError),
      "confusion": .array(
        confusion.map {
          [
            "truth": .string($0.truth), "predicted": .string($0.predicted),
            "count": .integer($0.count),
          ]
        }),
    ]
  }

  /// Equal labels and rows.
  public static func == (a: ScoreTable, b: ScoreTable) -> Bool {
    a.labels == b.labels && a.rows.elementsEqual(b.rows) { $0 == $1 }
  }

  private func first(_ scores: [Double]) -> Int {
    var best = 0
    for index in scores.indices where scores[index] > scores[best] { best = index }
    return best
  }

  /// How many labels come before this one; equal scores in the order of the labels.
  private func rank(_ scores: [Double], _ label: Int) -> Int {
    scores.indices.count {
      scores[$0] > scores[label] || (scores[$0] == scores[label] && $0 < label)
    }
  }
}
