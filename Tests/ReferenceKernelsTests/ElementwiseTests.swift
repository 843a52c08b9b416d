import ReferenceKernels
import Testing

// Expected numbers of the activations are those of ONNX Runtime.
@Suite("Reference element-wise operators")
struct ElementwiseTests {
  private let x: [Float] = [-7, -3.5, -3, -1, -0.25, 0, 0.5, 1, 2.5, 3, 6.5]

  private func map(_ function: Reference.Scalar) -> [Float] {
    let (input, output) = (Buffer([x.count], x), Buffer([x.count]))
    Reference.map(input.base, count: x.count, function, into: output.base)
    return output.elements
  }

  @Test("Activations")
  func activations() {
    expectClose(
      map(Reference.sigmoid),
      [
        0.000911051, 0.02931223, 0.04742587, 0.2689414, 0.4378235, 0.5, 0.6224593, 0.7310586,
        0.9241418, 0.9525741, 0.9984988,
      ])
    expectClose(
      map { Reference.hardSigmoid($0, alpha: 0.2, beta: 0.5) },
      [0, 0, 0, 0.3, 0.45, 0.5, 0.6, 0.7, 1, 1, 1])
    expectClose(
      map(Reference.hardSwish),
      [0, 0, 0, -0.3333333, -0.1145833, 0, 0.2916667, 0.6666667, 2.291667, 3, 6.5])
    expectClose(
      map(Reference.hyperbolicTangent),
      [
        -0.9999983, -0.9981779, -0.9950547, -0.7615942, -0.2449187, 0, 0.4621172, 0.7615942,
        0.9866143, 0.9950547, 0.9999955,
      ])
    expectClose(
      map(Reference.exponential),
      [
        0.000911882, 0.03019738, 0.04978707, 0.3678795, 0.7788008, 1, 1.648721, 2.718282, 12.18249,
        20.08554, 665.1417,
      ])
    expectClose(
      map(Reference.silu),
      [
        -0.006377358, -0.1025928, -0.1422776, -0.2689414, -0.1094559, 0, 0.3112297, 0.7310586,
        2.310355, 2.857722, 6.490242,
      ])
    expectClose(
      map { Reference.clip($0, lower: -1, upper: 2) },
      [-1, -1, -1, -1, -0.25, 0, 0.5, 1, 2, 2, 2])
  }

  @Test("NaN survives a clip, and crossed bounds give the upper one")
  func clip() {
    #expect(Reference.clip(.nan, lower: 0, upper: 6).isNaN)
    for x in [-1.0, 1.5, 9] { #expect(Reference.clip(x, lower: 2, upper: 1) == 1) }
  }

  @Test("Large magnitudes neither overflow nor give NaN")
  func extremes() {
    #expect(Reference.sigmoid(-1000) == 0)
    #expect(Reference.sigmoid(1000) == 1)
    #expect(Reference.silu(-1000) == 0)
    #expect(Reference.silu(1000) == 1000)
  }

  @Test("Operands broadcast by NumPy's rules")
  func broadcast() {
    let a = Buffer([2, 1, 3], [1, 2, 3, 4, 5, 6])
    let b = Buffer([2, 1], [10, 20])
    let y = Buffer([2, 2, 3])
    Reference.binary(a.view, b.view, { $0 + $1 }, into: y.view)
    expectClose(y.elements, [11, 12, 13, 21, 22, 23, 14, 15, 16, 24, 25, 26])
    Reference.binary(b.view, a.view, { $0 - $1 }, activation: { min($0, 8) }, into: y.view)
    expectClose(y.elements, [8, 8, 7, 8, 8, 8, 6, 5, 4, 8, 8, 8])
    let scalar = Buffer([], [2])
    let z = Buffer([2, 1, 3])
    Reference.binary(a.view, scalar.view, Reference.power, into: z.view)
    expectClose(z.elements, [1, 4, 9, 16, 25, 36])
  }

  @Test("A slope a channel")
  func prelu() {
    let x = Buffer([1, 2, 1, 3], [-1, 0, 2, -4, 5, -6])
    let slope = Buffer([2, 1, 1], [0.5, 0.25])
    let y = Buffer(x.shape)
    Reference.prelu(x.view, slope: slope.view, into: y.view)
    expectClose(y.elements, [-0.5, 0, 2, -1, 5, -1.5])
  }

  @Test("Batch normalization", arguments: ImageLayout.allCases)
  func batchNormalization(_ layout: ImageLayout) {
    let y = Image(layout, [1, 3, 2, 2])
    let scale = Buffer([3], [1, 2, 0.5])
    let bias = Buffer([3], [0, 1, -1])
    let mean = Buffer([3], [0.5, -1, 2])
    let variance = Buffer([3], [4, 0.25, 1])
    Reference.batchNormalization(
      Image(layout, [1, 3, 2, 2], pattern(12)).view, scale: scale.base, bias: bias.base,
      mean: mean.base, variance: variance.base, epsilon: 0.01, into: y.view)
    expectClose(
      y.elements,
      [
        -2.746569, 0.7490643, -1.248441, 2.247193, 8.844646, -6.844645, 20.61161, 4.922323,
        -3.985111, -0.5024813, -2.492556, -4.48263,
      ])
  }
}
