import KernelTemplates
import Swiftlet
import Testing

/// The kernels of pictures against the sums that define them; every instruction set gives the portable
/// kernel's bits.
@Suite struct KernelParityPictureTests {
  static func isSame(_ a: Guarded, _ b: Guarded) -> Bool {
    (0..<a.count).allSatisfy { a.start[$0].bitPattern == b.start[$0].bitPattern }
  }

  static func kernels() throws(EngineError) -> [PictureKernels] {
    var kernels: [PictureKernels] = []
    for isa in CPU.usable { kernels.append(try PictureKernels(KernelSet(isa))) }
    return kernels
  }

  @Test func weightedRows() throws {
    var random = Seeded(31)
    let kernels = try Self.kernels()
    for count in [1, 5, 31, 32, 33, 63, 64, 65, 100] {
      for rows in [1, 2, 3, 7, 8, 9, 16, 21] {
        let step = count + 3
        let bytes = (0..<rows * step).map { _ in UInt8.random(in: 0...255, using: &random) }
        let weights = Guarded(random.floats(rows))
        var expected: [Float] = []
        for column in 0..<count {
          var sum = 0.0
          for row in 0..<rows {
            sum += Double(weights.start[row]) * Double(bytes[row * step + column])
          }
          expected.append(Float(sum))
        }
        var results: [Guarded] = []
        for kernel in kernels {
          let output = Guarded(outputs: count)
          bytes.withUnsafeBufferPointer { bytes in
            guard let first = bytes.baseAddress else { return }
            var sum = WeightedRows(
              first: first, rowStep: step, weights: weights.start, rows: rows,
              output: output.start, count: count)
            kernel.weightedRows(&sum)
          }
          let difference = mismatch(output.values, expected, absolute: 2e-3)
          #expect(difference == nil && output.isIntact, "count \(count) rows \(rows)")
          results.append(output)
        }
        #expect(results.allSatisfy { Self.isSame($0, results[0]) })
      }
    }
  }

  @Test func weightedPixels() throws {
    var random = Seeded(32)
    let kernels = try Self.kernels()
    for count in [1, 2, 3, 4, 5, 8, 11] {
      for taps in [1, 2, 3, 8] {
        let pixels = count + taps + count / 2
        let input = Guarded(random.floats(pixels * 16))
        let weights = Guarded(random.floats(count * taps))
        let starts = (0..<count).map { Int32(min($0 + $0 / 2, pixels - taps)) }
        var expected: [Float] = []
        for pixel in 0..<count {
          for lane in 0..<16 {
            var sum = 0.0
            for tap in 0..<taps {
              let place = (Int(starts[pixel]) + tap) * 16 + lane
              sum += Double(weights.start[pixel * taps + tap]) * Double(input.start[place])
            }
            expected.append(Float(sum))
          }
        }
        var results: [Guarded] = []
        for kernel in kernels {
          let output = Guarded(outputs: count * 16)
          starts.withUnsafeBufferPointer { starts in
            guard let first = starts.baseAddress else { return }
            var sum = WeightedPixels(
              input: input.start, starts: first, weights: weights.start, taps: taps,
              output: output.start, count: count)
            kernel.weightedPixels(&sum)
          }
          let difference = mismatch(output.values, expected, absolute: 1e-5)
          #expect(difference == nil && output.isIntact, "count \(count) taps \(taps)")
          results.append(output)
        }
        #expect(results.allSatisfy { Self.isSame($0, results[0]) })
      }
    }
  }

  /// The cosine of the transform, ITU-T T.81, A.3.3, by its series: exact enough, and known everywhere.
  static func basis(_ k: Int, _ n: Int) -> Double {
    var angle = Double((2 * n + 1) * k % 32) * Double.pi / 16
    if angle > Double.pi { angle -= 2 * Double.pi }
    var (term, sum) = (1.0, 1.0)
    for power in 1...14 {
      term *= -angle * angle / Double((2 * power - 1) * (2 * power))
      sum += term
    }
    return sum * (k == 0 ? 0.125.squareRoot() : 0.5)
  }

  /// The 64 coefficients of 64 samples, or the other way round.
  static func transform(_ values: [Double], isInverse: Bool) -> [Double] {
    let table = (0..<64).map { basis($0 / 8, $0 % 8) }
    func along(_ values: [Double]) -> [Double] {
      (0..<64).map { place in
        // The result is transposed, so that two rounds restore the order.
        let (line, k) = (place % 8, place / 8)
        var sum = 0.0
        for n in 0..<8 {
          sum += values[line * 8 + n] * (isInverse ? table[n * 8 + k] : table[k * 8 + n])
        }
        return sum
      }
    }
    return along(along(values))
  }

  @Test func jpegBlocks() throws {
    var random = Seeded(33)
    let kernels = try Self.kernels()
    let count = 24
    for step in [1, 2, 5, 17, 40] {
      let steps = (0..<64).map { UInt16(step + $0 % 8 * step / 4) }
      // Noise, noise with white in it, white, white but for one sample, known to be white.
      var samples = (0..<64 * count).map { _ in UInt8.random(in: 0...254, using: &random) }
      for index in samples.indices {
        let kind = index / 64 % 5
        if kind == 1, index * index % 7 < 3 { samples[index] = 255 }
        if kind == 2 || kind == 3 && index % 64 != 19 { samples[index] = 255 }
      }
      let isWhite = (0..<count).map { $0 % 5 == 4 }
      var results: [[Int16]] = []
      for kernel in kernels {
        var levels = [Int16](repeating: 9999, count: 64 * count + 8)
        samples.withUnsafeBufferPointer { samples in
          isWhite.withUnsafeBufferPointer { isWhite in
            steps.withUnsafeBufferPointer { steps in
              levels.withUnsafeMutableBufferPointer { levels in
                guard let from = samples.baseAddress, let white = isWhite.baseAddress,
                  let steps = steps.baseAddress, let to = levels.baseAddress
                else { return }
                var blocks = JPEGBlocks(
                  samples: from, isWhite: white, steps: steps, levels: to, count: count)
                kernel.jpegBlocks(&blocks)
              }
            }
          }
        }
        #expect(levels.suffix(8).allSatisfy { $0 == 9999 })
        for block in 0..<count {
          let known = isWhite[block]
          // Samples lie by columns.
          let wanted = (0..<64).map {
            known ? 127 : Double(samples[64 * block + $0 % 8 * 8 + $0 / 8]) - 128
          }
          let found = (0..<64).map { Double(levels[64 * block + $0]) * Double(steps[$0]) }
          if block % 5 == 0 {
            let exact = Self.transform(wanted, isInverse: false)
            let isNearest = (0..<64).allSatisfy {
              abs(found[$0] - exact[$0]) <= Double(steps[$0]) / 2 + 1e-3
            }
            #expect(isNearest, "block \(block) step \(step)")
          } else {
            let decoded = Self.transform(found, isInverse: true)
            let isKept = (0..<64).allSatisfy { wanted[$0] < 127 || decoded[$0] >= 127.5 }
            #expect(isKept, "block \(block) step \(step)")
            // The others are kept as well as the quantizer lets them be.
            let errors = (0..<64).filter { wanted[$0] < 127 }.map { decoded[$0] - wanted[$0] }
            let square = errors.reduce(0) { $0 + $1 * $1 } / Double(max(1, errors.count))
            // With a step of 1 the largest level, 1023, is hardly more than white needs.
            let bound = step == 1 ? 100 : min(100, 3 * Double(step) + 6)
            #expect(square <= bound * bound, "block \(block) step \(step)")
          }
        }
        results.append(levels)
      }
      #expect(results.allSatisfy { $0 == results[0] })
    }
  }

  @Test func secondDifferences() throws {
    var random = Seeded(34)
    let kernels = try Self.kernels()
    for count in [8, 9, 15, 16, 17, 40] {
      for parts in [1, 3] {
        // Two pixels around the row are read, what lies beyond is NaN.
        let step = count + 4
        let luma = Guarded(random.floats(5 * step, in: 0...255))
        let partStep = count + 1
        let weights = Guarded((0..<parts * partStep).map { Float($0 * $0 % 3 % 2) })
        var expected: [Float] = []
        for part in 0..<parts {
          var sums = [Double](repeating: 0, count: 9)
          for column in 0..<count {
            let weight = Double(weights.start[part * partStep + column])
            let place = 2 * step + 2 + column
            for (index, offset) in [
              1, step, step + 1, step - 1, 2, 2 * step, 2 * step + 2, 2 * step - 2,
            ].enumerated() {
              let second =
                Double(luma.start[place - offset]) + Double(luma.start[place + offset])
                - 2 * Double(luma.start[place])
              sums[index] += second * second * weight
            }
            sums[8] += weight
          }
          for sum in sums { expected.append(Float(sum)) }
        }
        var results: [Guarded] = []
        for kernel in kernels {
          let sums = Guarded(outputs: 9 * parts)
          var row = SecondDifferences(
            luma: luma.start + 2 * step + 2, rowStep: step, weights: weights.start,
            partStep: partStep, count: count, sums: sums.start)
          if parts == 1 {
            kernel.secondDifferences1(&row)
          } else {
            kernel.secondDifferences3(&row)
          }
          let difference = mismatch(sums.values, expected, absolute: 1e-2, relative: 1e-5)
          #expect(difference == nil && sums.isIntact, "count \(count) parts \(parts)")
          results.append(sums)
        }
        #expect(results.allSatisfy { Self.isSame($0, results[0]) })
      }
    }
  }

  /// Two rows enter one after the other, then the first one leaves.
  @Test func guidedRows() throws {
    var random = Seeded(35)
    let kernels = try Self.kernels()
    for (width, radius) in [(16, 1), (5, 2), (31, 3), (48, 6)] {
      let count = (width + 15) / 16 * 16
      let planeStep = 2 * count + 3
      var photo = [Float](repeating: .nan, count: 3 * planeStep + 2 * count)
      for plane in 0..<4 {
        for index in 0..<2 * count {
          photo[plane * planeStep + index] =
            index % count < width ? Float.random(in: 0...1, using: &random) : 0
        }
      }
      let source = Guarded(photo)
      var shares = [Float](repeating: 0, count: count)
      for column in 0..<width {
        shares[column] =
          1 / Float(min(column + radius, width - 1) - max(column - radius, 0) + 1)
      }
      let share = Guarded(shares)
      for isMean in [false, true] {
        var results: [Guarded] = []
        for kernel in kernels {
          let (terms, termStep) = (isMean ? 4 : 13, count + 2 * radius)
          let sums = Guarded([Float](repeating: 0, count: terms * termStep))
          let output = Guarded(outputs: 3 * planeStep + count)
          var row = GuidedRow(
            entering: UnsafePointer(source.start), leaving: nil, planeStep: planeStep,
            sums: sums.start + radius, termStep: termStep, radius: radius, shares: share.start,
            share: 1, epsilon: 1e-3, output: nil, count: count)
          func run() {
            if isMean { kernel.guidedMeans(&row) } else { kernel.guidedFunctions(&row) }
          }
          run()
          row.entering = UnsafePointer(source.start + count)
          row.leaving = UnsafePointer(source.start)
          row.output = output.start
          run()
          for column in 0..<width {
            let members = max(0, column - radius)...min(width - 1, column + radius)
            let colors = members.map { member in
              (0..<4).map { Double(source.start[$0 * planeStep + count + member]) }
            }
            let expected =
              isMean
              ? (0..<4).map { plane in Self.mean(colors.map { $0[plane] }) }
              : Self.function(colors, epsilon: 1e-3)
            for plane in 0..<4 {
              let found = Double(output.start[plane * planeStep + column])
              #expect(
                abs(found - expected[plane]) <= 2e-3 * (1 + abs(expected[plane])),
                "width \(width) radius \(radius) column \(column) plane \(plane)")
            }
          }
          for plane in 0..<3 {
            #expect(output.start[plane * planeStep + count] == Guarded.marker)
          }
          #expect(output.isIntact && sums.values.allSatisfy { !$0.isNaN })
          results.append(output)
        }
        #expect(results.allSatisfy { Self.isSame($0, results[0]) })
      }
    }
  }

  static func mean(_ values: [Double]) -> Double {
    values.reduce(0, +) / Double(values.count)
  }

  /// The least-squares function of colours `(r, g, b, value)`, by Cramer's rule.
  static func function(_ colors: [[Double]], epsilon: Double) -> [Double] {
    let means = (0..<4).map { plane in mean(colors.map { $0[plane] }) }
    func covariance(_ a: Int, _ b: Int) -> Double {
      mean(colors.map { ($0[a] - means[a]) * ($0[b] - means[b]) }) + (a == b ? epsilon : 0)
    }
    func determinant(_ m: [[Double]]) -> Double {
      m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1])
        - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0])
        + m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0])
    }
    let matrix = (0..<3).map { a in (0..<3).map { b in covariance(a, b) } }
    let right = (0..<3).map { covariance($0, 3) }
    let slopes = (0..<3).map { column in
      var changed = matrix
      for row in 0..<3 { changed[row][column] = right[row] }
      return determinant(changed) / determinant(matrix)
    }
    let offset = means[3] - slopes[0] * means[0] - slopes[1] * means[1] - slopes[2] * means[2]
    return slopes + [offset]
  }
}
