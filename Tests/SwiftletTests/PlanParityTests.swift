import Swiftlet
import Testing

/// Planned graphs against the naive evaluation, at each instruction set, for any number of threads, with an
/// arena full of NaN.
@Suite struct PlanParityTests {
  /// Runs a graph every way and compares; returns the kernels used.
  @discardableResult
  func check(
    _ graph: Graph, seed: UInt64, absolute: Float = 1e-4, _ label: String
  ) throws -> Set<String> {
    var random = Seeded(seed)
    let nhwc = graph.inputs.map { graph[$0].shape }
    let inputs = try nhwc.map { shape in
      try Tensor(shape: shape, data: random.floats(shape.reduce(1, *), in: -2...2))
    }
    let expected = try graph.evaluate(inputs)
    let model = try Model(graph: graph, metadata: ModelMetadata(name: "test"))
    var used: Set<String> = []
    for isa in CPU.usable {
      var first: [[Float]]?
      for threads in [1, 2, 3] {
        let session = try Session(
          model: model, options: SessionOptions(threads: threads, isa: isa))
        for run in 0..<2 {
          session.poison()
          for (index, input) in inputs.enumerated() {
            session.withInput(index) { buffer in
              for i in input.data.indices { buffer[i] = input.data[i] }
            }
          }
          session.run()
          let got = graph.outputs.indices.map { session.withOutput($0) { Array($0) } }
          for (index, tensor) in expected.enumerated() {
            let difference = mismatch(
              got[index], tensor.data, absolute: absolute, relative: 1e-5)
            #expect(
              difference == nil,
              "\(label), \(isa.rawValue), \(threads) threads, run \(run): \(difference ?? "")")
          }
          let bits = got.map { $0.map(\.bitPattern) }
          if let first {
            #expect(
              first.map { $0.map(\.bitPattern) } == bits,
              "\(label): bits differ at \(threads) threads, \(isa.rawValue)")
          } else {
            first = got
          }
        }
        used.formUnion(session.report.layers.map(\.kernel))
      }
    }
    return used
  }

  @Test func resizesInEveryCoordinateMode() throws {
    let modes: [CoordinateMode] = [
      .halfPixel, .pytorchHalfPixel, .alignCorners, .asymmetric, .halfPixelSymmetric,
    ]
    var seed: UInt64 = 500
    for coordinates in modes {
      for kind in [
        Resize.Mode.linear, .nearest(.floor), .nearest(.ceil), .nearest(.roundPreferCeil),
        .nearest(.roundPreferFloor),
      ] {
        for (from, to) in [
          ((5, 7), (10, 14)), ((4, 4), (1, 9)), ((9, 6), (4, 3)), ((1, 1), (3, 5)),
        ] {
          for channels in [1, 5, 20] {
            var graph = Graph(layout: .nhwc)
            let x = graph.addValue(Value(name: "x", shape: [2, from.0, from.1, channels]))
            graph.inputs = [x]
            let resize = Resize(
              mode: kind, coordinates: coordinates, scaleY: Float(to.0) / Float(from.0),
              scaleX: Float(to.1) / Float(from.1))
            let y = try graph.append(
              .resize(resize), name: "y", inputs: [x], shape: [2, to.0, to.1, channels])
            graph.outputs = [y]
            try check(graph, seed: seed, "\(resize) \(from) to \(to) x\(channels)")
            seed += 1
          }
        }
      }
    }
  }

  @Test func poolings() throws {
    var seed: UInt64 = 700
    for window in [
      Window(kernel: (2, 2), strides: (2, 2)),
      Window(kernel: (3, 3), strides: (2, 2), pads: (1, 1, 1, 1)),
      Window(kernel: (3, 2), pads: (1, 0, 1, 1)),
      Window(kernel: (2, 2), strides: (3, 3), dilations: (2, 2)),
    ] {
      for ceil in [false, true] {
        for op in [
          Op.maxPool(window: window, ceil: ceil),
          .averagePool(window: window, ceil: ceil, countIncludePad: false),
          .averagePool(window: window, ceil: ceil, countIncludePad: true),
        ] {
          for (height, width, channels) in [(5, 7, 3), (10, 10, 18)] {
            var graph = Graph(layout: .nhwc)
            let x = graph.addValue(Value(name: "x", shape: [1, height, width, channels]))
            graph.inputs = [x]
            graph.outputs = [try graph.append(op, name: "y", inputs: [x])]
            try check(graph, seed: seed, "\(op) on \(height)x\(width)x\(channels)")
            seed += 1
          }
        }
      }
    }
    for op in [Op.globalAveragePool, .globalMaxPool] {
      var graph = Graph(layout: .nhwc)
      let x = graph.addValue(Value(name: "x", shape: [2, 9, 11, 70]))
      graph.inputs = [x]
      graph.outputs = [try graph.append(op, name: "y", inputs: [x])]
      try check(graph, seed: seed, "\(op)")
    }
  }

  @Test func elementwiseWithBroadcasts() throws {
    var seed: UInt64 = 900
    let shapes: [([Int], [Int])] = [
      ([1, 5, 6, 7], [1, 5, 6, 7]), ([1, 5, 6, 7], [7]), ([1, 1, 1, 20], [1, 4, 3, 20]),
      ([1, 5, 6, 7], [1, 5, 6, 1]), ([2, 3, 4, 5], [2, 1, 1, 5]), ([6, 40], [6, 40]),
      ([3], [4, 3]),
      ([1, 5, 6, 7], [1]),
    ]
    for (a, b) in shapes {
      for kind in [
        BinaryKind.add, .subtract, .multiply, .divide, .maximum, .minimum,
      ] {
        for constant in [false, true] {
          var random = Seeded(seed)
          var graph = Graph(layout: .nhwc)
          let x = graph.addValue(Value(name: "x", shape: a))
          graph.inputs = [x]
          let y: ValueID
          let values = random.floats(b.reduce(1, *), in: 0.5...2)
          if constant {
            y = graph.addConstant("c", try Constant(shape: b, floats: values))
          } else {
            y = graph.addValue(Value(name: "y", shape: b))
            graph.inputs.append(y)
          }
          graph.outputs = [
            try graph.append(
              .binary(kind, activation: seed % 2 == 0 ? .relu : .none), name: "z", inputs: [x, y])
          ]
          try check(
            graph, seed: seed, absolute: kind == .divide ? 5e-2 : 1e-4, "\(kind) \(a) \(b)")
          seed += 1
        }
      }
    }
    for activation in [
      Activation.relu, .leakyRelu(slope: 0.1), .sigmoid, .hardSigmoid(alpha: 0.2, beta: 0.5),
      .hardSwish, .silu, .tanh, .exp,
    ] {
      var graph = Graph(layout: .nhwc)
      let x = graph.addValue(Value(name: "x", shape: [1, 31, 17, 9]))
      graph.inputs = [x]
      graph.outputs = [try graph.append(.activation(activation), name: "y", inputs: [x])]
      try check(graph, seed: seed, "\(activation)")
    }
    for slope in [[9], [1], [1, 1, 1, 9], [1, 31, 17, 9]] {
      var random = Seeded(3)
      var graph = Graph(layout: .nhwc)
      let x = graph.addValue(Value(name: "x", shape: [1, 31, 17, 9]))
      graph.inputs = [x]
      let s = graph.addConstant(
        "s", try Constant(shape: slope, floats: random.floats(slope.reduce(1, *))))
      graph.outputs = [try graph.append(.prelu, name: "y", inputs: [x, s])]
      try check(graph, seed: seed, "prelu \(slope)")
    }
  }

  /// A branch whose parts are computed in place inside nested concatenations, next to one that cannot be.
  @Test func concatenationsInPlaceAndCopied() throws {
    var random = Seeded(41)
    var graph = Graph(layout: .nhwc)
    let x = graph.addValue(Value(name: "x", shape: [1, 10, 12, 6]))
    graph.inputs = [x]
    func pointwise(_ input: ValueID, _ outputs: Int, _ kernel: Int = 1) throws -> ValueID {
      let channels = graph[input].shape[3]
      let w = graph.addConstant(
        "w",
        try Constant(
          shape: [outputs, kernel, kernel, channels],
          floats: random.floats(outputs * kernel * kernel * channels, in: -0.4...0.4)))
      let pad = kernel / 2
      return try graph.append(
        .convolution(
          window: Window(kernel: (kernel, kernel), pads: (pad, pad, pad, pad)), groups: 1,
          activation: .relu), name: "conv", inputs: [input, w])
    }
    let a = try pointwise(x, 5)
    let b = try pointwise(a, 17, 3)
    let pooled = try graph.append(
      .maxPool(window: Window(kernel: (3, 3), pads: (1, 1, 1, 1)), ceil: false), name: "pool",
      inputs: [a])
    let inner = try graph.append(.concat(axis: 3), name: "inner", inputs: [a, b, x, a])
    let c = try pointwise(inner, 9, 3)
    let outer = try graph.append(.concat(axis: 3), name: "outer", inputs: [inner, c, pooled])
    let sum = try graph.append(
      .binary(.multiply, activation: .none), name: "sum", inputs: [outer, outer])
    let last = try pointwise(sum, 4)
    let flat = try graph.append(.reshape, name: "flat", inputs: [last], shape: [1, 480])
    let soft = try graph.append(.softmax(axis: 1), name: "soft", inputs: [flat])
    graph.outputs = [soft, outer, c]
    try check(graph, seed: 41, "nested concatenation")
  }

  @Test func fullyConnected() throws {
    for (m, k, n, transpose) in [(1, 1280, 100, true), (5, 17, 33, false), (40, 64, 10, true)] {
      var random = Seeded(51)
      var graph = Graph(layout: .nhwc)
      let x = graph.addValue(Value(name: "x", shape: [m, k]))
      graph.inputs = [x]
      let w = graph.addConstant(
        "w",
        try Constant(
          shape: transpose ? [n, k] : [k, n], floats: random.floats(k * n, in: -0.1...0.1)))
      let c = graph.addConstant("c", try Constant(shape: [n], floats: random.floats(n)))
      graph.outputs = [
        try graph.append(
          .gemm(alpha: 0.5, beta: 2, transposeA: false, transposeB: transpose, activation: .relu),
          name: "y", inputs: [x, w, c])
      ]
      try check(graph, seed: 51, "gemm \(m)x\(k)x\(n)")
    }
  }

  @Test func operatorsWithoutAFastKernelStillRun() throws {
    var graph = Graph(layout: .nhwc)
    let x = graph.addValue(Value(name: "x", shape: [1, 6, 5, 4]))
    graph.inputs = [x]
    let padded = try graph.append(
      .pad(before: [0, 1, 2, 0], after: [0, 1, 0, 0], value: 0.5), name: "pad", inputs: [x])
    let moved = try graph.append(
      .transpose(permutation: [0, 3, 1, 2]), name: "move", inputs: [padded])
    let cut = try graph.append(
      .slice(starts: [0, 1, 0, 0], ends: [1, 4, 8, 7], steps: [1, 2, 1, 3]), name: "cut",
      inputs: [moved])
    let mean = try graph.append(
      .reduceMean(axes: [2, 3], keepDimensions: false), name: "mean", inputs: [cut])
    graph.outputs = [mean, moved]
    try check(graph, seed: 61, "reference steps")
  }
}
