internal import SwiftletImage

/// How bright, contrasting and sharp a part of a photo is, 0...100 each.
package struct PartScores: Sendable, Equatable {
  /// `whole`, `foreground` or `background`.
  package let part: String
  /// Mean brightness.
  package let brightness: Double
  /// Difference of the 95th and 5th percentile of brightness.
  package let contrast: Double
  /// 100 is as sharp as sharp photos are; nil where there is too little texture to say.
  package let sharpness: Double?

  /// The scores of the parts of a photo that have pixels.
  package static func all(_ photo: PhotoView, textureMin: Double) -> [PartScores] {
    let count = photo.width * photo.height
    // Counts of brightness: of the product, of what surrounds it, and of all between. Neighbours are
    // often alike, so that two sets of counters are used in turn: none waits for itself.
    var counts = [Int32](repeating: 0, count: 2 * 768)
    var weights = [Float](repeating: 1, count: 3 * count)
    photo.alpha.data.withUnsafeBufferPointer { alpha in
      weights.withUnsafeMutableBufferPointer { weights in
        for index in 0..<count {
          weights[count + index] = alpha[index] >= 230 ? 1 : 0
          weights[2 * count + index] = alpha[index] == 0 ? 1 : 0
        }
      }
      photo.luma.withUnsafeBufferPointer { luma in
        counts.withUnsafeMutableBufferPointer { counts in
          for index in 0..<count {
            // Luma is at most 255, so that the mask only spares a check.
            let level = Int(Int32(luma[index] + 0.5)) & 255
            let part = alpha[index] >= 230 ? 0 : alpha[index] == 0 ? 256 : 512
            counts[768 &* (index & 1) &+ part &+ level] &+= 1
          }
        }
      }
    }
    func histogram(_ part: Int) -> Histogram {
      (256 * part..<256 * part + 256).map { Int(counts[$0]) + Int(counts[768 + $0]) }
    }
    let (product, backdrop, edge) = (histogram(0), histogram(1), histogram(2))
    let whole = (0..<256).map { product[$0] + backdrop[$0] + edge[$0] }
    let sharpness = Sharpness.ofThree(
      photo.luma, weights: weights, width: photo.width, height: photo.height,
      textureMin: textureMin)
    return zip([("whole", whole), ("foreground", product), ("background", backdrop)], sharpness)
      .compactMap { PartScores($0.0, $0.1, $1) }
  }

  /// Pixels of each of the 256 brightnesses.
  private typealias Histogram = [Int]

  /// `{"whole": {"brightness", "contrast", "sharpness"}, "foreground": ..., "background": ...}`.
  package static func json(_ scores: [PartScores]) -> JSONValue {
    .compact(
      scores.map { score in
        (
          score.part,
          [
            "brightness": .rounded(score.brightness, 1),
            "contrast": .rounded(score.contrast, 1),
            "sharpness": score.sharpness.map { .rounded($0, 1) } ?? "unknown",
          ]
        )
      })
  }

  private init?(_ part: String, _ histogram: Histogram, _ sharpness: Sharpness?) {
    var (count, sum) = (0, 0)
    for level in 0..<256 {
      count += histogram[level]
      sum += level * histogram[level]
    }
    guard count > 0 else { return nil }
    func percentile(_ share: Double) -> Double {
      var left = Int(share * Double(count - 1))
      for level in 0..<256 {
        if left < histogram[level] { return Double(level) }
        left -= histogram[level]
      }
      return 255
    }
    self.part = part
    brightness = Double(sum) / Double(count) / 2.55
    contrast = (percentile(0.95) - percentile(0.05)) / 2.55
    self.sharpness = sharpness.map { min(100, 100 * $0.value) }
  }
}
