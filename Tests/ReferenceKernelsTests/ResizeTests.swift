import ReferenceKernels
import Testing

// Expected numbers are those of ONNX Runtime, for a row of 0, 1, 4, 2, 2, 4 cut to the input's extent.
@Suite("Reference resize")
struct ResizeTests {
  private enum Mode {
    case halfPixel, pytorchHalfPixel, alignCorners, asymmetric, tfHalfPixelForNN, halfPixelSymmetric
  }

  private struct Case {
    let input: Int
    let scale: Float
    let mode: Mode
    /// Digits of the outputs with ties down, ties up, rounding down, rounding up.
    let nearest: [String]
    /// None where the mode is for nearest only.
    let linear: [Float]

    init(_ input: Int, _ scale: Float, _ mode: Mode, nearest: [String], linear: [Float]) {
      (self.input, self.scale, self.mode) = (input, scale, mode)
      (self.nearest, self.linear) = (nearest, linear)
    }

    var axis: ResizeAxis { ResizeAxis(input: input, output: nearest[0].count, scale: scale) }

    func coordinate(_ x: Int) -> Float {
      switch mode {
      case .halfPixel: axis.halfPixel(x)
      case .pytorchHalfPixel: axis.pytorchHalfPixel(x)
      case .alignCorners: axis.alignCorners(x)
      case .asymmetric: axis.asymmetric(x)
      case .tfHalfPixelForNN: axis.tfHalfPixelForNN(x)
      case .halfPixelSymmetric: axis.halfPixelSymmetric(x)
      }
    }
  }

  private let row: [Float] = [0, 1, 4, 2, 2, 4]

  private func resized(_ row: ArraySlice<Float>, _ taps: [ResizeAxis.Tap]) -> [Float] {
    let y = Image(.nhwc, [1, 1, 1, taps.count])
    let one = ResizeAxis(input: 1, output: 1, scale: 1)
    Reference.resize(
      Image(.nhwc, [1, 1, 1, row.count], Array(row)).view, rows: one.linear(one.halfPixel),
      columns: taps, into: y.view)
    return y.elements
  }

  @Test("Every coordinate mode, rounded every way and linear")
  func modes() {
    let roundings: [(Float) -> Float] = [
      ResizeAxis.roundPreferFloor, ResizeAxis.roundPreferCeil, { $0.rounded(.down) },
      { $0.rounded(.up) },
    ]
    for item in Self.cases {
      let input = row.prefix(item.input)
      for (rounding, expected) in zip(roundings, item.nearest) {
        expectClose(
          resized(input, item.axis.nearest(item.coordinate, rounding)),
          expected.compactMap { $0.wholeNumberValue.map(Float.init) },
          "\(item.input) by \(item.scale), \(item.mode), nearest:")
      }
      guard !item.linear.isEmpty else { continue }
      expectClose(
        resized(input, item.axis.linear(item.coordinate)), item.linear,
        "\(item.input) by \(item.scale), \(item.mode), linear:", tolerance: 2e-6)
    }
  }

  @Test("Rows and columns", arguments: ImageLayout.allCases)
  func plane(_ layout: ImageLayout) {
    let y = Image(layout, [1, 1, 6, 6])
    let rows = ResizeAxis(input: 3, output: 6, scale: 2)
    let columns = ResizeAxis(input: 4, output: 6, scale: 1.5)
    Reference.resize(
      Image(layout, [1, 1, 3, 4], pattern(12)).view, rows: rows.linear(rows.halfPixel),
      columns: columns.linear(columns.halfPixel), into: y.view)
    expectClose(
      y.elements,
      [
        -5, -1.5, 1.333333, -1.333333, 1.5, 5, -3.5, -1.375, 0.5416666, -0.2916665, 1.625, 3.75,
        -0.5, -1.125, -1.041667, 1.791666, 1.875, 1.25, -0.25, -0.875, -0.7916667, 2.041666, 0.75,
        -1.25, -2.75, -0.625, 1.291667, 0.4583334, -1.75, -3.75, -4, -0.5, 2.333333, -0.333333, -3,
        -5,
      ], tolerance: 2e-6)
  }

  @Test("A plane of one pixel fills the output")
  func onePixel() {
    let y = Image(.nchw, [1, 2, 2, 3])
    let (rows, columns) = (
      ResizeAxis(input: 1, output: 2, scale: 2), ResizeAxis(input: 1, output: 3, scale: 3)
    )
    Reference.resize(
      Image(.nchw, [1, 2, 1, 1], [3, -1]).view, rows: rows.linear(rows.halfPixel),
      columns: columns.linear(columns.alignCorners), into: y.view)
    expectClose(y.elements, [3, 3, 3, 3, 3, 3, -1, -1, -1, -1, -1, -1])
  }

  private static let cases: [Case] = [
    Case(
      4, 2, .halfPixel,
      nearest: ["00114422", "00114422", "00011442", "01144222"],
      linear: [0, 0.25, 0.75, 1.75, 3.25, 3.5, 2.5, 2]),
    Case(
      4, 2, .pytorchHalfPixel,
      nearest: ["00114422", "00114422", "00011442", "01144222"],
      linear: [0, 0.25, 0.75, 1.75, 3.25, 3.5, 2.5, 2]),
    Case(
      4, 2, .alignCorners,
      nearest: ["00114422", "00114422", "00011442", "01144222"],
      linear: [0, 0.4285714, 0.8571429, 1.857143, 3.142857, 3.714286, 2.857143, 2]),
    Case(
      4, 2, .asymmetric,
      nearest: ["00114422", "01144222", "00114422", "01144222"],
      linear: [0, 0.5, 1, 2.5, 4, 3, 2, 2]),
    Case(
      4, 2, .tfHalfPixelForNN,
      nearest: ["01144222", "01144222", "00114422", "11442222"],
      linear: []),
    Case(
      4, 2, .halfPixelSymmetric,
      nearest: ["00114422", "00114422", "00011442", "01144222"],
      linear: [0, 0.25, 0.75, 1.75, 3.25, 3.5, 2.5, 2]),
    Case(
      5, 0.6, .halfPixel,
      nearest: ["042", "042", "042", "142"],
      linear: [0.3333333, 4, 2]),
    Case(
      5, 0.6, .pytorchHalfPixel,
      nearest: ["042", "042", "042", "142"],
      linear: [0.3333333, 4, 2]),
    Case(
      5, 0.6, .alignCorners,
      nearest: ["042", "042", "042", "042"],
      linear: [0, 4, 2]),
    Case(
      5, 0.6, .asymmetric,
      nearest: ["042", "042", "012", "042"],
      linear: [0, 3, 2]),
    Case(
      5, 0.6, .tfHalfPixelForNN,
      nearest: ["142", "122", "042", "122"],
      linear: []),
    Case(
      5, 0.6, .halfPixelSymmetric,
      nearest: ["042", "042", "012", "142"],
      linear: [0.3333333, 4, 2]),
    Case(
      3, 1.7, .halfPixel,
      nearest: ["00144", "00144", "00014", "01144"],
      linear: [0, 0.3823529, 0.9705882, 2.676471, 4]),
    Case(
      3, 1.7, .pytorchHalfPixel,
      nearest: ["00144", "00144", "00014", "01144"],
      linear: [0, 0.3823529, 0.9705882, 2.676471, 4]),
    Case(
      3, 1.7, .alignCorners,
      nearest: ["00114", "01144", "00114", "01144"],
      linear: [0, 0.5, 1, 2.5, 4]),
    Case(
      3, 1.7, .asymmetric,
      nearest: ["01144", "01144", "00114", "01444"],
      linear: [0, 0.5882353, 1.529412, 3.294117, 4]),
    Case(
      3, 1.7, .tfHalfPixelForNN,
      nearest: ["01144", "01144", "00144", "11444"],
      linear: []),
    Case(
      3, 1.7, .halfPixelSymmetric,
      nearest: ["00144", "00144", "00114", "01144"],
      linear: [0, 0.4117648, 1, 2.764706, 4]),
    Case(
      6, 2 / 3, .halfPixel,
      nearest: ["0424", "0424", "0122", "1424"],
      linear: [0.25, 3.25, 2, 3.5]),
    Case(
      6, 2 / 3, .pytorchHalfPixel,
      nearest: ["0424", "0424", "0122", "1424"],
      linear: [0.25, 3.25, 2, 3.5]),
    Case(
      6, 2 / 3, .alignCorners,
      nearest: ["0424", "0424", "0124", "0424"],
      linear: [0, 3, 2, 4]),
    Case(
      6, 2 / 3, .asymmetric,
      nearest: ["0122", "0424", "0122", "0424"],
      linear: [0, 2.5, 2, 3]),
    Case(
      6, 2 / 3, .tfHalfPixelForNN,
      nearest: ["1424", "1424", "0424", "1224"],
      linear: []),
    Case(
      6, 2 / 3, .halfPixelSymmetric,
      nearest: ["0424", "0424", "0122", "1424"],
      linear: [0.25, 3.25, 2, 3.5]),
    Case(
      4, 0.3, .halfPixel,
      nearest: ["1", "1", "1", "4"],
      linear: [1.5]),
    Case(
      4, 0.3, .pytorchHalfPixel,
      nearest: ["0", "0", "0", "0"],
      linear: [0]),
    Case(
      4, 0.3, .alignCorners,
      nearest: ["0", "0", "0", "0"],
      linear: [0]),
    Case(
      4, 0.3, .asymmetric,
      nearest: ["0", "0", "0", "0"],
      linear: [0]),
    Case(
      4, 0.3, .tfHalfPixelForNN,
      nearest: ["4", "4", "1", "4"],
      linear: []),
    Case(
      4, 0.3, .halfPixelSymmetric,
      nearest: ["1", "4", "1", "4"],
      linear: [2.5]),
    Case(
      5, 1.5, .halfPixel,
      nearest: ["0014422", "0114222", "0011422", "0144222"],
      linear: [0, 0.5, 1.5, 3.5, 3, 2, 2]),
    Case(
      5, 1.5, .pytorchHalfPixel,
      nearest: ["0014422", "0114222", "0011422", "0144222"],
      linear: [0, 0.5, 1.5, 3.5, 3, 2, 2]),
    Case(
      5, 1.5, .alignCorners,
      nearest: ["0114222", "0114222", "0014422", "0144222"],
      linear: [0, 0.6666667, 2, 4, 2.666667, 2, 2]),
    Case(
      5, 1.5, .asymmetric,
      nearest: ["0114222", "0114222", "0014422", "0144222"],
      linear: [0, 0.6666667, 2, 4, 2.666667, 2, 2]),
    Case(
      5, 1.5, .tfHalfPixelForNN,
      nearest: ["0144222", "0144222", "0114222", "1142222"],
      linear: []),
    Case(
      5, 1.5, .halfPixelSymmetric,
      nearest: ["0114222", "0114222", "0014422", "0144222"],
      linear: [0, 0.6666666, 2, 4, 2.666667, 2, 2]),
  ]
}
