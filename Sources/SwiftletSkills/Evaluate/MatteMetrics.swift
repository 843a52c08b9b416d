/// How far a matte and the colours under it lie from exact ones: sums over photos, means at the end.
///
/// Mean absolute error and the gradient error of Rhemann et al., "A perceptually motivated online
/// benchmark for image matting", CVPR 2009; IoU at 0.5; and the colours a listing shows.
public struct MatteMetrics: Sendable, Equatable {
  /// One photo's values.
  public struct Values: Sendable, Equatable {
    /// The mean distance of alpha from the true one, 0...1.
    public var meanAbsoluteError: Double
    /// The mean square of the difference of the two gradient magnitudes, times 1,000.
    public var gradientError: Double
    /// Intersection over union at 0.5.
    public var iou: Double
    /// The mean distance of colours from the true ones where the true alpha is within 0.1...0.99,
    /// in steps of 255; nil where the true colours are not known or no such pixel is.
    public var edgeColorError: Double?
    /// The mean distance of the picture over white from the true one, in steps of 255; nil where the
    /// true colours are not known.
    public var compositeError: Double?

    /// The values with their names.
    public var json: JSONValue {
      .compact([
        ("mae", .rounded(meanAbsoluteError, 5)), ("gradient", .rounded(gradientError)),
        ("iou", .rounded(iou)), ("edge_color", edgeColorError.map { .rounded($0, 3) }),
        ("on_white", compositeError.map { .rounded($0, 3) }),
      ])
    }
  }

  private var photos: [Values] = []

  /// No photo yet.
  public init() {}

  /// Adds a photo's values.
  public mutating func add(_ values: Values) { photos.append(values) }

  /// Photos added.
  public var count: Int { photos.count }

  /// The mean of every value over the photos that have it.
  public var mean: Values {
    func mean(_ values: [Double]) -> Double {
      values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
    }
    let colors = photos.compactMap(\.edgeColorError)
    let composites = photos.compactMap(\.compositeError)
    return Values(
      meanAbsoluteError: mean(photos.map(\.meanAbsoluteError)),
      gradientError: mean(photos.map(\.gradientError)), iou: mean(photos.map(\.iou)),
      edgeColorError: colors.isEmpty ? nil : mean(colors),
      compositeError: composites.isEmpty ? nil : mean(composites))
  }

  /// The mean distance of two alphas, 0...1.
  package static func meanAbsoluteError(_ alpha: [UInt8], _ truth: [UInt8]) -> Double {
    var sum = 0
    for (a, t) in zip(alpha, truth) { sum += abs(Int(a) - Int(t)) }
    return alpha.isEmpty ? 0 : Double(sum) / 255 / Double(alpha.count)
  }

  /// The gradient error of two alphas; see ``Values/gradientError``.
  package static func gradientError(
    _ alpha: [UInt8], _ truth: [UInt8], width: Int, height: Int
  ) -> Double {
    let ours = gradient(alpha, width, height)
    let theirs = gradient(truth, width, height)
    var sum = 0.0
    for (a, t) in zip(ours, theirs) { sum += Double((a - t) * (a - t)) }
    return ours.isEmpty ? 0 : 1000 * sum / Double(ours.count)
  }

  /// The mean distance of colours where the true alpha is within 0.1...0.99; nil where it never is.
  ///
  /// - Parameters:
  ///   - colors: RGB.
  ///   - truth: RGB, the product's own.
  ///   - alpha: the true alpha.
  package static func edgeColorError(
    _ colors: [UInt8], _ truth: [UInt8], alpha: [UInt8]
  ) -> Double? {
    var (sum, count) = (0, 0)
    for index in alpha.indices where alpha[index] >= 26 && alpha[index] <= 252 {
      for channel in 0..<3 {
        sum += abs(Int(colors[3 * index + channel]) - Int(truth[3 * index + channel]))
      }
      count += 3
    }
    return count == 0 ? nil : Double(sum) / Double(count)
  }

  /// The mean distance over white of colours under an alpha from the true ones under theirs, in
  /// steps of 255.
  package static func compositeError(
    _ colors: [UInt8], alpha: [UInt8], truth: [UInt8], trueAlpha: [UInt8]
  ) -> Double {
    var sum = 0.0
    for index in alpha.indices where alpha[index] > 0 || trueAlpha[index] > 0 {
      let (ours, theirs) = (Double(alpha[index]) / 255, Double(trueAlpha[index]) / 255)
      for channel in 0..<3 {
        let shown = ours * (255 - Double(colors[3 * index + channel]))
        let expected = theirs * (255 - Double(truth[3 * index + channel]))
        sum += abs(shown - expected)
      }
    }
    return alpha.isEmpty ? 0 : sum / Double(3 * alpha.count)
  }

  /// The magnitude of the gradient by derivatives of a Gaussian of 1.4 pixels, edges repeated.
  private static func gradient(_ alpha: [UInt8], _ width: Int, _ height: Int) -> [Float] {
    let sigma = 1.4
    let radius = 5
    let offsets = -radius...radius
    var smooth = offsets.map { Float(Math.exponential(-Double($0 * $0) / (2 * sigma * sigma))) }
    let total = smooth.reduce(0, +)
    smooth = smooth.map { $0 / total }
    let slope = zip(offsets, smooth).map { Float($0) * $1 / Float(sigma * sigma) }
    let values = alpha.map { Float($0) / 255 }
    func filtered(_ across: [Float], _ down: [Float]) -> [Float] {
      var line = [Float](repeating: 0, count: values.count)
      for y in 0..<height {
        for x in 0..<width {
          var sum: Float = 0
          for offset in offsets {
            sum += across[offset + radius] * values[y * width + min(max(x + offset, 0), width - 1)]
          }
          line[y * width + x] = sum
        }
      }
      var result = line
      for y in 0..<height {
        for x in 0..<width {
          var sum: Float = 0
          for offset in offsets {
            sum += down[offset + radius] * line[min(max(y + offset, 0), height - 1) * width + x]
          }
          result[y * width + x] = sum
        }
      }
      return result
    }
    let horizontal = filtered(slope, smooth)
    let vertical = filtered(smooth, slope)
    return zip(horizontal, vertical).map { ($0 * $0 + $1 * $1).squareRoot() }
  }
}
