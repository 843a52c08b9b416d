/// The transforms of Winograd's minimal filtering F(m x m, 3 x 3) along one axis: n = m + 2 inputs give
/// n products, which give m outputs (Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks",
/// 2015). The weights' transform belongs to the same points: `WinogradPoints`.
public protocol WinogradTransform {
  /// Gives each index and register of B^T d to `write`.
  static func input<L: Lanes>(
    _ lanes: L.Type, _ d: (Int) -> L.Vector, _ write: (Int, L.Vector) -> Void)
  /// Gives each index and register of A^T m to `write`.
  static func output<L: Lanes>(
    _ lanes: L.Type, _ m: (Int) -> L.Vector, _ write: (Int, L.Vector) -> Void)
}

/// F(4, 3) at the points 0, +-1/sqrt(2), +-sqrt(2) and infinity, whose powers stay near 1.
public enum Winograd4: WinogradTransform {
  /// B^T d.
  @inlinable @inline(always)
  public static func input<L: Lanes>(
    _ lanes: L.Type, _ d: (Int) -> L.Vector, _ write: (Int, L.Vector) -> Void
  ) {
    let d0 = d(0)
    let d1 = d(1)
    let d2 = d(2)
    let d3 = d(3)
    let d4 = d(4)
    let d5 = d(5)
    let sum = L.Vector(repeating: -2.5)
    write(0, L.multiplyAdd(d0 + d4, d2, sum))
    write(5, L.multiplyAdd(d1 + d5, d3, sum))
    // LLVM cuts multiply-adds by -2 into halves of a register; 2 * d is exact, so this rounds as they do.
    let even = d4 - (d2 + d2)
    let odd = d3 - (d1 + d1)
    write(1, L.multiplyAdd(even, odd, L.Vector(repeating: 0.707106781186547)))
    write(2, L.multiplyAdd(even, odd, L.Vector(repeating: -0.707106781186547)))
    let evenB = L.multiplyAdd(d4, d2, L.Vector(repeating: -0.5))
    let oddB = L.multiplyAdd(d3, d1, L.Vector(repeating: -0.5))
    write(3, L.multiplyAdd(evenB, oddB, L.Vector(repeating: 1.41421356237309)))
    write(4, L.multiplyAdd(evenB, oddB, L.Vector(repeating: -1.41421356237309)))
  }

  /// A^T m.
  @inlinable @inline(always)
  public static func output<L: Lanes>(
    _ lanes: L.Type, _ m: (Int) -> L.Vector, _ write: (Int, L.Vector) -> Void
  ) {
    let m1 = m(1)
    let m2 = m(2)
    let m3 = m(3)
    let m4 = m(4)
    let sumA = m1 + m2
    let sumB = m3 + m4
    let oddA = m1 - m2
    let oddB = m3 - m4
    write(0, m(0) + sumA + sumB)
    write(
      1,
      L.multiplyAdd(
        oddA * L.Vector(repeating: 0.707106781186547), oddB,
        L.Vector(repeating: 1.41421356237309)))
    write(
      2,
      L.multiplyAdd(sumA * L.Vector(repeating: 0.5), sumB, L.Vector(repeating: 2)))
    write(
      3,
      L.multiplyAdd(
        L.multiplyAdd(m(5), oddA, L.Vector(repeating: 0.353553390593273)), oddB,
        L.Vector(repeating: 2.82842712474619)))
  }
}

/// Neighbouring tiles of n x n inputs on their way into n * n planes: the argument of the kernels of
/// Winograd's input transform. All steps are in floats.
@frozen public struct WinogradInput {
  /// The image, and from its start to the first tile's corner; the corner may lie outside.
  public var image: UnsafePointer<Float>, corner: Int
  /// From a row, a pixel and a tile to the next.
  public var rowStep: Int, pixelStep: Int, tileStep: Int
  /// The rows and columns of a tile that lie inside the image; the others are zero.
  public var firstRow: Int, endRow: Int, firstColumn: Int, endColumn: Int
  /// The first tile's first channel in the first plane; from a plane and from a tile to the next.
  public var output: UnsafeMutablePointer<Float>, planeStep: Int, outputStep: Int
  /// Room for n * n registers.
  public var scratch: UnsafeMutablePointer<Float>
  /// Tiles and channels, at least 1 each.
  public var tiles: Int, channels: Int

  /// Tiles; see the members.
  @inlinable
  public init(
    image: UnsafePointer<Float>, corner: Int, rowStep: Int, pixelStep: Int, tileStep: Int,
    rows: Range<Int>, columns: Range<Int>, output: UnsafeMutablePointer<Float>, planeStep: Int,
    outputStep: Int, scratch: UnsafeMutablePointer<Float>, tiles: Int, channels: Int
  ) {
    self.image = image
    self.corner = corner
    self.rowStep = rowStep
    self.pixelStep = pixelStep
    self.tileStep = tileStep
    firstRow = rows.lowerBound
    endRow = rows.upperBound
    firstColumn = columns.lowerBound
    endColumn = columns.upperBound
    self.output = output
    self.planeStep = planeStep
    self.outputStep = outputStep
    self.scratch = scratch
    self.tiles = tiles
    self.channels = channels
  }
}

/// Neighbouring tiles of m x m outputs out of n * n planes of products: the argument of the kernels of
/// Winograd's output transform. All steps are in floats.
@frozen public struct WinogradOutput {
  /// The first tile's first channel in the first plane; from a plane and from a tile to the next.
  public var input: UnsafePointer<Float>, planeStep: Int, inputStep: Int
  /// One a channel.
  public var bias: UnsafePointer<Float>
  /// The first tile's first output; from a row, a pixel and a tile to the next.
  public var output: UnsafeMutablePointer<Float>, rowStep: Int, pixelStep: Int, tileStep: Int
  /// Added between the inner clamp and the clamp. Must not overlap the output.
  public var residual: UnsafePointer<Float>?
  /// From a row, a pixel and a tile of the residual to the next.
  public var residualRowStep = 0, residualPixelStep = 0, residualTileStep = 0
  /// Rows and columns of a tile to write, from 1 to m.
  public var rows: Int, columns: Int
  /// Room for n * n registers.
  public var scratch: UnsafeMutablePointer<Float>
  /// Tiles and channels, at least 1 each.
  public var tiles: Int, channels: Int
  /// The clamp before the residual is added.
  public var innerLower = -Float.infinity, innerUpper = Float.infinity
  /// The clamp.
  public var lower: Float, upper: Float

  /// Tiles without a residual; see the members.
  @inlinable
  public init(
    input: UnsafePointer<Float>, planeStep: Int, inputStep: Int, bias: UnsafePointer<Float>,
    output: UnsafeMutablePointer<Float>, rowStep: Int, pixelStep: Int, tileStep: Int, rows: Int,
    columns: Int, scratch: UnsafeMutablePointer<Float>, tiles: Int, channels: Int, lower: Float,
    upper: Float
  ) {
    self.input = input
    self.planeStep = planeStep
    self.inputStep = inputStep
    self.bias = bias
    self.output = output
    self.rowStep = rowStep
    self.pixelStep = pixelStep
    self.tileStep = tileStep
    self.rows = rows
    self.columns = columns
    self.scratch = scratch
    self.tiles = tiles
    self.channels = channels
    self.lower = lower
    self.upper = upper
  }
}

/// Tiles from one in use to the one whose lines are fetched, of inputs and of outputs.
@inlinable @inline(always)
var winogradAhead: Int { 2 }

/// One register of channels of one tile. `inner`: all taps lie inside and the register is whole.
@inlinable @inline(always)
func winogradInputBlock<L: Lanes, T: WinogradTransform, let N: Int>(
  _ lanes: L.Type, _ transform: T.Type, _ size: Extent<N>.Type,
  _ tiles: UnsafePointer<WinogradInput>, _ corner: Int, _ output: UnsafeMutablePointer<Float>,
  _ count: Int, _ inner: Bool
) {
  let scratch = tiles.pointee.scratch
  let rowStep = tiles.pointee.rowStep
  let aheadStep = winogradAhead * tiles.pointee.tileStep
  var x = 0
  while x < N {
    let column = tiles.pointee.image + (corner + x * tiles.pointee.pixelStep)
    let isInside = x >= tiles.pointee.firstColumn && x < tiles.pointee.endColumn
    T.input(
      lanes,
      { y in
        if inner {
          // The first two columns were fetched for the tile before.
          if x >= 2 { L.prefetch(column + y * rowStep + aheadStep) }
          return L.load(column + y * rowStep)
        }
        return isInside && y >= tiles.pointee.firstRow && y < tiles.pointee.endRow
          ? loadUpTo(lanes, column + y * rowStep, count) : L.Vector.zero
      },
      { y, value in L.store(value, scratch + (y * N + x) * L.count) })
    x += 1
  }
  let planeStep = tiles.pointee.planeStep
  var y = 0
  while y < N {
    let row = scratch + y * N * L.count
    let planes = output + y * N * planeStep
    T.input(
      lanes, { x in L.load(row + x * L.count) },
      { x, value in
        if inner {
          L.store(value, planes + x * planeStep)
        } else {
          storeUpTo(lanes, value, planes + x * planeStep, count)
        }
      })
    y += 1
  }
}

/// The input transform of neighbouring tiles.
@inlinable @inline(always)
public func winogradInputKernel<L: Lanes, T: WinogradTransform, let N: Int>(
  _ lanes: L.Type, _ transform: T.Type, _ size: Extent<N>.Type,
  _ tiles: UnsafePointer<WinogradInput>
) {
  let channels = tiles.pointee.channels
  let isInner =
    tiles.pointee.firstRow == 0 && tiles.pointee.firstColumn == 0 && tiles.pointee.endRow == N
    && tiles.pointee.endColumn == N
  var tile = 0
  while tile < tiles.pointee.tiles {
    let corner = tiles.pointee.corner + tile * tiles.pointee.tileStep
    let output = tiles.pointee.output + tile * tiles.pointee.outputStep
    var c = 0
    while c < channels {
      let rest = channels - c
      if isInner && rest >= L.count {
        winogradInputBlock(lanes, transform, size, tiles, corner + c, output + c, L.count, true)
      } else {
        winogradInputBlock(
          lanes, transform, size, tiles, corner + c, output + c, rest < L.count ? rest : L.count,
          false)
      }
      c += L.count
    }
    tile += 1
  }
}

/// One register of channels of one tile. `whole`: all outputs are written and the register is whole.
@inlinable @inline(always)
func winogradOutputBlock<L: Lanes, T: WinogradTransform, let N: Int, let M: Int>(
  _ lanes: L.Type, _ transform: T.Type, _ size: Extent<N>.Type, _ outputs: Extent<M>.Type,
  _ tiles: UnsafePointer<WinogradOutput>, _ tile: Int, _ c: Int, _ count: Int, _ whole: Bool
) {
  let scratch = tiles.pointee.scratch
  let planeStep = tiles.pointee.planeStep
  let input = tiles.pointee.input + tile * tiles.pointee.inputStep + c
  var x = 0
  while x < N {
    let planes = input + x * planeStep
    T.output(
      lanes,
      { y in
        whole
          ? L.load(planes + y * N * planeStep)
          : loadUpTo(lanes, planes + y * N * planeStep, count)
      },
      { y, value in L.store(value, scratch + (y * N + x) * L.count) })
    x += 1
  }
  let bias =
    whole ? L.load(tiles.pointee.bias + c) : loadUpTo(lanes, tiles.pointee.bias + c, count)
  let lower = L.Vector(repeating: tiles.pointee.lower)
  let upper = L.Vector(repeating: tiles.pointee.upper)
  let innerLower = L.Vector(repeating: tiles.pointee.innerLower)
  let innerUpper = L.Vector(repeating: tiles.pointee.innerUpper)
  let pixelStep = tiles.pointee.pixelStep
  let columns = tiles.pointee.columns
  let rows = whole ? M : tiles.pointee.rows
  let aheadStep = winogradAhead * tiles.pointee.tileStep
  var y = 0
  while y < rows {
    let row = scratch + y * N * L.count
    let output =
      tiles.pointee.output + tile * tiles.pointee.tileStep + y * tiles.pointee.rowStep + c
    let residual = tiles.pointee.residual.map {
      $0 + (tile * tiles.pointee.residualTileStep + y * tiles.pointee.residualRowStep + c)
    }
    T.output(
      lanes, { x in L.load(row + x * L.count) },
      { x, value in
        if !whole && x >= columns { return }
        var sum = value + bias
        if let residual {
          let place = residual + x * tiles.pointee.residualPixelStep
          sum = L.clamp(sum, innerLower, innerUpper)
          sum += whole ? L.load(place) : loadUpTo(lanes, place, count)
        }
        sum = L.clamp(sum, lower, upper)
        if whole {
          L.store(sum, output + x * pixelStep)
          L.prefetch(output + x * pixelStep + aheadStep)
        } else {
          storeUpTo(lanes, sum, output + x * pixelStep, count)
        }
      })
    y += 1
  }
}

/// The output transform of neighbouring tiles, with bias, residual and clamp.
@inlinable @inline(always)
public func winogradOutputKernel<L: Lanes, T: WinogradTransform, let N: Int, let M: Int>(
  _ lanes: L.Type, _ transform: T.Type, _ size: Extent<N>.Type, _ outputs: Extent<M>.Type,
  _ tiles: UnsafePointer<WinogradOutput>
) {
  let channels = tiles.pointee.channels
  let isWhole = tiles.pointee.rows == M && tiles.pointee.columns == M
  var tile = 0
  while tile < tiles.pointee.tiles {
    var c = 0
    while c < channels {
      let rest = channels - c
      if isWhole && rest >= L.count {
        winogradOutputBlock(lanes, transform, size, outputs, tiles, tile, c, L.count, true)
      } else {
        winogradOutputBlock(
          lanes, transform, size, outputs, tiles, tile, c, rest < L.count ? rest : L.count, false)
      }
      c += L.count
    }
    tile += 1
  }
}
