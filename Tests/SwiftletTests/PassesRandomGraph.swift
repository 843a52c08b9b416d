import Swiftlet

/// SplitMix64: small, seeded, the same everywhere.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 &+ 1 }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  mutating func pick<T>(_ choices: [T]) -> T {
    choices[Int.random(in: 0..<choices.count, using: &self)]
  }

  mutating func int(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

  mutating func chance(_ percent: Int) -> Bool { int(0...99) < percent }

  mutating func floats(_ count: Int, _ range: ClosedRange<Float> = -1...1) -> [Float] {
    (0..<count).map { _ in Float.random(in: range, using: &self) }
  }
}

/// Composes valid NCHW graphs at random: single operators with random attributes, and the idioms that the
/// passes look for.
struct RandomGraph {
  var graph = Graph()
  var random: SeededGenerator
  private var live: [ValueID] = []
  private var counter = 0

  init(seed: UInt64, steps: Int) throws {
    random = SeededGenerator(seed: seed)
    for index in 0..<random.int(1...2) {
      let shape = [
        random.int(1...2), random.pick([1, 2, 4, 6]), random.pick([1, 3, 4, 6]),
        random.pick([1, 2, 4, 6]),
      ]
      addInput("input\(index)", shape)
    }
    if random.chance(30) { addInput("vector", [random.int(1...3), random.pick([2, 4, 6])]) }
    if random.chance(20) { addInput("cube", [2, random.pick([1, 3]), 4]) }
    for _ in 0..<steps { try addStep() }
    finish()
  }

  /// Tensors for the inputs.
  mutating func tensors() throws -> [Tensor] {
    try graph.inputs.map { id in
      try Tensor(
        shape: graph[id].shape, data: random.floats(graph[id].shape.reduce(1, *), -2...2))
    }
  }

  private mutating func addInput(_ name: String, _ shape: [Int]) {
    let id = graph.addValue(Value(name: name, shape: shape))
    graph.inputs.append(id)
    live.append(id)
  }

  /// Outputs: whatever nothing reads, and now and then something else.
  private mutating func finish() {
    let read = Set(graph.nodes.flatMap { $0.inputs.compactMap { $0 } })
    for node in graph.nodes where !read.contains(node.output) || random.chance(4) {
      graph.outputs.append(node.output)
    }
    if graph.outputs.isEmpty { graph.outputs = [live[0]] }
  }

  private mutating func name(_ stem: String) -> String {
    counter += 1
    return "\(stem)\(counter)"
  }

  private mutating func constant(
    _ shape: [Int], _ range: ClosedRange<Float> = -1...1
  ) throws -> ValueID {
    graph.addConstant(
      name("constant"), try Constant(shape: shape, floats: random.floats(shape.reduce(1, *), range))
    )
  }

  private mutating func constant(_ value: Float, _ shape: [Int] = []) throws -> ValueID {
    graph.addConstant(
      name("scalar"),
      try Constant(shape: shape, floats: [Float](repeating: value, count: shape.reduce(1, *))))
  }

  /// Appends a node, or gives back its first input where the operator does not take the inputs.
  private mutating func add(_ op: Op, _ inputs: [ValueID?], shape: [Int]? = nil) -> ValueID {
    let name = name("node")
    guard let output = try? graph.append(op, name: name, inputs: inputs, shape: shape) else {
      return inputs[0] ?? live[0]
    }
    return output
  }

  /// Now and then the constant negated by a node, for folding.
  private mutating func computed(_ constant: ValueID) throws -> ValueID {
    guard random.chance(15) else { return constant }
    return add(.binary(.multiply, activation: .none), [constant, try self.constant(-1)])
  }

  private mutating func value(rank: Int? = nil) -> ValueID? {
    let recent = live.suffix(8)
    let fitting = recent.filter { rank == nil || graph[$0].shape.count == rank }
    return fitting.isEmpty ? nil : random.pick(Array(fitting))
  }

  private mutating func addStep() throws {
    let added: ValueID?
    if random.chance(60), let x = value(rank: 4) {
      added = try random.chance(45) ? idiom(x) : imageOperator(x)
    } else if let x = value() {
      added = try tensorOperator(x)
    } else {
      added = nil
    }
    guard let added, graph[added].shape.reduce(1, *) <= 4096, !live.contains(added) else { return }
    live.append(added)
  }

  // MARK: - Pieces

  private mutating func activation() -> Activation {
    random.pick([
      .relu, .clip(lower: 0, upper: 6), .clip(lower: -0.5, upper: 0.5), .leakyRelu(slope: 0.1),
      .sigmoid, .hardSigmoid(alpha: 0.2, beta: 0.5), .hardSwish, .silu, .tanh, .none,
    ])
  }

  private mutating func window(kernel: Int? = nil, dilation: Bool = true) -> Window {
    let (r, s) = kernel.map { ($0, $0) } ?? (random.int(1...3), random.int(1...3))
    return Window(
      kernel: (r, s), strides: (random.int(1...2), random.int(1...2)),
      dilations: dilation && random.chance(20) ? (random.int(1...2), random.int(1...2)) : (1, 1),
      pads: (
        random.int(0...(r - 1)), random.int(0...(s - 1)), random.int(0...(r - 1)),
        random.int(0...(s - 1))
      ))
  }

  private mutating func convolution(_ x: ValueID, keepingShape: Bool = false) throws -> ValueID {
    let channels = graph[x].shape[1]
    let groups = random.pick([1, 1, channels, channels % 2 == 0 ? 2 : 1])
    let filters = keepingShape ? channels : groups * random.int(1...3)
    var window = window()
    if keepingShape {
      window =
        random.chance(50) ? Window(kernel: (1, 1)) : Window(kernel: (3, 3), pads: (1, 1, 1, 1))
    }
    let weight = try computed(
      try constant(
        [filters, channels / groups, window.kernelHeight, window.kernelWidth], -0.6...0.6))
    var inputs: [ValueID?] = [x, random.chance(20) ? try sparse(weight) : weight]
    if random.chance(50) { inputs.append(try constant([filters])) }
    return add(
      .convolution(
        window: window, groups: groups, activation: random.chance(15) ? activation() : .none),
      inputs)
  }

  /// Filters of the same shape with zeros in every other row and column.
  private mutating func sparse(_ filters: ValueID) throws -> ValueID {
    let shape = graph[filters].shape
    var floats = random.floats(shape.reduce(1, *), -0.6...0.6)
    for i in floats.indices where i / shape[3] % shape[2] % 2 != 0 || i % shape[3] % 2 != 0 {
      floats[i] = 0
    }
    return graph.addConstant(
      "sparse\(graph.values.count)", try Constant(shape: shape, floats: floats))
  }

  private mutating func transposedConvolution(_ x: ValueID) throws -> ValueID {
    let channels = graph[x].shape[1]
    let groups = random.pick([1, channels % 2 == 0 ? 2 : 1])
    let filters = random.int(1...3)
    let window = window()
    let weight = try constant(
      [channels, filters, window.kernelHeight, window.kernelWidth], -0.6...0.6)
    return add(
      .transposedConvolution(
        window: window, outputPadY: window.strideY - 1, outputPadX: 0, groups: groups,
        activation: .none),
      [x, weight, random.chance(50) ? try constant([filters * groups]) : nil])
  }

  private mutating func batchNormalization(_ x: ValueID) throws -> ValueID {
    let shape = graph[x].shape
    guard shape.count >= 2 else { return x }
    let parameters = try [-1...1, -1...1, -0.5...0.5, 0.5...2].map {
      try constant([shape[1]], $0)
    }
    return add(.batchNormalization(epsilon: 1e-5), [x] + parameters)
  }

  /// A constant that broadcasts to `shape`: some leading dimensions dropped, some extents 1.
  private mutating func broadcastConstant(
    _ shape: [Int], _ range: ClosedRange<Float> = -1...1
  ) throws -> ValueID {
    var extents = Array(shape.dropFirst(random.int(0...shape.count)))
    for axis in extents.indices where random.chance(50) { extents[axis] = 1 }
    return try constant(extents, range)
  }

  private mutating func channelConstant(
    _ shape: [Int], _ range: ClosedRange<Float> = 0.5...1.5
  ) throws -> ValueID {
    guard shape.count >= 2 else { return try constant([], range) }
    let trailing = [Int](repeating: 1, count: shape.count - 2)
    return try constant(
      random.pick([[shape[1]] + trailing, [1, shape[1]] + trailing, []]), range)
  }

  // MARK: - Idioms

  private mutating func idiom(_ x: ValueID) throws -> ValueID {
    switch random.int(0...11) {
    case 0:
      return add(
        .activation(random.pick([.relu, .silu])), [try batchNormalization(try convolution(x))])
    case 1:
      return try batchNormalization(try transposedConvolution(x))
    case 2:
      let y = try convolution(x, keepingShape: true)
      return add(
        .activation(.relu),
        [add(.binary(.add, activation: .none), random.chance(50) ? [x, y] : [y, x])])
    case 3:
      let y = try convolution(x)
      let kind = random.pick([BinaryKind.add, .subtract, .multiply, .divide])
      let other = try channelConstant(graph[y].shape)
      let swapped = kind != .divide && random.chance(50)
      return add(
        .binary(kind, activation: activation()), swapped ? [other, y] : [y, other])
    case 4:
      let gate = add(
        .activation(random.pick([.sigmoid, .hardSigmoid(alpha: 1 / 6, beta: 0.5)])), [x])
      return add(.binary(.multiply, activation: .none), random.chance(50) ? [x, gate] : [gate, x])
    case 5:
      let clipped = add(
        .activation(.clip(lower: 0, upper: 6)),
        [add(.binary(.add, activation: .none), [x, try constant(3)])])
      let product =
        random.chance(50) ? clipped : add(.binary(.multiply, activation: .none), [clipped, x])
      return random.chance(50)
        ? add(.binary(.divide, activation: .none), [product, try constant(6)])
        : add(.binary(.multiply, activation: .none), [try constant(1 / 6), product])
    case 6:
      let pads = [0, 0, random.int(0...2), random.int(0...2)]
      let padded = add(.pad(before: pads, after: pads.reversed().reversed(), value: 0), [x])
      return random.chance(60)
        ? try convolution(padded)
        : add(
          .averagePool(
            window: window(dilation: false), ceil: random.chance(30),
            countIncludePad: random.chance(50)), [padded])
    case 7:
      let padded = add(
        .pad(before: [0, 0, 1, 0], after: [0, 0, 1, 1], value: -.infinity), [x])
      return add(
        .maxPool(window: Window(kernel: (2, 3), pads: (0, 1, 0, 0)), ceil: false), [padded])
    case 8:
      let inner = add(.concat(axis: 1), [x, x])
      return add(.concat(axis: 1), random.chance(50) ? [inner, x] : [x, inner, inner])
    case 9:
      // Channel shuffle.
      let s = graph[x].shape
      guard s[1] % 2 == 0 else { return x }
      let split = add(.reshape, [x], shape: [s[0], 2, s[1] / 2, s[2], s[3]])
      let moved = add(.transpose(permutation: [0, 2, 1, 3, 4]), [split])
      return add(.reshape, [moved], shape: s)
    case 10:
      // A classifier's head.
      let s = graph[x].shape
      let pooled =
        random.chance(50)
        ? add(.reshape, [add(.globalAveragePool, [x])], shape: [s[0], s[1]])
        : add(.reduceMean(axes: [2, 3], keepDimensions: false), [x])
      return try product(pooled)
    default:
      // Squeeze and excite.
      let squeezed = add(.globalAveragePool, [x])
      let gate = add(.activation(.sigmoid), [try convolution(squeezed, keepingShape: true)])
      return add(.binary(.multiply, activation: .none), [x, gate])
    }
  }

  // MARK: - Single operators

  private mutating func imageOperator(_ x: ValueID) throws -> ValueID {
    let shape = graph[x].shape
    switch random.int(0...9) {
    case 0, 1: return try convolution(x)
    case 2: return try transposedConvolution(x)
    case 3: return add(.maxPool(window: window(), ceil: random.chance(30)), [x])
    case 4:
      return add(
        .averagePool(
          window: window(), ceil: random.chance(30), countIncludePad: random.chance(50)), [x])
    case 5: return add(random.pick([.globalAveragePool, .globalMaxPool]), [x])
    case 6:
      let window = Window(kernel: (shape[2], shape[3]))
      return add(
        random.chance(50)
          ? .maxPool(window: window, ceil: false)
          : .averagePool(window: window, ceil: false, countIncludePad: false), [x])
    case 7, 8:
      let (h, w) = (random.int(1...6), random.pick([shape[3], shape[3] * 2]))
      let mode = random.pick([Resize.Mode.linear, .nearest(.roundPreferFloor), .nearest(.floor)])
      return add(
        .resize(
          Resize(
            mode: mode,
            coordinates: random.pick([.halfPixel, .alignCorners, .asymmetric, .pytorchHalfPixel]),
            scaleY: Float(h) / Float(shape[2]), scaleX: Float(w) / Float(shape[3]))),
        [x], shape: [shape[0], shape[1], h, w])
    default:
      return add(
        .resize(Resize(mode: .linear, coordinates: .halfPixel, scaleY: 1, scaleX: 1)), [x],
        shape: shape)
    }
  }

  private mutating func product(_ x: ValueID) throws -> ValueID {
    let shape = graph[x].shape
    guard shape.count == 2 else { return x }
    let columns = random.int(1...4)
    let transposed = random.chance(50)
    let product = add(
      .gemm(
        alpha: random.pick([1, 0.5]), beta: random.pick([1, 2]), transposeA: false,
        transposeB: transposed, activation: .none),
      [
        x, try constant(transposed ? [columns, shape[1]] : [shape[1], columns]),
        random.chance(50) ? try broadcastConstant([shape[0], columns]) : nil,
      ])
    switch random.int(0...3) {
    case 0: return add(.activation(.relu), [product])
    case 1: return try batchNormalization(product)
    case 2:
      return add(
        .binary(.add, activation: .none), [product, try channelConstant(graph[product].shape)])
    default: return product
    }
  }

  private mutating func tensorOperator(_ x: ValueID) throws -> ValueID {
    let shape = graph[x].shape
    let rank = shape.count
    switch random.int(0...15) {
    case 0: return add(.activation(activation()), [x])
    case 1: return try batchNormalization(x)
    case 2:
      return add(
        .prelu,
        [x, random.chance(30) ? try constant(0.2, [1]) : try broadcastConstant(shape, 0...1)])
    case 3:
      let kind = random.pick([BinaryKind.add, .subtract, .multiply, .maximum, .minimum])
      let other = try random.chance(30) ? constant(random.pick([0, 1])) : broadcastConstant(shape)
      return add(
        .binary(kind, activation: random.chance(30) ? activation() : .none),
        random.chance(50) ? [x, other] : [other, x])
    case 4:
      // Broadcasts a computed value, of this or another rank, against this one.
      let start = [Int](repeating: 0, count: rank)
      var ends = shape
      ends[random.int(0...(rank - 1))] = 1
      var part = add(.slice(starts: start, ends: ends, steps: start.map { _ in 1 }), [x])
      if graph[part].shape[0] == 1, random.chance(50) {
        part = add(.reshape, [part], shape: Array(graph[part].shape.dropFirst()))
      }
      return add(.binary(random.pick([.add, .multiply]), activation: .none), [x, part])
    case 5:
      guard let y = value(rank: rank) else { return x }
      return add(.binary(random.pick([.add, .maximum]), activation: .none), [x, y])
    case 6: return add(.softmax(axis: random.int(0...(rank - 1))), [x])
    case 7:
      let axis = random.int(0...(rank - 1))
      return add(.concat(axis: axis), random.pick([[x], [x, x], [x, value(rank: rank)]]))
    case 8: return try product(x)
    case 9:
      guard rank >= 2 else { return x }
      var weight = [shape[rank - 1], random.int(1...3)]
      if random.chance(40) { weight = shape.dropLast(2) + weight }
      return add(.matmul, [x, try constant(weight)])
    case 10, 11: return add(.reshape, [x], shape: reshaped(shape))
    case 12: return add(.transpose(permutation: Array(0..<rank).shuffled(using: &random)), [x])
    case 13:
      let before = shape.map { _ in random.chance(30) ? random.int(0...2) : 0 }
      let after = shape.map { _ in random.chance(30) ? random.int(0...2) : 0 }
      return add(.pad(before: before, after: after, value: random.pick([0, 0.5])), [x])
    case 14:
      let reversed = shape.map { _ in random.chance(20) }
      return add(
        .slice(
          starts: zip(shape, reversed).map { $1 ? $0 - 1 : 0 },
          ends: zip(shape, reversed).map { $1 ? -1 : random.int(max(1, $0 - 1)...$0) },
          steps: zip(shape, reversed).map { $1 ? -1 : $0 > 2 && random.chance(20) ? 2 : 1 }), [x])
    default:
      let axes = shape.indices.filter { _ in random.chance(40) }
      guard axes.count < rank else { return x }
      return add(.reduceMean(axes: axes, keepDimensions: random.chance(50)), [x])
    }
  }

  /// Another shape of as many elements: dimensions merged, split, dropped or added.
  private mutating func reshaped(_ shape: [Int]) -> [Int] {
    var result = shape
    for _ in 0..<random.int(1...3) {
      guard !result.isEmpty else { return [1] }
      let axis = random.int(0...(result.count - 1))
      switch random.int(0...3) {
      case 0 where axis + 1 < result.count:
        result[axis] *= result.remove(at: axis + 1)
      case 1 where result[axis] % 2 == 0 && result.count < 6:
        result[axis] /= 2
        result.insert(2, at: axis + random.int(0...1))
      case 2 where result.count < 6:
        result.insert(1, at: axis)
      case 3 where result[axis] == 1 && result.count > 1:
        result.remove(at: axis)
      default: break
      }
    }
    return result
  }
}
