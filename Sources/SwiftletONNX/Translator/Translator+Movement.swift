internal import Swiftlet

extension Translator {
  mutating func transpose(_ node: NodeReader) throws(ONNXError) -> Operand {
    let x = try operand(node, 0)
    let rank = shape(x).count
    let permutation = try node.ints("perm") ?? Array((0..<rank).reversed())
    guard permutation.sorted() == Array(0..<rank) else {
      throw node.invalid("perm \(permutation) of \(rank) dimensions", "name every axis once")
    }
    switch x {
    case .value(let id):
      return .value(try append(node, .transpose(permutation: permutation), [id]))
    case .literal(let literal):
      try reserve(node, literal.shape)
      return .literal(literal.transposed(permutation))
    }
  }

  /// Data is repeated by a multiplication with ones.
  mutating func expand(_ node: NodeReader) throws(ONNXError) -> Operand {
    let x = try operand(node, 0)
    let from = shape(x)
    let target = try integers(node, 1, "shape")
    guard target.allSatisfy({ $0 >= 0 }), let to = Shape.broadcast(from, target) else {
      throw node.invalid("\(from) does not expand to \(target)", "extents must be equal or 1")
    }
    switch x {
    case .literal(let literal):
      try reserve(node, to)
      return .literal(literal.broadcast(to: to))
    case .value(let id):
      guard to != from else { return x }
      let missing = to.count - from.count
      let ones = to.indices.map { $0 >= missing && from[$0 - missing] == to[$0] ? 1 : to[$0] }
      try reserve(node, ones)
      let factor = try constant(
        node, Literal(shape: [], elements: .floats([1])).broadcast(to: ones),
        name: "\(node.label).ones")
      return .value(try append(node, .binary(.multiply, activation: .none), [id, factor]))
    }
  }

  mutating func concat(_ node: NodeReader) throws(ONNXError) -> Operand {
    let parts = try operands(node)
    guard let stated = try node.int("axis") else {
      throw node.invalid("its axis is missing", "state the axis")
    }
    let first = shape(parts[0])
    let axis = try node.axis(stated, rank: first.count)
    let literals = parts.compactMap { part in
      if case .literal(let literal) = part { literal } else { nil }
    }
    if literals.count == parts.count {
      var shape = first
      shape[axis] = 0
      for literal in literals {
        var other = literal.shape
        guard other.count == first.count else {
          throw node.invalid("\(first) and \(other) differ in rank", "give values of one rank")
        }
        let extent = other[axis]
        other[axis] = first[axis]
        guard other == first else {
          throw node.invalid("\(first) and \(literal.shape) do not fit", "give equal extents")
        }
        shape[axis] += extent
      }
      try reserve(node, shape)
      return .literal(Literal.concatenated(literals, axis: axis, shape: shape))
    }
    var inputs: [ValueID?] = []
    for index in parts.indices { inputs.append(try value(node, index)) }
    return .value(try append(node, .concat(axis: axis), inputs))
  }

  /// Data is gathered at one index only, as a slice.
  mutating func gather(_ node: NodeReader) throws(ONNXError) -> Operand {
    let x = try operand(node, 0)
    let from = shape(x)
    let axis = try node.axis(try node.int("axis", default: 0), rank: from.count)
    let indexShape = shape(try operand(node, 1))
    var indices = try integers(node, 1, "list of indices")
    for (position, index) in indices.enumerated() {
      guard index >= -from[axis], index < from[axis] else {
        throw node.invalid("index \(index) of an extent of \(from[axis])", "give a valid index")
      }
      indices[position] = index < 0 ? index + from[axis] : index
    }
    let result = Array(from[..<axis]) + indexShape + Array(from[(axis + 1)...])
    switch x {
    case .literal(let literal):
      try reserve(node, result)
      return .literal(literal.gathered(indices, indexShape: indexShape, axis: axis))
    case .value(let id):
      guard indices.count == 1 else {
        throw node.unsupported("it gathers data at several indices", "use slices")
      }
      var ranges = from.map(SliceRange.init(extent:))
      ranges[axis] = SliceRange(
        start: indices[0], end: indices[0] + 1, step: 1, extent: from[axis])
      let part = try slice(node, id, ranges)
      return .value(try append(node, .reshape, [part], shape: result))
    }
  }
}

// MARK: - Blocks

extension Translator {
  /// [N, C, H, W] to [N, C / b², b H, b W]; DCR takes the block from the slow end of the channels,
  /// CRD from the fast one.
  mutating func depthToSpace(_ node: NodeReader) throws(ONNXError) -> Operand {
    let x = try value(node, 0)
    let from = graph[x].shape
    let block = try blockSize(node, from)
    guard from[1] % (block * block) == 0 else {
      throw node.invalid("\(from[1]) channels in blocks of \(block)", "give a multiple")
    }
    let channels = from[1] / (block * block)
    let (n, h, w) = (from[0], from[2], from[3])
    let split: [Int]
    let permutation: [Int]
    switch try node.string("mode", default: "DCR") {
    case "DCR":
      (split, permutation) = ([n, block, block, channels, h, w], [0, 3, 4, 1, 5, 2])
    case "CRD":
      (split, permutation) = ([n, channels, block, block, h, w], [0, 1, 4, 2, 5, 3])
    case let other:
      throw node.unsupported("mode '\(other)' is not supported", "use DCR or CRD")
    }
    return try rearrange(
      node, x, split, permutation, to: [n, channels, h * block, w * block])
  }

  /// [N, C, H, W] to [N, C b², H / b, W / b].
  mutating func spaceToDepth(_ node: NodeReader) throws(ONNXError) -> Operand {
    let x = try value(node, 0)
    let from = graph[x].shape
    let block = try blockSize(node, from)
    guard from[2] % block == 0, from[3] % block == 0 else {
      throw node.invalid("\(from) in blocks of \(block)", "give multiples")
    }
    let (n, c, h, w) = (from[0], from[1], from[2] / block, from[3] / block)
    return try rearrange(
      node, x, [n, c, h, block, w, block], [0, 3, 5, 1, 2, 4],
      to: [n, c * block * block, h, w])
  }

  private func blockSize(_ node: NodeReader, _ shape: [Int]) throws(ONNXError) -> Int {
    let block = try node.int("blocksize", default: 0)
    guard shape.count == 4, (1...ShapeInference.maximumWindow).contains(block) else {
      throw node.invalid("blocks of \(block) in \(shape)", "give a block size from 1")
    }
    return block
  }

  private mutating func rearrange(
    _ node: NodeReader, _ x: ValueID, _ split: [Int], _ permutation: [Int], to shape: [Int]
  ) throws(ONNXError) -> Operand {
    let blocks = try append(node, .reshape, [x], shape: split)
    let moved = try append(node, .transpose(permutation: permutation), [blocks])
    return .value(try append(node, .reshape, [moved], shape: shape))
  }
}
