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
  package static func all(
    _ photo: PhotoView, luma: [Float], textureMin: Double
  ) -> [PartScores] {
    let alpha = photo.alpha.data
    let parts: [(String, [Float])] = [
      ("whole", [Float](repeating: 1, count: luma.count)),
      ("foreground", alpha.map { $0 >= 230 ? 1 : 0 }),
      ("background", alpha.map { $0 == 0 ? 1 : 0 }),
    ]
    return parts.compactMap { part, weights in
      PartScores(part, photo, luma, weights, textureMin: textureMin)
    }
  }

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

  private init?(
    _ part: String, _ photo: PhotoView, _ luma: [Float], _ weights: [Float], textureMin: Double
  ) {
    var histogram = [Int](repeating: 0, count: 256)
    for (value, weight) in zip(luma, weights) where weight > 0 {
      histogram[min(255, Int(value + 0.5))] += 1
    }
    let count = histogram.reduce(0, +)
    guard count > 0 else { return nil }
    func percentile(_ share: Double) -> Double {
      var left = Int(share * Double(count - 1))
      for (value, members) in histogram.enumerated() {
        if left < members { return Double(value) }
        left -= members
      }
      return 255
    }
    let sum = histogram.enumerated().reduce(0) { $0 + $1.offset * $1.element }
    self.part = part
    brightness = Double(sum) / Double(count) / 2.55
    contrast = (percentile(0.95) - percentile(0.05)) / 2.55
    sharpness = Sharpness(
      luma, weights: weights, width: photo.width, height: photo.height, textureMin: textureMin
    ).map { min(100, 100 * $0.value) }
  }
}
