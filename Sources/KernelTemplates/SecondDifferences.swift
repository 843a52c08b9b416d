/// A row of a picture whose second differences are added up: the argument of the kernels that measure
/// sharpness. Along each of four directions (across, down, falling and rising diagonal) the squares of the
/// second difference at a distance of 1 and of 2 pixels are taken, times a weight for each of the parts
/// that a kernel serves.
@frozen public struct SecondDifferences {
  /// The first pixel of the row, and floats from a row to the next. Two pixels around every one that counts
  /// are inside the picture.
  public var luma: UnsafePointer<Float>, rowStep: Int
  /// The weight of the row's first pixel in the first part, and floats from a part to the next.
  public var weights: UnsafePointer<Float>, partStep: Int
  /// Pixels, at least 8.
  public var count: Int
  /// For each part four sums at 1 pixel, four at 2, and the sum of its weights.
  public var sums: UnsafeMutablePointer<Float>

  /// A row; see the members.
  @inlinable
  public init(
    luma: UnsafePointer<Float>, rowStep: Int, weights: UnsafePointer<Float>, partStep: Int,
    count: Int, sums: UnsafeMutablePointer<Float>
  ) {
    self.luma = luma
    self.rowStep = rowStep
    self.weights = weights
    self.partStep = partStep
    self.count = count
    self.sums = sums
  }
}

/// The sums of `P` parts, eight pixels at a time.
@inlinable @inline(always)
public func secondDifferencesKernel<let P: Int>(
  _ row: UnsafePointer<SecondDifferences>, _ parts: Extent<P>.Type
) {
  typealias Eight = SIMD8<Float>
  let step = row.pointee.rowStep
  let count = row.pointee.count
  var sums = InlineArray<P, InlineArray<9, Eight>> { _ in InlineArray { _ in .zero } }
  var column = 0
  while column < count {
    // The last eight once more where fewer are left, without those that are counted already.
    let place = column + 8 <= count ? column : count - 8
    let known = Eight(repeating: Float(column - place))
    let isNew = Eight(0, 1, 2, 3, 4, 5, 6, 7) .>= known
    let p = UnsafeRawPointer(row.pointee.luma + place)
    let middle = p.loadUnaligned(as: Eight.self) * 2
    let energies = InlineArray<8, Eight> { index in
      let distance = 1 + index / 4
      let direction = index % 4
      let offset =
        4 * distance
        * (direction == 0
          ? 1 : direction == 1 ? step : direction == 2 ? step + 1 : step - 1)
      let before = p.loadUnaligned(fromByteOffset: -offset, as: Eight.self)
      let after = p.loadUnaligned(fromByteOffset: offset, as: Eight.self)
      let second = before + after - middle
      return second * second
    }
    for part in 0..<P {
      let weight = UnsafeRawPointer(row.pointee.weights + part * row.pointee.partStep + place)
        .loadUnaligned(as: Eight.self)
      let chosen = Eight.zero.replacing(with: weight, where: isNew)
      for index in 0..<8 { sums[part][index] += energies[index] * chosen }
      sums[part][8] += chosen
    }
    column += 8
  }
  for part in 0..<P {
    for index in 0..<9 {
      let half = sums[part][index].lowHalf + sums[part][index].highHalf
      let pair = half.lowHalf + half.highHalf
      row.pointee.sums[9 * part + index] = pair[0] + pair[1]
    }
  }
}
