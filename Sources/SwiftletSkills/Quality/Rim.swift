package import SwiftletImage

/// What is left of the old background in the soft edge of a composed product.
///
/// A pixel of the edge should lie between the product's colour just inside and the new background,
/// in proportion to alpha. How far it lies outside that range is its error.
package struct Rim: Sendable, Equatable {
  /// Pixels of the edge that were compared.
  package let pixels: Int
  /// The share of them whose error exceeds the tolerance in some channel.
  package let share: Double

  /// Steps of 255 that the product's own colour may change by within the reach.
  private static let tolerance = 40
  /// Pixels from the edge at which the product's own colour is looked up.
  private static let reach = 10
  /// Rows that are looked at in a large picture.
  private static let rows = 1024
  /// Pixels below which nothing can be said.
  private static let pixelsMin = 50

  /// The rim of a product on one background colour; nil where too little of its edge is soft.
  ///
  /// - Parameters:
  ///   - picture: RGB.
  ///   - alpha: 1 channel of the same size.
  ///   - background: the new background's colour.
  /// - Complexity: one pass over alpha, or over some thousand of its rows where it has more; some dozen
  ///   steps for a pixel of the edge.
  package init?(
    _ picture: PixelBuffer, alpha: PixelBuffer, background: (UInt8, UInt8, UInt8)
  ) {
    let (width, height) = (alpha.width, alpha.height)
    let step = max(1, height / Rim.rows)
    let bandHeight = 64 * step
    var partial = [Counts](repeating: Counts(), count: (height + bandHeight - 1) / bandHeight)
    picture.data.withUnsafeBufferPointer { colors in
      alpha.data.withUnsafeBufferPointer { alpha in
        partial.withUnsafeMutableBufferPointer { partial in
          nonisolated(unsafe) let (colors, alpha, partial) = (colors, alpha, partial)
          parallelRows(height, bandHeight: bandHeight) { band in
            var counts = Counts()
            for y in stride(from: band.lowerBound + 1, to: band.upperBound + 1, by: step)
            where y < height - 1 {
              counts.add(colors, alpha, row: y, width, height, background)
            }
            partial[band.lowerBound / bandHeight] = counts
          }
        }
      }
    }
    let count = partial.reduce(0) { $0 + $1.pixels }
    guard count >= Rim.pixelsMin else { return nil }
    pixels = count
    share = Double(partial.reduce(0) { $0 + $1.wrong }) / Double(count)
  }

  /// Pixels that were compared, and those whose error exceeds the tolerance.
  private struct Counts: Sendable {
    var pixels = 0
    var wrong = 0

    mutating func add(
      _ colors: UnsafeBufferPointer<UInt8>, _ alpha: UnsafeBufferPointer<UInt8>, row y: Int,
      _ width: Int, _ height: Int, _ background: (UInt8, UInt8, UInt8)
    ) {
      let bytes = UnsafeRawBufferPointer(alpha)
      let line = y * width
      var x = 1
      while x < width - 1 {
        let index = line &+ x
        if x + 8 <= width {
          let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
          if word == 0 || word == .max {
            x += 8
            continue
          }
        }
        if alpha[index] > 24, alpha[index] < 232,
          let inside = Rim.inside(alpha, x, y, width, height)
        {
          func error(_ channel: Int, _ ground: UInt8) -> Int {
            let value = Int(colors[3 * index + channel])
            let own = Int(colors[3 * inside + channel])
            return max(min(own, Int(ground)) - value, value - max(own, Int(ground)))
          }
          let worst = max(error(0, background.0), error(1, background.1), error(2, background.2))
          pixels += 1
          wrong += worst > Rim.tolerance ? 1 : 0
        }
        x += 1
      }
    }
  }

  /// The first opaque pixel uphill in alpha, 2 pixels further in where these are opaque too.
  private static func inside(
    _ alpha: UnsafeBufferPointer<UInt8>, _ x: Int, _ y: Int, _ width: Int, _ height: Int
  ) -> Int? {
    let index = y * width + x
    let right = Int(alpha[index + 1]) - Int(alpha[index - 1])
    let lower = Int(alpha[index + width]) - Int(alpha[index - width])
    let most = max(abs(right), abs(lower))
    guard most > 0 else { return nil }
    // Steps of one pixel along the steeper axis, in fractions of 2^16; to both sides alike.
    let (dx, dy) = (
      ((abs(right) << 16) + most / 2) / most, ((abs(lower) << 16) + most / 2) / most
    )
    let (signX, signY) = (right.signum(), lower.signum())
    var found: Int?
    var opaque = 0
    for step in 1...reach {
      let column = x &+ signX &* ((step &* dx &+ (1 << 15)) >> 16)
      let row = y &+ signY &* ((step &* dy &+ (1 << 15)) >> 16)
      guard column >= 0, row >= 0, column < width, row < height else { break }
      let place = row &* width &+ column
      guard alpha[place] == 255 else {
        if opaque > 0 { break }
        continue
      }
      found = place
      opaque += 1
      if opaque == 3 { break }
    }
    return found
  }
}
