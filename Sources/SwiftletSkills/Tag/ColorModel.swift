/// Names single colours as people name goods in them: a dark, shadowed yellow is still yellow.
///
/// A network of one hidden layer, fitted by `tools/eval/colours.py` to the pixels of renders with
/// known colours and to the shades of ``ColorNames`` under more and less light (van de Weijer,
/// Schmid, Verbeek, Larlus, "Learning color names for real-world applications", IEEE TIP 2009, for
/// names learnt from pixels).
package enum ColorModel {
  /// The values that a colour alone can have, in the order of the network's outputs.
  package static let values: [ShopifyColor] = [
    .black, .blue, .white, .beige, .brown, .gray, .green, .orange, .pink, .purple, .red, .yellow,
    .navy,
  ]

  private static let inputs = 6
  private static let hidden = hiddenBiases.count

  /// The likeliest value of each colour, as a place in ``values``.
  ///
  /// - Complexity: some 300 multiplications a colour.
  package static func classify(_ colors: [Lab]) -> [Int] {
    hiddenWeights.withUnsafeBufferPointer { w1 in
      outputWeights.withUnsafeBufferPointer { w2 in
        colors.map { color in
          let (l, a, b) = (Float(color.l), Float(color.a), Float(color.b))
          let shade = l + 8
          let features: SIMD8<Float> = [
            l / 50, a / 50, b / 50, Float(color.chroma) / 50, a / shade, b / shade, 0, 0,
          ]
          var best = (index: 0, score: -Float.infinity)
          withUnsafeTemporaryAllocation(of: Float.self, capacity: hidden) { units in
            for unit in 0..<hidden {
              var sum = hiddenBiases[unit]
              for input in 0..<inputs { sum += w1[unit * inputs + input] * features[input] }
              // tanh
              units[unit] = 2 * Math.logistic(2 * sum) - 1
            }
            for value in values.indices {
              var sum = outputBiases[value]
              for unit in 0..<hidden { sum += w2[value * hidden + unit] * units[unit] }
              if sum > best.score { best = (value, sum) }
            }
          }
          return isStrongBlue(color) ? blue : best.index
        }
      }
    }
  }

  private static let blue = 1

  /// Whether a colour is a blue that CIELAB bends towards purple, as it does the strong ones (Hung and
  /// Berns, "Determination of constant hue loci for a CRT gamut", Color Research and Application 1995).
  private static func isStrongBlue(_ color: Lab) -> Bool {
    color.chroma > 75 && color.b < 0 && color.a < -0.75 * color.b && color.a > -0.3 * color.b
  }

  /// The likeliest value of a colour.
  package static func value(of color: Lab) -> ShopifyColor { values[classify([color])[0]] }
}
