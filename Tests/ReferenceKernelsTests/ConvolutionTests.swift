import ReferenceKernels
import Testing

// Expected numbers are those of ONNX Runtime for the same operator and attributes.
@Suite("Reference convolution")
struct ConvolutionTests {
  @Test("Groups, strides, dilations, uneven pads and bias", arguments: ImageLayout.allCases)
  func grouped(_ layout: ImageLayout) {
    let x = Image(layout, [1, 2, 5, 6], pattern(60))
    let weight = Image(layout, [4, 1, 3, 2], pattern(24, 5, 7, 3))
    let bias = Buffer([4], [1, -1, 2, 0])
    let y = Image(layout, [1, 4, 3, 6])
    let window = SlidingWindow(
      kernel: (3, 2), stride: (2, 1), dilation: (1, 2), pads: (1, 0, 1, 2))
    Reference.convolution(
      x.view, weight: weight.view, bias: bias.base, residual: nil, window: window, groups: 2,
      into: y.view)
    let expected: [Float] = [
      13, -6, -14, 11, -2, -14, -26, -8, 21, -27, -11, 22, 5, 17, -26, 8, 16, -5, -31, 12, 0, -12,
      3, 3, 20, -9, -5, 21, 4, 8, -14, 16, 13, -12, 12, -3, 18, -25, 9, 21, -4, 8, -17, 6, 18, 8,
      8, -17, 6, 10, 14, 7, -17, 2, 17, 14, -11, 19, -2, -6, 26, -4, 10, -9, -6, -11, 2, 2, -9, 2,
      -17, 8,
    ]
    expectClose(y.elements, expected)

    let residual = Image(layout, [1, 4, 3, 6], pattern(72, 3, 5, 2))
    Reference.convolution(
      x.view, weight: weight.view, bias: bias.base, residual: residual.view, window: window,
      groups: 2, activation: { max($0, 0) }, into: y.view)
    expectClose(y.elements, zip(expected, pattern(72, 3, 5, 2)).map { max($0 + $1, 0) })
  }

  @Test("Stride 2 with a padding of 1, no bias", arguments: ImageLayout.allCases)
  func strided(_ layout: ImageLayout) {
    let y = Image(layout, [1, 1, 2, 2])
    Reference.convolution(
      Image(layout, [1, 1, 4, 4], pattern(16)).view,
      weight: Image(layout, [1, 1, 3, 3], pattern(9, 5, 7, 3)).view, bias: nil, residual: nil,
      window: SlidingWindow(kernel: (3, 3), stride: (2, 2), pads: (1, 1, 1, 1)), groups: 1,
      into: y.view)
    expectClose(y.elements, [-22, -14, -17, -8])
  }

  @Test("Padding wider than the image")
  func widePadding() {
    let y = Image(.nchw, [1, 1, 1, 7])
    Reference.convolution(
      Image(.nchw, [1, 1, 1, 1], [2]).view, weight: Image(.nchw, [1, 1, 1, 3], [1, 10, 100]).view,
      bias: nil, residual: nil, window: SlidingWindow(kernel: (1, 3), pads: (0, 4, 0, 4)),
      groups: 1, into: y.view)
    expectClose(y.elements, [0, 0, 200, 20, 2, 0, 0])
  }

  @Test("Transposed with pads and output padding", arguments: ImageLayout.allCases)
  func transposed(_ layout: ImageLayout) {
    let bias = Buffer([2], [1, -2])
    let y = Image(layout, [1, 2, 7, 6])
    Reference.transposedConvolution(
      Image(layout, [1, 2, 3, 3], pattern(18)).view,
      weight: Image(layout, [2, 2, 3, 3], pattern(36, 5, 7, 3)).view, bias: bias.base,
      window: SlidingWindow(kernel: (3, 3), stride: (2, 2), pads: (1, 0, 0, 1)), groups: 1,
      into: y.view)
    expectClose(
      y.elements,
      [
        2, -8, -5, 5, 22, -15, -9, 37, -17, -8, 42, -9, -15, 20, 10, 0, -7, 2, -17, 1, 6, -11, 21,
        21, -10, 15, 14, -5, -3, -3, -5, -8, 16, -8, -6, 25, 1, 1, 1, 1, 1, 1, -7, -3, 24, -2, -13,
        10, -11, -21, 23, 3, -18, -6, 3, -11, -10, 1, -14, -9, 9, -15, -1, 9, -9, -11, 2, -8, -11,
        4, -15, -6, 7, -3, -16, 1, 3, -6, -2, -2, -2, -2, -2, -2,
      ])
  }

  @Test("Transposed with groups and dilation", arguments: ImageLayout.allCases)
  func transposedGroups(_ layout: ImageLayout) {
    let y = Image(layout, [1, 4, 4, 4])
    Reference.transposedConvolution(
      Image(layout, [1, 2, 2, 2], pattern(8)).view,
      weight: Image(layout, [2, 2, 2, 2], pattern(16, 5, 7, 3)).view, bias: nil,
      window: SlidingWindow(kernel: (2, 2), stride: (1, 2), dilation: (2, 1)), groups: 2,
      into: y.view)
    expectClose(
      y.elements,
      [
        15, -10, -6, 4, 6, -4, -15, 10, 0, 10, 0, -4, 0, 4, 0, -10, -15, -5, 6, 2, -6, -2, 15, 5,
        5, 15, -2, -6, 2, 6, -5, -15, 2, 0, -6, 0, 8, 0, 0, 0, -2, 3, 6, -9, -8, 12, 0, 0, 1, -1,
        -3, 3, 4, -4, 0, 0, -3, 2, 9, -6, -12, 8, 0, 0,
      ])
  }
}
