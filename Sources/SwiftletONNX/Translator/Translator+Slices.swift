internal import Swiftlet

// MARK: - Slices

extension Translator {
  /// The ranges of a value; the value itself where they are all of it.
  mutating func slice(
    _ node: NodeReader, _ x: ValueID, _ ranges: [SliceRange]
  ) throws(ONNXError) -> ValueID {
    if ranges == graph[x].shape.map(SliceRange.init(extent:)) { return x }
    return try append(
      node, .slice(starts: ranges.map(\.start), ends: ranges.map(\.end), steps: ranges.map(\.step)),
      [x])
  }

  private mutating func slice(
    _ node: NodeReader, _ x: Operand, _ ranges: [SliceRange]
  ) throws(ONNXError) -> Operand {
    switch x {
    case .value(let id):
      return .value(try slice(node, id, ranges))
    case .literal(let literal):
      try reserve(node, ranges.map(\.count))
      return .literal(literal.sliced(ranges))
    }
  }

  /// Ranges are attributes up to opset 9 and inputs since.
  mutating func slice(_ node: NodeReader) throws(ONNXError) -> Operand {
    let x = try operand(node, 0)
    let from = shape(x)
    let starts: [Int]
    let ends: [Int]
    var axes: [Int]?
    var steps: [Int]?
    if opset < 10 {
      guard let first = try node.ints("starts"), let last = try node.ints("ends") else {
        throw node.invalid("starts or ends are missing", "state both")
      }
      (starts, ends) = (first, last)
      axes = try node.ints("axes")
    } else {
      starts = try integers(node, 1, "list of starts")
      ends = try integers(node, 2, "list of ends")
      if node.hasInput(3) { axes = try integers(node, 3, "list of axes") }
      if node.hasInput(4) { steps = try integers(node, 4, "list of steps") }
    }
    guard starts.count <= from.count else {
      throw node.invalid("\(starts.count) ranges for \(from)", "give a range a dimension at most")
    }
    let resolved = try node.axes(axes ?? Array(starts.indices), rank: from.count)
    let strides = steps ?? starts.map { _ in 1 }
    guard ends.count == starts.count, resolved.count == starts.count,
      strides.count == starts.count, !strides.contains(0)
    else {
      throw node.invalid(
        "starts \(starts), ends \(ends), axes \(resolved), steps \(strides)",
        "give as many of each, and no step of 0")
    }
    var ranges = from.map(SliceRange.init(extent:))
    for (position, axis) in resolved.enumerated() {
      ranges[axis] = SliceRange(
        start: starts[position], end: ends[position], step: strides[position], extent: from[axis])
    }
    return try slice(node, x, ranges)
  }

  /// The lengths are an attribute up to opset 12 and an input since; without them the parts are
  /// equal, the last one possibly smaller.
  mutating func split(_ node: NodeReader) throws(ONNXError) -> [Operand] {
    let x = try operand(node, 0)
    let from = shape(x)
    let axis = try node.axis(try node.int("axis", default: 0), rank: from.count)
    var lengths: [Int]?
    if opset < 13 {
      lengths = try node.ints("split")
    } else if node.hasInput(1) {
      lengths = try integers(node, 1, "list of lengths")
    }
    let parts = node.outputs.count
    if lengths == nil {
      let length = (from[axis] + max(parts, 1) - 1) / max(parts, 1)
      guard opset >= 18 || from[axis] == length * parts else {
        throw node.invalid("\(from[axis]) does not split into \(parts)", "state the lengths")
      }
      lengths = (0..<parts).map { max(min(length, from[axis] - $0 * length), 0) }
    }
    guard let lengths, lengths.count == parts, lengths.allSatisfy((0...from[axis]).contains),
      lengths.reduce(0, +) == from[axis]
    else {
      throw node.invalid(
        "lengths \(lengths ?? []) for \(parts) parts of \(from[axis])",
        "give lengths that add up to the extent")
    }
    var start = 0
    var results: [Operand] = []
    for length in lengths {
      var ranges = from.map(SliceRange.init(extent:))
      ranges[axis] = SliceRange(
        start: start, end: start + length, step: 1, extent: from[axis])
      results.append(try slice(node, x, ranges))
      start += length
    }
    return results
  }
}

// MARK: - Padding

extension Translator {
  /// Counts and value are attributes up to opset 10 and inputs since. Negative counts crop.
  mutating func pad(_ node: NodeReader) throws(ONNXError) -> Operand {
    let mode = try node.string("mode", default: "constant")
    guard mode == "constant" else {
      throw node.unsupported("mode '\(mode)' is not supported", "pad with a constant")
    }
    let x = try value(node, 0)
    let from = graph[x].shape
    var counts: [Int]
    var number: Float = 0
    var axes = Array(from.indices)
    if opset < 11 {
      counts = try node.ints("pads") ?? []
      number = try node.float("value", default: 0)
    } else {
      counts = try integers(node, 1, "list of pads")
      if node.hasInput(2) { number = try scalar(node, 2, "value") }
      if node.hasInput(3) {
        axes = try node.axes(try integers(node, 3, "list of axes"), rank: from.count)
      }
    }
    let limit = Shape.maximumElements
    guard counts.count == 2 * axes.count, counts.allSatisfy((-limit...limit).contains) else {
      throw node.invalid("pads \(counts) for \(from)", "give two counts a dimension")
    }
    var before = [Int](repeating: 0, count: from.count)
    var after = before
    for (position, axis) in axes.enumerated() {
      before[axis] = counts[position]
      after[axis] = counts[position + axes.count]
    }
    let ranges = from.indices.map { axis in
      SliceRange(
        start: max(-before[axis], 0), end: max(from[axis] + min(after[axis], 0), 0), step: 1,
        extent: from[axis])
    }
    guard ranges.allSatisfy({ $0.count > 0 }) else {
      throw node.invalid("pads \(counts) leave nothing of \(from)", "crop less")
    }
    let cropped = try slice(node, x, ranges)
    guard counts.contains(where: { $0 > 0 }) else { return .value(cropped) }
    return .value(
      try append(
        node,
        .pad(before: before.map { max($0, 0) }, after: after.map { max($0, 0) }, value: number),
        [cropped]))
  }
}
