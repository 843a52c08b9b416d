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
    let alpha = photo.alpha.data
    // Counts of brightness: of the product, of what surrounds it, and of all between.
    var (product, backdrop, edge) = (
      Histogram(repeating: 0), Histogram(repeating: 0), Histogram(repeating: 0)
    )
    for (value, opacity) in zip(photo.luma, alpha) {
      let level = min(255, Int(value + 0.5))
      if opacity >= 230 {
        product[level] += 1
      } else if opacity == 0 {
        backdrop[level] += 1
      } else {
        edge[level] += 1
      }
    }
    var whole = Histogram(repeating: 0)
    for level in 0..<256 { whole[level] = product[level] + backdrop[level] + edge[level] }
    return [
      PartScores(
        "whole", photo, whole, [Float](repeating: 1, count: alpha.count), textureMin: textureMin),
      PartScores(
        "foreground", photo, product, alpha.map { $0 >= 230 ? 1 : 0 }, textureMin: textureMin),
      PartScores(
        "background", photo, backdrop, alpha.map { $0 == 0 ? 1 : 0 }, textureMin: textureMin),
    ].compactMap { $0 }
  }

  /// Pixels of each brightness.
  private typealias Histogram = InlineArray<256, Int>

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
    _ part: String, _ photo: PhotoView, _ histogram: Histogram, _ weights: [Float],
    textureMin: Double
  ) {
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
    sharpness = Sharpness(
      photo.luma, weights: weights, width: photo.width, height: photo.height,
      textureMin: textureMin
    ).map { min(100, 100 * $0.value) }
  }
}
