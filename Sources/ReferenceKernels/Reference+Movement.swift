extension Reference {
  /// Every element of `x` at its index in `y`, both of the same shape.
  public static func copy(_ x: TensorView, into y: TensorView) {
    walk(x.shape, x.strides, y.strides, y.strides) { i, j, _ in y.base[j] = x.base[i] }
  }

  /// Dimension i of y is dimension `permutation[i]` of x.
  public static func transpose(_ x: TensorView, permutation: [Int], into y: TensorView) {
    copy(x.permuted(permutation), into: y)
  }

  /// The inputs one after the other along `axis`.
  public static func concat(_ inputs: [TensorView], axis: Int, into y: TensorView) {
    var position = 0
    for x in inputs {
      let part = TensorView(
        y.base + position * y.strides[axis], shape: x.shape, strides: y.strides)
      copy(x, into: part)
      position += x.shape[axis]
    }
  }

  /// x surrounded by `value`: `before` elements of it along each dimension, and as many after as y holds.
  public static func pad(_ x: TensorView, before: [Int], value: Float, into y: TensorView) {
    walk(y.shape, y.strides, y.strides, y.strides) { i, _, _ in y.base[i] = value }
    let offset = zip(before, y.strides).reduce(0) { $0 + $1.0 * $1.1 }
    copy(x, into: TensorView(y.base + offset, shape: x.shape, strides: y.strides))
  }

  /// Element i of a dimension of y is element start + i * step of x; the extents of y end the ranges.
  public static func slice(_ x: TensorView, starts: [Int], steps: [Int], into y: TensorView) {
    let offset = zip(starts, x.strides).reduce(0) { $0 + $1.0 * $1.1 }
    let strides = zip(steps, x.strides).map { $0 * $1 }
    copy(TensorView(x.base + offset, shape: y.shape, strides: strides), into: y)
  }
}
