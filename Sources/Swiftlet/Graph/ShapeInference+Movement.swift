extension OperatorApplication {
  /// x, [shape]; as many elements as before.
  func reshape() throws(EngineError) -> [Int] {
    let x = try input(0)
    guard let declared else {
      throw invalid("a reshape without the shape of its output", "state the shape")
    }
    guard Shape.elementCount(declared) == Shape.elementCount(x) else {
      throw mismatch("\(x) to \(declared)", "keep the number of elements")
    }
    return declared
  }

  /// x. Output axis i is input axis `permutation[i]`.
  func transpose(_ permutation: [Int]) throws(EngineError) -> [Int] {
    let x = try input(0)
    guard permutation.sorted() == Array(0..<x.count) else {
      throw invalid(
        "\(permutation) does not permute \(x.count) dimensions", "name every axis once")
    }
    return permutation.map { x[$0] }
  }

  /// x. As many counts as dimensions, none negative.
  func pad(_ before: [Int], _ after: [Int]) throws(EngineError) -> [Int] {
    let x = try input(0)
    let counts = 0...Shape.maximumElements
    guard before.count == x.count, after.count == x.count,
      before.allSatisfy(counts.contains), after.allSatisfy(counts.contains)
    else {
      throw invalid(
        "pads \(before) and \(after) for \(x)",
        "give a count from 0 before and after each dimension")
    }
    return x.indices.map { before[$0] + x[$0] + after[$0] }
  }

  /// x. Ranges are normalised: the first element lies in the dimension, the end is exclusive, at
  /// most the extent for a positive step and at least -1 for a negative one, and no range is empty.
  func slice(_ starts: [Int], _ ends: [Int], _ steps: [Int]) throws(EngineError) -> [Int] {
    let x = try input(0)
    guard starts.count == x.count, ends.count == x.count, steps.count == x.count else {
      throw invalid(
        "ranges of \(starts.count), \(ends.count) and \(steps.count) dimensions for \(x)",
        "give a range for each dimension")
    }
    var shape: [Int] = []
    for axis in x.indices {
      let (start, end, step) = (starts[axis], ends[axis], steps[axis])
      let fits =
        step > 0
        ? start >= 0 && start < end && end <= x[axis]
        : step < 0 && start < x[axis] && start > end && end >= -1
      guard fits, step.magnitude <= Shape.maximumElements else {
        throw invalid(
          "range \(start) to \(end) by \(step) in a dimension of \(x[axis])",
          "give a range that is not empty and within the dimension")
      }
      shape.append((abs(end - start) - 1) / abs(step) + 1)
    }
    return shape
  }

  /// x. Axes ascend.
  func reduceMean(axes: [Int], keepDimensions: Bool) throws(EngineError) -> [Int] {
    let x = try input(0)
    for axis in axes { try check(axis: axis, rank: x.count) }
    guard zip(axes, axes.dropFirst()).allSatisfy({ $0 < $1 }) else {
      throw invalid("axes \(axes)", "name each axis once, in ascending order")
    }
    return x.indices.compactMap { axes.contains($0) ? (keepDimensions ? 1 : nil) : x[$0] }
  }
}
