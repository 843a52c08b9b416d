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
      // A strip of three registers would be too long for the cache.
      ([1, 5, 5, 500], 96, Window(kernel: (3, 3), strides: (1, 2), pads: (1, 1, 1, 1)), true),
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
        if entry.x[3] == 500, CPU.usable.contains(.avx512) {
          #expect(used.contains("im2col-f32-convolution-8x32-avx512"))
        }
      }
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
      (1, 14, 14, 200), (1, 40, 9, 400), (3, 23, 26, 72), (4, 30, 50, 210), (9, 7, 7, 130),
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
      for groups in [1, 2] {
        for (height, width) in [(1, 1), (5, 7)] {
          var random = Seeded(seed)
          var graph = Graph(layout: .nhwc)
          let x = graph.addValue(Value(name: "x", shape: [1, height, width, 6]))
          graph.inputs = [x]
          let shape = [6, kernel, kernel, 5]
          let w = graph.addConstant(
            "w", try Constant(shape: shape, floats: random.floats(shape.reduce(1, *))))
          let b = graph.addConstant(
            "b", try Constant(shape: [5 * groups], floats: random.floats(5 * groups)))
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
            "transposed \(window) extra \(extra) groups \(groups) on \(height)x\(width)")
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
