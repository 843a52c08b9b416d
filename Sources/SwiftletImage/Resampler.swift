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
  /// Lines are read and written four lanes at a time, and so up to three floats beyond their end.
  private static let slack = 3

  private func sumRowsFirst(
    _ band: Range<Int>, _ emit: (Int, UnsafeMutablePointer<Float>) -> Void
  ) {
    rows.weights.withUnsafeBufferPointer { weights in
      guard let weights = weights.baseAddress else { return }
      withLines(1, of: sourceStride) { sums in
        withLines(1, of: outputStride) { line in
          for row in band {
            let first = source + Int(rows.starts[row]) * sourceStride
            if channels == 4 {
              sumRowsByAlpha(first, weights + row * rows.count, into: sums)
            } else {
              var sum = WeightedRows(
                first: first, rowStep: sourceStride, weights: weights + row * rows.count,
                rows: rows.count, output: sums, count: sourceStride)
              PictureKernels.selected.weightedRows(&sum)
            }
            sumColumns(sums, into: line)
            if channels == 4 { straighten(line) }
            emit(row, line)
          }
        }
      }
    }
  }

  private func sumRowsLast(
    _ band: Range<Int>, _ emit: (Int, UnsafeMutablePointer<Float>) -> Void
  ) {
    let ringStride = outputStride + Resampler.slack
    withLines(1, of: sourceStride) { floats in
      withLines(1, of: outputStride) { line in
        // The source rows that an output row needs, scaled along x; row `r` in slot `r % rows.count`.
        withLines(rows.count, of: outputStride) { ring in
          var next = 0
          for row in band {
            let first = Int(rows.starts[row])
            for fresh in max(next, first)..<max(next, first + rows.count) {
              toFloats(source + fresh * sourceStride, into: floats)
              sumColumns(floats, into: ring + fresh % rows.count * ringStride)
              next = fresh + 1
            }
            line.update(repeating: 0, count: outputStride)
            for tap in 0..<rows.count {
              let from = ring + (first + tap) % rows.count * ringStride
              let weight = rows.weights[row * rows.count + tap]
              for index in 0..<outputStride { line[index] += weight * from[index] }
            }
            if channels == 4 { straighten(line) }
            emit(row, line)
          }
        }
      }
    }
  }

  private func withLines(
    _ count: Int, of stride: Int, _ body: (UnsafeMutablePointer<Float>) -> Void
  ) {
    let capacity = count * (stride + Resampler.slack)
    withUnsafeTemporaryAllocation(of: Float.self, capacity: capacity) { buffer in
      guard let line = buffer.baseAddress else { return }
      line.initialize(repeating: 0, count: capacity)
      body(line)
    }
  }

  /// Each output pixel of a line from the source pixels of a line.
  private func sumColumns(_ from: UnsafePointer<Float>, into to: UnsafeMutablePointer<Float>) {
    columns.weights.withUnsafeBufferPointer { weights in
      columns.starts.withUnsafeBufferPointer { starts in
        guard let weights = weights.baseAddress, let first = starts.baseAddress else { return }
        var sum = WeightedPixels(
          input: from, starts: first, weights: weights, taps: columns.count, channels: channels,
          output: to, count: starts.count)
        PictureKernels.selected.weightedPixels(&sum)
      }
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
