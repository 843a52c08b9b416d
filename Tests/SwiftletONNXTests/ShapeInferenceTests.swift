import Swiftlet
import Testing

@Suite("Shape inference")
struct ShapeInferenceTests {
  func shape(
    _ op: Op, _ inputs: [[Int]?], _ declared: [Int]? = nil, layout: Layout = .nchw
  ) throws(EngineError) -> [Int] {
    try ShapeInference.outputShape(
      of: op, inputs: inputs, declared: declared, layout: layout, name: "n")
  }

  @Test("Pools round by ONNX's rule: no window starts beyond the input and its front padding")
  func poolExtents() throws {
    // Extent, kernel, stride, dilation, pads, rounded down, rounded up; nil where nothing is left.
    typealias Row = (Int, Int, Int, Int, Int, Int, Int?, Int?)
    let rows: [Row] = [
      (6, 2, 2, 1, 0, 0, 3, 3), (7, 2, 2, 1, 0, 0, 3, 4), (7, 3, 2, 1, 0, 0, 3, 3),
      (8, 3, 2, 1, 0, 0, 3, 4), (4, 3, 2, 1, 1, 1, 2, 3), (5, 2, 3, 1, 0, 1, 2, 2),
      (4, 1, 2, 1, 0, 0, 2, 2), (1, 2, 2, 1, 0, 0, nil, 1), (2, 3, 2, 1, 0, 0, nil, 1),
      (1, 2, 1, 1, 0, 0, nil, nil), (1, 3, 1, 1, 0, 0, nil, nil), (7, 3, 2, 2, 0, 0, 2, 2),
      (8, 3, 2, 2, 1, 1, 3, 4), (1, 1, 1, 1, 0, 0, 1, 1), (5, 1, 3, 1, 0, 0, 2, 2),
      (6, 1, 4, 1, 0, 0, 2, 2),
    ]
    for (extent, kernel, stride, dilation, before, after, down, up) in rows {
      for (ceil, expected) in [(false, down), (true, up)] {
        let window = Window(
          kernel: (kernel, 1), strides: (stride, 1), dilations: (dilation, 1),
          pads: (before, 0, after, 0))
        for op in [
          Op.maxPool(window: window, ceil: ceil),
          .averagePool(window: window, ceil: ceil, countIncludePad: true),
        ] {
          let actual = try? shape(op, [[1, 2, extent, 3]])
          #expect(
            actual == expected.map { [1, 2, $0, 3] },
            "extent \(extent) kernel \(kernel) stride \(stride) dilation \(dilation) ceil \(ceil)")
        }
      }
    }
  }

  @Test("Extents of convolutions, by counting windows")
  func convolutionExtents() throws {
    for extent in 1...9 {
      for kernel in 1...4 {
        for stride in 1...3 {
          for dilation in 1...2 {
            for pad in 0...2 {
              let span = (kernel - 1) * dilation + 1
              let count = windows(from: -pad, through: extent + pad - span, by: stride)
              let window = Window(
                kernel: (1, kernel), strides: (1, stride), dilations: (1, dilation),
                pads: (0, pad, 0, pad))
              let op = Op.convolution(window: window, groups: 1, activation: .none)
              let actual = try? shape(op, [[1, 2, 1, extent], [3, 2, 1, kernel]])
              #expect(actual == (count > 0 ? [1, 3, 1, count] : nil), "\(window) on \(extent)")
            }
          }
        }
      }
    }
  }

  private func windows(from: Int, through: Int, by step: Int) -> Int {
    Array(stride(from: from, through: through, by: step)).count
  }

  @Test("Both layouts, every operator")
  func layouts() throws {
    let window = Window(kernel: (3, 2), strides: (2, 1), pads: (1, 0, 1, 1))
    let resize = Resize(mode: .linear, coordinates: .halfPixel, scaleY: 2, scaleX: 3)
    let cases: [(Op, [[Int]], [Int]?, [Int])] = [
      (
        .convolution(window: window, groups: 2, activation: .relu),
        [[2, 4, 5, 6], [6, 2, 3, 2], [6], [2, 6, 3, 6]], nil, [2, 6, 3, 6]
      ),
      (
        .batchNormalization(epsilon: 0), [[2, 4, 5, 6]] + Array(repeating: [4], count: 4), nil,
        [2, 4, 5, 6]
      ),
      (.maxPool(window: window, ceil: false), [[2, 4, 5, 6]], nil, [2, 4, 3, 6]),
      (.globalAveragePool, [[2, 4, 5, 6]], nil, [2, 4, 1, 1]),
      (.globalMaxPool, [[2, 4, 5, 6]], nil, [2, 4, 1, 1]),
      (.resize(resize), [[2, 4, 5, 6]], [2, 4, 10, 18], [2, 4, 10, 18]),
    ]
    func nhwc(_ shape: [Int]) -> [Int] {
      shape.count == 4 ? [shape[0], shape[2], shape[3], shape[1]] : shape
    }
    for (op, inputs, declared, expected) in cases {
      #expect(try shape(op, inputs, declared) == expected, "\(op)")
      #expect(
        try shape(op, inputs.map(nhwc), declared.map(nhwc), layout: .nhwc) == nhwc(expected),
        "\(op)")
    }
    let transposed = Op.transposedConvolution(
      window: window, outputPadY: 1, outputPadX: 0, groups: 2, activation: .none)
    #expect(try shape(transposed, [[2, 4, 5, 6], [4, 3, 3, 2], [6]]) == [2, 6, 10, 6])
    #expect(
      try shape(transposed, [[2, 5, 6, 4], [4, 3, 2, 3], [6]], layout: .nhwc) == [2, 10, 6, 6])
    let batchNorm = Op.batchNormalization(epsilon: 1e-5)
    #expect(
      try shape(batchNorm, [[2, 7, 9]] + Array(repeating: [7], count: 4), layout: .nhwc)
        == [2, 7, 9])
  }

  @Test("Operators without layout")
  func others() throws {
    let cases: [(Op, [[Int]?], [Int]?, [Int]?)] = [
      (.activation(.silu), [[3, 4]], nil, [3, 4]),
      (.activation(.relu), [[3, 4]], [4, 3], nil),
      (.prelu, [[2, 3, 4], [3, 1]], nil, [2, 3, 4]),
      (.prelu, [[3, 1], [2, 3, 4]], nil, nil),
      (.binary(.add, activation: .none), [[2, 1, 4], [3, 1]], nil, [2, 3, 4]),
      (.binary(.add, activation: .none), [[2, 3], [2]], nil, nil),
      (.binary(.add, activation: .none), [[2, 3]], nil, nil),
      (.softmax(axis: 1), [[2, 3]], nil, [2, 3]),
      (.softmax(axis: 2), [[2, 3]], nil, nil),
      (.softmax(axis: -1), [[2, 3]], nil, nil),
      (.concat(axis: 1), [[2, 3], [2, 4], [2, 1]], nil, [2, 8]),
      (.concat(axis: 1), [[2, 3], [3, 4]], nil, nil),
      (.concat(axis: 0), [], nil, nil),
      (.concat(axis: 0), [[2], nil], nil, nil),
      (
        .gemm(alpha: 1, beta: 1, transposeA: true, transposeB: true, activation: .none),
        [[4, 3], [5, 4], [5]], nil, [3, 5]
      ),
      (
        .gemm(alpha: 1, beta: 1, transposeA: false, transposeB: false, activation: .none),
        [[3, 4], [4, 5], [2, 3, 5]], nil, nil
      ),
      (
        .gemm(alpha: .nan, beta: 1, transposeA: false, transposeB: false, activation: .none),
        [[3, 4], [4, 5]], nil, nil
      ),
      (.matmul, [[7, 1, 3, 4], [2, 4, 5]], nil, [7, 2, 3, 5]),
      (.matmul, [[4], [4, 5]], nil, nil),
      (.reshape, [[2, 6]], [3, 4], [3, 4]),
      (.reshape, [[2, 6]], [3, 5], nil),
      (.reshape, [[2, 6]], nil, nil),
      (.transpose(permutation: [2, 0, 1]), [[2, 3, 4]], nil, [4, 2, 3]),
      (.transpose(permutation: [0, 0, 1]), [[2, 3, 4]], nil, nil),
      (.pad(before: [1, 0], after: [0, 2], value: 0), [[2, 3]], nil, [3, 5]),
      (.pad(before: [-1, 0], after: [0, 2], value: 0), [[2, 3]], nil, nil),
      (.pad(before: [.max, 0], after: [.max, 2], value: 0), [[2, 3]], nil, nil),
      (.slice(starts: [1, 5], ends: [4, -1], steps: [2, -2]), [[4, 6]], nil, [2, 3]),
      (.slice(starts: [1, 6], ends: [4, -1], steps: [2, -2]), [[4, 6]], nil, nil),
      (.slice(starts: [1, 0], ends: [1, 6], steps: [1, 1]), [[4, 6]], nil, nil),
      (.slice(starts: [0, 0], ends: [4, 6], steps: [0, 1]), [[4, 6]], nil, nil),
      (.slice(starts: [3, 0], ends: [-1, 6], steps: [.min, 1]), [[4, 6]], nil, nil),
      (.slice(starts: [.min, 0], ends: [.max, 6], steps: [.max, 1]), [[4, 6]], nil, nil),
      (.reduceMean(axes: [0, 2], keepDimensions: false), [[2, 3, 4]], nil, [3]),
      (.reduceMean(axes: [0, 2], keepDimensions: true), [[2, 3, 4]], nil, [1, 3, 1]),
      (.reduceMean(axes: [2, 0], keepDimensions: true), [[2, 3, 4]], nil, nil),
    ]
    for (op, inputs, declared, expected) in cases {
      #expect((try? shape(op, inputs, declared)) == expected, "\(op) on \(inputs)")
    }
  }

  @Test("Hostile windows and shapes are errors, not traps")
  func hostile() {
    let extremes = [Int.min, -1, 0, 1, 1 << 20, 1 << 40, Int.max]
    for a in extremes {
      for b in extremes {
        let window = Window(
          kernel: (3, a), strides: (b, 1), dilations: (a, b), pads: (a, b, 0, a))
        for op in [
          Op.convolution(window: window, groups: b, activation: .none),
          .transposedConvolution(
            window: window, outputPadY: b, outputPadX: a, groups: b, activation: .none),
          .maxPool(window: window, ceil: true),
          .slice(starts: [a, b, a, b], ends: [b, a, 0, 0], steps: [a, 1, b, 1]),
          .pad(before: [a, b, 0, 0], after: [b, a, 0, 0], value: 0),
          .transpose(permutation: [a, b, 0, 1]), .reduceMean(axes: [a, b], keepDimensions: true),
          .softmax(axis: a), .concat(axis: b), .reshape,
        ] {
          #expect(throws: EngineError.self) {
            try shape(op, [[1, a, b, 4], [b, 1, 3, a]], [a, b, 1, 1])
          }
        }
      }
    }
    let resize = Resize(mode: .linear, coordinates: .halfPixel, scaleY: 1e-30, scaleX: 1)
    #expect(throws: EngineError.self) {
      try shape(.resize(resize), [[1, 1, 4, 4]], [1, 1, 1, 4])
    }
  }
}
