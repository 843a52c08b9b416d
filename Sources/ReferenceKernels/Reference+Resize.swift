/// How one dimension of a resize maps outputs to inputs, by the formulas of ONNX, in single precision
/// (the symmetric one sums in double) so that ties fall as in ONNX Runtime.
public struct ResizeAxis: Sendable {
  /// The extents.
  public var input: Int, output: Int
  /// Output extent over input extent as the model states it.
  public var scale: Float

  /// An axis.
  public init(input: Int, output: Int, scale: Float) {
    self.input = input
    self.output = output
    self.scale = scale
  }

  /// The two inputs that an output mixes: `(1 - fraction) * low + fraction * high`.
  public struct Tap: Sendable, Equatable {
    /// Positions within the input.
    public var low: Int, high: Int
    /// The weight of `high`.
    public var fraction: Float
  }

  /// (x + 0.5) / scale - 0.5.
  public func halfPixel(_ x: Int) -> Float { (Float(x) + 0.5) / scale - 0.5 }

  /// As half pixel, but 0 where the output extent is 1.
  public func pytorchHalfPixel(_ x: Int) -> Float { output > 1 ? halfPixel(x) : 0 }

  /// x * (input - 1) / (output - 1).
  public func alignCorners(_ x: Int) -> Float {
    output > 1 ? Float(x) * Float(input - 1) / Float(output - 1) : 0
  }

  /// x / scale.
  public func asymmetric(_ x: Int) -> Float { Float(x) / scale }

  /// (x + 0.5) / scale.
  public func tfHalfPixelForNN(_ x: Int) -> Float { (Float(x) + 0.5) / scale }

  /// As half pixel, centred on the input although the output extent was rounded.
  public func halfPixelSymmetric(_ x: Int) -> Float {
    let adjustment = Float(output) / (scale * Float(input))
    let center = Float(input) / 2
    let offset = center * (1 - adjustment)
    return Float(Double(offset) + (Double(x) + 0.5) / Double(scale) - 0.5)
  }

  /// The taps of a linear resize, clamped to the edges.
  public func linear(_ coordinate: (Int) -> Float) -> [Tap] {
    (0..<output).map { x in
      let position = Swift.min(Swift.max(coordinate(x), 0), Float(input - 1))
      let low = Int(position)
      return Tap(
        low: low, high: Swift.min(low + 1, input - 1), fraction: position - Float(low))
    }
  }

  /// The taps of a nearest resize, clamped to the edges.
  public func nearest(_ coordinate: (Int) -> Float, _ rounding: (Float) -> Float) -> [Tap] {
    (0..<output).map { x in
      let position = Swift.min(Swift.max(rounding(coordinate(x)), 0), Float(input - 1))
      return Tap(low: Int(position), high: Int(position), fraction: 0)
    }
  }

  /// To nearest, ties down.
  public static func roundPreferFloor(_ x: Float) -> Float {
    x - x.rounded(.down) == 0.5 ? x.rounded(.down) : x.rounded()
  }

  /// To nearest, ties up.
  public static func roundPreferCeil(_ x: Float) -> Float {
    x - x.rounded(.down) == 0.5 ? x.rounded(.up) : x.rounded()
  }
}

extension Reference {
  /// Mixes, at every output pixel, the four input pixels that the taps of its row and column name.
  public static func resize(
    _ x: ImageView, rows: [ResizeAxis.Tap], columns: [ResizeAxis.Tap], into y: ImageView
  ) {
    y.forEach { n, q, p, c in
      let (row, column) = (rows[q], columns[p])
      func mix(_ row: Int) -> Double {
        let fraction = Double(column.fraction)
        let low = Double(x[n, row, column.low, c])
        return fraction == 0
          ? low : (1 - fraction) * low + fraction * Double(x[n, row, column.high, c])
      }
      let fraction = Double(row.fraction)
      let low = mix(row.low)
      y[n, q, p, c] = Float(
        fraction == 0 ? low : (1 - fraction) * low + fraction * mix(row.high))
    }
  }
}
