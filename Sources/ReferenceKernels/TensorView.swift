/// A tensor of any rank in memory that someone else owns.
public struct TensorView {
  /// The first element.
  public let base: UnsafeMutablePointer<Float>
  /// The extent of each dimension, outermost first.
  public let shape: [Int]
  /// The distance between neighbours along each dimension, in elements.
  public let strides: [Int]

  /// A dense view in row-major order.
  public init(_ base: UnsafeMutablePointer<Float>, shape: [Int]) {
    var strides = shape
    var step = 1
    for axis in shape.indices.reversed() {
      strides[axis] = step
      step *= shape[axis]
    }
    self.init(base, shape: shape, strides: strides)
  }

  /// A view with the given strides.
  public init(_ base: UnsafeMutablePointer<Float>, shape: [Int], strides: [Int]) {
    self.base = base
    self.shape = shape
    self.strides = strides
  }

  /// The same elements repeated to `shape` by NumPy's rules, with strides of 0.
  func broadcast(to shape: [Int]) -> TensorView {
    let lead = shape.count - self.shape.count
    let strides = shape.indices.map { axis in
      axis < lead || self.shape[axis - lead] == 1 ? 0 : self.strides[axis - lead]
    }
    return TensorView(base, shape: shape, strides: strides)
  }

  /// The same elements with the dimensions in another order.
  func permuted(_ permutation: [Int]) -> TensorView {
    TensorView(
      base, shape: permutation.map { shape[$0] }, strides: permutation.map { strides[$0] })
  }
}

/// Calls `body` with the offsets, under three sets of strides, of every index of `shape` in row-major
/// order.
@inline(__always)
func walk(
  _ shape: [Int], _ a: [Int], _ b: [Int], _ c: [Int], _ body: (Int, Int, Int) -> Void
) {
  guard !shape.contains(0) else { return }
  var index = [Int](repeating: 0, count: shape.count)
  var (x, y, z) = (0, 0, 0)
  while true {
    body(x, y, z)
    var axis = shape.count - 1
    while axis >= 0 {
      index[axis] += 1
      x += a[axis]
      y += b[axis]
      z += c[axis]
      if index[axis] < shape[axis] { break }
      x -= a[axis] * shape[axis]
      y -= b[axis] * shape[axis]
      z -= c[axis] * shape[axis]
      index[axis] = 0
      axis -= 1
    }
    if axis < 0 { return }
  }
}
