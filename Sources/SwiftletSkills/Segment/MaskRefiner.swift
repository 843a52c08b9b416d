package import SwiftletImage

/// Carries a network's coarse mask to the photo's resolution.
///
/// The guided filter's coefficients are computed on a reduced photo and interpolated row by row
/// over the full one; a linear contrast curve then takes values near 0 and 1 to exactly 0 and 255.
package struct MaskRefiner: Sendable {
  private let settings: PipelineSettings

  /// A refiner.
  package init(_ settings: PipelineSettings) { self.settings = settings }

  /// Alpha, 1 channel, at the size of `pixels`.
  ///
  /// - Parameters:
  ///   - mask: any size; its frame is the photo's.
  ///   - pixels: RGB.
  /// - Complexity: one pass over the photo to reduce it, and one that evaluates the filter only
  ///   where alpha can lie between 0 and 255. No full-resolution memory but alpha.
  package func refined(_ mask: NetworkMask, by pixels: PixelBuffer) -> PixelBuffer {
    let longSide = max(pixels.width, pixels.height)
    let side = max(1, Int(settings.gridSide))
    let factor = max(1, (longSide + side - 1) / side)
    let guide = pixels.boxMean(factor: factor)
    let scale = max(
      Double(guide.width) / Double(mask.width), Double(guide.height) / Double(mask.height))
    let coefficients = GuidedFilter.coefficients(
      guide: guide, input: steepened(mask.resized(width: guide.width, height: guide.height)),
      radius: max(1, Int((settings.radius * scale).rounded())), epsilon: settings.epsilon)
    return evaluate(
      coefficients, columns: guide.width, rows: guide.height, factor: min(factor, 256),
      on: pixels)
  }

  /// The plain alternative: bilinear interpolation of the mask, without curve.
  package static func bilinear(
    _ mask: NetworkMask, width: Int, height: Int
  ) -> PixelBuffer {
    var alpha = PixelBuffer(width: width, height: height, channels: 1)
    let taps = (0..<width).map { LinearTap($0, count: width, source: mask.width) }
    for row in 0..<height {
      let down = LinearTap(row, count: height, source: mask.height)
      for column in 0..<width {
        let top = taps[column].blend(mask.values, row: down.lower * mask.width)
        let bottom = taps[column].blend(mask.values, row: down.upper * mask.width)
        let value = top + (bottom - top) * down.weight
        alpha.data[row * width + column] = UInt8(max(0, min(255, value * 255 + 0.5)))
      }
    }
    return alpha
  }

  /// The values spread around the edge and cut to 0...1.
  private func steepened(_ values: [Float]) -> [Float] {
    let (center, gain) = (Float(settings.edgeCenter), Float(settings.edgeGain))
    return values.map { value in
      let spread = (value - center) * gain + 0.5
      return spread > 0 ? (spread < 1 ? spread : 1) : 0
    }
  }

  /// The curve folded into the functions: colours in 0...255 give alpha in 0...255, plus the half
  /// that rounds.
  private func folded(_ coefficients: [SIMD4<Float>]) -> [SIMD4<Float>] {
    let gain = Float(255 / max(settings.alphaHigh - settings.alphaLow, 1e-3))
    let low = Float(settings.alphaLow)
    return coefficients.map {
      SIMD4($0.x * gain / 255, $0.y * gain / 255, $0.z * gain / 255, ($0.w - low) * gain + 0.5)
    }
  }

  private func evaluate(
    _ coefficients: [SIMD4<Float>], columns: Int, rows: Int, factor: Int, on pixels: PixelBuffer
  ) -> PixelBuffer {
    let (width, height) = (pixels.width, pixels.height)
    let functions = folded(coefficients)
    return pixels.data.withUnsafeBufferPointer { sourceBuffer in
      // Each segment of each row is written, so no memory is cleared before.
      PixelBuffer.make(width: width, height: height, channels: 1) { base in
        nonisolated(unsafe) let source = sourceBuffer
        nonisolated(unsafe) let target = UnsafeMutableBufferPointer(
          start: base, count: width * height)
        parallelRows(height) { band in
          var line = AffineLine(columns: columns, factor: factor)
          for row in band {
            line.blend(functions, rows: rows, at: row)
            line.evaluate(
              UnsafeBufferPointer(rebasing: source[row * width * 3..<(row + 1) * width * 3]),
              into: UnsafeMutableBufferPointer(
                rebasing: target[row * width..<(row + 1) * width]))
          }
        }
      }
    }
  }
}

/// The affine functions along one row of a photo, at the centres of boxes of `factor` pixels.
private struct AffineLine {
  private var nodes: [SIMD4<Float>]
  /// The least and the most that a node's function gives for any colour.
  private var lower: [Float]
  private var upper: [Float]
  private let factor: Int

  init(columns: Int, factor: Int) {
    nodes = [SIMD4<Float>](repeating: .zero, count: columns)
    lower = [Float](repeating: 0, count: columns)
    upper = lower
    self.factor = factor
  }

  /// Interpolates the grid's rows to a row of the photo.
  mutating func blend(_ functions: [SIMD4<Float>], rows: Int, at row: Int) {
    let position = (Float(row) + 0.5) / Float(factor) - 0.5
    let clamped = max(0, min(position, Float(rows - 1)))
    let first = Int(clamped)
    let second = min(first + 1, rows - 1)
    let weight = clamped - Float(first)
    let columns = nodes.count
    for column in 0..<columns {
      let top = functions[first * columns + column]
      let node = top + (functions[second * columns + column] - top) * weight
      nodes[column] = node
      let slopes = SIMD4<Float>(node.x, node.y, node.z, 0) * 255
      let falling = slopes.replacing(with: 0, where: slopes .> 0)
      let rising = slopes - falling
      lower[column] = node.w + falling.x + falling.y + falling.z
      upper[column] = node.w + rising.x + rising.y + rising.z
    }
  }

  /// Writes alpha for a row: constant where no colour could make it anything but 0 or 255.
  func evaluate(_ colors: UnsafeBufferPointer<UInt8>, into alpha: UnsafeMutableBufferPointer<UInt8>)
  {
    let last = nodes.count - 1
    segment(0, 0, 0..<min(factor / 2, alpha.count), colors, alpha)
    for column in 0..<last {
      let start = min(column * factor + factor / 2, alpha.count)
      segment(column, column + 1, start..<min(start + factor, alpha.count), colors, alpha)
    }
    segment(last, last, min(last * factor + factor / 2, alpha.count)..<alpha.count, colors, alpha)
  }

  @inline(__always)
  private func segment(
    _ from: Int, _ to: Int, _ range: Range<Int>, _ colors: UnsafeBufferPointer<UInt8>,
    _ alpha: UnsafeMutableBufferPointer<UInt8>
  ) {
    if upper[from] < 1, upper[to] < 1 {
      for x in range { alpha[x] = 0 }
      return
    }
    if lower[from] >= 255, lower[to] >= 255 {
      for x in range { alpha[x] = 255 }
      return
    }
    let start = nodes[from]
    let slope = nodes[to] - start
    let step = 1 / Float(factor)
    let origin = Float(from) + 0.5 - 0.5 * step
    for x in range {
      let t = Float(x) * step - origin
      let red = Float(colors[3 * x])
      let green = Float(colors[3 * x + 1])
      let blue = Float(colors[3 * x + 2])
      let constant = start.x * red + start.y * green + start.z * blue + start.w
      let change = slope.x * red + slope.y * green + slope.z * blue + slope.w
      let value = constant + change * t
      alpha[x] = value >= 1 ? (value < 255 ? UInt8(value) : 255) : 0
    }
  }
}
