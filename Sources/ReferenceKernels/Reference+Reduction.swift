extension Reference {
  /// exp(x) over its sum along `axis`.
  public static func softmax(_ x: TensorView, axis: Int, into y: TensorView) {
    var outer = x.shape
    outer[axis] = 1
    let (stepX, stepY) = (x.strides[axis], y.strides[axis])
    walk(outer, x.strides, y.strides, y.strides) { i, j, _ in
      let extent = x.shape[axis]
      var largest = -Double.infinity
      for k in 0..<extent { largest = max(largest, Double(x.base[i + k * stepX])) }
      var sum = 0.0
      for k in 0..<extent { sum += exponential(Double(x.base[i + k * stepX]) - largest) }
      for k in 0..<extent {
        y.base[j + k * stepY] = Float(
          exponential(Double(x.base[i + k * stepX]) - largest) / sum)
      }
    }
  }

  /// The mean over `axes`. `y` is dense; whether it keeps the reduced dimensions makes no difference.
  public static func reduceMean(_ x: TensorView, axes: [Int], into y: TensorView) {
    var outer = x.shape
    var inner = [Int](repeating: 1, count: x.shape.count)
    for axis in axes {
      outer[axis] = 1
      inner[axis] = x.shape[axis]
    }
    let target = TensorView(y.base, shape: outer)
    let count = Double(inner.reduce(1, *))
    walk(outer, x.strides, target.strides, target.strides) { i, j, _ in
      var sum = 0.0
      walk(inner, x.strides, x.strides, x.strides) { k, _, _ in sum += Double(x.base[i + k]) }
      target.base[j] = Float(sum / count)
    }
  }
}
