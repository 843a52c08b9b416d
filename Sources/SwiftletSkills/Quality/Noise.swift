/// The noise of a photo, from the tiles of it that hold the least texture.
///
/// Tiles of 8 x 8 pixels are filtered by the difference of two Laplacians, which cancels slopes and
/// edges (Immerkær, "Fast noise variance estimation", CVIU 1996); of the tiles' deviations the 20th
/// percentile counts, so that texture hardly does. Tiles that are nearly black or nearly white,
/// where clipping hides noise, are left out.
package struct Noise: Sendable, Equatable {
  /// Pixels along each side of a tile, as many as the lanes of a line.
  private static let side = 8
  /// Tiles below which nothing can be said.
  private static let tilesMin = 12

  /// The standard deviation in steps of 255.
  package let deviation: Double

  /// The noise where `isIncluded`; nil where too few tiles are.
  package init?(_ luma: [Float], isIncluded: [Bool], width: Int, height: Int) {
    let side = Noise.side
    var deviations: [Float] = []
    for top in stride(from: 1, to: max(1, height - side), by: side) {
      for left in stride(from: 1, to: max(1, width - side), by: side) {
        guard
          let deviation = Noise.deviation(luma, isIncluded, width: width, top: top, left: left)
        else { continue }
        deviations.append(deviation)
      }
    }
    guard deviations.count >= Noise.tilesMin else { return nil }
    deviations.sort()
    deviation = Double(deviations[deviations.count / 5])
  }

  private static func deviation(
    _ luma: [Float], _ isIncluded: [Bool], width: Int, top: Int, left: Int
  ) -> Float? {
    typealias Line = SIMD8<Float>
    return luma.withUnsafeBytes { luma in
      isIncluded.withUnsafeBytes { isIncluded in
        /// The line of a tile that begins at a pixel.
        @inline(__always) func line(_ index: Int) -> Line {
          luma.loadUnaligned(fromByteOffset: 4 * index, as: Line.self)
        }
        var (sums, squares) = (Line.zero, Line.zero)
        for y in top..<top + side {
          let index = y * width + left
          guard
            isIncluded.loadUnaligned(fromByteOffset: index, as: UInt64.self)
              == 0x0101_0101_0101_0101
          else { return nil }
          let (up, down) = (index - width, index + width)
          let corners = line(up - 1) + line(up + 1) + line(down - 1) + line(down + 1)
          let sides = line(up) + line(down) + line(index - 1) + line(index + 1)
          let value = corners - 2 * sides + 4 * line(index)
          squares += value * value
          sums += line(index)
        }
        let count = Float(side * side)
        let mean = sums.sum() / count
        guard mean > 16, mean < 239 else { return nil }
        return (squares.sum() / count).squareRoot() / 6
      }
    }
  }
}
