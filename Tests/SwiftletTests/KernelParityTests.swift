import KernelTemplates
import Swiftlet
import Testing

private let usable = Kernel.all.filter { CPU.usable.contains($0.isa) }

private let usableElementwise = usable.filter {
  if case .elementwise = $0.function { true } else { false }
}

/// Every kernel that this CPU can run against the loops that define it, around every edge of its tile.
@Suite struct KernelParityTests {
  @Test func everyUsableInstructionSetHasTheSameOperations() {
    let expected = Set(Kernel.all.filter { $0.isa == .portable }.map(\.operation))
    #expect(expected == Set(Kernel.Operation.allCases))
    for isa in ISA.allCases {
      let operations = Set(Kernel.all.filter { $0.isa == isa }.map(\.operation))
      #expect(operations == expected || operations.isEmpty)
    }
    #expect(Set(Kernel.all.map(\.name)).count == Kernel.all.count)
  }

  /// What a plan asks for is there, each name under its own instruction set.
  @Test func everyInstructionSetHasEveryKernelThatPlansLookUp() throws {
    for isa in ISA.allCases where Kernel.all.contains(where: { $0.isa == isa }) {
      let kernels = KernelSet(isa)
      var names: [String] = []
      for operation in Kernel.Operation.allCases {
        switch operation {
        case .convolution:
          for registers in 1...4 {
            names.append(try kernels.convolution(registers: registers).name)
          }
          names.append(try kernels.convolutionPairs().name)
          names.append(try kernels.convolutionSum().name)
        case .depthwise:
          for prefix in ["any-", "3x3s1-", "3x3s2-", "5x5s1-", "5x5s2-"] {
            names.append(try kernels.depthwise(prefix).name)
          }
        case .winogradInput:
          names.append(try kernels.winogradInput(outputs: WinogradPoints.four.outputs).name)
        case .winogradOutput:
          names.append(try kernels.winogradOutput(outputs: WinogradPoints.four.outputs).name)
        case .winogradFilters:
          names.append(try kernels.winogradFilters(inputs: WinogradPoints.four.inputs).name)
        case .referenceSums: names.append(try kernels.referenceSums().name)
        case .peak: names.append(try kernels.peak().name)
        case .bilinear: names.append(try kernels.bilinear().name)
        case .maxPool, .averagePool: names.append(try kernels.pooling(operation).name)
        case .columnSum: names.append(try kernels.columnSum().name)
        case .weightedRows, .weightedPixels, .jpegBlocks, .secondDifferences, .guidedFunctions,
          .guidedMeans:
          // These are looked up together; without one of them the set cannot be made.
          _ = try PictureKernels(kernels)
          names +=
            Kernel.all.filter { $0.isa == isa && $0.operation == operation }.map(\.name)
        default: names.append(try kernels.elementwise(operation).name)
        }
      }
      let listed = Kernel.all.filter { $0.isa == isa }.map(\.name)
      #expect(Set(names) == Set(listed) && names.count == listed.count)
    }
  }

  @Test(arguments: usable.filter { $0.operation == .convolution })
  func convolution(_ kernel: Kernel) throws {
    guard case .convolution(let function) = kernel.function else { return }
    let parts = kernel.tile.split(separator: "x").compactMap { Int($0) }
    let (pixels, width) = (parts[0], parts[1])
    let lanes = KernelSet(kernel.isa).lanes
    // Pairs of pixels have their channels' weights and biases twice in a row.
    let isPairs = width != 1 && width % lanes != 0
    let copies = isPairs ? 2 : 1
    var random = Seeded(7)
    for count in 1...(2 * pixels + 3) {
      for channels in width == 1
        ? [1]
        : isPairs
          ? [width, lanes + 1] : Set([width, width - 1, width - lanes + 1, width - lanes / 2])
      {
        // The last two: the taps of a row are three neighbours, of whole registers and not.
        for (outer, inner, length, inputStep) in [
          (1, 1, 1, 7), (1, 1, 37, 7), (3, 1, 12, 7), (2, 3, 5, 7), (0, 0, 4, 7), (3, 1, 48, 16),
          (2, 1, 57, 19),
        ] {
          for useResidual in [false, true] {
            let outerStep = 61
            let innerStep = 9
            let extent =
              (count - 1) * inputStep + max(0, outer - 1) * outerStep
              + max(0, inner - 1) * innerStep + length
            let taps = max(1, outer * inner) * length
            let input = Guarded(random.floats(extent))
            func row() -> [Float] {
              let row = random.floats(width)
              return row + (copies > 1 ? row : [])
            }
            let rowLength = copies * width
            let weights = Guarded((0..<taps).flatMap { _ in row() })
            let bias = Guarded(row())
            // With a gap between pixels, and without one.
            let step = channels + (length == 37 || length == 48 ? 0 : 5)
            let residualStep = outer == 2 ? step + 3 : step
            let residual = Guarded(random.floats((count - 1) * residualStep + channels))
            let output = Guarded(outputs: (count - 1) * step + channels)
            var tile = ConvolutionTile(
              input: input.start, inputStep: inputStep, length: length, weights: weights.start,
              bias: bias.start, output: output.start, outputStep: step, pixels: count,
              channels: channels)
            (tile.outerCount, tile.outerInputStep) = (outer, outerStep)
            tile.outerWeightStep = inner * length * rowLength
            (tile.innerCount, tile.innerInputStep) = (inner, innerStep)
            tile.innerWeightStep = length * rowLength
            if useResidual {
              tile.residual = UnsafePointer(residual.start)
              tile.residualStep = residualStep
            }
            (tile.lower, tile.upper) =
              useResidual ? (-0.5, 0.75) : outer == 3 ? (-0.4, 0.6) : (-.infinity, .infinity)
            if useResidual { (tile.innerLower, tile.innerUpper) = (-0.25, 0.5) }
            // What is fetched ahead may lie anywhere, and end before the pixels or after them.
            tile.ahead = UnsafePointer(weights.start) + count * 1_000_003
            tile.aheadCount = [0, 40, 1 << 20][count % 3]
            function(&tile)

            var expected = [Float](repeating: Guarded.marker, count: output.count)
            for pixel in 0..<count {
              for channel in 0..<channels {
                var sum = Double(bias.start[channel])
                for o in 0..<outer {
                  for i in 0..<inner {
                    for k in 0..<length {
                      let x = input.start[pixel * inputStep + o * outerStep + i * innerStep + k]
                      let w = weights.start[((o * inner + i) * length + k) * rowLength + channel]
                      sum += Double(x) * Double(w)
                    }
                  }
                }
                if useResidual {
                  sum = min(max(sum, Double(tile.innerLower)), Double(tile.innerUpper))
                  sum += Double(residual.start[pixel * residualStep + channel])
                }
                expected[pixel * step + channel] =
                  Float(min(max(sum, Double(tile.lower)), Double(tile.upper)))
              }
            }
            let difference = mismatch(output.values, expected, absolute: 2e-5)
            #expect(
              difference == nil && output.isIntact,
              "\(kernel.name) pixels \(count) channels \(channels) taps \((outer, inner, length))")
          }
        }
      }
    }
  }

  /// Blocks of pixels, their last pixels and single ones agree to the bit, where a value is NaN or infinite and where
  /// the lower bound of a clamp is above the upper one as well.
  @Test(arguments: usable.filter { $0.operation == .convolution && $0.tile.hasSuffix("x1") })
  func sumsOfARunAreThoseOfItsPixels(_ kernel: Kernel) throws {
    guard case .convolution(let function) = kernel.function else { return }
    var random = Seeded(8)
    for (length, inputStep) in [(48, 16), (37, 7), (12, 12)] {
      for (lower, upper) in [(Float(-0.4), Float(0.6)), (0.6, -0.4)] {
        for count in [1, 3, 4, 7, 8, 9, 23] {
          var values = random.floats((count - 1) * inputStep + 2 * 61 + length)
          if count > 4 {
            (values[count / 2 * inputStep], values[values.count - 1]) = (.nan, .infinity)
          }
          let input = Guarded(values)
          let weights = Guarded(random.floats(3 * length))
          let bias = Guarded([0.25])
          func sums(_ first: Int, _ pixels: Int) -> [Float] {
            let output = Guarded(outputs: pixels)
            var tile = ConvolutionTile(
              input: UnsafePointer(input.start) + first * inputStep, inputStep: inputStep,
              length: length, weights: weights.start, bias: bias.start, output: output.start,
              outputStep: 1, pixels: pixels, channels: 1)
            (tile.outerCount, tile.outerInputStep, tile.outerWeightStep) = (3, 61, length)
            (tile.lower, tile.upper) = (lower, upper)
            function(&tile)
            #expect(output.isIntact)
            return output.values
          }
          let run = sums(0, count)
          let single = (0..<count).flatMap { sums($0, 1) }
          #expect(run.map(\.bitPattern) == single.map(\.bitPattern))
          #expect(run.contains { $0.isNaN } == (count > 4))
          if lower > upper { #expect(run.allSatisfy { $0.isNaN || $0 == upper }) }
        }
      }
    }
  }

  @Test(arguments: usable.filter { $0.operation == .depthwise })
  func depthwise(_ kernel: Kernel) throws {
    guard case .depthwise(let function) = kernel.function else { return }
    let lanes = KernelSet(kernel.isa).lanes
    let shape = kernel.tile.split(separator: "-")[0]
    let isGeneral = shape == "any"
    let k = isGeneral ? 0 : (shape.hasPrefix("3") ? 3 : 5)
    let s = isGeneral ? 0 : (shape.hasSuffix("s2") ? 2 : 1)
    var random = Seeded(11)
    let taps = isGeneral ? [(1, 1), (2, 3), (3, 1), (0, 0)] : [(k, k)]
    for pixels in 1...11 {
      for channels in [1, lanes - 1, lanes, lanes + 1, 3 * lanes + 2, 4 * lanes, 5 * lanes + 1] {
        for (tapsY, tapsX) in taps {
          // With an edge, the outermost columns of taps lie outside the input, where there is NaN.
          for (stride, edge) in isGeneral ? [(1, 0), (2, 0), (3, 0)] : (0...k / 2).map({ (s, $0) })
          {
            let step = channels + 3
            let columns = (pixels - 1) * stride + tapsX
            func isInside(_ column: Int) -> Bool { column >= edge && column < columns - edge }
            let rowStep = ((pixels - 1) * stride + max(tapsX, 1)) * step
            let input = Guarded(
              random.floats(
                max(0, tapsY - 1) * rowStep + ((pixels - 1) * stride + max(0, tapsX - 1)) * step
                  + channels))
            let weights = Guarded(random.floats(max(1, tapsY * tapsX) * channels))
            let bias = Guarded(random.floats(channels))
            let output = Guarded(outputs: (pixels - 1) * step + channels)
            var row = DepthwiseRow(
              input: input.start, inputStep: stride * step, tapStepY: rowStep, tapStepX: step,
              tapsY: tapsY, tapsX: tapsX, weights: weights.start, weightStepY: tapsX * channels,
              weightStepX: channels, bias: bias.start, output: output.start, outputStep: step,
              pixels: pixels, channels: channels, lower: -0.8, upper: 0.9)
            if edge > 0 {
              (row.firstColumn, row.endColumn) = (edge, columns - edge)
              for y in 0..<tapsY {
                for column in 0..<columns where !isInside(column) {
                  for channel in 0..<channels {
                    input.start[y * rowStep + column * step + channel] = .nan
                  }
                }
              }
            }
            function(&row)
            var expected = [Float](repeating: Guarded.marker, count: output.count)
            for pixel in 0..<pixels {
              for channel in 0..<channels {
                var sum = Double(bias.start[channel])
                for y in 0..<tapsY {
                  for x in 0..<tapsX where edge == 0 || isInside(pixel * stride + x) {
                    let value = input.start[y * rowStep + (pixel * stride + x) * step + channel]
                    sum +=
                      Double(value) * Double(weights.start[(y * tapsX + x) * channels + channel])
                  }
                }
                expected[pixel * step + channel] = Float(
                  min(max(sum, Double(Float(-0.8))), Double(Float(0.9))))
              }
            }
            let difference = mismatch(output.values, expected, absolute: 1e-5)
            #expect(
              difference == nil && output.isIntact,
              "\(kernel.name) pixels \(pixels) channels \(channels) taps \((tapsY, tapsX)) stride \(stride) edge \(edge): \(difference ?? "guard band")"
            )
          }
        }
      }
    }
  }

  @Test(arguments: usable.filter { $0.operation == .bilinear })
  func bilinear(_ kernel: Kernel) {
    guard case .bilinear(let function) = kernel.function else { return }
    let lanes = KernelSet(kernel.isa).lanes
    var random = Seeded(13)
    for channels in [1, 3, lanes - 1, lanes, lanes + 1, 2 * lanes + 3] {
      // Neighbours between the same source pixels, as in an enlarged picture, are computed together: all of them, or
      // from the second pixel on.
      for (pixels, offset) in [
        (1, nil), (2, nil), (2, 0), (7, nil), (7, 0), (8, 0), (7, 1), (8, 1),
      ] as [(Int, Int?)] {
        let step = channels + 2
        let sources = 6
        let top = Guarded(random.floats((sources - 1) * step + channels))
        let bottom = Guarded(random.floats((sources - 1) * step + channels))
        let output = Guarded(outputs: (pixels - 1) * step + channels)
        var left = (0..<pixels).map { pixel in
          offset.map { Int32((pixel + $0) / 2) } ?? .random(in: 0..<Int32(sources), using: &random)
        }
        var right = left.map {
          offset == nil ? .random(in: 0..<Int32(sources), using: &random) : $0 + 1
        }
        // Behind the pixels that are asked for, one between the same ones as the last.
        left.append(left[pixels - 1])
        right.append(right[pixels - 1])
        let weights = random.floats(pixels, in: 0...1)
        let leftOffsets = left.map { $0 * Int32(step) }
        let rightOffsets = right.map { $0 * Int32(step) }
        leftOffsets.withUnsafeBufferPointer { l in
          rightOffsets.withUnsafeBufferPointer { r in
            weights.withUnsafeBufferPointer { w in
              var row = BilinearRow(
                top: top.start, bottom: bottom.start, weightY: 0.3, left: l.baseAddress!,
                right: r.baseAddress!, weightX: w.baseAddress!, output: output.start,
                outputStep: step, pixels: pixels, channels: channels)
              row.ahead = [0, 1024, 1 << 40][pixels % 3]
              function(&row)
            }
          }
        }
        var expected = [Float](repeating: Guarded.marker, count: output.count)
        for p in 0..<pixels {
          for c in 0..<channels {
            func lerp(_ a: Float, _ b: Float, _ t: Float) -> Double {
              Double(a) * (1 - Double(t)) + Double(b) * Double(t)
            }
            let l = Int(leftOffsets[p]) + c
            let r = Int(rightOffsets[p]) + c
            let upper = lerp(top.start[l], top.start[r], weights[p])
            let lower = lerp(bottom.start[l], bottom.start[r], weights[p])
            expected[p * step + c] = Float(
              upper * (1 - Double(Float(0.3))) + lower * Double(Float(0.3)))
          }
        }
        let difference = mismatch(output.values, expected, absolute: 2e-6)
        #expect(
          difference == nil && output.isIntact,
          "\(kernel.name) pixels \(pixels) offset \(offset.map(String.init) ?? "none") channels \(channels): \(difference ?? "guard band")"
        )
      }
    }
  }

  @Test(arguments: usable.filter { $0.operation == .maxPool || $0.operation == .averagePool })
  func pooling(_ kernel: Kernel) {
    guard case .pooling(let function) = kernel.function else { return }
    let lanes = KernelSet(kernel.isa).lanes
    var random = Seeded(17)
    for channels in [1, lanes - 1, lanes, lanes + 1, 2 * lanes + 3, 4 * lanes, 5 * lanes + 1] {
      for (tapsY, tapsX) in [(1, 1), (2, 2), (3, 2), (1, 5)] {
        let step = channels + 1
        let rowStep = tapsX * step + 4
        let pixels = 3
        let input = Guarded(
          random.floats(
            (tapsY - 1) * rowStep + (tapsX - 1) * step + channels + (pixels - 1) * step))
        let output = Guarded(outputs: pixels * channels)
        var window = PoolingWindow(
          input: input.start, tapStepY: rowStep, tapStepX: step, tapsY: tapsY, tapsX: tapsX,
          output: output.start, channels: channels, scale: 0.25)
        (window.pixels, window.inputStep, window.outputStep) = (pixels, step, channels)
        function(&window)
        let expected = (0..<pixels * channels).map { i -> Float in
          let start = i / channels * step + i % channels
          let taps = (0..<tapsY).flatMap { y in
            (0..<tapsX).map { x in input.start[start + y * rowStep + x * step] }
          }
          return kernel.operation == .maxPool
            ? taps.reduce(-.infinity, Swift.max)
            : Float(taps.reduce(0.0) { $0 + Double($1) } * 0.25)
        }
        let difference = mismatch(output.values, expected, absolute: 1e-6)
        #expect(
          difference == nil && output.isIntact,
          "\(kernel.name) channels \(channels) taps \((tapsY, tapsX)): \(difference ?? "guard band")"
        )
      }
    }
  }

  @Test(arguments: usable.filter { $0.operation == .columnSum })
  func columnSum(_ kernel: Kernel) {
    guard case .columnSum(let function) = kernel.function else { return }
    let lanes = KernelSet(kernel.isa).lanes
    var random = Seeded(19)
    for rows in [1, 3, 4, 5, 49] {
      for channels in [1, lanes, lanes + 1, 3 * lanes - 1] {
        let step = channels + 2
        let input = Guarded(random.floats((rows - 1) * step + channels))
        let output = Guarded(outputs: channels)
        var sum = ColumnSum(
          input: input.start, inputStep: step, rows: rows, channels: channels,
          output: output.start, scale: 1 / Float(rows))
        function(&sum)
        let expected = (0..<channels).map { c in
          Float((0..<rows).reduce(0.0) { $0 + Double(input.start[$1 * step + c]) } / Double(rows))
        }
        let difference = mismatch(output.values, expected, absolute: 2e-6)
        #expect(
          difference == nil && output.isIntact,
          "\(kernel.name) rows \(rows) channels \(channels): \(difference ?? "guard band")")
      }
    }
  }

  /// What an element-wise operation means, in double precision.
  static func meaning(_ operation: Kernel.Operation, _ a: Double, _ b: Double) -> Double {
    func clamp(_ x: Double) -> Double { min(max(x, -2), 3) }
    func sigmoid(_ x: Double) -> Double { 1 / (1 + exponential(-x)) }
    switch operation {
    case .add: return clamp(a + b)
    case .subtract: return clamp(a - b)
    case .multiply: return clamp(a * b)
    case .divide: return clamp(a / b)
    case .maximum: return clamp(max(a, b))
    case .minimum: return clamp(min(a, b))
    case .prelu: return a >= 0 ? a : a * b
    case .clip: return clamp(a)
    case .leakyRelu: return a >= 0 ? a : a * Double(Float(0.2))
    case .sigmoid: return sigmoid(a)
    case .hardSigmoid: return min(max(Double(Float(0.2)) * a + 0.5, 0), 1)
    case .hardSwish: return a * min(max(a / 6 + 0.5, 0), 1)
    case .silu: return a * sigmoid(a)
    case .tanh: return 2 * sigmoid(2 * a) - 1
    case .exp: return exponential(a)
    case .squareRoot: return a.squareRoot()
    default: return .nan
    }
  }

  /// e^x by its series after halving: independent of any library.
  static func exponential(_ x: Double) -> Double {
    var term = 1.0
    var sum = 1.0
    let reduced = x / 4096
    for n in 1...12 {
      term *= reduced / Double(n)
      sum += term
    }
    for _ in 0..<12 { sum *= sum }
    return sum
  }

  @Test(arguments: usableElementwise)
  func elementwise(_ kernel: Kernel) {
    guard case .elementwise(let function) = kernel.function else { return }
    let lanes = KernelSet(kernel.isa).lanes
    var random = Seeded(23)
    let range: ClosedRange<Float> = kernel.operation == .squareRoot ? 0...9 : -9...9
    for rows in [1, 3] {
      for length in [1, lanes - 1, lanes, lanes + 1, 3 * lanes + 2] {
        for repeatsB in [false, true] {
          let step = length + 3
          let a = Guarded(random.floats((rows - 1) * step + length, in: range))
          let b = Guarded(
            random.floats(repeatsB ? length : (rows - 1) * step + length, in: 0.5...2))
          let output = Guarded(outputs: (rows - 1) * step + length)
          var arguments = ElementwiseRows(
            a: a.start, aStep: step, b: b.start, bStep: repeatsB ? 0 : step, output: output.start,
            outputStep: step, rows: rows, length: length)
          (arguments.alpha, arguments.beta) = (0.2, 0.5)
          (arguments.lower, arguments.upper) = (-2, 3)
          function(&arguments)
          var expected = [Float](repeating: Guarded.marker, count: output.count)
          for row in 0..<rows {
            for i in 0..<length {
              let second = b.start[(repeatsB ? 0 : row * step) + i]
              expected[row * step + i] = Float(
                Self.meaning(
                  kernel.operation, Double(a.start[row * step + i]), Double(second)))
            }
          }
          let difference = mismatch(output.values, expected, absolute: 2e-6, relative: 1e-6)
          #expect(
            difference == nil && output.isIntact,
            "\(kernel.name) rows \(rows) length \(length): \(difference ?? "guard band")")
        }
      }
    }
  }

  @Test func exponentialSaturatesAndKeepsNaN() {
    for kernel in usable where kernel.operation == .exp || kernel.operation == .sigmoid {
      guard case .elementwise(let function) = kernel.function else { continue }
      let input = Guarded([-1000, -88, 0, 88, 1000, .nan, .infinity, -.infinity])
      let output = Guarded(outputs: 8)
      var arguments = ElementwiseRows(
        a: input.start, aStep: 0, b: input.start, bStep: 0, output: output.start, outputStep: 0,
        rows: 1, length: 8)
      function(&arguments)
      let values = output.values
      #expect(values[5].isNaN, "\(kernel.name)")
      for i in [0, 1, 2, 3, 4, 6, 7] { #expect(values[i].isFinite, "\(kernel.name) at \(i)") }
      #expect(
        values[0] >= 0 && values[0] < 1e-37 && values[2] == (kernel.operation == .exp ? 1 : 0.5))
    }
  }
}
