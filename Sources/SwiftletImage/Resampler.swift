internal import KernelTemplates
internal import Swiftlet

/// Scales interleaved bytes along both axes, bands of output rows at the same time where there are cores.
///
/// Of the two orders the one is taken that does less: rows are summed first where the picture loses
/// rows, and last where it gains some. Either way the sums over rows run along memory.
struct Resampler: @unchecked Sendable {
  private let source: UnsafePointer<UInt8>
  private let width: Int
  private let channels: Int
  private let rows: FilterTaps
  private let columns: FilterTaps

  /// - Parameters:
  ///   - source: `rows.sourceCount` rows of `width` pixels; valid during ``run(emit:)``.
  ///   - width: columns of the source.
  ///   - channels: 1, 3 or 4; of 4 channels the last is alpha.
  ///   - rows: made for the source's height.
  ///   - columns: made for the source's width.
  init(
    _ source: UnsafePointer<UInt8>, width: Int, channels: Int, rows: FilterTaps,
    columns: FilterTaps
  ) {
    self.source = source
    self.width = width
    self.channels = channels
    self.rows = rows
    self.columns = columns
  }

  /// Output rows that are computed one after the other.
  private static let band = 32

  /// Hands over every output row, each once and several at the same time: `columns.starts.count *
  /// channels` sums, neither rounded nor clamped. Colours of RGBA are straight again.
  func run(emit: @Sendable (_ row: Int, _ line: UnsafeMutablePointer<Float>) -> Void) {
    let count = rows.starts.count
    parallel((count + Resampler.band - 1) / Resampler.band) { index in
      let band = index * Resampler.band..<min((index + 1) * Resampler.band, count)
      if count < rows.sourceCount {
        sumRowsFirst(band, emit)
      } else {
        sumRowsLast(band, emit)
      }
    }
  }

  /// Floats in a source row and in an output row.
  private var sourceStride: Int { width * channels }
  private var outputStride: Int { columns.starts.count * channels }

  /// Sums rows to lines of floats, and then along them, a few lines at a time.
  private func sumRowsFirst(
    _ band: Range<Int>, _ emit: (Int, UnsafeMutablePointer<Float>) -> Void
  ) {
    rows.weights.withUnsafeBufferPointer { weights in
      guard let weights = weights.baseAddress else { return }
      withHorizontalPass { pass in
        for start in stride(from: band.lowerBound, to: band.upperBound, by: pass.lines) {
          let group = start..<min(start + pass.lines, band.upperBound)
          pass.run(group) { row, line in
            let first = source + Int(rows.starts[row]) * sourceStride
            if channels == 4 {
              sumRowsByAlpha(first, weights + row * rows.count, into: line)
            } else {
              var sum = WeightedRows(
                first: first, rowStep: sourceStride, weights: weights + row * rows.count,
                rows: rows.count, output: line, count: sourceStride)
              PictureKernels.selected.weightedRows(&sum)
            }
          } emit: { row, line in
            if channels == 4 { straighten(line) }
            emit(row, line)
          }
        }
      }
    }
  }

  /// Scales the source rows of a band along x, and sums them for each output row.
  private func sumRowsLast(
    _ band: Range<Int>, _ emit: (Int, UnsafeMutablePointer<Float>) -> Void
  ) {
    let first = Int(rows.starts[band.lowerBound])
    let end = Int(rows.starts[band.upperBound - 1]) + rows.count
    withFloats((end - first + 1) * outputStride) { scaled in
      withHorizontalPass { pass in
        for start in stride(from: first, to: end, by: pass.lines) {
          pass.run(start..<min(start + pass.lines, end)) { row, line in
            toFloats(source + row * sourceStride, into: line)
          } emit: { row, line in
            (scaled + (row - first) * outputStride).update(from: line, count: outputStride)
          }
        }
      }
      let line = scaled + (end - first) * outputStride
      for row in band {
        line.update(repeating: 0, count: outputStride)
        for tap in 0..<rows.count {
          let from = scaled + (Int(rows.starts[row]) - first + tap) * outputStride
          let weight = rows.weights[row * rows.count + tap]
          for index in 0..<outputStride { line[index] += weight * from[index] }
        }
        if channels == 4 { straighten(line) }
        emit(row, line)
      }
    }
  }

  private func withHorizontalPass(_ body: (HorizontalPass) -> Void) {
    let count = HorizontalPass.capacity(width: width, channels: channels, columns: columns)
    withFloats(count) { scratch in
      scratch.initialize(repeating: 0, count: count)
      body(HorizontalPass(scratch, width: width, channels: channels, columns: columns))
    }
  }

  private func withFloats(_ count: Int, _ body: (UnsafeMutablePointer<Float>) -> Void) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: count) { buffer in
      if let start = buffer.baseAddress { body(start) }
    }
  }

  /// As the kernel of weighted rows for RGBA: colours are weighted by their alpha as well.
  private func sumRowsByAlpha(
    _ first: UnsafePointer<UInt8>, _ weights: UnsafePointer<Float>,
    into line: UnsafeMutablePointer<Float>
  ) {
    let sums = UnsafeMutableRawPointer(line)
    line.update(repeating: 0, count: sourceStride)
    for row in 0..<rows.count {
      let pixels = first + row * sourceStride
      for offset in stride(from: 0, to: sourceStride, by: 4) {
        let sum =
          sums.loadUnaligned(fromByteOffset: offset * 4, as: SIMD4<Float>.self)
          + weights[row] * weighted(pixels + offset)
        sums.storeBytes(of: sum, toByteOffset: offset * 4, as: SIMD4<Float>.self)
      }
    }
  }

  private func toFloats(
    _ bytes: UnsafePointer<UInt8>, into line: UnsafeMutablePointer<Float>
  ) {
    guard channels == 4 else {
      for index in 0..<sourceStride { line[index] = Float(bytes[index]) }
      return
    }
    let floats = UnsafeMutableRawPointer(line)
    for offset in stride(from: 0, to: sourceStride, by: 4) {
      floats.storeBytes(
        of: weighted(bytes + offset), toByteOffset: offset * 4, as: SIMD4<Float>.self)
    }
  }

  /// Colours times alpha, and alpha.
  @inline(__always)
  private func weighted(_ pixel: UnsafePointer<UInt8>) -> SIMD4<Float> {
    let color = SIMD4<Float>(Float(pixel[0]), Float(pixel[1]), Float(pixel[2]), 1)
    return color * Float(pixel[3])
  }

  /// Divides colours by alpha; a pixel whose alpha rounds to 0 becomes 0.
  private func straighten(_ line: UnsafeMutablePointer<Float>) {
    let floats = UnsafeMutableRawPointer(line)
    for offset in stride(from: 0, to: outputStride * 4, by: 16) {
      var pixel = floats.loadUnaligned(fromByteOffset: offset, as: SIMD4<Float>.self)
      let alpha = pixel.w
      pixel = alpha > 0.5 ? pixel / alpha : .zero
      pixel.w = alpha > 0.5 ? alpha : 0
      floats.storeBytes(of: pixel, toByteOffset: offset, as: SIMD4<Float>.self)
    }
  }
}

/// Sums along lines, as many lines at once as sixteen floats hold pixels: the kernel has them side by side.
private struct HorizontalPass {
  /// Lines at once.
  let lines: Int

  private let channels: Int
  /// Floats from a line's pixel to that of the next line: 4 where there are 3 channels.
  private let step: Int
  private let width: Int
  private let columns: FilterTaps
  /// A line as it is read or handed over, with room behind it for the rest of a pixel.
  private let line: UnsafeMutablePointer<Float>
  /// The lines side by side, before and after.
  private let input: UnsafeMutablePointer<Float>, output: UnsafeMutablePointer<Float>

  /// Floats that are needed.
  static func capacity(width: Int, channels: Int, columns: FilterTaps) -> Int {
    lineCapacity(width, channels, columns) + 16 * (width + columns.starts.count)
  }

  private static func lineCapacity(_ width: Int, _ channels: Int, _ columns: FilterTaps) -> Int {
    max(width, columns.starts.count) * channels + 3
  }

  /// - Parameter scratch: room for as many floats as are needed, all of them finite.
  init(
    _ scratch: UnsafeMutablePointer<Float>, width: Int, channels: Int, columns: FilterTaps
  ) {
    self.width = width
    self.channels = channels
    self.columns = columns
    step = channels == 1 ? 1 : 4
    lines = 16 / step
    line = scratch
    input = scratch + HorizontalPass.lineCapacity(width, channels, columns)
    output = input + 16 * width
  }

  /// Has some lines filled, at most `lines`, and hands over the sums of each.
  func run(
    _ rows: Range<Int>, fill: (Int, UnsafeMutablePointer<Float>) -> Void,
    emit: (Int, UnsafeMutablePointer<Float>) -> Void
  ) {
    for row in rows {
      fill(row, line)
      spread(to: input + (row - rows.lowerBound) * step)
    }
    columns.weights.withUnsafeBufferPointer { weights in
      columns.starts.withUnsafeBufferPointer { starts in
        guard let weights = weights.baseAddress, let first = starts.baseAddress else { return }
        var sum = WeightedPixels(
          input: input, starts: first, weights: weights, taps: columns.count, output: output,
          count: starts.count)
        PictureKernels.selected.weightedPixels(&sum)
      }
    }
    for row in rows {
      gather(from: output + (row - rows.lowerBound) * step)
      emit(row, line)
    }
  }

  /// Puts the line's pixels sixteen floats apart.
  private func spread(to first: UnsafeMutablePointer<Float>) {
    guard step == 4 else {
      for pixel in 0..<width { first[16 * pixel] = line[pixel] }
      return
    }
    let (from, to) = (UnsafeRawPointer(line), UnsafeMutableRawPointer(first))
    for pixel in 0..<width {
      let value = from.loadUnaligned(fromByteOffset: 4 * channels * pixel, as: SIMD4<Float>.self)
      to.storeBytes(of: value, toByteOffset: 64 * pixel, as: SIMD4<Float>.self)
    }
  }

  /// Puts pixels that are sixteen floats apart together to a line.
  private func gather(from first: UnsafeMutablePointer<Float>) {
    let count = columns.starts.count
    guard step == 4 else {
      for pixel in 0..<count { line[pixel] = first[16 * pixel] }
      return
    }
    let (from, to) = (UnsafeRawPointer(first), UnsafeMutableRawPointer(line))
    for pixel in 0..<count {
      let value = from.loadUnaligned(fromByteOffset: 64 * pixel, as: SIMD4<Float>.self)
      to.storeBytes(of: value, toByteOffset: 4 * channels * pixel, as: SIMD4<Float>.self)
    }
  }
}
