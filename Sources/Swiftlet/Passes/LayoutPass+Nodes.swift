extension LayoutRewriter {
  /// Appends what computes the node's output.
  mutating func rewrite(_ node: Node) throws(EngineError) {
    switch node.op {
    case .convolution, .transposedConvolution, .batchNormalization, .activation, .maxPool,
      .averagePool, .globalAveragePool, .globalMaxPool, .resize, .gemm:
      append(node.op, node.inputs, to: node.output, name: node.name)
    case .binary, .prelu:
      try rewriteBroadcast(node)
    case .matmul:
      appendInSourceOrder(node)
    case .reshape:
      rewriteReshape(node)
    case .reduceMean(let axes, let keepDimensions):
      rewriteMean(node, axes: axes, keepDimensions: keepDimensions)
    case .softmax, .concat, .transpose, .pad, .slice:
      guard isImage(node.output) else {
        return append(node.op, node.inputs, to: node.output, name: node.name)
      }
      append(node.op.onImages, node.inputs, to: node.output, name: node.name)
    }
  }

  /// Operands of lower rank line up with the last dimensions, which are others now.
  private mutating func rewriteBroadcast(_ node: Node) throws(EngineError) {
    guard isImage(node.output) else { return appendInSourceOrder(node) }
    var inputs: [ValueID?] = []
    for case .some(let id) in node.inputs {
      inputs.append(try asImage(id, name: "\(node.name).image"))
    }
    append(node.op, inputs, to: node.output, name: node.name)
  }

  private mutating func rewriteMean(_ node: Node, axes: [Int], keepDimensions: Bool) {
    guard let x = node.inputs[0], isImage(x) else { return appendInSourceOrder(node) }
    let mapped = axes.map { toNCHW[$0] }.sorted()
    let op = Op.reduceMean(axes: mapped, keepDimensions: keepDimensions)
    // The dimensions that are left, in the order of NHWC, and where each belongs.
    let left = toNHWC.filter { !axes.contains($0) }
    guard !keepDimensions, left != left.sorted() else {
      return append(op, node.inputs, to: node.output, name: node.name)
    }
    let mean = append(op, node.inputs, shape: left.map { shape(x)[$0] }, name: node.name)
    let ranks = left.sorted().map { axis in left.firstIndex(of: axis) ?? 0 }
    append(.transpose(permutation: ranks), [mean], to: node.output, name: node.name)
  }

  /// A reshape keeps row-major order, so channels must come before rows and columns for it.
  ///
  /// Where it keeps batch, channels and pixels apart, splitting or merging dimensions within each, the
  /// transposition is done on the split dimensions: there it may meet another one and cancel.
  private mutating func rewriteReshape(_ node: Node) {
    guard let x = node.inputs[0] else { return }
    let (from, to) = (shape(x), shape(node.output))
    if isImage(x), let parts = Parts(of: to, alike: from) {
      // Reshape within NHWC, then move the channels before the pixels.
      let blocks = parts.toNHWC.map { to[$0] }
      let reshaped = append(.reshape, [x], shape: blocks, name: node.name)
      var permutation = parts.toNCHW
      if isImage(node.output) { permutation = toNHWC.map { permutation[$0] } }
      append(.transpose(permutation: permutation), [reshaped], to: node.output, name: node.name)
    } else if isImage(node.output), let parts = Parts(of: from, alike: to) {
      // Move the channels behind the pixels, then reshape within NHWC.
      let permutation = isImage(x) ? parts.toNHWC.map { toNCHW[$0] } : parts.toNHWC
      let blocks = append(
        .transpose(permutation: permutation), [x], shape: parts.toNHWC.map { from[$0] },
        name: node.name)
      append(.reshape, [blocks], to: node.output, name: node.name)
    } else {
      appendInSourceOrder(Node(name: node.name, op: .reshape, inputs: [x], output: node.output))
    }
  }
}

/// A shape seen as three runs of dimensions: batch, channels, pixels.
private struct Parts {
  private let batch: Range<Int>, channels: Range<Int>, pixels: Range<Int>

  /// Cuts `shape` so that the runs hold as many elements as those of the NCHW `image`, if that is possible.
  init?(of shape: [Int], alike image: [Int]) {
    func run(from start: Int, holding count: Int) -> Int? {
      var product = 1
      for end in start...shape.count {
        if product == count { return end }
        if end < shape.count { product *= shape[end] }
      }
      return nil
    }
    guard let first = run(from: 0, holding: image[0]),
      let second = run(from: first, holding: image[1])
    else { return nil }
    batch = 0..<first
    channels = first..<second
    pixels = second..<shape.count
  }

  /// The order that puts the pixels before the channels.
  var toNHWC: [Int] { Array(batch) + Array(pixels) + Array(channels) }

  /// The order that undoes `toNHWC`.
  var toNCHW: [Int] {
    let moved = pixels.count
    return Array(batch) + channels.map { $0 + moved } + pixels.map { $0 - channels.count }
  }
}

extension Op {
  /// The operator on NHWC images that does what this one does on NCHW images.
  fileprivate var onImages: Op {
    switch self {
    case .softmax(let axis): .softmax(axis: toNCHW[axis])
    case .concat(let axis): .concat(axis: toNCHW[axis])
    case .transpose(let permutation):
      .transpose(permutation: toNHWC.map { toNCHW[permutation[$0]] })
    case .pad(let before, let after, let value):
      .pad(before: toNHWC.map { before[$0] }, after: toNHWC.map { after[$0] }, value: value)
    case .slice(let starts, let ends, let steps):
      .slice(
        starts: toNHWC.map { starts[$0] }, ends: toNHWC.map { ends[$0] },
        steps: toNHWC.map { steps[$0] })
    default: self
    }
  }
}
