import KernelTemplates
import Swiftlet
import Testing

/// Winograd's transforms against the sums that define a convolution, around every edge of a tile.
@Suite struct KernelParityWinogradTests {
  typealias Input = @Sendable (UnsafePointer<WinogradInput>) -> Void
  typealias Output = @Sendable (UnsafePointer<WinogradOutput>) -> Void

  /// G g G^T of one 3x3 filter.
  static func transformed(_ points: WinogradPoints, _ g: [Float]) -> [Double] {
    let n = points.inputs
    return (0..<n * n).map { place in
      var sum = 0.0
      for tap in 0..<9 {
        sum +=
          points.matrix[place / n * 3 + tap / 3] * Double(g[tap])
          * points.matrix[place % n * 3 + tap % 3]
      }
      return sum
    }
  }

  /// One tile after another through both transforms, each channel with a filter of its own: `rows` and
  /// `columns` of the taps lie inside, the rest of the image is NaN.
  func check(
    _ points: WinogradPoints, isa: ISA, rows: Range<Int>, columns: Range<Int>,
    written: (rows: Int, columns: Int), channels: Int, tiles: Int, residual useResidual: Bool
  ) throws {
    let kernels = KernelSet(isa)
    let input = try kernels.winogradInput(outputs: points.outputs).function
    let output = try kernels.winogradOutput(outputs: points.outputs).function
    let m = points.outputs
    let n = points.inputs
    var random = Seeded(UInt64(channels * 100 + tiles))
    let pixelStep = channels + 3
    let rowStep = ((tiles - 1) * m + n) * pixelStep
    var image = [Float](repeating: .nan, count: n * rowStep)
    for y in rows {
      for x in 0..<(tiles - 1) * m + n where tiles > 1 || columns.contains(x) {
        for c in 0..<channels {
          image[y * rowStep + x * pixelStep + c] = Float.random(in: -1...1, using: &random)
        }
      }
    }
    let source = Guarded(image)
    let planeStep = tiles * channels + 5
    let planes = Guarded(outputs: n * n * planeStep)
    let scratch = Guarded(outputs: n * n * kernels.lanes)
    var read = WinogradInput(
      image: source.start, corner: 0, rowStep: rowStep, pixelStep: pixelStep,
      tileStep: m * pixelStep, rows: rows, columns: columns, output: planes.start,
      planeStep: planeStep, outputStep: channels, scratch: scratch.start, tiles: tiles,
      channels: channels)
    input(&read)
    let filters = (0..<channels).map { _ in random.floats(9) }
    for c in 0..<channels {
      let weights = Self.transformed(points, filters[c])
      for place in 0..<n * n {
        for tile in 0..<tiles {
          planes.start[place * planeStep + tile * channels + c] *= Float(weights[place])
        }
      }
    }
    let bias = Guarded(random.floats(channels))
    let outputRow = tiles * m * pixelStep
    let addend = Guarded(random.floats(m * outputRow))
    let result = Guarded(outputs: m * outputRow)
    var write = WinogradOutput(
      input: planes.start, planeStep: planeStep, inputStep: channels, bias: bias.start,
      output: result.start, rowStep: outputRow, pixelStep: pixelStep, tileStep: m * pixelStep,
      rows: written.rows, columns: written.columns, scratch: scratch.start, tiles: tiles,
      channels: channels, lower: -2, upper: 2.5)
    if useResidual {
      write.residual = UnsafePointer(addend.start)
      write.residualRowStep = outputRow
      write.residualPixelStep = pixelStep
      write.residualTileStep = m * pixelStep
      (write.innerLower, write.innerUpper) = (-1, 1.5)
    }
    output(&write)

    var expected = [Float](repeating: Guarded.marker, count: result.count)
    for tile in 0..<tiles {
      for y in 0..<written.rows {
        for x in 0..<written.columns {
          for c in 0..<channels {
            var sum = Double(bias.start[c])
            for tap in 0..<9 {
              let (row, column) = (y + tap / 3, x + tap % 3)
              guard rows.contains(row), columns.contains(column) else { continue }
              let pixel = row * rowStep + (tile * m + column) * pixelStep
              sum += Double(source.start[pixel + c]) * Double(filters[c][tap])
            }
            let place = y * outputRow + (tile * m + x) * pixelStep + c
            if useResidual { sum = min(max(sum, -1), 1.5) + Double(addend.start[place]) }
            expected[place] = Float(min(max(sum, -2), 2.5))
          }
        }
      }
    }
    let difference = mismatch(result.values, expected, absolute: 4e-5)
    #expect(
      difference == nil && planes.isIntact && scratch.isIntact && result.isIntact,
      """
      F(\(m)) \(isa.rawValue) rows \(rows) columns \(columns) written \(written) channels \(channels) \
      tiles \(tiles) residual \(useResidual): \(difference ?? "guard band")
      """)
  }

  @Test(arguments: CPU.usable)
  func transformsAgreeWithTheSums(_ isa: ISA) throws {
    let lanes = KernelSet(isa).lanes
    let points = WinogradPoints.four
    let (m, n) = (points.outputs, points.inputs)
    for channels in [1, lanes - 1, lanes, lanes + 1, 2 * lanes + 3] {
      for residual in [false, true] {
        for tiles in [1, 3] {
          try check(
            points, isa: isa, rows: 0..<n, columns: 0..<n, written: (m, m), channels: channels,
            tiles: tiles, residual: residual)
        }
        for rows in [0..<n, 1..<n, 0..<n - 3, 1..<2, 2..<2] {
          for columns in [0..<n, 1..<n, 0..<2] {
            for written in [(m, m), (1, m), (m - 1, 1)] {
              try check(
                points, isa: isa, rows: rows, columns: columns, written: written,
                channels: channels, tiles: 1, residual: residual)
            }
          }
        }
      }
    }
  }

  /// Filters side by side, from whole vectors of them to all but a whole one over, with room between taps and between planes.
  @Test func filters() throws {
    let points = WinogradPoints.four
    var bits: [Int: [UInt32]] = [:]
    let planes = points.inputs * points.inputs
    for isa in CPU.usable {
      let transform = try KernelSet(isa).winogradFilters(inputs: points.inputs).function
      for count in [8, 9, 12, 15, 16, 21, 63, 64, 65, 71, 72, 73, 130] {
        var random = Seeded(UInt64(count))
        let (tapStep, planeStep) = (count + 3, count + 5)
        let filters = Guarded(random.floats(8 * tapStep + count))
        let output = Guarded(outputs: (planes - 1) * planeStep + count)
        points.matrix.withUnsafeBufferPointer { matrix in
          var arguments = WinogradFilters(
            filters: UnsafePointer(filters.start), tapStep: tapStep, output: output.start,
            planeStep: planeStep, count: count, matrix: matrix.baseAddress!)
          transform(&arguments)
        }
        var expected = [Float](repeating: Guarded.marker, count: output.count)
        for filter in 0..<count {
          let taps = (0..<9).map { filters.start[$0 * tapStep + filter] }
          for (plane, value) in Self.transformed(points, taps).enumerated() {
            expected[plane * planeStep + filter] = Float(value)
          }
        }
        let difference = mismatch(output.values, expected, absolute: 1e-6)
        #expect(
          difference == nil && output.isIntact,
          "\(isa.rawValue) filters \(count): \(difference ?? "guard band")")
        // The same bits on every instruction set.
        let own = output.values.map { $0.bitPattern }
        #expect(bits[count, default: own] == own, "\(isa.rawValue) filters \(count)")
        bits[count] = own
      }
    }
  }

  @Test func referenceSums() throws {
    for isa in CPU.usable {
      let function = try KernelSet(isa).referenceSums().function
      for (filters, count) in [(1, 1), (4, 2), (3, 37), (2, 8), (5, 72)] {
        var random = Seeded(UInt64(count))
        // NaN before and behind.
        var values = [Double](repeating: .nan, count: 8 * count + 16)
        for (index, value) in random.floats(8 * count).enumerated() {
          values[8 + index] = Double(value)
        }
        let weights = Guarded(random.floats(filters * count))
        var sums = [Double](repeating: -1, count: 16 * filters + 2)
        let start = UnsafePointer(weights.start)
        values.withUnsafeBufferPointer { values in
          sums.withUnsafeMutableBufferPointer { sums in
            var arguments = ReferenceSums(
              values: values.baseAddress! + 8, weights: start, filters: filters, count: count,
              sums: sums.baseAddress! + 1)
            function(&arguments)
          }
        }
        var differences: [Double] = []
        for filter in 0..<filters {
          for row in 0..<8 {
            var (sum, magnitude) = (0.0, 0.0)
            for index in 0..<count {
              let product = values[8 + row * count + index] * Double(start[filter * count + index])
              sum += product
              magnitude += product < 0 ? -product : product
            }
            let place = 1 + 16 * filter + row
            differences += [sums[place] - sum, sums[place + 8] - magnitude]
          }
        }
        #expect(
          differences.allSatisfy { abs($0) < 1e-12 } && sums[0] == -1 && sums.last == -1,
          "\(isa.rawValue) \(filters) filters, count \(count): \(differences)")
      }
    }
  }
}
