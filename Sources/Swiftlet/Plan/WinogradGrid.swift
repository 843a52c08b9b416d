/// The tiles of m x m outputs that cover a 3x3 convolution of stride 1, and where each reads and writes.
///
/// A dilated convolution is one for each phase of its grid: the outputs that lie `dilation` apart read
/// inputs that lie `dilation` apart.
struct WinogradGrid: Sendable {
  /// The outputs of one phase along an axis.
  struct Phase: Sendable {
    /// The first output and the first input of the phase in the image.
    var firstOutput: Int, firstInput: Int
    /// Outputs and inputs of the phase.
    var outputs: Int, inputs: Int
    /// Outputs of the phase before which the first tap lies outside; negative where it starts inside.
    var pad: Int
    /// Tiles.
    var tiles: Int

    /// The phases of an axis; those without an output are left out.
    static func phases(
      outputs: Int, inputs: Int, dilation: Int, pad: Int, tile: Int
    ) -> [Phase] {
      (0..<min(dilation, outputs)).map { first in
        let start = first - pad
        let remainder = ((start % dilation) + dilation) % dilation
        let count = (outputs - first + dilation - 1) / dilation
        return Phase(
          firstOutput: first, firstInput: remainder, outputs: count,
          inputs: max(0, (inputs - remainder + dilation - 1) / dilation),
          pad: -(start - remainder) / dilation, tiles: (count + tile - 1) / tile)
      }
    }

    /// The taps of the n that tile `index` reads which lie inside.
    func taps(_ index: Int, tile: Int) -> Range<Int> {
      let start = index * tile - pad
      let low = min(max(0, -start), tile + 2)
      return low..<max(low, min(tile + 2, inputs - start))
    }

    /// The tiles whose taps all lie inside.
    func inner(tile: Int) -> Range<Int> {
      let low = min(tiles, max(0, (pad + tile - 1) / tile))
      let room = inputs + pad - tile - 2
      return low..<max(low, min(tiles, room < 0 ? 0 : room / tile + 1))
    }

    /// The outputs of tile `index`.
    func outputs(_ index: Int, tile: Int) -> Int { min(tile, outputs - index * tile) }
  }

  /// A row of tiles.
  struct Row: Sendable {
    /// The first tile's number.
    var firstTile: Int
    /// The image of the batch, the phase of the rows and that of the columns.
    var image: Int, phaseY: Int, phaseX: Int
    /// The row within its phase.
    var index: Int
  }

  /// Outputs of a tile along an axis.
  let tile: Int
  /// The phases of each axis.
  let phasesY: [Phase], phasesX: [Phase]
  /// From an output of a phase to the next.
  let dilationY: Int, dilationX: Int
  /// The rows of tiles, in order of their tiles' numbers.
  let rows: [Row]
  /// All tiles.
  let tiles: Int

  /// How many tiles cover `images` images.
  static func tiles(
    tile: Int, images: Int, outputs: (height: Int, width: Int), window: Window
  ) -> Int {
    func along(_ outputs: Int, _ dilation: Int) -> Int {
      (0..<min(dilation, outputs)).reduce(0) { sum, first in
        let count = (outputs - first + dilation - 1) / dilation
        return sum + (count + tile - 1) / tile
      }
    }
    return images * along(outputs.height, window.dilationY)
      * along(outputs.width, window.dilationX)
  }

  /// The tiles of `images` images.
  init(
    tile: Int, images: Int, outputs: (height: Int, width: Int), inputs: (height: Int, width: Int),
    window: Window
  ) {
    self.tile = tile
    dilationY = window.dilationY
    dilationX = window.dilationX
    phasesY = Phase.phases(
      outputs: outputs.height, inputs: inputs.height, dilation: window.dilationY,
      pad: window.padTop, tile: tile)
    phasesX = Phase.phases(
      outputs: outputs.width, inputs: inputs.width, dilation: window.dilationX,
      pad: window.padLeft, tile: tile)
    var rows: [Row] = []
    var count = 0
    for image in 0..<images {
      for y in phasesY.indices {
        for x in phasesX.indices {
          for index in 0..<phasesY[y].tiles {
            rows.append(Row(firstTile: count, image: image, phaseY: y, phaseX: x, index: index))
            count += phasesX[x].tiles
          }
        }
      }
    }
    self.rows = rows
    tiles = count
  }

  /// The number of the row that holds tile `number`.
  func row(of number: Int) -> Int {
    var low = 0
    var high = rows.count - 1
    while low < high {
      let middle = (low + high + 1) / 2
      if rows[middle].firstTile <= number { low = middle } else { high = middle - 1 }
    }
    return low
  }
}
