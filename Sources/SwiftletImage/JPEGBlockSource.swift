internal import KernelTemplates
internal import Swiftlet

/// The quantized coefficients of a picture's 8 x 8 blocks, such that a decoder gives exactly 255 for
/// every sample of 255; see `jpegBlocksKernel`.
final class JPEGBlockSource {
  private let pixels: UnsafePointer<UInt8>
  private let width: Int
  private let height: Int
  private let channels: Int
  private let columns: Int
  /// The samples of a row of blocks: 64 for each block of the first component, by columns, then of the
  /// next.
  private let samples: UnsafeMutablePointer<UInt8>
  /// Whether each block of that row is white in all components.
  private let isWhite: UnsafeMutablePointer<Bool>

  /// A source of interleaved 8-bit pixels, which must outlive it.
  init(pixels: UnsafePointer<UInt8>, width: Int, height: Int, channels: Int) {
    self.pixels = pixels
    self.width = width
    self.height = height
    self.channels = channels
    columns = (width + 7) / 8
    samples = .allocate(capacity: 64 * columns * channels)
    isWhite = .allocate(capacity: columns)
  }

  deinit {
    samples.deallocate()
    isWhite.deallocate()
  }

  /// Fills a row of blocks of a component.
  ///
  /// - Parameters:
  ///   - coefficients: 64 for each of `ceil(width / 8)` blocks, natural order.
  ///   - component: the first of a row comes first.
  ///   - row: the row of blocks.
  ///   - quantizers: 64, natural order.
  func fill(
    _ coefficients: UnsafeMutablePointer<Int16>, component: Int, row: Int,
    quantizers: UnsafePointer<UInt16>
  ) {
    if component == 0 { loadSamples(row) }
    var blocks = JPEGBlocks(
      samples: samples + 64 * component * columns, isWhite: isWhite, steps: quantizers,
      levels: coefficients, count: columns)
    PictureKernels.selected.jpegBlocks(&blocks)
  }

  /// Takes a row of blocks apart by component, the picture's last row and column repeated beyond it.
  private func loadSamples(_ row: Int) {
    for column in 0..<columns {
      isWhite[column] = isWhitePixels(row, column)
      if isWhite[column] { continue }
      let count = min(8, width - 8 * column)
      for line in 0..<8 {
        let from =
          pixels + (min(8 * row + line, height - 1) * width + 8 * column) * channels
        for component in 0..<channels {
          let to = samples + 64 * (component * columns + column) + line
          if count == 8 {
            for lane in 0..<8 { to[8 * lane] = from[lane * channels + component] }
          } else {
            for lane in 0..<8 { to[8 * lane] = from[min(lane, count - 1) * channels + component] }
          }
        }
      }
    }
  }

  /// Whether a block lies wholly in the picture and every byte of its pixels is 255.
  @inline(__always)
  private func isWhitePixels(_ row: Int, _ column: Int) -> Bool {
    guard 8 * row + 8 <= height, 8 * column + 8 <= width else { return false }
    let stride = width * channels
    var start = UnsafeRawPointer(pixels) + 8 * (row * stride + column * channels)
    var bits = UInt64.max
    for _ in 0..<8 {
      for word in 0..<channels {
        bits &= start.loadUnaligned(fromByteOffset: 8 * word, as: UInt64.self)
      }
      start += stride
    }
    return bits == .max
  }
}
