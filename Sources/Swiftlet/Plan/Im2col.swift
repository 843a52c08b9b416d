/// The taps of a small plane's output pixels side by side (im2col; Chellapilla, Puri and Simard, "High Performance
/// Convolutional Neural Networks for Document Processing", 2006), zeros where they lie outside, so that all pixels
/// are one run.
///
/// Rows of seven pixels, cut at the padding, read a layer's weights once for one to four pixels, and the deepest
/// layers have the most of them. As one run they are read once for a whole tile's pixels. Copying costs about
/// a hundredth of such a layer's time, and a zero times a weight that is not finite is NaN.
struct Im2col: Sendable {
  private let grid: ConvolutionGrid
  /// Planes for the taps of a column: 1 where output rows are a row of the input apart, since its taps are then rows
  /// of one plane.
  private let planesY: Int
  /// Rows of a plane.
  private let rows: Int

  /// Floats of a plane, which holds one tap, or one column of taps.
  private var planeLength: Int { rows * grid.outputWidth * grid.tapLength }
  /// Floats of all planes.
  var count: Int { planesY * grid.tapsX * planeLength }

  /// The most output pixels. More fill tiles well enough in rows.
  private static let mostPixels = 64
  /// The most floats of planes: half of the second-level cache.
  private static let mostFloats = CPU.secondLevelCache / MemoryLayout<Float>.size / 2
  /// Weights from which on it matters how often they are read.
  private static let fewestWeights = 64 << 10
  /// Pixels of runs that are long enough as they are.
  private static let longRun = 8

  /// The planes of a convolution that is read in `runs` otherwise. Nil where these are long, the weights are few, the
  /// planes are large, more than a third of what is multiplied would be zeros, or there are several images or groups.
  init?(
    _ grid: ConvolutionGrid, images: Int, groups: Int, outputs: Int, runs: [ConvolutionRun]
  ) {
    let pixels = grid.outputHeight * grid.outputWidth
    let weights = StepBuilder.saturating(outputs, grid.tapsY, grid.tapsX, grid.tapLength)
    guard images == 1, groups == 1, pixels > Self.longRun, pixels <= Self.mostPixels,
      runs.count * Self.longRun > pixels, weights >= Self.fewestWeights
    else { return nil }
    self.grid = grid
    planesY = grid.strideY == 1 ? 1 : grid.tapsY
    rows = grid.outputHeight + (grid.strideY == 1 ? (grid.tapsY - 1) * grid.dilationY : 0)
    let floats = StepBuilder.saturating(
      planesY, grid.tapsX, rows, grid.outputWidth, grid.tapLength)
    let taps = StepBuilder.saturating(2, pixels, grid.tapsY, grid.tapsX, grid.tapLength)
    guard floats <= Self.mostFloats, taps <= runs.reduce(0, { $0 + 3 * $1.taps }) else {
      return nil
    }
  }

  /// All output pixels, read from the planes.
  var run: ConvolutionRun {
    ConvolutionRun(
      input: 0, inputStep: grid.tapLength, output: 0, outputStep: grid.outputStep, residual: 0,
      residualStep: grid.residualStep, firstTap: 0, outerCount: grid.tapsY,
      outerInputStep: grid.strideY == 1
        ? grid.dilationY * grid.outputWidth * grid.tapLength : grid.tapsX * planeLength,
      innerCount: grid.tapsX, innerInputStep: planeLength, length: grid.tapLength,
      tapLength: grid.tapLength, pixels: grid.outputHeight * grid.outputWidth)
  }

  /// Copies an image into the planes, `count` floats.
  func copy(_ image: UnsafePointer<Float>, to planes: UnsafeMutablePointer<Float>) {
    let width = grid.tapLength
    var target = planes
    for tapY in 0..<planesY {
      for tapX in 0..<grid.tapsX {
        for row in 0..<rows {
          let y = row * grid.strideY + tapY * grid.dilationY - grid.padY
          for column in 0..<grid.outputWidth {
            let x = column * grid.strideX + tapX * grid.dilationX - grid.padX
            if (0..<grid.inputHeight).contains(y), (0..<grid.inputWidth).contains(x) {
              target.update(
                from: image + y * grid.inputRowStep + x * grid.inputStep, count: width)
            } else {
              target.update(repeating: 0, count: width)
            }
            target += width
          }
        }
      }
    }
  }
}
