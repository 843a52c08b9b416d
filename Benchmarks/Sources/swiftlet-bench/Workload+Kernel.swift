import KernelTemplates
import Swiftlet

extension Workload {
  /// What a kernel is timed on; empty where it has no workload.
  static func all(of kernel: Kernel) -> [Workload] {
    let lanes = KernelSet(kernel.isa).lanes
    switch kernel.function {
    case .convolution(let function):
      guard let width = kernel.tile.split(separator: "x").last.flatMap({ Int($0) }) else {
        return []
      }
      return Layer.convolutions.filter { $0.outputs >= width }.map {
        convolution($0, width: width, lanes: lanes, function)
      }
    case .depthwise(let function):
      let shape = kernel.tile.split(separator: "-").first ?? ""
      return Layer.depthwise.filter {
        shape == "any" || shape == "\($0.taps)x\($0.taps)s\($0.stride)"
      }.map { depthwise($0, function) }
    case .bilinear(let function): return Layer.images.map { bilinear($0, function) }
    case .pooling(let function): return Layer.images.map { pooling($0, function) }
    case .columnSum(let function):
      return [
        columnSum(Layer(network: "MobileNetV2", side: 7, inputs: 1280, outputs: 1280), function),
        columnSum(Layer(network: "MobileNetV3", side: 28, inputs: 120, outputs: 120), function),
      ]
    case .elementwise(let function):
      return Layer.images.map { elementwise($0, kernel.operation, function) }
    case .winogradInput(let function):
      return Layer.convolutions.filter { $0.taps == 3 && $0.stride == 1 }.map {
        winogradInput($0, outputs: kernel.tile.hasPrefix("4") ? 4 : 6, lanes: lanes, function)
      }
    case .winogradOutput(let function):
      return Layer.convolutions.filter { $0.taps == 3 && $0.stride == 1 }.map {
        winogradOutput($0, outputs: kernel.tile.hasPrefix("4") ? 4 : 6, lanes: lanes, function)
      }
    case .winogradFilters(let function):
      return Layer.convolutions.filter { $0.taps == 3 && $0.stride == 1 }.map {
        winogradFilters($0, function)
      }
    case .referenceSums(let function):
      return Layer.convolutions.filter { $0.taps == 3 && $0.stride == 1 }.map {
        referenceSums($0, function)
      }
    case .weightedRows(let function): return weightedRows(function)
    case .weightedPixels(let function): return [weightedPixels(function)]
    case .jpegBlocks(let function): return [jpegBlocks(function)]
    case .secondDifferences(let function):
      return [secondDifferences(parts: kernel.tile.hasPrefix("3") ? 3 : 1, function)]
    case .guided(let function):
      return [guided(terms: kernel.operation == .guidedFunctions ? 13 : 4, function)]
    case .peak: return []
    }
  }

  /// A whole layer, the output channels cut to whole strips of `width`.
  private static func convolution(
    _ layer: Layer, width: Int, lanes: Int,
    _ function: @escaping (UnsafePointer<ConvolutionTile>) -> Void
  ) -> Workload {
    // Strips for pairs of pixels hold each weight twice.
    let rowLength = width > 1 && width % lanes != 0 ? 2 * width : width
    // The kernel for single outputs serves layers that have one.
    let strips = width == 1 ? 1 : layer.outputs / width
    let outputs = strips * width
    var layer = layer
    layer.outputs = outputs
    let columns = (layer.side - 1) * layer.stride + layer.taps
    let length = layer.taps * layer.inputs
    let depth = layer.taps * length
    let input = floats(columns * columns * layer.inputs)
    let weights = floats(depth * strips * rowLength)
    let bias = floats(strips * rowLength)
    let output = floats(layer.side * layer.side * outputs)
    // 1x1 layers are one row of pixels.
    let rows = layer.taps == 1 ? 1 : layer.side
    let rowPixels = layer.side * layer.side / rows
    let pixels = rows * rowPixels
    return Workload(
      layer: layer.name, operations: 2 * Double(pixels * depth * outputs),
      bytes: 4 * Double(columns * columns * layer.inputs + depth * outputs + pixels * outputs)
    ) {
      for row in 0..<rows {
        for first in stride(from: 0, to: rowPixels, by: 192) {
          for strip in 0..<strips {
            var tile = ConvolutionTile(
              input: input + row * layer.stride * columns * layer.inputs
                + first * layer.stride * layer.inputs, inputStep: layer.stride * layer.inputs,
              length: length, weights: weights + strip * depth * rowLength,
              bias: bias + strip * rowLength,
              output: output + (row * rowPixels + first) * outputs + strip * width,
              outputStep: outputs, pixels: min(192, rowPixels - first), channels: width)
            tile.outerCount = layer.taps
            tile.outerInputStep = columns * layer.inputs
            tile.outerWeightStep = length * rowLength
            tile.lower = 0
            function(&tile)
          }
        }
      }
    }
  }

  private static func depthwise(
    _ layer: Layer, _ function: @escaping (UnsafePointer<DepthwiseRow>) -> Void
  ) -> Workload {
    let channels = layer.inputs
    let columns = (layer.side - 1) * layer.stride + layer.taps
    let taps = layer.taps * layer.taps
    let input = floats(columns * columns * channels)
    let weights = floats(taps * channels)
    let bias = floats(channels)
    let output = floats(layer.side * layer.side * channels)
    let elements = layer.side * layer.side * channels
    return Workload(
      layer: layer.name, operations: 2 * Double(elements * taps),
      bytes: 4 * Double(columns * columns * channels + elements + taps * channels)
    ) {
      for row in 0..<layer.side {
        var arguments = DepthwiseRow(
          input: input + row * layer.stride * columns * channels,
          inputStep: layer.stride * channels, tapStepY: columns * channels, tapStepX: channels,
          tapsY: layer.taps, tapsX: layer.taps, weights: weights,
          weightStepY: layer.taps * channels, weightStepX: channels, bias: bias,
          output: output + row * layer.side * channels, outputStep: channels, pixels: layer.side,
          channels: channels, lower: 0, upper: 6)
        function(&arguments)
      }
    }
  }

  /// To twice the extents.
  private static func bilinear(
    _ layer: Layer, _ function: @escaping (UnsafePointer<BilinearRow>) -> Void
  ) -> Workload {
    let (side, channels) = (layer.side, layer.inputs)
    let input = floats(side * side * channels)
    let output = floats(4 * side * side * channels)
    let left = UnsafeMutablePointer<Int32>.allocate(capacity: 4 * side)
    let weight = floats(2 * side)
    for x in 0..<2 * side {
      left[x] = Int32(max(0, (x - 1) / 2) * channels)
      left[2 * side + x] = Int32(min(side - 1, max(0, (x - 1) / 2) + 1) * channels)
      weight[x] = x % 2 == 0 ? 0.75 : 0.25
    }
    let elements = side * side * channels
    return Workload(
      layer: "\(layer.name) to \(2 * side)x\(2 * side)", operations: Double(7 * 4 * elements),
      bytes: Double(4 * 5 * elements)
    ) {
      for y in 0..<2 * side {
        let top = max(0, (y - 1) / 2)
        var row = BilinearRow(
          top: input + top * side * channels,
          bottom: input + min(side - 1, top + 1) * side * channels,
          weightY: y % 2 == 0 ? 0.75 : 0.25, left: left, right: left + 2 * side, weightX: weight,
          output: output + y * 2 * side * channels, outputStep: channels, pixels: 2 * side,
          channels: channels)
        function(&row)
      }
    }
  }

  /// 2x2 taps at stride 2.
  private static func pooling(
    _ layer: Layer, _ function: @escaping (UnsafePointer<PoolingWindow>) -> Void
  ) -> Workload {
    let (side, channels) = (layer.side, layer.inputs)
    let input = floats(side * side * channels)
    let output = floats(side * side * channels / 4)
    let elements = side * side * channels
    return Workload(
      layer: "\(layer.network) \(side)x\(side) \(channels) 2x2/2", operations: Double(elements),
      bytes: Double(5 * elements)
    ) {
      for y in 0..<side / 2 {
        var window = PoolingWindow(
          input: input + 2 * y * side * channels, tapStepY: side * channels, tapStepX: channels,
          tapsY: 2, tapsX: 2, output: output + y * (side / 2) * channels, channels: channels,
          scale: 0.25)
        (window.pixels, window.inputStep, window.outputStep) = (side / 2, 2 * channels, channels)
        function(&window)
      }
    }
  }

  private static func columnSum(
    _ layer: Layer, _ function: @escaping (UnsafePointer<ColumnSum>) -> Void
  ) -> Workload {
    let (rows, channels) = (layer.side * layer.side, layer.inputs)
    let input = floats(rows * channels)
    let output = floats(channels)
    return Workload(
      layer: layer.name, operations: Double(rows * channels),
      bytes: Double(4 * (rows + 1) * channels)
    ) {
      var sum = ColumnSum(
        input: input, inputStep: channels, rows: rows, channels: channels, output: output,
        scale: 1 / Float(rows))
      function(&sum)
    }
  }

  private static func elementwise(
    _ layer: Layer, _ operation: Kernel.Operation,
    _ function: @escaping (UnsafePointer<ElementwiseRows>) -> Void
  ) -> Workload {
    let (rows, channels) = (layer.side * layer.side, layer.inputs)
    let a = floats(rows * channels)
    let b = floats(rows * channels)
    let output = floats(rows * channels)
    let isBinary = [
      .add, .subtract, .multiply, .divide, .maximum, .minimum, Kernel.Operation.prelu,
    ].contains(operation)
    return Workload(
      layer: "\(layer.network) \(layer.side)x\(layer.side) \(channels)",
      operations: Double(rows * channels), bytes: Double((isBinary ? 12 : 8) * rows * channels)
    ) {
      var arguments = ElementwiseRows(
        a: a, aStep: 0, b: isBinary ? b : a, bStep: 0, output: output, outputStep: 0, rows: 1,
        length: rows * channels)
      (arguments.alpha, arguments.beta, arguments.lower) = (0.2, 0.5, 0)
      function(&arguments)
    }
  }

  /// A row of tiles at a time, as far as they lie inside the image.
  private static func winogradInput(
    _ layer: Layer, outputs m: Int, lanes: Int,
    _ function: @escaping (UnsafePointer<WinogradInput>) -> Void
  ) -> Workload {
    let (n, channels, columns) = (m + 2, layer.inputs, layer.side + 2)
    let tiles = layer.side / m
    let input = floats(columns * columns * channels)
    let planes = floats(n * n * tiles * channels)
    let scratch = floats(n * n * lanes)
    return Workload(
      layer: layer.name, operations: 0,
      bytes: 4 * Double(tiles * tiles * channels * (m * m + n * n))
    ) {
      for row in 0..<tiles {
        var arguments = WinogradInput(
          image: input, corner: row * m * columns * channels, rowStep: columns * channels,
          pixelStep: channels, tileStep: m * channels, rows: 0..<n, columns: 0..<n,
          output: planes, planeStep: tiles * channels, outputStep: channels, scratch: scratch,
          tiles: tiles, channels: channels)
        function(&arguments)
      }
    }
  }

  private static func winogradOutput(
    _ layer: Layer, outputs m: Int, lanes: Int,
    _ function: @escaping (UnsafePointer<WinogradOutput>) -> Void
  ) -> Workload {
    let (n, channels) = (m + 2, layer.outputs)
    let tiles = layer.side / m
    let width = tiles * m
    let planes = floats(n * n * tiles * channels)
    let bias = floats(channels)
    let output = floats(width * width * channels)
    let scratch = floats(n * n * lanes)
    return Workload(
      layer: layer.name, operations: 0,
      bytes: 4 * Double(tiles * tiles * channels * (m * m + n * n))
    ) {
      for row in 0..<tiles {
        var arguments = WinogradOutput(
          input: planes, planeStep: tiles * channels, inputStep: channels, bias: bias,
          output: output + row * m * width * channels, rowStep: width * channels,
          pixelStep: channels, tileStep: m * channels, rows: m, columns: m, scratch: scratch,
          tiles: tiles, channels: channels, lower: 0, upper: .infinity)
        function(&arguments)
      }
    }
  }

  /// A layer's filters, as a plan transforms them.
  private static func winogradFilters(
    _ layer: Layer, _ function: @escaping (UnsafePointer<WinogradFilters>) -> Void
  ) -> Workload {
    let count = layer.inputs * layer.outputs
    let (filters, output) = (floats(9 * count), floats(36 * count))
    let matrix = UnsafeMutablePointer<Double>.allocate(capacity: 18)
    matrix.initialize(repeating: 0.5, count: 18)
    return Workload(
      layer: layer.name, operations: Double((6 * 15 + 36 * 5) * count),
      bytes: Double(4 * 45 * count)
    ) {
      var arguments = WinogradFilters(
        filters: filters, tapStep: count, output: output, planeStep: count, count: count,
        matrix: matrix)
      function(&arguments)
    }
  }

  /// Eight pixels of a layer's output channels.
  private static func referenceSums(
    _ layer: Layer, _ function: @escaping (UnsafePointer<ReferenceSums>) -> Void
  ) -> Workload {
    let count = 9 * layer.inputs
    let weights = floats(count * layer.outputs)
    let values = UnsafeMutablePointer<Double>.allocate(capacity: 8 * count)
    values.initialize(repeating: 0.5, count: 8 * count)
    let sums = UnsafeMutablePointer<Double>.allocate(capacity: 16 * layer.outputs)
    return Workload(
      layer: layer.name, operations: Double(3 * 8 * count * layer.outputs),
      bytes: Double(4 * count * layer.outputs)
    ) {
      var arguments = ReferenceSums(
        values: values, weights: UnsafePointer(weights), filters: layer.outputs, count: count,
        sums: sums)
      function(&arguments)
    }
  }
}
