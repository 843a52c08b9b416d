import Swiftlet
import Testing

/// Convolutions of every kind, planned in every way.
extension PlanParityTests {
  func convolution(
    _ x: [Int], outputs: Int, _ window: Window, groups: Int = 1, activation: Activation = .none,
    bias: Bool = true, residual: Bool = false, seed: UInt64
  ) throws -> Graph {
    var random = Seeded(seed)
    var graph = Graph(layout: .nhwc)
    let input = graph.addValue(Value(name: "x", shape: x))
    graph.inputs = [input]
    let shape = [outputs, window.kernelHeight, window.kernelWidth, x[3] / groups]
    let scale = 1 / Float(shape[1] * shape[2] * shape[3]).squareRoot()
    let weight = graph.addConstant(
      "w", try Constant(shape: shape, floats: random.floats(shape.reduce(1, *), in: -scale...scale))
    )
    var inputs: [ValueID?] = [input, weight]
    inputs.append(
      bias
        ? graph.addConstant("b", try Constant(shape: [outputs], floats: random.floats(outputs)))
        : nil)
    if residual {
      let op = Op.convolution(window: window, groups: groups, activation: .none)
      let y = try ShapeInference.outputShape(
        of: op, inputs: [x, shape, [outputs]], declared: nil, layout: .nhwc, name: "y")
      let other = graph.addValue(Value(name: "r", shape: y))
      graph.inputs.append(other)
      inputs.append(other)
    }
    let output = try graph.append(
      .convolution(window: window, groups: groups, activation: activation), name: "y",
      inputs: inputs)
    graph.outputs = [output]
    return graph
  }

  @Test func convolutionsOfEveryKind() throws {
    var seed: UInt64 = 1
    var used: Set<String> = []
    let windows: [Window] = [
      Window(kernel: (1, 1)), Window(kernel: (1, 1), strides: (2, 2)),
      Window(kernel: (3, 3), pads: (1, 1, 1, 1)),
      Window(kernel: (3, 3), strides: (2, 2), pads: (0, 0, 1, 1)),
      Window(kernel: (3, 3), strides: (2, 1), pads: (1, 0, 2, 1)),
      Window(kernel: (3, 3), dilations: (2, 2), pads: (2, 2, 2, 2)),
      Window(kernel: (3, 3), dilations: (8, 8), pads: (8, 8, 8, 8)),
      Window(kernel: (5, 5), pads: (2, 2, 2, 2)), Window(kernel: (1, 7), pads: (0, 3, 0, 3)),
      Window(kernel: (4, 2), strides: (3, 2), dilations: (1, 2), pads: (4, 2, 3, 1)),
      Window(kernel: (7, 7), strides: (2, 2), pads: (3, 3, 3, 3)),
    ]
    for window in windows {
      for (height, width) in [(1, 1), (7, 7), (9, 14), (16, 5), (33, 20)] {
        let spanY = height + window.padTop + window.padBottom
        let spanX = width + window.padLeft + window.padRight
        guard spanY >= window.spanY, spanX >= window.spanX else { continue }
        for (channels, outputs) in [(1, 1), (3, 16), (16, 24), (17, 33), (40, 7), (8, 100)] {
          let graph = try convolution(
            [1, height, width, channels], outputs: outputs, window,
            activation: seed % 3 == 0 ? .relu : seed % 3 == 1 ? .hardSwish : .none,
            bias: seed % 2 == 0, residual: seed % 4 == 1, seed: seed)
          used.formUnion(
            try check(
              graph, seed: seed,
              "convolution \(window) on \(height)x\(width)x\(channels) to \(outputs)"))
          seed += 1
        }
      }
    }
    #expect(used.contains { $0.hasPrefix("f32-convolution") })
  }

  /// Planes of which im2col makes one run: of few pixels and many weights.
  @Test func smallPlanesWithManyWeights() throws {
    let cases: [(x: [Int], outputs: Int, window: Window, isOneRun: Bool)] = [
      ([1, 8, 8, 40], 104, Window(kernel: (5, 5), pads: (2, 2, 2, 2)), true),
      ([1, 8, 7, 50], 100, Window(kernel: (5, 3), dilations: (1, 2), pads: (2, 2, 2, 2)), true),
      ([1, 14, 13, 64], 128, Window(kernel: (3, 3), strides: (2, 2), pads: (1, 1, 1, 1)), true),
      ([1, 8, 14, 72], 120, Window(kernel: (3, 5), strides: (1, 2), pads: (0, 2, 2, 1)), true),
      ([1, 15, 6, 70], 110, Window(kernel: (5, 3), strides: (3, 1), pads: (2, 1, 1, 1)), true),
      ([1, 14, 14, 260], 256, Window(kernel: (1, 1), strides: (2, 2)), true),
      ([1, 8, 8, 70], 120, Window(kernel: (3, 3), strides: (1, 2), pads: (1, 1, 1, 1)), true),
      // To few outputs, by sums of input channels.
      ([1, 9, 9, 168], 8, Window(kernel: (7, 7)), true),
      // More than a third of the taps outside, too many pixels or floats, long runs, few weights, a batch.
      ([1, 7, 7, 96], 104, Window(kernel: (3, 3), dilations: (5, 5), pads: (5, 5, 5, 5)), false),
      ([1, 7, 26, 64], 128, Window(kernel: (5, 3), strides: (1, 2), pads: (2, 1, 2, 1)), false),
      ([1, 14, 14, 1400], 80, Window(kernel: (3, 3), strides: (2, 2), pads: (1, 1, 1, 1)), false),
      ([1, 4, 16, 96], 104, Window(kernel: (3, 3), strides: (2, 1), pads: (1, 0, 1, 0)), false),
      ([1, 7, 7, 20], 24, Window(kernel: (3, 3), dilations: (3, 3), pads: (3, 3, 3, 3)), false),
      ([2, 7, 7, 96], 104, Window(kernel: (3, 3), dilations: (3, 3), pads: (3, 3, 3, 3)), false),
    ]
    for (seed, entry) in cases.enumerated() {
      for (residual, activation) in [(false, Activation.relu), (true, .hardSwish)] {
        let used = try check(
          try convolution(
            entry.x, outputs: entry.outputs, entry.window, activation: activation,
            residual: residual, seed: UInt64(seed)),
          seed: UInt64(seed), "\(entry.x) to \(entry.outputs), \(entry.window)")
        #expect(
          used.allSatisfy { $0.hasPrefix("im2col-f32-convolution") == entry.isOneRun },
          "\(entry.x), \(entry.window): \(used.sorted())")
      }
    }
  }

  /// A strip of three registers would be too long for the largest second-level cache that counts.
  @Test func longStripsHaveTwoRegisters() throws {
    let used = try check(
      try convolution(
        [1, 5, 5, 500], outputs: 96,
        Window(kernel: (3, 3), strides: (1, 2), pads: (1, 1, 1, 1)), seed: 8),
      seed: 8, "long strips")
    if CPU.usable.contains(.avx512) {
      #expect(used.contains("im2col-f32-convolution-8x32-avx512"))
    }
  }

  /// Small planes read from and written to a concatenation, and a sum behind the activation.
  @Test func smallPlanesBesideOthers() throws {
    var random = Seeded(77)
    var graph = Graph(layout: .nhwc)
    let x = graph.addValue(Value(name: "x", shape: [1, 7, 14, 64]))
    graph.inputs = [x]
    func convolution(
      _ input: ValueID, _ name: String, outputs: Int, _ window: Window, _ activation: Activation
    ) throws -> ValueID {
      let shape = [
        outputs, window.kernelHeight, window.kernelWidth, graph[input].shape.last ?? 0,
      ]
      let weights = random.floats(shape.reduce(1, *), in: -0.05...0.05)
      let weight = graph.addConstant(name + "w", try Constant(shape: shape, floats: weights))
      return try graph.append(
        .convolution(window: window, groups: 1, activation: activation), name: name,
        inputs: [input, weight])
    }
    let halving = Window(kernel: (3, 5), strides: (1, 2), pads: (1, 2, 1, 2))
    let a = try convolution(x, "a", outputs: 104, halving, .relu)
    let b = try convolution(x, "b", outputs: 96, halving, .none)
    let both = try graph.append(.concat(axis: 3), name: "both", inputs: [a, b])
    let inner = try convolution(
      b, "inner", outputs: 64, Window(kernel: (3, 5), pads: (1, 2, 1, 2)), .none)
    let late = try convolution(x, "late", outputs: 104, halving, .relu)
    let sum = try graph.append(
      .binary(.add, activation: .none), name: "sum", inputs: [late, a])
    graph.outputs = [both, inner, sum]
    let used = try check(graph, seed: 77, "small planes beside others")
    #expect(used.allSatisfy { $0.hasPrefix("im2col-") }, "\(used.sorted())")
  }

  @Test func batchesAndGroups() throws {
    try check(
      try convolution(
        [3, 6, 5, 12], outputs: 18, Window(kernel: (3, 3), pads: (1, 1, 1, 1)), groups: 3, seed: 5),
      seed: 5, "3 groups, batch 3")
    try check(
      try convolution(
        [2, 5, 5, 4], outputs: 8, Window(kernel: (3, 3), strides: (2, 2)), groups: 4, seed: 6),
      seed: 6, "depthwise with multiplier 2")
    try check(
      try convolution(
        [2, 9, 5, 10], outputs: 20, Window(kernel: (1, 1)), activation: .silu, residual: true,
        seed: 7),
      seed: 7, "pointwise, batch 2, residual")
  }

  @Test func largePointwiseGoesThroughOpenBLASWithoutFusedMultiplyAdd() throws {
    let graph = try convolution(
      [1, 25, 33, 64], outputs: 48, Window(kernel: (1, 1)), activation: .clip(lower: 0, upper: 6),
      residual: true, seed: 9)
    let used = try check(graph, seed: 9, "large pointwise")
    #if arch(x86_64)
      // Where the library is not installed, the own kernels do.
      #expect(used.contains("f32-gemm-openblas") == OpenBLAS.isInstalled)
    #endif
  }

  @Test func depthwiseConvolutions() throws {
    var seed: UInt64 = 100
    for kernel in [1, 2, 3, 5, 7] {
      for stride in [1, 2, 3] {
        for (dilation, pad) in [(1, 0), (1, kernel / 2), (1, kernel - 1), (2, kernel - 1)] {
          for (height, width, channels) in [(7, 7, 8), (12, 9, 19), (20, 31, 33), (8, 8, 2)] {
            let window = Window(
              kernel: (kernel, kernel), strides: (stride, stride), dilations: (dilation, dilation),
              pads: (pad, pad, pad, pad))
            guard height + 2 * pad >= window.spanY, width + 2 * pad >= window.spanX else {
              continue
            }
            let graph = try convolution(
              [1, height, width, channels], outputs: channels, window, groups: channels,
              activation: seed % 2 == 0 ? .clip(lower: 0, upper: 6) : .sigmoid, seed: seed)
            try check(graph, seed: seed, "depthwise \(window) on \(height)x\(width)x\(channels)")
            seed += 1
          }
        }
      }
    }
    // Padding at one side only, or more at one side.
    for (top, left, bottom, right) in [(0, 0, 1, 1), (1, 0, 0, 1), (0, 2, 1, 0), (2, 1, 0, 3)] {
      for (kernel, stride) in [(3, 1), (3, 2), (5, 1), (5, 2)] {
        for width in [6, 9, 21] {
          let window = Window(
            kernel: (kernel, kernel), strides: (stride, stride),
            pads: (top: top, left: left, bottom: bottom, right: right))
          let graph = try convolution(
            [1, 8, width, 19], outputs: 19, window, groups: 19, seed: seed)
          try check(graph, seed: seed, "depthwise \(window) on 8x\(width)x19")
          seed += 1
        }
      }
    }
    // Channels in several chunks, rows and columns in the phases of a dilation, borders all around.
    for (dilation, height, width, channels) in [
      (1, 3, 30, 130), (1, 14, 14, 200), (1, 40, 9, 400), (3, 23, 26, 72), (4, 30, 50, 210),
      (9, 7, 7, 130),
    ] {
      let window = Window(
        kernel: (3, 3), dilations: (dilation, dilation),
        pads: (dilation, dilation, dilation, dilation))
      let graph = try convolution(
        [2, height, width, channels], outputs: channels, window, groups: channels,
        activation: .hardSwish, seed: seed)
      try check(graph, seed: seed, "depthwise \(window) on \(height)x\(width)x\(channels)")
      seed += 1
    }
  }

  /// Phases of several tasks each.
  @Test(arguments: [2, 3])
  func largeTransposedConvolutions(kernel: Int) throws {
    var random = Seeded(UInt64(kernel))
    var graph = Graph(layout: .nhwc)
    let x = graph.addValue(Value(name: "x", shape: [1, 29, 33, 48]))
    graph.inputs = [x]
    let shape = [48, kernel, kernel, 40]
    let weight = graph.addConstant(
      "w", try Constant(shape: shape, floats: random.floats(shape.reduce(1, *), in: -0.1...0.1)))
    let y = try graph.append(
      .transposedConvolution(
        window: Window(kernel: (kernel, kernel), strides: (2, 2)), outputPadY: 0, outputPadX: 0,
        groups: 1, activation: .relu), name: "y", inputs: [x, weight])
    graph.outputs = [y]
    try check(graph, seed: UInt64(kernel), "transposed convolution of many pixels")
    let session = try Session(
      model: Model(graph: graph, metadata: ModelMetadata(name: "test")),
      options: SessionOptions(threads: 2))
    #expect(session.report.layers.allSatisfy { $0.tasks > 8 })
  }

  @Test func transposedConvolutions() throws {
    var seed: UInt64 = 300
    for (kernel, stride, pads, extra) in [
      (2, 2, (0, 0, 0, 0), 0), (3, 2, (0, 0, 1, 1), 0), (3, 2, (1, 1, 1, 1), 1),
      (4, 2, (1, 1, 1, 1), 0), (1, 1, (0, 0, 0, 0), 0), (3, 1, (1, 1, 1, 1), 0),
      (2, 3, (0, 0, 0, 0), 0), (5, 3, (2, 1, 0, 1), 2),
    ] {
      // The last has groups whose weights are packed in squares, with rows and columns left over.
      for (groups, inputs, outputs) in [(1, 6, 5), (2, 6, 5), (2, 18, 22)] {
        for (height, width) in [(1, 1), (5, 7)] {
          var random = Seeded(seed)
          var graph = Graph(layout: .nhwc)
          let x = graph.addValue(Value(name: "x", shape: [1, height, width, inputs]))
          graph.inputs = [x]
          let shape = [inputs, kernel, kernel, outputs]
          let w = graph.addConstant(
            "w", try Constant(shape: shape, floats: random.floats(shape.reduce(1, *))))
          let b = graph.addConstant(
            "b",
            try Constant(shape: [outputs * groups], floats: random.floats(outputs * groups)))
          let window = Window(
            kernel: (kernel, kernel), strides: (stride, stride),
            pads: (pads.0, pads.1, pads.2, pads.3))
          let y = try graph.append(
            .transposedConvolution(
              window: window, outputPadY: extra, outputPadX: extra, groups: groups,
              activation: .relu), name: "y", inputs: [x, w, b])
          graph.outputs = [y]
          try check(
            graph, seed: seed,
            "transposed \(window) extra \(extra) groups \(groups) of \(shape) on \(height)x\(width)"
          )
          seed += 1
        }
      }
    }
  }

  /// Its naive step needs contiguous memory: it must not be placed inside the concatenation.
  @Test func aDilatedTransposedConvolutionBesideAConcatenation() throws {
    var random = Seeded(77)
    var graph = Graph(layout: .nhwc)
    let x = graph.addValue(Value(name: "x", shape: [1, 4, 5, 3]))
    graph.inputs = [x]
    let w = graph.addConstant(
      "w", try Constant(shape: [3, 2, 2, 4], floats: random.floats(48)))
    let up = try graph.append(
      .transposedConvolution(
        window: Window(kernel: (2, 2), strides: (2, 2), dilations: (2, 2)), outputPadY: 0,
        outputPadX: 0, groups: 1, activation: .none), name: "up", inputs: [x, w])
    let other = try graph.append(.activation(.sigmoid), name: "other", inputs: [up])
    let joined = try graph.append(.concat(axis: 3), name: "joined", inputs: [other, up])
    graph.outputs = [joined]
    try check(graph, seed: 77, "dilated transposed convolution in a concatenation")
  }
}
