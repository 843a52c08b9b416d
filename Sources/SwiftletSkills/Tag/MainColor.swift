internal import SwiftletImage

/// Names the main colour of a product from all of it and from what surrounds it.
///
/// A single pixel does not tell a white product in the shade from a grey one in the light. How a
/// product's tones are spread, and how light and how tinted its surroundings are, often does. A network
/// of one hidden layer, fitted by `tools/eval/colours.py` to renders with known colours, adds to the
/// votes of the pixels by ``ColorModel``.
package enum MainColor {
  /// What is known of a product and its surroundings, about 0...1 each.
  package struct Features: Sendable, Equatable {
    /// The share of each of ``ColorModel/values`` among the product's pixels; its lightness at five
    /// percentiles; its mean a, b and chroma; the same of what surrounds it, with lightness at three
    /// percentiles; the photo's lightness at the 99th percentile; the product's share of the photo.
    package let values: [Float]

    /// The median lightness of what surrounds the product, 0...1.
    var surroundingLightness: Float { values[ColorModel.values.count + 9] }

    /// The number of values.
    package static let count = ColorModel.values.count + 16

    /// - Parameters:
    ///   - shares: of each of ``ColorModel/values``.
    ///   - product: colours of the product's pixels, at least one.
    ///   - scene: colours of pixels of the whole photo, at least one.
    ///   - surroundings: those of them outside the product.
    init(shares: [Float], product: [Lab], scene: [Lab], surroundings: [Lab]) {
      func percentiles(_ colors: [Lab], _ places: [Double]) -> [Float] {
        // Lightness in tenths is exact enough, and is counted faster than sorted.
        var counts = InlineArray<1001, Int>(repeating: 0)
        for color in colors { counts[max(0, min(1000, Int(10 * color.l + 0.5)))] += 1 }
        return places.map { place in
          var left = Int(place * Double(colors.count - 1))
          for level in 0..<1001 {
            if left < counts[level] { return Float(level) / 1000 }
            left -= counts[level]
          }
          return 1
        }
      }
      func means(_ colors: [Lab]) -> [Float] {
        var (a, b, chroma) = (0.0, 0.0, 0.0)
        for color in colors {
          a += color.a
          b += color.b
          chroma += color.chroma
        }
        return [a, b, chroma].map { Float($0 / Double(colors.count) / 50) }
      }
      let around = surroundings.isEmpty ? scene : surroundings
      var values = shares
      values += percentiles(product, [0.05, 0.25, 0.5, 0.75, 0.95])
      values += means(product)
      values += percentiles(around, [0.1, 0.5, 0.9])
      values += means(around)
      values += percentiles(scene, [0.99])
      values.append(1 - Float(surroundings.count) / Float(scene.count))
      self.values = values
    }
  }

  /// The least votes of a main colour as a share of the most.
  private static let voteMin: Float = 0.25

  /// The median lightness of surroundings that show how light white is.
  private static let lightMin: Float = 0.9

  /// The likeliest value, as a place in ``ColorModel/values``: one that at least a quarter as many pixels
  /// vote for as for any other, or black, gray or white where one of them has the most, since light makes
  /// them of one another. On a light ground gray is not called white.
  ///
  /// - Complexity: some thousand multiplications.
  package static func classify(_ features: Features) -> Int {
    let shares = features.values.prefix(ColorModel.values.count)
    let most = shares.indices.max { shares[$0] < shares[$1] } ?? 0
    let isOnLight = features.surroundingLightness >= lightMin
    func isCandidate(_ value: Int) -> Bool {
      if shares[value] >= voteMin * shares[most] { return true }
      let names = (ColorModel.values[most], ColorModel.values[value])
      return names.0.isNeutral && names.1.isNeutral && !(isOnLight && names == (.gray, .white))
    }
    let votes = shares.map { Math.logarithm(Double($0) + 0.02) }
    let units = hiddenBiases.indices.map { unit in
      let weights = hiddenWeights[unit * Features.count..<(unit + 1) * Features.count]
      let sum = zip(weights, features.values).reduce(hiddenBiases[unit]) { $0 + $1.0 * $1.1 }
      return Math.hyperbolicTangent(sum)
    }
    let scores = ColorModel.values.indices.map { value in
      let weights = outputWeights[value * units.count..<(value + 1) * units.count]
      let sum = zip(weights, units).reduce(outputBiases[value]) { $0 + $1.0 * $1.1 }
      return Double(voteWeight) * votes[value] + Double(sum)
    }
    return scores.indices.filter(isCandidate).max { scores[$0] < scores[$1] } ?? most
  }
}

/// Some two thousand pixels of the whole photo reduced, for what surrounds a product.
struct SceneColors: Sendable {
  /// All pixels.
  let all: [Lab]
  /// Those with alpha 0.
  let surroundings: [Lab]

  /// The longer side of the reduced photo in pixels, at least, and how many of its pixels one is taken of.
  private static let side = 96
  private static let step = 3

  /// - Complexity: one pass over the photo.
  init(_ pixels: PixelBuffer, alpha: PixelBuffer) {
    let factor = max(1, min(256, max(pixels.width, pixels.height) / SceneColors.side))
    let small = pixels.opaque.boxMean(factor: factor)
    let opacity = alpha.boxMean(factor: factor)
    var (all, surroundings): ([Lab], [Lab]) = ([], [])
    for row in 0..<small.height {
      // Each row begins elsewhere, so that no column is left out.
      for column in stride(from: row % SceneColors.step, to: small.width, by: SceneColors.step) {
        let pixel = row * small.width + column
        let color = Lab(
          red: small.data[3 * pixel], green: small.data[3 * pixel + 1],
          blue: small.data[3 * pixel + 2])
        all.append(color)
        if opacity.data[pixel] == 0 { surroundings.append(color) }
      }
    }
    self.all = all
    self.surroundings = surroundings
  }
}
