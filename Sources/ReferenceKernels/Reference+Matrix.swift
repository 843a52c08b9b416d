extension Reference {
  /// y = activation(alpha * a b + beta * c).
  ///
  /// - Parameters:
  ///   - a: [M, K], or [K, M] if `transposeA`.
  ///   - b: [K, N], or [N, K] if `transposeB`.
  ///   - c: Repeated to [M, N] by NumPy's rules, or nil.
  ///   - y: [M, N].
  public static func gemm(
    _ a: TensorView, _ b: TensorView, _ c: TensorView?, alpha: Float, beta: Float,
    transposeA: Bool, transposeB: Bool, activation: Scalar = { $0 }, into y: TensorView
  ) {
    let a = transposeA ? a.permuted([1, 0]) : a
    let b = transposeB ? b.permuted([1, 0]) : b
    let c = c.map { $0.broadcast(to: y.shape) }
    for m in 0..<y.shape[0] {
      for n in 0..<y.shape[1] {
        var sum = Double(alpha) * dot(a, m * a.strides[0], b, n * b.strides[1])
        if let c {
          sum += Double(beta) * Double(c.base[m * c.strides[0] + n * c.strides[1]])
        }
        y.base[m * y.strides[0] + n * y.strides[1]] = Float(activation(sum))
      }
    }
  }

  /// The product of matrices in the last two dimensions, the others repeated by NumPy's rules.
  ///
  /// - Parameters:
  ///   - a: [..., M, K].
  ///   - b: [..., K, N].
  ///   - y: [..., M, N]: of the larger rank.
  public static func matmul(_ a: TensorView, _ b: TensorView, into y: TensorView) {
    let outer = Array(y.shape.dropLast(2))
    let x = a.broadcast(to: outer + a.shape.suffix(2))
    let z = b.broadcast(to: outer + b.shape.suffix(2))
    let rank = y.shape.count
    walk(outer, x.strides, z.strides, y.strides) { i, j, k in
      for m in 0..<y.shape[rank - 2] {
        for n in 0..<y.shape[rank - 1] {
          y.base[k + m * y.strides[rank - 2] + n * y.strides[rank - 1]] = Float(
            dot(a, i + m * a.strides[a.strides.count - 2], b, j + n * (b.strides.last ?? 1)))
        }
      }
    }
  }

  /// The product of the row of `a` at offset `i` and the column of `b` at offset `j`.
  private static func dot(_ a: TensorView, _ i: Int, _ b: TensorView, _ j: Int) -> Double {
    let rank = (a.shape.count, b.shape.count)
    let (stepA, stepB) = (a.strides[rank.0 - 1], b.strides[rank.1 - 2])
    var sum = 0.0
    for k in 0..<a.shape[rank.0 - 1] {
      sum += Double(a.base[i + k * stepA]) * Double(b.base[j + k * stepB])
    }
    return sum
  }
}
