import ReferenceKernels
import Testing

// Expected numbers are those of ONNX Runtime for the same operator and attributes.
@Suite("Reference pooling")
struct PoolingTests {
  private let window = SlidingWindow(kernel: (3, 2), stride: (2, 3), pads: (1, 0, 1, 1))

  @Test("The largest, with uneven pads", arguments: ImageLayout.allCases)
  func maximum(_ layout: ImageLayout) {
    let y = Image(layout, [1, 1, 3, 3])
    Reference.maxPool(Image(layout, [1, 1, 5, 7], pattern(35)).view, window: window, into: y.view)
    expectClose(y.elements, [2, 5, 4, 5, 5, 3, 4, 5, 2])
  }

  @Test("The largest, dilated", arguments: ImageLayout.allCases)
  func dilated(_ layout: ImageLayout) {
    let y = Image(layout, [1, 1, 4, 2])
    Reference.maxPool(
      Image(layout, [1, 1, 5, 7], pattern(35)).view,
      window: SlidingWindow(
        kernel: (2, 3), stride: (1, 2), dilation: (2, 2), pads: (0, 1, 1, 0)), into: y.view)
    expectClose(y.elements, [5, 5, -1, 2, 4, 4, -2, 1])
  }

  @Test("Padding never wins, and NaN always does")
  func padding() {
    let y = Image(.nchw, [1, 1, 2, 2])
    let window = SlidingWindow(kernel: (2, 2), pads: (1, 1, 0, 0))
    Reference.maxPool(
      Image(.nchw, [1, 1, 2, 2], [-1, -2, -3, -4]).view, window: window, into: y.view)
    expectClose(y.elements, [-1, -1, -1, -1])
    Reference.maxPool(
      Image(.nchw, [1, 1, 2, 2], [-1, -2, -3, .nan]).view, window: window, into: y.view)
    #expect(y.elements.map(\.isNaN) == [false, false, false, true])
  }

  @Test("The mean with and without padding in the divisor", arguments: ImageLayout.allCases)
  func average(_ layout: ImageLayout) {
    let x = Image(layout, [1, 1, 5, 7], pattern(35))
    let y = Image(layout, [1, 1, 3, 3])
    Reference.averagePool(x.view, window: window, countIncludePad: false, into: y.view)
    expectClose(
      y.elements, [-1.75, 0, 1, -0.6666667, 0.1666667, -0.6666667, -0.5, 1.25, -0.5])
    Reference.averagePool(x.view, window: window, countIncludePad: true, into: y.view)
    expectClose(
      y.elements,
      [
        -1.166667, 0, 0.3333333, -0.6666667, 0.1666667, -0.3333333, -0.3333333, 0.8333333,
        -0.1666667,
      ],
      tolerance: 2e-6)
  }

  @Test("Taps beyond the padding never count")
  func overhang() {
    let x = Image(.nchw, [1, 1, 4, 4], pattern(16))
    let y = Image(.nchw, [1, 1, 2, 2])
    Reference.averagePool(
      x.view, window: SlidingWindow(kernel: (3, 3), stride: (2, 2)), countIncludePad: true,
      into: y.view)
    expectClose(y.elements, [-0.5555556, 0.1666667, 0.5, 0])
    let padded = SlidingWindow(kernel: (3, 3), stride: (3, 3), pads: (1, 1, 1, 1))
    Reference.averagePool(x.view, window: padded, countIncludePad: true, into: y.view)
    expectClose(y.elements, [-0.5555556, 0.7777778, -0.1111111, 0])
    Reference.averagePool(x.view, window: padded, countIncludePad: false, into: y.view)
    expectClose(y.elements, [-1.25, 1.75, -0.25, 0])
  }

  @Test("Whole planes", arguments: ImageLayout.allCases)
  func global(_ layout: ImageLayout) {
    let x = Image(layout, [2, 2, 1, 3], [1, 2, 6, -1, -2, -3, 0, 0, 0, 5, 4, 3])
    let y = Image(layout, [2, 2, 1, 1])
    Reference.globalAveragePool(x.view, into: y.view)
    expectClose(y.elements, [3, -2, 0, 4])
    Reference.globalMaxPool(x.view, into: y.view)
    expectClose(y.elements, [6, -1, 0, 5])
  }
}
