internal import SwiftletImage

/// How sharp a product is, measured along four directions on its own texture and outline.
///
/// Blur weakens differences between neighbours more than those between pixels further apart. Along
/// each direction (across, down and both diagonals) the energy of the second difference at a
/// distance of 1 pixel is compared with that at 2, over the product and 2 pixels around it; contrast
/// cancels. Divided by what sharp photos have, 1 is sharp. Defocus lowers every direction, motion
/// the one that it runs along, so the lowest counts. Related to the no-reference measure of Crete
/// and others, "The blur effect", SPIE 6492, 2007, which compares with the picture blurred once
/// more.
package struct Sharpness: Sendable, Equatable {
  /// The ratio of energies, by direction: across, down, falling and rising diagonal.
  package let directions: SIMD4<Double>
  /// Energy at 2 pixels along the strongest direction, in squared steps of 255 a pixel.
  package let texture: Double

  /// The lowest direction's: 1 sharp, falling as blur grows.
  package var value: Double { directions.min() }
  /// 1 where perpendicular directions are alike, falling as one of them is more blurred: the inverse of
  /// the ratio between them, both pairs taken together as lengths are.
  package var evenness: Double {
    let logarithms = (0..<4).map { Math.logarithm(directions[$0]) }
    let (upright, diagonal) = (logarithms[0] - logarithms[1], logarithms[2] - logarithms[3])
    return Math.exponential(-(upright * upright + diagonal * diagonal).squareRoot())
  }

  /// The medians of the ratio over the sharp photos of the calibration set. Diagonal neighbours are
  /// further apart, so their ratio is another.
  private static let sharp = SIMD4<Double>(0.329, 0.317, 0.441, 0.450)
  /// An energy too small to tell from rounding.
  private static let floor = 0.5
  /// Pixels from the border of the view that are left out.
  private static let margin = 4

  /// The sharpness of a view; nil where the energy stays below `textureMin` along every direction:
  /// then nothing can be said.
  ///
  /// - Complexity: one pass over the view, eight pixels at a time, rows split over threads.
  package init?(_ view: ProductView, textureMin: Double) {
    let product = Morphology.dilated(
      view.alpha.data.map { $0 > 127 }, width: view.width, height: view.height, radius: 2)
    self.init(
      view.luma, weights: product.map { $0 ? 1 : 0 }, width: view.width, height: view.height,
      textureMin: textureMin)
  }

  /// The sharpness of the part of a picture where `weights` is 1; the others are 0.
  package init?(
    _ luma: [Float], weights: [Float], width: Int, height: Int, textureMin: Double
  ) {
    let margin = Sharpness.margin
    guard width >= 2 * margin + 8, height > 2 * margin else { return nil }
    let rows = height - 2 * margin
    let bandHeight = 16
    var partial = [Energies](repeating: Energies(), count: (rows + bandHeight - 1) / bandHeight)
    luma.withUnsafeBufferPointer { luma in
      weights.withUnsafeBufferPointer { weights in
        partial.withUnsafeMutableBufferPointer { partial in
          nonisolated(unsafe) let luma = UnsafeRawBufferPointer(luma)
          nonisolated(unsafe) let weights = UnsafeRawBufferPointer(weights)
          nonisolated(unsafe) let partial = partial
          parallelRows(rows, bandHeight: bandHeight) { band in
            var energies = Energies()
            for row in band {
              energies.add(
                luma, weights, width: width, row: row + margin, columns: margin..<width - margin)
            }
            partial[band.lowerBound / bandHeight] = energies
          }
        }
      }
    }
    var total = Energies()
    for energies in partial { total.add(energies) }
    guard total.pixels >= 100 else { return nil }
    let count = SIMD4<Double>(repeating: total.pixels)
    let (near, far) = (total.near / count, total.far / count)
    texture = far.max()
    guard texture >= textureMin else { return nil }
    let floor = SIMD4<Double>(repeating: Sharpness.floor)
    directions = (near + floor) / (far + floor) / Sharpness.sharp
  }
}

/// Sums of squared second differences by direction.
private struct Energies: Sendable {
  var near = SIMD4<Double>.zero
  var far = SIMD4<Double>.zero
  var pixels = 0.0

  mutating func add(_ other: Energies) {
    near += other.near
    far += other.far
    pixels += other.pixels
  }

  /// Adds a row of a picture; 2 pixels around every one of `columns`, which are at least 8, are inside
  /// the picture.
  mutating func add(
    _ luma: UnsafeRawBufferPointer, _ weights: UnsafeRawBufferPointer, width: Int, row: Int,
    columns: Range<Int>
  ) {
    let start = row * width
    var sums = Sums()
    var column = columns.lowerBound
    while column + 8 <= columns.upperBound {
      sums.add(luma, weights, at: start + column, width: width, lanes: SIMD8(repeating: 1))
      column += 8
    }
    if column < columns.upperBound {
      // The last eight columns, of which some are counted already.
      let place = columns.upperBound - 8
      let known = SIMD8<Int32>(repeating: Int32(column - place))
      let isNew = SIMD8<Int32>(0, 1, 2, 3, 4, 5, 6, 7) .>= known
      sums.add(
        luma, weights, at: start + place, width: width,
        lanes: SIMD8<Float>(repeating: 0).replacing(with: 1, where: isNew))
    }
    near += Sums.total(sums.near)
    far += Sums.total(sums.far)
    pixels += Double(sums.weight.sum())
  }
}

/// Sums of squared second differences in lanes: across, down and along both diagonals.
private struct Sums {
  typealias Lanes = SIMD8<Float>
  var near = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
  var far = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
  var weight = Lanes.zero

  static func total(_ sums: (Lanes, Lanes, Lanes, Lanes)) -> SIMD4<Double> {
    SIMD4(
      Double(sums.0.sum()), Double(sums.1.sum()), Double(sums.2.sum()), Double(sums.3.sum()))
  }

  @inline(__always)
  mutating func add(
    _ luma: UnsafeRawBufferPointer, _ weights: UnsafeRawBufferPointer, at index: Int, width: Int,
    lanes: Lanes
  ) {
    let chosen = weights.loadUnaligned(fromByteOffset: 4 * index, as: Lanes.self) * lanes
    weight += chosen
    let middle = luma.loadUnaligned(fromByteOffset: 4 * index, as: Lanes.self) * 2
    near.0 += Sums.energy(luma, index, 1, middle, chosen)
    near.1 += Sums.energy(luma, index, width, middle, chosen)
    near.2 += Sums.energy(luma, index, width + 1, middle, chosen)
    near.3 += Sums.energy(luma, index, width - 1, middle, chosen)
    far.0 += Sums.energy(luma, index, 2, middle, chosen)
    far.1 += Sums.energy(luma, index, 2 * width, middle, chosen)
    far.2 += Sums.energy(luma, index, 2 * width + 2, middle, chosen)
    far.3 += Sums.energy(luma, index, 2 * width - 2, middle, chosen)
  }

  @inline(__always)
  private static func energy(
    _ luma: UnsafeRawBufferPointer, _ index: Int, _ step: Int, _ middle: Lanes, _ chosen: Lanes
  ) -> Lanes {
    let before = luma.loadUnaligned(fromByteOffset: 4 * (index - step), as: Lanes.self)
    let after = luma.loadUnaligned(fromByteOffset: 4 * (index + step), as: Lanes.self)
    let second = before + after - middle
    return second * second * chosen
  }
}
