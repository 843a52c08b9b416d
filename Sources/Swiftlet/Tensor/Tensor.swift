/// A dense float32 tensor in row-major order, the type of a model's inputs and outputs.
public struct Tensor: Sendable, Equatable {
  /// The extent of each dimension, outermost first. A scalar has none.
  public let shape: [Int]

  /// The elements in row-major order; `data.count` is the product of `shape`.
  public var data: [Float]

  /// A tensor over the given elements.
  ///
  /// - Throws: `EngineError` with code `shapeMismatch` unless the product of `shape` is `data.count`.
  public init(shape: [Int], data: [Float]) throws(EngineError) {
    guard let count = Shape.elementCount(shape), count == data.count else {
      throw EngineError(
        .shapeMismatch, "tensor", "shape \(shape) does not hold \(data.count) elements",
        "give as many elements as the product of the shape")
    }
    self.shape = shape
    self.data = data
  }

  /// A tensor whose elements all equal `value`.
  ///
  /// - Throws: `EngineError` with code `shapeMismatch` if an extent is negative or the product overflows.
  public init(shape: [Int], repeating value: Float = 0) throws(EngineError) {
    guard let count = Shape.elementCount(shape) else {
      throw EngineError(
        .shapeMismatch, "tensor", "shape \(shape) is negative or too large",
        "give extents whose product fits the memory")
    }
    self.shape = shape
    self.data = [Float](repeating: value, count: count)
  }
}

/// Arithmetic on shapes that never traps.
public enum Shape {
  /// The most elements a tensor may have: 2^31, 8 GiB of float32.
  public static let maximumElements = 1 << 31

  /// The product of the extents, or nil if one is negative or the product exceeds `maximumElements`.
  public static func elementCount(_ shape: [Int]) -> Int? {
    var count = 1
    for extent in shape {
      guard extent >= 0 else { return nil }
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard !overflow, product <= maximumElements else { return nil }
      count = product
    }
    return count
  }

  /// The shape of an element-wise result by NumPy's rules, or nil if the shapes do not broadcast.
  public static func broadcast(_ a: [Int], _ b: [Int]) -> [Int]? {
    let rank = max(a.count, b.count)
    var result = [Int](repeating: 1, count: rank)
    for axis in 0..<rank {
      let x = axis < rank - a.count ? 1 : a[axis - (rank - a.count)]
      let y = axis < rank - b.count ? 1 : b[axis - (rank - b.count)]
      guard x == y || x == 1 || y == 1 else { return nil }
      result[axis] = x == 1 ? y : x
    }
    return result
  }
}
