package import SwiftletImage

/// Estimates the product's own colour in the soft edge, where the photo shows a mix of product and
/// background.
///
/// Pure product colours (alpha 255) and pure background colours (alpha 0) are averaged in cells and
/// spread into the edge band through a pyramid (push and pull). Each edge pixel then gets the
/// colour F for which `alpha F + (1 - alpha) B` is close to the photo's colour, B free to move as
/// well and both drawn to their estimates: the least-squares correction of Germer et al., "Fast
/// Multi-Level Foreground Estimation", ICPR 2020, applied once at the finest level.
package enum Decontamination {
  /// Replaces the colour of pixels with 0 < alpha < 255. All others keep theirs to the bit.
  ///
  /// - Parameters:
  ///   - pixels: RGB or RGBA, changed in place; its own alpha channel is left alone.
  ///   - alpha: 1 channel of the same size.
  /// - Complexity: one pass over alpha, and one over the colours near edges.
  package static func apply(_ pixels: inout PixelBuffer, alpha: PixelBuffer) {
    guard alpha.channels == 1, alpha.width == pixels.width, alpha.height == pixels.height,
      pixels.channels >= 3
    else { return }
    let cells = EdgeCells(pixels, alpha: alpha)
    guard cells.hasEdges else { return }
    let (product, backdrop) = both(
      { ColorPyramid.filled(cells.product, width: cells.columns, height: cells.rows) },
      { ColorPyramid.filled(cells.backdrop, width: cells.columns, height: cells.rows) })
    let (width, height, channels) = (pixels.width, pixels.height, pixels.channels)
    alpha.data.withUnsafeBufferPointer { alphaBuffer in
      pixels.data.withUnsafeMutableBufferPointer { colorBuffer in
        nonisolated(unsafe) let alpha = alphaBuffer
        nonisolated(unsafe) let colors = colorBuffer
        parallelRows(cells.rows, bandHeight: 8) { band in
          for row in band {
            for column in 0..<cells.columns where cells.isEdge[row * cells.columns + column] {
              for y in row * cells.size..<min((row + 1) * cells.size, height) {
                let down = Tap(y, cells.size, cells.rows)
                for x in column * cells.size..<min((column + 1) * cells.size, width) {
                  let value = alpha[y * width + x]
                  guard value > 0, value < 255 else { continue }
                  let across = Tap(x, cells.size, cells.columns)
                  let pixel = (y * width + x) * channels
                  let mixed = SIMD4(
                    Float(colors[pixel]), Float(colors[pixel + 1]), Float(colors[pixel + 2]), 0)
                  let color = unmixed(
                    mixed, Float(value) / 255,
                    product: interpolated(product, cells.columns, across, down),
                    backdrop: interpolated(backdrop, cells.columns, across, down))
                  colors[pixel] = color.x
                  colors[pixel + 1] = color.y
                  colors[pixel + 2] = color.z
                }
              }
            }
          }
        }
      }
    }
  }

  /// How much the estimates are trusted beside the photo's own colour: as the weight of the
  /// neighbours in the cited method.
  private static let steadiness: Float = 0.5

  /// The product's colour of a mixed one.
  private static func unmixed(
    _ mixed: SIMD4<Float>, _ alpha: Float, product: SIMD4<Float>, backdrop: SIMD4<Float>
  ) -> SIMD3<UInt8> {
    let rest = 1 - alpha
    let error = mixed - product * alpha - backdrop * rest
    let color = product + error * (alpha / (alpha * alpha + rest * rest + steadiness))
    return SIMD3(byte(color.x), byte(color.y), byte(color.z))
  }

  @inline(__always)
  private static func byte(_ value: Float) -> UInt8 {
    value > 0 ? (value < 254.5 ? UInt8(value + 0.5) : 255) : 0
  }

  private static func interpolated(
    _ cells: [SIMD4<Float>], _ columns: Int, _ across: Tap, _ down: Tap
  ) -> SIMD4<Float> {
    let top = cells[down.lower * columns + across.lower]
    let topRight = cells[down.lower * columns + across.upper]
    let bottom = cells[down.upper * columns + across.lower]
    let bottomRight = cells[down.upper * columns + across.upper]
    let upper = top + (topRight - top) * across.weight
    let lower = bottom + (bottomRight - bottom) * across.weight
    return upper + (lower - upper) * down.weight
  }

  /// Between which cells' centres a pixel lies.
  private struct Tap {
    let lower: Int
    let upper: Int
    let weight: Float

    @inline(__always)
    init(_ index: Int, _ size: Int, _ count: Int) {
      let position = (Float(index) + 0.5) / Float(size) - 0.5
      let clamped = max(0, min(position, Float(count - 1)))
      lower = Int(clamped)
      upper = min(lower + 1, count - 1)
      weight = clamped - Float(lower)
    }
  }
}

/// Mean pure colours in square cells of a photo. Lanes: R, G, B, weight (pure pixels, at most 1).
private struct EdgeCells: Sendable {
  let size: Int
  let columns: Int
  let rows: Int
  let isEdge: [Bool]
  let product: [SIMD4<Float>]
  let backdrop: [SIMD4<Float>]

  var hasEdges: Bool { isEdge.contains(true) }

  init(_ pixels: PixelBuffer, alpha: PixelBuffer) {
    let (width, height, channels) = (pixels.width, pixels.height, pixels.channels)
    let size = max(4, (max(width, height) + 511) / 512)
    let columns = (width + size - 1) / size
    let rows = (height + size - 1) / size
    var edges = [Bool](repeating: false, count: columns * rows)
    alpha.data.withUnsafeBufferPointer { alphaBuffer in
      edges.withUnsafeMutableBufferPointer { edgeBuffer in
        nonisolated(unsafe) let alpha = alphaBuffer
        nonisolated(unsafe) let edges = edgeBuffer
        parallelRows(rows, bandHeight: 8) { band in
          for row in band {
            for y in row * size..<min((row + 1) * size, height) {
              let line = UnsafeBufferPointer(rebasing: alpha[y * width..<(y + 1) * width])
              EdgeCells.forEachMixed(line) { x in edges[row * columns + x / size] = true }
            }
          }
        }
      }
    }
    let near = Morphology.dilated(edges, width: columns, height: rows, radius: 2)
    let zero = SIMD4<Float>(repeating: 0)
    var product = [SIMD4<Float>](repeating: zero, count: columns * rows)
    var backdrop = product
    let enough = Float(size * size) / 8
    pixels.data.withUnsafeBufferPointer { colorBuffer in
      alpha.data.withUnsafeBufferPointer { alphaBuffer in
        product.withUnsafeMutableBufferPointer { productBuffer in
          backdrop.withUnsafeMutableBufferPointer { backdropBuffer in
            nonisolated(unsafe) let colors = colorBuffer
            nonisolated(unsafe) let alpha = alphaBuffer
            nonisolated(unsafe) let product = productBuffer
            nonisolated(unsafe) let backdrop = backdropBuffer
            parallelRows(rows, bandHeight: 8) { band in
              for cell in band.lowerBound * columns..<band.upperBound * columns where near[cell] {
                let (row, column) = (cell / columns, cell % columns)
                var inside = zero
                var outside = zero
                for y in row * size..<min((row + 1) * size, height) {
                  for x in column * size..<min((column + 1) * size, width) {
                    let value = alpha[y * width + x]
                    guard value == 0 || value == 255 else { continue }
                    let pixel = (y * width + x) * channels
                    let color = SIMD4(
                      Float(colors[pixel]), Float(colors[pixel + 1]), Float(colors[pixel + 2]), 1)
                    if value == 0 { outside += color } else { inside += color }
                  }
                }
                product[cell] = EdgeCells.mean(inside, enough)
                backdrop[cell] = EdgeCells.mean(outside, enough)
              }
            }
          }
        }
      }
    }
    self.size = size
    self.columns = columns
    self.rows = rows
    isEdge = edges
    self.product = product
    self.backdrop = backdrop
  }

  /// Calls `body` for every value that is neither 0 nor 255, eight at a time where none is: a byte
  /// is one of the two exactly when each of its bits equals the next.
  @inline(__always)
  private static func forEachMixed(_ line: UnsafeBufferPointer<UInt8>, _ body: (Int) -> Void) {
    let bytes = UnsafeRawBufferPointer(line)
    var x = 0
    while x < line.count {
      if x + 8 <= line.count {
        let word = bytes.loadUnaligned(fromByteOffset: x, as: UInt64.self)
        if (word ^ (word >> 1)) & 0x7f7f_7f7f_7f7f_7f7f == 0 {
          x += 8
          continue
        }
      }
      for index in x..<min(x + 8, line.count) where line[index] != 0 && line[index] != 255 {
        body(index)
      }
      x += 8
    }
  }

  private static func mean(_ sum: SIMD4<Float>, _ enough: Float) -> SIMD4<Float> {
    guard sum.w > 0 else { return sum }
    var mean = sum / sum.w
    mean.w = min(1, sum.w / enough)
    return mean
  }
}

/// Fills cells without colour from coarser and coarser averages (push and pull).
private enum ColorPyramid {
  /// The cells, each completed by its surroundings in the measure that its own weight is below 1.
  static func filled(_ cells: [SIMD4<Float>], width: Int, height: Int) -> [SIMD4<Float>] {
    guard width > 1 || height > 1 else { return cells }
    let halfWidth = (width + 1) / 2
    let halfHeight = (height + 1) / 2
    var coarse = [SIMD4<Float>](repeating: .zero, count: halfWidth * halfHeight)
    coarse.withUnsafeMutableBufferPointer { coarse in
      for row in 0..<height {
        for column in 0..<width {
          let cell = cells[row * width + column]
          guard cell.w > 0 else { continue }
          var weighted = cell * cell.w
          weighted.w = cell.w
          coarse[row / 2 * halfWidth + column / 2] += weighted
        }
      }
      for index in coarse.indices where coarse[index].w > 0 {
        let weight = coarse[index].w
        coarse[index] /= weight
        coarse[index].w = min(1, weight)
      }
    }
    coarse = filled(coarse, width: halfWidth, height: halfHeight)
    var result = cells
    result.withUnsafeMutableBufferPointer { result in
      coarse.withUnsafeBufferPointer { coarse in
        for row in 0..<height {
          let (near, far) = neighbours(of: row, halfHeight)
          let (upper, lower) = (near * halfWidth, far * halfWidth)
          for column in 0..<width {
            let cell = result[row * width + column]
            guard cell.w < 1 else { continue }
            let (left, right) = neighbours(of: column, halfWidth)
            let above: SIMD4<Float> = coarse[upper + left] * 0.75 + coarse[upper + right] * 0.25
            let under: SIMD4<Float> = coarse[lower + left] * 0.75 + coarse[lower + right] * 0.25
            let below: SIMD4<Float> = above * 0.75 + under * 0.25
            result[row * width + column] = cell * cell.w + below * (1 - cell.w)
          }
        }
      }
    }
    return result
  }

  /// The coarser cell that three quarters of a cell's centre lie under, and the one of the last quarter.
  /// The nearer one alone would leave squares where an edge is wide.
  @inline(__always)
  private static func neighbours(of index: Int, _ count: Int) -> (near: Int, far: Int) {
    let near = index / 2
    return (near, max(0, min(near + (index & 1 == 0 ? -1 : 1), count - 1)))
  }
}
