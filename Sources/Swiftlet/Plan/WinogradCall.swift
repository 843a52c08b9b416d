import KernelTemplates

/// A planned Winograd convolution: blocks of tiles by groups of strips, each a task that transforms its
/// inputs into n * n planes, multiplies each plane by its weights, and transforms the products back.
struct WinogradCall: Sendable {
  private let weights: WinogradWeights
  private let bias: FloatBuffer
  private let grid: WinogradGrid
  private let geometry: Geometry
  private let input: Source
  private let output: Placement
  private let residual: Source?
  private let clamp: (lower: Float, upper: Float)
  /// Whether the residual is added after the clamp.
  private let addsLast: Bool
  private let activation: ActivationCall?
  private let transformInput: @Sendable (UnsafePointer<WinogradInput>) -> Void
  private let transformOutput: @Sendable (UnsafePointer<WinogradOutput>) -> Void
  private let lanes: Int
  private let blocks: Int
  private let stripGroups: Int

  /// Extents of the images.
  struct Geometry: Sendable {
    /// Input extents.
    var inputHeight: Int, inputWidth: Int
    /// Output extents.
    var outputHeight: Int, outputWidth: Int
  }

  /// The number of tasks.
  var tasks: Int { blocks * stripGroups }

  /// Floats of scratch a thread: planes of inputs and of products, and room for a tile in transform.
  let scratch: Int

  private let planes: Int
  private let blockTiles: Int
  private let inputPlaneStep: Int
  private let productWidth: Int
  private let productPlaneStep: Int

  /// The kernel's name in reports.
  static func name(_ points: WinogradPoints, _ isa: ISA) -> String {
    "f32-winograd-\(points.outputs)x\(points.outputs)-\(isa.rawValue)"
  }

  /// Floats of scratch that stay in the second-level cache.
  private static let cachedFloats = 256 << 10
  /// Tiles of the smallest block.
  private static let fewestTiles = 8
  /// Floats of scratch beyond which no block grows.
  private static let largestFloats = 1 << 20
  /// Floats of weights that stay in the cache beside the scratch.
  private static let cachedWeights = 160 << 10

  /// Whether the scratch of the fewest tiles worth a block stays within the largest.
  static func fits(_ points: WinogradPoints, inputs: Int, outputs: Int) -> Bool {
    StepBuilder.saturating(fewestTiles, floatsPerTile(points, inputs, outputs)) <= largestFloats
  }

  private static func floatsPerTile(_ points: WinogradPoints, _ inputs: Int, _ outputs: Int) -> Int
  {
    StepBuilder.saturating(points.inputs, points.inputs, inputs + outputs)
  }

  /// - Parameters:
  ///   - weights: Weights that `fits` admits.
  ///   - bias: One an output channel.
  init(
    weights: WinogradWeights, bias: FloatBuffer, grid: WinogradGrid, geometry: Geometry,
    input: Source, output: Placement, residual: Source?, addsLast: Bool = false,
    clamp: (lower: Float, upper: Float), activation: ActivationCall?, kernels: KernelSet
  ) throws(EngineError) {
    self.weights = weights
    self.bias = bias
    self.grid = grid
    self.geometry = geometry
    self.input = input
    self.output = output
    self.residual = residual
    self.clamp = clamp
    self.addsLast = addsLast
    self.activation = activation
    transformInput = try kernels.winogradInput(outputs: weights.points.outputs).function
    transformOutput = try kernels.winogradOutput(outputs: weights.points.outputs).function
    lanes = kernels.lanes
    let n = weights.points.inputs
    planes = n * n
    let outputs = weights.outputs
    let operations = StepBuilder.saturating(grid.tiles, planes, weights.inputs, outputs)
    let wanted = StepBuilder.tasks(operations: operations, atMost: 16)
    let perTile = Self.floatsPerTile(weights.points, weights.inputs, outputs)
    let weightCount = planes * weights.inputs * outputs
    var tiles = max(Self.fewestTiles, Self.cachedFloats / perTile)
    if weightCount > Self.cachedWeights {
      // Weights that leave the cache between blocks cost a pass over memory for each block; planes that
      // leave it cost two.
      let large = max(tiles, min(192, Self.largestFloats / perTile))
      func traffic(_ tiles: Int, _ spilled: Bool) -> Int {
        (grid.tiles + tiles - 1) / tiles * weightCount + (spilled ? 2 * grid.tiles * perTile : 0)
      }
      if traffic(large, true) < traffic(tiles, false) { tiles = large }
    } else {
      tiles = min(tiles, max(24, grid.tiles / wanted))
    }
    let count = max(1, (grid.tiles + tiles - 1) / tiles)
    blockTiles = min(grid.tiles, ((grid.tiles + count - 1) / count + 7) & ~7)
    blocks = max(1, (grid.tiles + blockTiles - 1) / max(1, blockTiles))
    stripGroups = max(1, min(weights.strips.count, 8, wanted / blocks))

    /// The odd number of cache lines keeps neighbouring planes out of the same cache set.
    func planeStep(_ floats: Int) -> Int { (floats + 15) / 16 * 16 | 16 }
    inputPlaneStep = planeStep(blockTiles * weights.inputs)
    let strips = weights.strips
    let groups = stripGroups
    productWidth = (0..<groups).reduce(0) { widest, group in
      let share = StepBuilder.share(group, of: groups, count: strips.count)
      return max(widest, share.reduce(0) { $0 + strips[$1].width })
    }
    productPlaneStep = planeStep(blockTiles * productWidth)
    scratch = planes * (inputPlaneStep + productPlaneStep + lanes)
  }

  /// Runs one task.
  func run(
    _ task: Int, _ arena: UnsafeMutablePointer<Float>, _ scratch: UnsafeMutablePointer<Float>
  ) {
    let first = task / stripGroups * blockTiles
    let last = min(grid.tiles, first + blockTiles)
    let strips = StepBuilder.share(
      task % stripGroups, of: stripGroups, count: weights.strips.count)
    let products = scratch + planes * inputPlaneStep
    let room = products + planes * productPlaneStep
    readTiles(first..<last, input.pointer(arena), to: scratch, room)
    multiply(strips, tiles: last - first, scratch, products)
    writeTiles(first..<last, strips, products, arena, room)
  }

  /// Calls `body` with each row of tiles that `tiles` touches and the columns in it.
  @inline(__always)
  private func forEachRow(_ tiles: Range<Int>, _ body: (WinogradGrid.Row, Range<Int>) -> Void) {
    var tile = tiles.lowerBound
    var index = grid.row(of: tile)
    while tile < tiles.upperBound {
      let row = grid.rows[index]
      let end = min(tiles.upperBound, row.firstTile + grid.phasesX[row.phaseX].tiles)
      body(row, tile - row.firstTile..<end - row.firstTile)
      tile = end
      index += 1
    }
  }

  private func readTiles(
    _ tiles: Range<Int>, _ image: UnsafePointer<Float>, to planes: UnsafeMutablePointer<Float>,
    _ room: UnsafeMutablePointer<Float>
  ) {
    let m = grid.tile
    let step = input.placement.step
    let pixelStep = grid.dilationX * step
    let lineStep = geometry.inputWidth * step
    let rowStep = grid.dilationY * lineStep
    var target = planes
    forEachRow(tiles) { row, columns in
      let y = grid.phasesY[row.phaseY]
      let x = grid.phasesX[row.phaseX]
      let inner = x.inner(tile: m)
      let corner =
        (row.image * geometry.inputHeight + y.firstInput) * lineStep
        + (row.index * m - y.pad) * rowStep + x.firstInput * step
      var column = columns.lowerBound
      while column < columns.upperBound {
        // Tiles that lie inside go together, those at an edge one by one.
        let count =
          inner.contains(column) ? min(columns.upperBound, inner.upperBound) - column : 1
        var arguments = WinogradInput(
          image: image, corner: corner + (column * m - x.pad) * pixelStep, rowStep: rowStep,
          pixelStep: pixelStep, tileStep: m * pixelStep, rows: y.taps(row.index, tile: m),
          columns: x.taps(column, tile: m), output: target, planeStep: inputPlaneStep,
          outputStep: weights.inputs, scratch: room, tiles: count, channels: weights.inputs)
        transformInput(&arguments)
        target += count * weights.inputs
        column += count
      }
    }
  }

  private func multiply(
    _ strips: Range<Int>, tiles: Int, _ inputs: UnsafeMutablePointer<Float>,
    _ products: UnsafeMutablePointer<Float>
  ) {
    let firstChannel = weights.strips[strips.lowerBound].firstChannel
    for plane in 0..<planes {
      for index in strips {
        let strip = weights.strips[index]
        // The strips of a plane follow each other, and the planes.
        let next = index + 1 < strips.upperBound ? index + 1 : strips.lowerBound
        let nextPlane = next > index ? plane : plane + 1
        var ahead = weights.ahead(strip: next, plane: nextPlane, pixels: tiles)
        var tile = ConvolutionTile(
          input: inputs + plane * inputPlaneStep, inputStep: weights.inputs,
          length: weights.inputs,
          weights: weights.buffer.start + strip.weights + plane * weights.inputs * strip.width,
          bias: UnsafePointer(weights.buffer.start),
          output: products + plane * productPlaneStep + strip.firstChannel - firstChannel,
          outputStep: productWidth, pixels: tiles, channels: strip.channels)
        strip.run(&tile, activation: nil, ahead: &ahead)
      }
    }
  }

  private func writeTiles(
    _ tiles: Range<Int>, _ strips: Range<Int>, _ products: UnsafeMutablePointer<Float>,
    _ arena: UnsafeMutablePointer<Float>, _ room: UnsafeMutablePointer<Float>
  ) {
    let m = grid.tile
    let firstChannel = weights.strips[strips.lowerBound].firstChannel
    let lastStrip = weights.strips[strips.upperBound - 1]
    let channels = lastStrip.firstChannel + lastStrip.channels - firstChannel
    let residualBase = residual?.pointer(arena)
    let residualStep = residual?.placement.step ?? 0
    let target = arena + output.offset + firstChannel
    var source = UnsafePointer(products)
    forEachRow(tiles) { row, columns in
      let y = grid.phasesY[row.phaseY]
      let x = grid.phasesX[row.phaseX]
      let line =
        row.image * geometry.outputHeight + y.firstOutput + row.index * m * grid.dilationY
      let full = x.outputs / m
      var column = columns.lowerBound
      while column < columns.upperBound {
        let count = column < full ? min(columns.upperBound, full) - column : 1
        let pixel =
          line * geometry.outputWidth + x.firstOutput + column * m * grid.dilationX
        let rowPixels = grid.dilationY * geometry.outputWidth
        let height = y.outputs(row.index, tile: m)
        let width = x.outputs(column, tile: m)
        var arguments = WinogradOutput(
          input: source, planeStep: productPlaneStep, inputStep: productWidth,
          bias: UnsafePointer(bias.start + firstChannel),
          output: target + pixel * output.step, rowStep: rowPixels * output.step,
          pixelStep: grid.dilationX * output.step, tileStep: m * grid.dilationX * output.step,
          rows: height, columns: width, scratch: room, tiles: count, channels: channels,
          lower: addsLast ? -.infinity : clamp.lower, upper: addsLast ? .infinity : clamp.upper)
        if addsLast {
          arguments.innerLower = clamp.lower
          arguments.innerUpper = clamp.upper
        }
        if let residualBase {
          arguments.residual = residualBase + pixel * residualStep + firstChannel
          arguments.residualRowStep = rowPixels * residualStep
          arguments.residualPixelStep = grid.dilationX * residualStep
          arguments.residualTileStep = m * grid.dilationX * residualStep
        }
        transformOutput(&arguments)
        if let activation {
          for line in 0..<height {
            let written = arguments.output + line * arguments.rowStep
            activation.apply(
              written, step: arguments.pixelStep, to: written, outputStep: arguments.pixelStep,
              rows: (count - 1) * m + width, length: channels)
          }
        }
        source += count * productWidth
        column += count
      }
    }
  }
}
