package import SwiftletImage

/// What a photo looks like, in few bytes: enough to find it again resized, recompressed or cropped.
package struct Fingerprint: Sendable, Equatable {
  /// Cells along each side of the small picture.
  package static let side = 32

  /// A hash of size and pixels (FNV-1a, 64 bits): equal pictures have equal hashes.
  package let digest: UInt64
  /// The picture stretched to `side` x `side`, RGB.
  package let cells: [UInt8]

  /// The fingerprint of a picture.
  ///
  /// - Complexity: two passes over the picture.
  package init(_ pixels: PixelBuffer) {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    func mix(_ value: UInt64) { hash = (hash ^ value) &* 0x100_0000_01b3 }
    mix(UInt64(pixels.width))
    mix(UInt64(pixels.channels))
    pixels.data.withUnsafeBytes { bytes in
      var offset = 0
      while offset + 8 <= bytes.count {
        mix(bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        hash ^= hash >> 29
        offset += 8
      }
      for byte in bytes[offset...] { mix(UInt64(byte)) }
    }
    digest = hash
    let side = Fingerprint.side
    let factor = max(1, min(pixels.width, pixels.height) / (4 * side))
    cells =
      pixels.opaque.boxMean(factor: min(256, factor))
      .resized(width: side, height: side, filter: .bilinear).rgb.data
  }

  /// The fingerprint that ``text`` describes.
  package init?(text: String) {
    let digits = Array(text.utf8)
    let count = 3 * Fingerprint.side * Fingerprint.side
    guard digits.count == 16 + 2 * count else { return nil }
    func nibble(_ digit: UInt8) -> UInt8? {
      Character(Unicode.Scalar(digit)).hexDigitValue.map { UInt8($0) }
    }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let high = nibble(digits[index]), let low = nibble(digits[index + 1]) else {
        return nil
      }
      bytes.append(high << 4 | low)
    }
    digest = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    cells = Array(bytes.dropFirst(8))
  }

  /// Digest and cells as hexadecimal digits.
  package var text: String {
    let digits = Array("0123456789abcdef".utf8)
    let bytes = (0..<8).map { UInt8(truncatingIfNeeded: digest >> (56 - 8 * UInt64($0))) } + cells
    var text: [UInt8] = []
    text.reserveCapacity(2 * bytes.count)
    for byte in bytes {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }
}

extension PixelBuffer {
  /// The picture in RGB; grey is repeated.
  fileprivate var rgb: PixelBuffer { channels == 3 ? self : composited(over: (255, 255, 255)) }
}

/// Two photos of a set that show the same picture.
package struct DuplicatePair: Sendable, Equatable {
  /// The place of the earlier one.
  package let first: Int
  /// The place of the later one.
  package let second: Int
  /// Root of the mean square difference of the twentieth of the picture that differs most, over the
  /// contrast, once aligned: 0 is equal.
  package let distance: Double
  /// Whether the pixels are the same.
  package let isExact: Bool
}

/// The search for pictures that occur more than once.
package enum Duplicates {
  /// The largest distance of two photos that count as the same picture.
  ///
  /// `make eval-quality` measures it: versions of a photo (resized, recompressed, up to 5 % cut from each
  /// side) lie below, 1000 different photos above, which include goods that differ by their print.
  package static let nearDistance = 0.27

  /// The pairs of a set, ordered by their places.
  ///
  /// Equal digests are exact duplicates. Otherwise the small pictures are compared as a whole, and
  /// those that are roughly alike once more with up to 6 % cut from each side of one of them.
  ///
  /// - Parameters:
  ///   - prints: the set; nil for photos that could not be read.
  ///   - distanceMax: the largest distance of a pair.
  ///   - shouldStop: asked before each photo; once true, the pairs found so far are returned.
  /// - Complexity: quadratic in the set: 64 multiplications a pair, and some 10^7 for those roughly
  ///   alike.
  package static func pairs(
    in prints: [Fingerprint?], distanceMax: Double,
    shouldStop: @Sendable () -> Bool = { false }
  ) -> [DuplicatePair] {
    let known = prints.indices.compactMap { index in
      prints[index].map { (place: index, print: $0, coarse: Coarse($0)) }
    }
    let rows = Rows(count: known.count)
    parallelRows(known.count, bandHeight: 8) { band in
      for index in band {
        guard !shouldStop() else { return }
        var found: [DuplicatePair] = []
        for other in known[(index + 1)...] {
          let one = known[index]
          if one.print.digest == other.print.digest {
            found.append(
              DuplicatePair(first: one.place, second: other.place, distance: 0, isExact: true))
          } else if one.coarse.isLike(other.coarse) {
            let distance = aligned(one.print, other.print)
            if distance <= distanceMax {
              found.append(
                DuplicatePair(
                  first: one.place, second: other.place, distance: distance, isExact: false))
            }
          }
        }
        rows.set(index, found)
      }
    }
    return rows.all
  }

  /// The least distance over the ways in which one picture may be a crop of the other.
  package static func aligned(_ a: Fingerprint, _ b: Fingerprint) -> Double {
    let (first, second) = (Floats(a), Floats(b))
    let plain = first.difference(to: second, cut: .zero)
    guard plain.mean < hopeless else { return plain.peak }
    var least = plain.peak
    for (whole, part) in [(first, second), (second, first)] {
      let cut = bestCut(of: whole, for: part)
      least = min(least, whole.difference(to: part, cut: cut).peak)
    }
    return least
  }

  /// The shares of `whole` beside its sides without which it is most like `part`.
  private static func bestCut(of whole: Floats, for part: Floats) -> SIMD4<Float> {
    var cut = SIMD4<Float>.zero
    var best = whole.difference(to: part, cut: cut).mean
    func take(_ candidate: SIMD4<Float>) {
      let mean = whole.difference(to: part, cut: candidate).mean
      if mean < best { (best, cut) = (mean, candidate) }
    }
    // Left and right together, then top and bottom, twice round: the axes hardly depend on each
    // other.
    for axis in [0, 1, 0, 1] {
      let start = cut
      for near in cuts {
        for far in cuts {
          var candidate = start
          (candidate[axis], candidate[axis + 2]) = (near, far)
          take(candidate)
        }
      }
    }
    // Then each side on its own, in ever smaller steps.
    for step: Float in [0.006, 0.006, 0.003, 0.003, 0.0015, 0.0015] {
      for side in 0..<4 {
        for change in [-step, step] {
          var candidate = cut
          candidate[side] = min(max(0, candidate[side] + change), cutMax)
          take(candidate)
        }
      }
    }
    return cut
  }

  /// The distance from which no crop makes two pictures alike.
  private static let hopeless = 0.8
  /// Shares that may have been cut from a side.
  private static let cuts: [Float] = [0, 0.0125, 0.025, 0.0375, 0.05, 0.06]
  /// The largest such share.
  private static let cutMax: Float = 0.08
}

/// Results of rows that are found at the same time.
private final class Rows: @unchecked Sendable {
  // Each row is written once, by the band that it belongs to.
  private let rows: UnsafeMutablePointer<[DuplicatePair]>
  private let count: Int

  init(count: Int) {
    self.count = count
    rows = .allocate(capacity: max(1, count))
    rows.initialize(repeating: [], count: count)
  }

  deinit {
    rows.deinitialize(count: count)
    rows.deallocate()
  }

  func set(_ row: Int, _ pairs: [DuplicatePair]) { rows[row] = pairs }

  var all: [DuplicatePair] { (0..<count).flatMap { rows[$0] } }
}

/// Luma of 8 x 8 cells, mean 0 and length 1.
private struct Coarse: Sendable {
  let values: [Float]

  init(_ print: Fingerprint) {
    let side = Fingerprint.side
    var values = [Float](repeating: 0, count: 64)
    for y in 0..<side {
      for x in 0..<side {
        let pixel = 3 * (y * side + x)
        let red = 0.2126 * Float(print.cells[pixel])
        let green = 0.7152 * Float(print.cells[pixel + 1])
        let blue = 0.0722 * Float(print.cells[pixel + 2])
        let cell = y * 8 / side * 8 + x * 8 / side
        values[cell] += red + green + blue
      }
    }
    let mean = values.reduce(0, +) / 64
    let length = values.reduce(Float(0)) { $0 + ($1 - mean) * ($1 - mean) }.squareRoot()
    self.values = values.map { length > 0 ? ($0 - mean) / length : 0 }
  }

  func isLike(_ other: Coarse) -> Bool {
    var product: Float = 0
    for index in 0..<64 { product += values[index] * other.values[index] }
    // Flat pictures have no shape to compare.
    return product > 0.85 || values[0] == 0 && other.values[0] == 0
  }
}

/// What differs between two pictures, cell by cell.
private struct Difference {
  let squares: [Float]
  let contrast: Float

  /// Over all cells.
  var mean: Double {
    Double((squares.reduce(0, +) / Float(squares.count)).squareRoot() / contrast)
  }

  /// Over the twentieth of the cells that differs most: another print on the same shirt.
  var peak: Double {
    let most = squares.sorted(by: >).prefix(max(1, squares.count / 20))
    return Double((most.reduce(0, +) / Float(most.count)).squareRoot() / contrast)
  }
}

/// A fingerprint for comparison.
private struct Floats {
  let cells: [SIMD4<Float>]
  /// The largest change of exposure that is none of the picture.
  private static let exposureMax: Float = 12
  /// Standard deviation of the values, at least that of faint paper.
  let contrast: Float

  init(_ print: Fingerprint) {
    let count = Fingerprint.side * Fingerprint.side
    cells = (0..<count).map { index in
      let (red, green) = (Float(print.cells[3 * index]), Float(print.cells[3 * index + 1]))
      return SIMD4<Float>(red, green, Float(print.cells[3 * index + 2]), 0)
    }
    let mean = cells.reduce(.zero, +) / Float(count)
    let variance = cells.reduce(Float(0)) { sum, cell in
      let difference = cell - mean
      return sum + (difference * difference).sum()
    }
    contrast = max(8, (variance / Float(3 * count)).squareRoot())
  }

  /// How much a picture differs that may be this one without the shares `cut` of its left, top, right
  /// and lower side: the root of the mean square over all cells and, once asked for, over the
  /// twentieth that differs most; both over the contrast.
  func difference(to part: Floats, cut: SIMD4<Float>) -> Difference {
    let side = Fingerprint.side
    let rows = Floats.taps(near: cut[1], far: cut[3])
    let columns = Floats.taps(near: cut[0], far: cut[2])
    var shift = SIMD4<Float>.zero
    var difference = [SIMD4<Float>](repeating: .zero, count: side * side)
    for y in 0..<side {
      for x in 0..<side {
        let upper = blend(rows[y].lower * side, columns[x])
        let lower = blend(rows[y].upper * side, columns[x])
        let whole: SIMD4<Float> = upper + (lower - upper) * rows[y].weight
        let value: SIMD4<Float> = whole - part.cells[y * side + x]
        difference[y * side + x] = value
        shift += value
      }
    }
    // A small change of exposure, the same in every channel, is no difference of the picture, nor is
    // one of a cell to its neighbour, which the grid of a crop brings about.
    let count = Float(side * side)
    let luma: Float = (shift * SIMD4(0.2126, 0.7152, 0.0722, 0)).sum() / count
    let exposure = min(max(luma, -Floats.exposureMax), Floats.exposureMax)
    let mean = SIMD4<Float>(exposure, exposure, exposure, 0)
    var squares = [Float](repeating: 0, count: side * side)
    for y in 0..<side {
      let (above, below) = (max(y - 1, 0) * side, min(y + 1, side - 1) * side)
      func column(_ x: Int) -> SIMD4<Float> {
        let middle: SIMD4<Float> = difference[y * side + x]
        let outer: SIMD4<Float> = difference[above + x] + difference[below + x]
        return outer + middle + middle
      }
      for x in 0..<side {
        let middle: SIMD4<Float> = column(x)
        let outer: SIMD4<Float> = column(max(x - 1, 0)) + column(min(x + 1, side - 1))
        let total: SIMD4<Float> = outer + middle + middle
        let blurred: SIMD4<Float> = total * Float(0.0625) - mean
        squares[y * side + x] = (blurred * blurred).sum() / 3
      }
    }
    return Difference(squares: squares, contrast: min(contrast, part.contrast))
  }

  /// The value between two cells of a row that starts at cell `row`.
  private func blend(_ row: Int, _ tap: Tap) -> SIMD4<Float> {
    let first = cells[row + tap.lower]
    return first + (cells[row + tap.upper] - first) * tap.weight
  }

  private struct Tap {
    let lower: Int
    let upper: Int
    let weight: Float
  }

  /// Where the centres of a line's cells lie once shares of its ends are cut off.
  private static func taps(near: Float, far: Float) -> [Tap] {
    let side = Fingerprint.side
    let rest: Float = 1 - near - far
    return (0..<side).map { index in
      let place: Float = near * Float(side) + (Float(index) + 0.5) * rest
      let clamped: Float = min(max(place - 0.5, 0), Float(side - 1))
      let lower = Int(clamped)
      return Tap(lower: lower, upper: min(lower + 1, side - 1), weight: clamped - Float(lower))
    }
  }
}
