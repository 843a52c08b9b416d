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
  ///   - mask: any size; its frame is the photo's. Haze and specks in it count for nothing.
  ///   - pixels: RGB.
  /// - Complexity: one pass over the photo to reduce it, and one that evaluates the filter only
  ///   where alpha can lie between 0 and 255. No full-resolution memory but alpha.
  package func refined(_ mask: NetworkMask, by pixels: PixelBuffer) -> PixelBuffer {
    let longSide = max(pixels.width, pixels.height)
    let side = max(1, Int(settings.gridSide))
    let factor = max(1, (longSide + side - 1) / side)
    let (guide, mask) = both({ pixels.boxMean(factor: factor) }, { mask.withoutHaze })
    let scale = max(
      Double(guide.width) / Double(mask.width), Double(guide.height) / Double(mask.height))
    let functions = GuidedFilter.coefficients(
      guide: guide, input: mask.resized(width: guide.width, height: guide.height, curve: steepened),
      radius: max(
        1, min(Int((settings.radius * scale).rounded()), max(guide.width, guide.height))),
      epsilon: settings.epsilon)
    return evaluate(functions, factor: min(factor, 256), on: pixels)
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

  /// A value spread around the edge and cut to 0...1.
  private var steepened: @Sendable (Float) -> Float {
    let (center, gain) = (Float(settings.edgeCenter), Float(settings.edgeGain))
    return { value in
      let spread = (value - center) * gain + 0.5
      return spread > 0 ? (spread < 1 ? spread : 1) : 0
    }
  }

  private func evaluate(
    _ functions: FourPlanes, factor: Int, on pixels: PixelBuffer
  ) -> PixelBuffer {
    let (width, height) = (pixels.width, pixels.height)
    let field = AffineField(
      functions, factor: factor, low: Float(settings.alphaLow),
      gain: Float(255 / max(settings.alphaHigh - settings.alphaLow, 1e-3)))
    return pixels.data.withUnsafeBufferPointer { sourceBuffer in
      // Each run of each row is written, so no memory is cleared before.
      PixelBuffer.make(width: width, height: height, channels: 1) { base in
        nonisolated(unsafe) let source = sourceBuffer
        nonisolated(unsafe) let target = UnsafeMutableBufferPointer(
          start: base, count: width * height)
        parallelRows(height) { band in
          var line = AffineLine(field, width: width)
          for row in band {
            line.evaluate(
              row, UnsafeBufferPointer(rebasing: source[row * width * 3..<(row + 1) * width * 3]),
              into: UnsafeMutableBufferPointer(
                rebasing: target[row * width..<(row + 1) * width]))
          }
        }
      }
    }
  }
}

/// Affine functions at the centres of boxes of `factor` x `factor` pixels of a photo.
private struct AffineField: Sendable {
  /// What a function can give.
  enum Reach: UInt8 {
    /// Less than 1 for every colour.
    case nothing
    /// 255 and more for every colour.
    case everything
    /// Anything else.
    case between
  }

  /// A raw ``Reach`` for each function: bytes, so that eight are compared at once.
  let reaches: [UInt8]
  let factor: Int
  private let planes: FourPlanes
  private let low: Float
  private let gain: Float

  var columns: Int { planes.width }
  var rows: Int { planes.height }

  /// The contrast curve `(value - low) * gain` is folded into the functions: colours in 0...255 give
  /// alpha in 0...255, plus the half that rounds.
  init(_ planes: FourPlanes, factor: Int, low: Float, gain: Float) {
    self.planes = planes
    self.factor = factor
    self.low = low
    self.gain = gain
    let (columns, rows) = (planes.width, planes.height)
    reaches = [UInt8](unsafeUninitializedCapacity: columns * rows) { reaches, filled in
      nonisolated(unsafe) let reaches = reaches
      parallelRows(rows) { band in
        for row in band {
          for first in stride(from: 0, to: columns, by: 8) {
            @inline(__always) func lanes(_ plane: Int) -> Lanes {
              UnsafeRawPointer(planes.line(plane, row))
                .loadUnaligned(fromByteOffset: 4 * first, as: Lanes.self)
            }
            let found = AffineField.reaches(
              lanes(0) * (gain / 255), lanes(1) * (gain / 255), lanes(2) * (gain / 255),
              (lanes(3) - low) * gain + 0.5)
            let start = row * columns + first
            if first + 8 <= columns {
              UnsafeMutableRawBufferPointer(reaches).storeBytes(
                of: found, toByteOffset: start, as: SIMD8<UInt8>.self)
            } else {
              for lane in 0..<columns - first { reaches[start + lane] = found[lane] }
            }
          }
        }
      }
      filled = columns * rows
    }
  }

  /// The function of a row and a column.
  @inline(__always)
  subscript(_ row: Int, _ column: Int) -> SIMD4<Float> {
    let plain = planes[row, column]
    let slope = plain * (gain / 255)
    return SIMD4(slope.x, slope.y, slope.z, (plain.w - low) * gain + 0.5)
  }

  /// Eight functions side by side; rows of planes are padded to whole registers.
  private typealias Lanes = SIMD8<Float>

  @inline(__always)
  private static func reaches(
    _ red: Lanes, _ green: Lanes, _ blue: Lanes, _ constant: Lanes
  ) -> SIMD8<UInt8> {
    @inline(__always) func falling(_ slope: Lanes) -> Lanes {
      Lanes.zero.replacing(with: slope * 255, where: slope .< 0)
    }
    @inline(__always) func rising(_ slope: Lanes) -> Lanes {
      Lanes.zero.replacing(with: slope * 255, where: slope .> 0)
    }
    let least = constant + falling(red) + falling(green) + falling(blue)
    let most = constant + rising(red) + rising(green) + rising(blue)
    func value(_ reach: Reach) -> SIMD8<Int32> { SIMD8(repeating: Int32(reach.rawValue)) }
    var found = value(.between)
    found.replace(with: value(.everything), where: least .>= 255)
    found.replace(with: value(.nothing), where: most .< 1)
    return SIMD8<UInt8>(truncatingIfNeeded: found)
  }

  /// The two rows of functions that a row of the photo lies between, and the share of the second.
  func neighbours(of row: Int) -> (first: Int, second: Int, weight: Float) {
    let position = (Float(row) + 0.5) / Float(factor) - 0.5
    let clamped = max(0, min(position, Float(rows - 1)))
    let first = Int(clamped)
    return (first, min(first + 1, rows - 1), clamped - Float(first))
  }
}

/// Evaluates the functions along the rows of a photo, interpolated between those of a field.
///
/// Between two columns of functions lies a cell of `factor` pixels; half a cell lies before the first
/// column and behind the last. A mix of functions that all give nothing, or everything, gives the same,
/// so that runs of such cells are only filled.
private struct AffineLine {
  /// Cells of one kind that follow each other.
  private struct Run {
    var kind: AffineField.Reach
    var cells: Range<Int>
  }

  private let field: AffineField
  private let width: Int
  private var runs: [Run] = []
  /// The rows of functions that the runs were found for.
  private var known = (-1, -1)
  /// Their functions, in the columns around cells between.
  private var upper: [SIMD4<Float>]
  private var lower: [SIMD4<Float>]

  init(_ field: AffineField, width: Int) {
    self.field = field
    self.width = width
    upper = [SIMD4<Float>](repeating: .zero, count: field.columns)
    lower = upper
  }

  /// Writes alpha for a row of the photo.
  mutating func evaluate(
    _ row: Int, _ colors: UnsafeBufferPointer<UInt8>,
    into alpha: UnsafeMutableBufferPointer<UInt8>
  ) {
    let (first, second, weight) = field.neighbours(of: row)
    if known != (first, second) {
      findRuns(first, second)
      loadFunctions(first, second)
      known = (first, second)
    }
    upper.withUnsafeBufferPointer { upper in
      lower.withUnsafeBufferPointer { lower in
        for run in runs {
          switch run.kind {
          case .nothing: alpha[pixels(of: run.cells)].update(repeating: 0)
          case .everything: alpha[pixels(of: run.cells)].update(repeating: 255)
          case .between:
            func function(_ column: Int) -> SIMD4<Float> {
              let column = min(column, field.columns - 1)
              return upper[column] + (lower[column] - upper[column]) * weight
            }
            var start = function(max(0, run.cells.lowerBound - 1))
            for cell in run.cells {
              let end = function(cell)
              evaluate(start, end - start, cell, pixels(of: cell..<cell + 1), colors, alpha)
              start = end
            }
          }
        }
      }
    }
  }

  private mutating func loadFunctions(_ first: Int, _ second: Int) {
    for run in runs where run.kind == .between {
      let columns = max(0, run.cells.lowerBound - 1)..<min(run.cells.upperBound, field.columns)
      for column in columns {
        upper[column] = field[first, column]
        lower[column] = field[second, column]
      }
    }
  }

  /// The pixels of some cells; cell `i` ends at column `i` of the functions.
  private func pixels(of cells: Range<Int>) -> Range<Int> {
    func start(_ cell: Int) -> Int {
      cell == 0 ? 0 : min(width, (cell - 1) * field.factor + field.factor / 2)
    }
    let end = cells.upperBound > field.columns ? width : start(cells.upperBound)
    return min(start(cells.lowerBound), end)..<end
  }

  private mutating func findRuns(_ first: Int, _ second: Int) {
    let columns = field.columns
    runs.removeAll(keepingCapacity: true)
    field.reaches.withUnsafeBufferPointer { reaches in
      let (upper, lower) = (first * columns, second * columns)
      func kind(_ column: Int) -> AffineField.Reach {
        let kind = reaches[upper + column]
        guard kind == reaches[lower + column] else { return .between }
        return AffineField.Reach(rawValue: kind) ?? .between
      }
      func add(_ kind: AffineField.Reach, _ cells: Range<Int>) {
        if let last = runs.last, last.kind == kind {
          runs[runs.count - 1].cells = last.cells.lowerBound..<cells.upperBound
        } else {
          runs.append(Run(kind: kind, cells: cells))
        }
      }
      let bytes = UnsafeRawBufferPointer(reaches)
      var before = kind(0)
      var cell = 0
      while cell <= columns {
        // Eight columns at once go on as the one before them.
        if cell + 8 <= columns {
          let same = UInt64(before.rawValue) &* 0x0101_0101_0101_0101
          if bytes.loadUnaligned(fromByteOffset: upper + cell, as: UInt64.self) == same,
            bytes.loadUnaligned(fromByteOffset: lower + cell, as: UInt64.self) == same
          {
            add(before, cell..<cell + 8)
            cell += 8
            continue
          }
        }
        let after = kind(min(cell, columns - 1))
        add(before == after ? before : .between, cell..<cell + 1)
        before = after
        cell += 1
      }
    }
  }

  @inline(__always)
  private func evaluate(
    _ start: SIMD4<Float>, _ slope: SIMD4<Float>, _ cell: Int, _ range: Range<Int>,
    _ colors: UnsafeBufferPointer<UInt8>, _ alpha: UnsafeMutableBufferPointer<UInt8>
  ) {
    let step = 1 / Float(field.factor)
    let origin = Float(max(0, cell - 1)) + 0.5 - 0.5 * step
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
