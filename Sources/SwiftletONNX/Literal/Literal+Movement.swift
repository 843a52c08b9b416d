internal import Swiftlet

/// Rearrangements. Arguments have been checked, and the element counts of results too.
extension Literal {
  /// The elements at `offset + sum of coordinate * stride` for all coordinates of `shape`.
  func view(shape: [Int], offset: Int, strides: [Int]) -> Literal {
    let count = shape.reduce(1, *)
    var coordinates = [Int](repeating: 0, count: shape.count)
    var position = offset
    return picking(shape: shape, count: count) { _ in
      let current = position
      for axis in shape.indices.reversed() {
        coordinates[axis] += 1
        position += strides[axis]
        if coordinates[axis] < shape[axis] { break }
        position -= strides[axis] * shape[axis]
        coordinates[axis] = 0
      }
      return current
    }
  }

  /// Repeated along the dimensions that are 1 or missing, to a shape that it broadcasts to.
  func broadcast(to shape: [Int]) -> Literal {
    guard shape != self.shape else { return self }
    let missing = shape.count - self.shape.count
    let own = rowMajorStrides(self.shape)
    let strides = shape.indices.map { axis in
      axis < missing || self.shape[axis - missing] == 1 ? 0 : own[axis - missing]
    }
    return view(shape: shape, offset: 0, strides: strides)
  }

  /// Output axis i is input axis `permutation[i]`.
  func transposed(_ permutation: [Int]) -> Literal {
    let strides = rowMajorStrides(shape)
    return view(
      shape: permutation.map { shape[$0] }, offset: 0, strides: permutation.map { strides[$0] })
  }

  /// The ranges of a slice, normalised.
  func sliced(_ ranges: [SliceRange]) -> Literal {
    let strides = rowMajorStrides(shape)
    return view(
      shape: ranges.map(\.count), offset: zip(ranges, strides).reduce(0) { $0 + $1.0.start * $1.1 },
      strides: zip(ranges, strides).map { $0.step * $1 })
  }

  /// Literals that are equal but along `axis`, one after the other. One of floats makes all floats.
  static func concatenated(_ parts: [Literal], axis: Int, shape: [Int]) -> Literal {
    let outer = shape[..<axis].reduce(1, *)
    let blocks = parts.map { $0.shape[axis...].reduce(1, *) }
    func join<T>(_ arrays: [[T]]) -> [T] {
      var result: [T] = []
      for row in 0..<outer {
        for (array, block) in zip(arrays, blocks) {
          result += array[row * block..<(row + 1) * block]
        }
      }
      return result
    }
    let integers = parts.compactMap { part -> [Int64]? in
      if case .integers(let values) = part.elements { values } else { nil }
    }
    return integers.count == parts.count
      ? Literal(shape: shape, elements: .integers(join(integers)))
      : Literal(shape: shape, elements: .floats(join(parts.map(\.floats))))
  }

  /// The slices that `indices` names along `axis`; every index is within the extent.
  func gathered(_ indices: [Int], indexShape: [Int], axis: Int) -> Literal {
    let inner = shape[(axis + 1)...].reduce(1, *)
    let extent = shape[axis]
    let outer = shape[..<axis].reduce(1, *)
    let result = Array(shape[..<axis]) + indexShape + Array(shape[(axis + 1)...])
    return picking(shape: result, count: outer * indices.count * inner) { position in
      let (rest, column) = position.quotientAndRemainder(dividingBy: inner)
      let (row, index) = rest.quotientAndRemainder(dividingBy: indices.count)
      return (row * extent + indices[index]) * inner + column
    }
  }
}

/// A normalised range along a dimension: all its positions lie within the extent.
struct SliceRange: Equatable {
  let start: Int
  /// Exclusive; -1 for a descending range down to 0.
  let end: Int
  let step: Int

  var count: Int {
    let distance = step > 0 ? end - start : start - end
    return distance <= 0 ? 0 : (distance - 1) / abs(step) + 1
  }

  /// The range that ONNX's numbers name in a dimension of `extent`: negative positions count from
  /// the end, and positions beyond the ends are clamped.
  ///
  /// `step` is not 0.
  init(start: Int, end: Int, step: Int, extent: Int) {
    let first = start < 0 ? start + extent : start
    let last = end < 0 ? end + extent : end
    if step > 0 {
      self.start = min(max(first, 0), extent)
      self.end = min(max(last, 0), extent)
    } else {
      self.start = min(max(first, 0), extent - 1)
      self.end = min(max(last, -1), extent - 1)
    }
    // A longer step names the same single position and could overflow.
    let longest = max(extent, 1)
    self.step = min(max(step, -longest), longest)
  }

  /// The whole of a dimension.
  init(extent: Int) {
    start = 0
    end = extent
    step = 1
  }
}
