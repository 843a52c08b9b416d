import Swiftlet

/// Models and bytes for the tests of the model file.
enum ModelFileFixture {
  /// A reproducible sequence of numbers: SplitMix64.
  struct Random: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }

  /// Metadata with every field set, for `everyOperator`.
  static let metadata = ModelMetadata(
    name: "fixture", task: .tag, version: "1.2.3",
    input: .init(
      name: "photo", width: 8, height: 8, resize: .letterbox, color: .bgr, scale: 1 / 127.5,
      mean: [1, 0.5, -0.25, 0], std: [0.5, 1, 2, 4]),
    outputs: [
      .init(name: "category", kind: .categories, activation: .softmax, labels: ["a", "ß", "靴 👟"]),
      .init(name: "image", kind: .tensor),
    ],
    license: "Apache-2.0 AND CC-BY-4.0", provenance: "line one\nline two", passes: ["layout: 3"])

  /// A valid NHWC graph with every operator. The shapes are worked out by hand.
  static func everyOperator() throws -> Graph {
    var builder = Builder()
    let x = builder.value("photo", [1, 8, 8, 4])
    builder.graph.inputs = [x]
    try builder.addConvolutions(x)
    try builder.addElementwise()
    try builder.addWindows()
    try builder.addMatrices()
    try builder.addMovement()
    return builder.graph
  }

  /// A model over `everyOperator`.
  static func model() throws -> Model {
    try Model(graph: everyOperator(), metadata: metadata)
  }

  /// A model of 3x3 convolutions: one that is planned by Winograd's method, its sum with another value,
  /// and a head of one output channel.
  static func convolutions() throws -> Model {
    var builder = Builder()
    let x = builder.value("photo", [1, 24, 24, 8])
    builder.graph.inputs = [x]
    try builder.addJoinedSum(x)
    return try Model(graph: builder.graph, metadata: ModelMetadata(name: "convolutions"))
  }

  /// A graph of one node without constants.
  static func single(_ op: Op, from shape: [Int], to output: [Int]) -> Graph {
    var graph = Graph(layout: .nhwc)
    graph.values = [Value(name: "x", shape: shape), Value(name: "y", shape: output)]
    graph.inputs = [ValueID(0)]
    graph.outputs = [ValueID(1)]
    graph.nodes = [Node(name: "only", op: op, inputs: [ValueID(0)], output: ValueID(1))]
    return graph
  }

  /// The sections of a well-formed file: graph, tensors, metadata, payload.
  static func sections(of file: [UInt8]) -> [Range<Int>] {
    (0..<4).map { index in
      let start = Int(word(file, 32 + index * 32 + 8))
      return start..<start + Int(word(file, 32 + index * 32 + 16))
    }
  }

  /// A file made of sections by the format's rules, whatever the sections hold.
  static func assemble(_ sections: [[UInt8]]) -> [UInt8] {
    var body: [UInt8] = []
    var table: [UInt8] = []
    let headerSize = 168
    for (index, section) in sections.enumerated() {
      let alignment = index == 3 ? 4096 : 64
      while (headerSize + body.count) % alignment != 0 { body.append(0) }
      table += bytes(UInt64(index + 1)) + bytes(UInt64(headerSize + body.count))
      table += bytes(UInt64(section.count)) + bytes(digest(section))
      body += section
    }
    var header: [UInt8] = [0x89, 0x4E, 0x45, 0x53, 0x54, 0x0D, 0x0A, 0x1A]
    header += bytes(1) + bytes(UInt64(headerSize + body.count)) + bytes(4) + table
    return header + bytes(digest(header)) + body
  }

  /// `file` with the checksums of its sections and header made right again.
  static func resealed(_ file: [UInt8]) -> [UInt8] {
    var file = file
    for (index, section) in sections(of: file).enumerated() {
      file.replaceSubrange(
        32 + index * 32 + 24..<32 + index * 32 + 32, with: bytes(digest(Array(file[section]))))
    }
    return resealedHeader(file)
  }

  /// `file` with the checksum of its header made right again.
  static func resealedHeader(_ file: [UInt8]) -> [UInt8] {
    var file = file
    file.replaceSubrange(160..<168, with: bytes(digest(Array(file[..<160]))))
    return file
  }

  static func digest(_ bytes: [UInt8]) -> UInt64 { bytes.withUnsafeBytes { XXH64.digest(of: $0) } }

  static func bytes(_ word: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) }
  }

  static func word(_ file: [UInt8], _ offset: Int) -> UInt64 {
    (0..<8).reduce(0) { $0 | UInt64(file[offset + $1]) << ($1 * 8) }
  }
}

/// Builds `everyOperator` value by value.
private struct Builder {
  var graph = Graph(layout: .nhwc)
  private var random = ModelFileFixture.Random(state: 7)
  private var feature = ValueID(0)
  private var pooled = ValueID(0)
  private var resized = ValueID(0)

  mutating func value(_ name: String, _ shape: [Int]) -> ValueID {
    graph.addValue(Value(name: name, shape: shape))
  }

  mutating func constant(_ shape: [Int]) throws -> ValueID {
    let floats = (0..<shape.reduce(1, *)).map { _ in Float.random(in: -2...2, using: &random) }
    return graph.addConstant("w\(graph.values.count)", try Constant(shape: shape, floats: floats))
  }

  @discardableResult
  mutating func node(
    _ op: Op, _ inputs: [ValueID?], _ shape: [Int], _ name: String? = nil
  ) -> ValueID {
    let name = name ?? "v\(graph.values.count)"
    let output = value(name, shape)
    graph.nodes.append(
      Node(name: "node \(graph.nodes.count)", op: op, inputs: inputs, output: output))
    return output
  }

  mutating func addConvolutions(_ x: ValueID) throws {
    let strided = node(
      .convolution(
        window: Window(kernel: (3, 3), strides: (2, 2), pads: (1, 1, 1, 1)), groups: 1,
        activation: .clip(lower: 0, upper: 6)),
      [x, try constant([8, 3, 3, 4]), try constant([8])], [1, 4, 4, 8])
    let residual = node(
      .convolution(
        window: Window(kernel: (3, 3), dilations: (2, 2), pads: (2, 1, 2, 3)), groups: 8,
        activation: .leakyRelu(slope: 0.1)),
      [strided, try constant([8, 3, 3, 1]), nil, strided], [1, 4, 4, 8])
    let upsampled = node(
      .transposedConvolution(
        window: Window(kernel: (2, 2), strides: (2, 2)), outputPadY: 1, outputPadX: 0, groups: 2,
        activation: .hardSigmoid(alpha: 0.2, beta: 0.5)),
      [residual, try constant([8, 2, 2, 2])], [1, 9, 8, 4])
    feature = node(
      .batchNormalization(epsilon: 1e-3),
      [
        upsampled, try constant([4]), try constant([4]), try constant([4]), try constant([4]),
      ], [1, 9, 8, 4])
  }

  mutating func addJoinedSum(_ x: ValueID) throws {
    let shape = [1, 24, 24, 8]
    let convolution = Op.convolution(
      window: Window(kernel: (3, 3), pads: (1, 1, 1, 1)), groups: 1,
      activation: .clip(lower: 0, upper: .infinity))
    let other = node(.activation(.tanh), [x], shape)
    let dense = node(
      convolution, [x, try constant([8, 3, 3, 8]), try constant([8])], shape)
    let sum = node(.binary(.add, activation: .none), [dense, other], shape)
    let head = node(convolution, [sum, try constant([1, 3, 3, 8])], [1, 24, 24, 1], "head")
    graph.outputs.append(head)
  }

  mutating func addElementwise() throws {
    let shape = [1, 9, 8, 4]
    let activations: [Activation] = [
      .none, .relu, .leakyRelu(slope: -0.0), .sigmoid, .hardSigmoid(alpha: 1 / 6, beta: 0.5),
      .hardSwish, .silu, .tanh, .exp, .sqrt,
    ]
    for activation in activations { feature = node(.activation(activation), [feature], shape) }
    feature = node(.prelu, [feature, try constant([4])], shape)
    let kinds: [BinaryKind] = [.add, .subtract, .multiply, .divide, .maximum, .minimum, .power]
    for kind in kinds {
      feature = node(.binary(kind, activation: .relu), [feature, try constant([4])], shape)
    }
    feature = node(.softmax(axis: 3), [feature], shape)
  }

  mutating func addWindows() throws {
    let halved = node(
      .maxPool(window: Window(kernel: (2, 2), strides: (2, 2)), ceil: true), [feature],
      [1, 5, 4, 4])
    pooled = node(
      .averagePool(
        window: Window(kernel: (3, 3), pads: (1, 1, 1, 1)), ceil: false, countIncludePad: true),
      [halved], [1, 5, 4, 4])
    let linear = node(
      .resize(Resize(mode: .linear, coordinates: .halfPixel, scaleY: 2, scaleX: 2)), [pooled],
      [1, 10, 8, 4])
    let nearest = node(
      .resize(
        Resize(mode: .nearest(.floor), coordinates: .asymmetric, scaleY: 2, scaleX: 2)),
      [pooled], [1, 10, 8, 4])
    resized = node(.concat(axis: 3), [linear, nearest], [1, 10, 8, 8])
  }

  mutating func addMatrices() throws {
    let mean = node(.globalAveragePool, [pooled], [1, 1, 1, 4])
    let largest = node(.globalMaxPool, [pooled], [1, 1, 1, 4])
    let sum = node(.binary(.add, activation: .none), [mean, largest], [1, 1, 1, 4])
    let target = graph.addConstant("shape", try Constant(shape: [2], integers: [1, -1]))
    let flat = node(.reshape, [sum, target], [1, 4])
    let category = node(
      .gemm(alpha: 0.5, beta: 2, transposeA: false, transposeB: true, activation: .sigmoid),
      [flat, try constant([3, 4]), try constant([3])], [1, 3], "category")
    let wide = node(.matmul, [category, try constant([3, 500])], [1, 500], "wide")
    graph.outputs += [category, wide]
  }

  mutating func addMovement() throws {
    let planar = node(.transpose(permutation: [0, 3, 1, 2]), [resized], [1, 8, 10, 8])
    let padded = node(
      .pad(before: [0, 1, 0, 0], after: [0, 0, 2, 0], value: -.infinity), [planar], [1, 9, 12, 8])
    let cut = node(
      .slice(starts: [0, 8, 0, 1], ends: [1, -1, 12, 8], steps: [1, -2, 3, 1]), [padded],
      [1, 5, 4, 7], "image")
    let mean = node(.reduceMean(axes: [1, 2], keepDimensions: false), [cut], [1, 7], "mean")
    graph.outputs += [cut, mean]
  }
}
