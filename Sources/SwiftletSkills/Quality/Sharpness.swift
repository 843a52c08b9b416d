/// How sharp a product is, measured on its own texture.
///
/// Tiles of 16 x 16 pixels inside the product (eroded by 3) that have texture are compared: the
/// root mean square of the Laplacian (and of the gradient, Tenengrad) over the standard deviation
/// of the tile, so that contrast cancels. The mean of the sharpest fifth counts, because parts of a
/// product may lie out of focus. Pertuz, Puig, Garcia, "Analysis of focus measure operators for
/// shape-from-focus", Pattern Recognition 2013.
package struct Sharpness: Sendable, Equatable {
  /// Laplacian over contrast; falls as blur grows.
  package let laplacian: Double
  /// Gradient over contrast; falls as blur grows.
  package let tenengrad: Double
  /// Tiles with enough texture.
  package let tiles: Int

  /// The sharpness of a view; nil where fewer than `tilesMin` tiles have a standard deviation of
  /// `stdMin` steps of 255: then nothing can be said.
  package init?(_ view: ProductView, stdMin: Double, tilesMin: Int) {
    let luma = view.luma
    let inside = view.interior(radius: 3)
    var measures: [(laplacian: Double, tenengrad: Double)] = []
    let size = 16
    for top in stride(from: 1, to: max(2, view.height - size), by: size) {
      for left in stride(from: 1, to: max(2, view.width - size), by: size) {
        guard
          let measure = Sharpness.measure(
            luma, inside, width: view.width, height: view.height, top: top, left: left, size: size,
            stdMin: stdMin)
        else { continue }
        measures.append(measure)
      }
    }
    guard measures.count >= max(1, tilesMin) else { return nil }
    tiles = measures.count
    measures.sort { $0.laplacian > $1.laplacian }
    let sharpest = measures.prefix(max(1, measures.count / 5))
    laplacian = sharpest.reduce(0) { $0 + $1.laplacian } / Double(sharpest.count)
    tenengrad = sharpest.reduce(0) { $0 + $1.tenengrad } / Double(sharpest.count)
  }

  private static func measure(
    _ luma: [Float], _ inside: [Bool], width: Int, height: Int, top: Int, left: Int, size: Int,
    stdMin: Double
  ) -> (laplacian: Double, tenengrad: Double)? {
    guard top + size < height, left + size < width else { return nil }
    var count: Float = 0
    var (sum, squares, curvature, slope): (Float, Float, Float, Float) = (0, 0, 0, 0)
    for y in top..<top + size {
      for x in left..<left + size {
        let index = y * width + x
        guard inside[index] else { continue }
        let value = luma[index]
        let (west, east) = (luma[index - 1], luma[index + 1])
        let (north, south) = (luma[index - width], luma[index + width])
        let second = west + east + north + south - 4 * value
        let (across, down) = ((east - west) / 2, (south - north) / 2)
        count += 1
        sum += value
        squares += value * value
        curvature += second * second
        slope += across * across + down * down
      }
    }
    guard count >= Float(size * size) * 0.75 else { return nil }
    let mean = sum / count
    let variance = Double(squares / count - mean * mean)
    guard variance >= stdMin * stdMin, variance > 0 else { return nil }
    return (
      (Double(curvature / count) / variance).squareRoot(),
      (Double(slope / count) / variance).squareRoot()
    )
  }
}
