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

  /// Colours that are looked at side by side.
  private typealias Lanes = SIMD8<Float>

  /// The likeliest value of each colour, as a place in ``values``.
  ///
  /// - Complexity: some 300 multiplications a colour, eight colours at a time.
  package static func classify(_ colors: [Lab]) -> [Int] {
    var places: [Int] = []
    places.reserveCapacity(colors.count)
    withUnsafeTemporaryAllocation(of: Lanes.self, capacity: inputs + hidden) { scratch in
      let features = UnsafeMutableBufferPointer(rebasing: scratch[..<inputs])
      let units = UnsafeMutableBufferPointer(rebasing: scratch[inputs...])
      scratch.initialize(repeating: .zero)
      for first in stride(from: 0, to: colors.count, by: Lanes.scalarCount) {
        let group = colors[first..<min(first + Lanes.scalarCount, colors.count)]
        for (lane, color) in group.enumerated() {
          let (l, a, b) = (Float(color.l), Float(color.a), Float(color.b))
          features[0][lane] = l / 50
          features[1][lane] = a / 50
          features[2][lane] = b / 50
          features[3][lane] = Float(color.chroma) / 50
          features[4][lane] = a / (l + 8)
          features[5][lane] = b / (l + 8)
        }
        let best = likeliest(features, units)
        for (lane, color) in group.enumerated() {
          places.append(isStrongBlue(color) ? blue : Int(best[lane]))
        }
      }
    }
    return places
  }

  /// The place of the output with the highest score.
  private static func likeliest(
    _ features: UnsafeMutableBufferPointer<Lanes>, _ units: UnsafeMutableBufferPointer<Lanes>
  ) -> SIMD8<Int32> {
    hiddenWeights.withUnsafeBufferPointer { weights in
      for unit in 0..<hidden {
        var sum = Lanes(repeating: hiddenBiases[unit])
        for input in 0..<inputs { sum += features[input] * weights[unit * inputs + input] }
        units[unit] = Math.hyperbolicTangent(sum)
      }
    }
    var best = SIMD8<Int32>.zero
    var most = Lanes(repeating: -.infinity)
    outputWeights.withUnsafeBufferPointer { weights in
      for value in values.indices {
        var sum = Lanes(repeating: outputBiases[value])
        for unit in 0..<hidden { sum += units[unit] * weights[value * hidden + unit] }
        let isMore = sum .> most
        best.replace(with: SIMD8(repeating: Int32(value)), where: isMore)
        most.replace(with: sum, where: isMore)
      }
    }
    return best
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
