import Swiftlet
import Testing

/// Convolutions planned by Winograd's method, around every edge of its tiles.
@Suite struct WinogradTests {
  @Test func plannedConvolutionsAgreeAtEveryEdge() throws {
    let plan = PlanParityTests()
    var used: Set<String> = []
    var seed: UInt64 = 1
    for (height, width) in [(8, 8), (12, 13), (9, 17), (25, 6), (31, 30)] {
      for (pads, dilation) in [
        ((1, 1, 1, 1), 1), ((0, 2, 1, 0), 1), ((2, 2, 2, 2), 2), ((1, 3, 3, 1), 3),
      ] {
        let window = Window(
          kernel: (3, 3), dilations: (dilation, dilation),
          pads: (top: pads.0, left: pads.1, bottom: pads.2, right: pads.3))
        guard height + pads.0 + pads.2 >= window.spanY, width + pads.1 + pads.3 >= window.spanX
        else { continue }
        for (images, channels, outputs) in [(1, 33, 40), (2, 16, 17), (1, 8, 100)] {
          let graph = try plan.convolution(
            [images, height, width, channels], outputs: outputs, window,
            activation: seed % 3 == 0 ? .relu : seed % 3 == 1 ? .hardSwish : .none,
            bias: seed % 2 == 0, residual: seed % 4 == 1, seed: seed)
          used.formUnion(
            try plan.check(
              graph, seed: seed,
              "\(images) of \(height)x\(width)x\(channels) to \(outputs), pads \(pads), dilation \(dilation)"
            ))
          seed += 1
        }
      }
    }
    for isa in CPU.usable {
      #expect(used.contains("f32-winograd-4x4-\(isa.rawValue)"))
    }
  }

  @Test func largeWeightsAreReadStripByStrip() throws {
    let graph = try PlanParityTests().convolution(
      [1, 16, 16, 192], outputs: 320,
      Window(kernel: (3, 3), pads: (top: 1, left: 1, bottom: 1, right: 1)), activation: .relu,
      seed: 5)
    let used = try PlanParityTests().check(graph, seed: 5, "large weights")
    #expect(used.contains { $0.hasPrefix("f32-winograd") })
  }

  /// One filter whose transforms would overflow refuses the method, whichever channel is its.
  @Test(arguments: [0, 5, 17, 39])
  func aFilterThatWouldOverflowRefusesTheMethod(_ channel: Int) throws {
    let plan = PlanParityTests()
    var graph = try plan.convolution(
      [1, 16, 16, 32], outputs: 40,
      Window(kernel: (3, 3), pads: (top: 1, left: 1, bottom: 1, right: 1)), seed: 21)
    for kernel in try plan.check(graph, seed: 21, "dense filters") {
      #expect(kernel.hasPrefix("f32-winograd"))
    }
    let id = try #require(graph.nodes[0].inputs[1])
    let weights = try #require(graph[id].constant)
    var floats = weights.floats
    let length = 9 * 32
    for i in channel * length..<(channel + 1) * length { floats[i] = 0 }
    floats[channel * length + 4 * 32 + 7] = 1.5e38
    graph.values[id.index].constant = try Constant(shape: weights.shape, floats: floats)
    for kernel in try plan.check(graph, seed: 21, "a filter of one tap") {
      #expect(kernel.hasPrefix("f32-convolution"))
    }
  }

  /// Filters too small for a float's digits say nothing about the method.
  @Test(arguments: [Float(0), 0x1p-140])
  func aDeadFilterDoesNotRefuseTheMethod(_ value: Float) throws {
    let plan = PlanParityTests()
    var graph = try plan.convolution(
      [1, 16, 16, 32], outputs: 40,
      Window(kernel: (3, 3), pads: (top: 1, left: 1, bottom: 1, right: 1)), seed: 22)
    let id = try #require(graph.nodes[0].inputs[1])
    let weights = try #require(graph[id].constant)
    var floats = weights.floats
    for i in 0..<9 * 32 { floats[i] = value }
    graph.values[id.index].constant = try Constant(shape: weights.shape, floats: floats)
    for kernel in try plan.check(graph, seed: 22, "a dead filter") {
      #expect(kernel.hasPrefix("f32-winograd"))
    }
  }

  @Test func aSumAfterAnActivationIsJoined() throws {
    for (channels, kernel) in [(16, 3), (24, 1), (1, 3)] {
      let pad = kernel / 2
      let window = Window(
        kernel: (kernel, kernel), pads: (top: pad, left: pad, bottom: pad, right: pad))
      var graph = try PlanParityTests().convolution(
        [1, 14, 15, channels], outputs: channels, window, activation: .relu, seed: 11)
      let sum = try graph.append(
        .binary(.add, activation: .none), name: "sum", inputs: [graph.inputs[0], graph.outputs[0]])
      graph.outputs = [sum]
      try PlanParityTests().check(graph, seed: 11, "relu, then sum, \(channels) channels")
      let model = try Model(graph: graph, metadata: ModelMetadata(name: "sum"))
      #expect(try Session(model: model).report.layers.count == 1)
    }
  }

  @Test func aResultWithOtherReadersIsNotJoined() throws {
    var graph = try PlanParityTests().convolution(
      [1, 9, 9, 16], outputs: 16,
      Window(kernel: (3, 3), pads: (top: 1, left: 1, bottom: 1, right: 1)), activation: .relu,
      seed: 12)
    let result = graph.outputs[0]
    let sum = try graph.append(
      .binary(.add, activation: .none), name: "sum", inputs: [result, graph.inputs[0]])
    graph.outputs = [sum, result]
    try PlanParityTests().check(graph, seed: 12, "sum of a result that is also an output")
  }

  @Test func fewOutputsAreSummedInRegisters() throws {
    for (channels, outputs) in [(64, 1), (6, 1), (33, 2), (128, 3)] {
      let graph = try PlanParityTests().convolution(
        [1, 11, 10, channels], outputs: outputs,
        Window(kernel: (3, 3), pads: (top: 1, left: 1, bottom: 1, right: 1)),
        activation: .sigmoid, residual: channels == 33, seed: UInt64(channels))
      let used = try PlanParityTests().check(
        graph, seed: 2, "\(channels) channels to \(outputs)")
      if channels == 64 { #expect(used.contains { $0.hasPrefix("f32-convolution-8x1-") }) }
    }
  }
}
