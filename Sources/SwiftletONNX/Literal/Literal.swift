internal import Swiftlet

/// A tensor that is known at import: a weight, or a number in the arithmetic of shapes.
///
/// Integers and booleans of all sizes are kept as 64-bit integers, floating-point numbers of all
/// sizes in single precision. Extents may be 0.
struct Literal {
  enum Elements {
    case floats([Float])
    case integers([Int64])

    var count: Int {
      switch self {
      case .floats(let values): values.count
      case .integers(let values): values.count
      }
    }
  }

  /// The extents. Their product is the number of elements.
  let shape: [Int]
  let elements: Elements

  var count: Int { elements.count }

  /// A literal whose `shape` is known to hold the elements.
  init(shape: [Int], elements: Elements) {
    self.shape = shape
    self.elements = elements
  }

  /// The number of elements of `shape`, or nil where it has too many, too many dimensions or, an
  /// extent of 0 aside, too large ones: products of extents never overflow.
  static func count(of shape: [Int]) -> Int? {
    guard shape.count <= ShapeInference.maximumRank, shape.allSatisfy({ $0 >= 0 }),
      Shape.elementCount(shape.map { max($0, 1) }) != nil
    else { return nil }
    return Shape.elementCount(shape)
  }

  /// A list of integers.
  init(_ integers: [Int]) {
    self.init(shape: [integers.count], elements: .integers(integers.map(Int64.init)))
  }

  /// The elements converted to single precision.
  var floats: [Float] {
    switch elements {
    case .floats(let values): values
    case .integers(let values): values.map { Float($0) }
    }
  }

  /// The elements, or nil if they are floating-point numbers.
  var integers: [Int]? {
    guard case .integers(let values) = elements else { return nil }
    return values.map(Int.init)
  }

  /// The elements, or nil if they are integers.
  var floatingPoint: [Float]? {
    guard case .floats(let values) = elements else { return nil }
    return values
  }

  /// The same elements under a shape that is known to hold them.
  func reshaped(_ shape: [Int]) -> Literal { Literal(shape: shape, elements: elements) }

  /// A new literal whose element `i` is element `index(i)`, which must exist.
  func picking(shape: [Int], count: Int, _ index: (Int) -> Int) -> Literal {
    switch elements {
    case .floats(let values):
      Literal(shape: shape, elements: .floats((0..<count).map { values[index($0)] }))
    case .integers(let values):
      Literal(shape: shape, elements: .integers((0..<count).map { values[index($0)] }))
    }
  }
}

/// Row-major strides of `shape`, whose element count has been checked.
func rowMajorStrides(_ shape: [Int]) -> [Int] {
  var strides = [Int](repeating: 1, count: shape.count)
  for axis in shape.indices.dropLast().reversed() {
    strides[axis] = strides[axis + 1] * max(shape[axis + 1], 1)
  }
  return strides
}
