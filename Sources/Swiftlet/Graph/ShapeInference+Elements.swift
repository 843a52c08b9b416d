extension OperatorApplication {
  /// x, scale, bias, mean, variance; the parameters are [C].
  func batchNormalization(epsilon: Float) throws(EngineError) -> [Int] {
    let x = try input(0)
    guard x.count >= 2 else {
      throw mismatch("the input is \(x), expected [N, C, ...]", "give a batch with channels")
    }
    guard epsilon.isFinite, epsilon >= 0 else {
      throw invalid("epsilon is \(epsilon)", "give a number from 0")
    }
    let channels = x[channelAxis(rank: x.count)]
    for index in 1...4 {
      let parameter = try input(index)
      guard parameter == [channels] else {
        throw mismatch(
          "input \(index) is \(parameter), expected [\(channels)]", "give one value a channel")
      }
    }
    return x
  }

  /// x, slope; the slope broadcasts to x.
  func prelu() throws(EngineError) -> [Int] {
    let x = try input(0)
    let slope = try input(1)
    guard Shape.broadcast(x, slope) == x else {
      throw mismatch("the slope \(slope) does not broadcast to \(x)", "give a slope a channel")
    }
    return x
  }

  /// a, b.
  func binary() throws(EngineError) -> [Int] {
    let a = try input(0)
    let b = try input(1)
    guard let shape = Shape.broadcast(a, b) else {
      throw mismatch("\(a) and \(b) do not broadcast", "extents must be equal or 1")
    }
    return shape
  }

  /// Inputs that are equal but along `axis`.
  func concat(axis: Int) throws(EngineError) -> [Int] {
    var shape = try input(0)
    try check(axis: axis, rank: shape.count)
    for index in 1..<max(inputs.count, 1) {
      var other = try input(index)
      guard other.count == shape.count else {
        throw mismatch("\(shape) and \(other) differ in rank", "concatenate values of one rank")
      }
      let (sum, overflow) = shape[axis].addingReportingOverflow(other[axis])
      other[axis] = shape[axis]
      guard !overflow, other == shape else {
        throw mismatch(
          "inputs 0 and \(index) are \(shape) and \(other) apart from axis \(axis)",
          "other extents must be equal")
      }
      shape[axis] = sum
    }
    return shape
  }

  /// a [M, K], b [K, N], [c].
  func gemm(transposeA: Bool, transposeB: Bool) throws(EngineError) -> [Int] {
    let a = try input(0)
    let b = try input(1)
    guard a.count == 2, b.count == 2, a[transposeA ? 0 : 1] == b[transposeB ? 1 : 0] else {
      throw mismatch(
        "\(a)\(transposeA ? " transposed" : "") times \(b)\(transposeB ? " transposed" : "")",
        "give matrices whose inner extents agree")
    }
    let shape = [a[transposeA ? 1 : 0], b[transposeB ? 0 : 1]]
    if let c = optionalInput(2), Shape.broadcast(shape, c) != shape {
      throw mismatch("\(c) does not broadcast to \(shape)", "give a bias of the output's columns")
    }
    return shape
  }

  /// a [..., M, K], b [..., K, N].
  func matmul() throws(EngineError) -> [Int] {
    let a = try input(0)
    let b = try input(1)
    guard a.count >= 2, b.count >= 2, a[a.count - 1] == b[b.count - 2],
      let batch = Shape.broadcast(Array(a.dropLast(2)), Array(b.dropLast(2)))
    else {
      throw mismatch("\(a) times \(b)", "give matrices whose inner extents agree")
    }
    return batch + [a[a.count - 2], b[b.count - 1]]
  }
}
