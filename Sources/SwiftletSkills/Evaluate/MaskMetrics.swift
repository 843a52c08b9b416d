/// How well predicted masks agree with true ones: sums over photos, means at the end.
///
/// The measures of the salient-object literature (Borji et al., "Salient object detection: a
/// benchmark", TIP 2015): IoU at 0.5 and mean absolute error a photo; precision and recall at each
/// of 256 thresholds, averaged over the photos before F is taken, with beta squared 0.3; boundary F
/// at a distance of 2 pixels (Perazzi et al., "A benchmark dataset and evaluation methodology for
/// video object segmentation", CVPR 2016).
public struct MaskMetrics: Sendable, Equatable {
  /// Photos added.
  public private(set) var count = 0
  private var ious: [Double] = []
  private var doubts: [Double?] = []
  private var errorSum = 0.0
  private var boundarySum = 0.0
  private var precision = [Double](repeating: 0, count: 256)
  private var recall = [Double](repeating: 0, count: 256)

  /// No photo yet.
  public init() {}

  /// Adds a photo.
  ///
  /// - Parameters:
  ///   - predicted: `width * height` values 0...255.
  ///   - truth: whether each pixel is product.
  ///   - uncertainty: how unsure the network said it was, where that is to be judged.
  /// - Returns: the photo's own IoU and boundary F.
  /// - Precondition: both have `width * height` elements, at least one.
  @discardableResult
  public mutating func add(
    predicted: [UInt8], truth: [Bool], width: Int, height: Int, uncertainty: Double? = nil
  ) -> (iou: Double, boundaryF: Double) {
    let inside = predicted.map { $0 > 127 }
    let iou = MaskMetrics.iou(inside, truth)
    let boundaryF = MaskMetrics.boundaryF(
      inside, truth, width: width, height: height, distance: 2)
    count += 1
    ious.append(iou)
    doubts.append(uncertainty)
    errorSum += MaskMetrics.meanAbsoluteError(predicted, truth)
    boundarySum += boundaryF
    addCurve(predicted, truth)
    return (iou, boundaryF)
  }

  /// The mean of the photos' intersection over union at 0.5.
  public var meanIoU: Double { mean(ious.reduce(0, +)) }
  /// The fifth percentile of the photos' IoU, linear between ranks.
  public var lowIoU: Double { MaskMetrics.quantile(ious, 0.05) }
  /// The mean of the photos' mean absolute error, 0...1.
  public var meanAbsoluteError: Double { mean(errorSum) }
  /// The mean of the photos' boundary F at 2 pixels.
  public var boundaryF: Double { mean(boundarySum) }
  /// The share of photos with an IoU below 0.5.
  public var failureShare: Double { mean(Double(ious.count { $0 < 0.5 })) }

  /// How well uncertainty tells photos with an IoU below 0.9 from the others: the area under the
  /// curve of true over false alarms, 0.5 for chance. Nil where one of the two kinds is missing.
  public var uncertaintyAUC: Double? {
    let known = zip(doubts, ious).compactMap { doubt, iou in doubt.map { ($0, iou < 0.9) } }
    return MaskMetrics.areaUnderCurve(
      of: known.filter(\.1).map(\.0), over: known.filter { !$0.1 }.map(\.0))
  }

  /// The largest F with beta squared 0.3 over all thresholds of mean precision and recall.
  public var maxF: Double {
    guard count > 0 else { return 0 }
    return (0..<256).map { threshold in
      let (p, r) = (precision[threshold] / Double(count), recall[threshold] / Double(count))
      return p + r > 0 ? 1.3 * p * r / (0.3 * p + r) : 0
    }.max() ?? 0
  }

  /// The measures with their names.
  public var json: JSONValue {
    [
      "images": .integer(count), "miou": .rounded(meanIoU), "mae": .rounded(meanAbsoluteError),
      "max_f": .rounded(maxF), "boundary_f": .rounded(boundaryF),
      "iou_p5": .rounded(lowIoU), "iou_below_half": .rounded(failureShare),
      "uncertainty_auc": uncertaintyAUC.map { .rounded($0) } ?? .null,
    ]
  }

  /// The value below which a share of the values lies, linear between ranks; 0 of none.
  package static func quantile(_ values: [Double], _ share: Double) -> Double {
    guard let last = values.indices.last else { return 0 }
    let sorted = values.sorted()
    let position = share * Double(last)
    let lower = Int(position)
    let upper = min(lower + 1, last)
    return sorted[lower] + (position - Double(lower)) * (sorted[upper] - sorted[lower])
  }

  /// The share of pairs in which the value of the first kind is the larger, ties by half (Mann and
  /// Whitney); nil without pairs.
  package static func areaUnderCurve(of positives: [Double], over negatives: [Double]) -> Double? {
    guard !positives.isEmpty, !negatives.isEmpty else { return nil }
    var wins = 0.0
    for positive in positives {
      for negative in negatives {
        wins += positive > negative ? 1 : positive == negative ? 0.5 : 0
      }
    }
    return wins / Double(positives.count * negatives.count)
  }

  /// Intersection over union; 1 where both are empty.
  package static func iou(_ predicted: [Bool], _ truth: [Bool]) -> Double {
    var (both, either) = (0, 0)
    for (p, t) in zip(predicted, truth) {
      both += p && t ? 1 : 0
      either += p || t ? 1 : 0
    }
    return either == 0 ? 1 : Double(both) / Double(either)
  }

  /// The mean distance from 0 or 1.
  package static func meanAbsoluteError(_ predicted: [UInt8], _ truth: [Bool]) -> Double {
    var sum = 0
    for (p, t) in zip(predicted, truth) { sum += t ? 255 - Int(p) : Int(p) }
    return predicted.isEmpty ? 0 : Double(sum) / 255 / Double(predicted.count)
  }

  /// F of the boundary pixels that have one of the other mask within `distance`; 1 where neither
  /// mask has a boundary. Boundary pixels are those of the mask with a neighbour (of four, inside
  /// the picture) outside the mask.
  package static func boundaryF(
    _ predicted: [Bool], _ truth: [Bool], width: Int, height: Int, distance: Int
  ) -> Double {
    let ours = boundary(predicted, width, height)
    let theirs = boundary(truth, width, height)
    let (oursCount, theirsCount) = (ours.count { $0 }, theirs.count { $0 })
    if oursCount == 0, theirsCount == 0 { return 1 }
    if oursCount == 0 || theirsCount == 0 { return 0 }
    let nearOurs = disk(ours, width, height, distance)
    let nearTheirs = disk(theirs, width, height, distance)
    let hits = zip(ours, nearTheirs).count { $0 && $1 }
    let found = zip(theirs, nearOurs).count { $0 && $1 }
    let (p, r) = (Double(hits) / Double(oursCount), Double(found) / Double(theirsCount))
    return p + r > 0 ? 2 * p * r / (p + r) : 0
  }

  private func mean(_ sum: Double) -> Double { count == 0 ? 0 : sum / Double(count) }

  /// Precision and recall of `value >= threshold` for each threshold from a histogram.
  private mutating func addCurve(_ predicted: [UInt8], _ truth: [Bool]) {
    var inside = [Int](repeating: 0, count: 256)
    var outside = inside
    for (p, t) in zip(predicted, truth) {
      if t { inside[Int(p)] += 1 } else { outside[Int(p)] += 1 }
    }
    let total = inside.reduce(0, +)
    var (hits, wrong) = (0, 0)
    for threshold in stride(from: 255, through: 0, by: -1) {
      hits += inside[threshold]
      wrong += outside[threshold]
      precision[threshold] += hits + wrong == 0 ? 0 : Double(hits) / Double(hits + wrong)
      recall[threshold] += total == 0 ? 0 : Double(hits) / Double(total)
    }
  }

  private static func boundary(_ mask: [Bool], _ width: Int, _ height: Int) -> [Bool] {
    mask.indices.map { index in
      guard mask[index] else { return false }
      let (row, column) = (index / width, index % width)
      return (column > 0 && !mask[index - 1]) || (column + 1 < width && !mask[index + 1])
        || (row > 0 && !mask[index - width]) || (row + 1 < height && !mask[index + width])
    }
  }

  private static func disk(
    _ mask: [Bool], _ width: Int, _ height: Int, _ radius: Int
  ) -> [Bool] {
    var result = [Bool](repeating: false, count: mask.count)
    for index in mask.indices where mask[index] {
      let (row, column) = (index / width, index % width)
      for dy in -radius...radius where row + dy >= 0 && row + dy < height {
        for dx in -radius...radius where column + dx >= 0 && column + dx < width {
          if dx * dx + dy * dy <= radius * radius {
            result[(row + dy) * width + column + dx] = true
          }
        }
      }
    }
    return result
  }
}
