package import SwiftletImage

/// The guided filter with a colour guide (He, Sun, Tang, "Guided Image Filtering", TPAMI 2013).
///
/// In every window the filtered value is an affine function of the guide's colour, chosen by least
/// squares to fit the input. The functions are smooth, so they may be computed on a reduced picture
/// and evaluated on the full one (He, Sun, "Fast Guided Filter", 2015).
package enum GuidedFilter {
  /// The affine function of each pixel: `(aR, aG, aB, b)` with value = aR R + aG G + aB B + b for
  /// colours in 0...1.
  ///
  /// - Parameters:
  ///   - guide: RGB.
  ///   - input: a value for each pixel of the guide.
  ///   - radius: from the window's centre to its edge, in pixels; windows are cut at the border.
  ///   - epsilon: regularisation, a variance; above 0.
  /// - Complexity: two passes over the guide, eight pixels at a time, in bands of rows split over
  ///   threads; `2 * radius + 1` additions for each of 17 means of a pixel; 48 bytes a pixel.
  package static func coefficients(
    guide: PixelBuffer, input: [Float], radius: Int, epsilon: Double
  ) -> [SIMD4<Float>] {
    let (width, height) = (guide.width, guide.height)
    let photo = Planes(width: width, height: height)
    let functions = Planes(width: width, height: height)
    guide.data.withUnsafeBufferPointer { colors in
      input.withUnsafeBufferPointer { values in
        nonisolated(unsafe) let (colors, values) = (colors, values)
        parallelRows(height) { rows in photo.fill(rows, colors, values) }
      }
    }
    parallelRows(height) { rows in
      WindowMeans<Products>.forEachRow(of: photo, rows, radius: radius) { row, means in
        for column in stride(from: 0, to: width, by: Lanes.scalarCount) {
          solve(means, column, epsilon: Float(epsilon), into: functions, row)
        }
      }
    }
    return [SIMD4<Float>](unsafeUninitializedCapacity: width * height) { buffer, filled in
      nonisolated(unsafe) let result = buffer
      parallelRows(height) { rows in
        WindowMeans<Values>.forEachRow(of: functions, rows, radius: radius) { row, means in
          for column in 0..<width {
            result[row * width + column] = SIMD4(
              means[0, column], means[1, column], means[2, column], means[3, column])
          }
        }
      }
      filled = width * height
    }
  }

  /// The least-squares functions of eight windows from the means of their colours and products, by the
  /// decomposition L D L^T of the symmetric matrix; epsilon keeps it positive definite.
  @inline(__always)
  private static func solve(
    _ means: MeanRows, _ column: Int, epsilon: Float, into functions: Planes, _ row: Int
  ) {
    let red = means.lanes(0, column)
    let green = means.lanes(1, column)
    let blue = means.lanes(2, column)
    let value = means.lanes(3, column)
    let rr = means.lanes(4, column) - red * red + epsilon
    let rg = means.lanes(5, column) - red * green
    let rb = means.lanes(6, column) - red * blue
    let gg = means.lanes(7, column) - green * green + epsilon
    let gb = means.lanes(8, column) - green * blue
    let bb = means.lanes(9, column) - blue * blue + epsilon
    let first = means.lanes(10, column) - red * value
    let second = means.lanes(11, column) - green * value
    let third = means.lanes(12, column) - blue * value
    // Rounding may take what epsilon left away again.
    let least = Lanes(repeating: epsilon / 2)
    let d0 = rr.replacing(with: least, where: rr .< least)
    let l10 = rg / d0
    let l20 = rb / d0
    let rest1 = gg - l10 * rg
    let d1 = rest1.replacing(with: least, where: rest1 .< least)
    let below = gb - l20 * rg
    let l21 = below / d1
    let rest2 = bb - l20 * rb - l21 * below
    let d2 = rest2.replacing(with: least, where: rest2 .< least)
    let y1 = second - l10 * first
    let y2 = third - l20 * first - l21 * y1
    let a2 = y2 / d2
    let a1 = y1 / d1 - l21 * a2
    let a0 = first / d0 - l10 * a1 - l20 * a2
    functions.store(a0, 0, row, column)
    functions.store(a1, 1, row, column)
    functions.store(a2, 2, row, column)
    functions.store(value - a0 * red - a1 * green - a2 * blue, 3, row, column)
  }
}

private typealias Lanes = SIMD8<Float>

/// Four values a pixel, each in a plane of its own. Rows are filled up with zeros to whole registers.
private final class Planes: @unchecked Sendable {
  let width: Int
  let height: Int
  /// Floats from a row to the next.
  let stride: Int
  private let base: UnsafeMutablePointer<Float>

  init(width: Int, height: Int) {
    self.width = width
    self.height = height
    stride = (width + Lanes.scalarCount - 1) / Lanes.scalarCount * Lanes.scalarCount
    base = .allocate(capacity: 4 * stride * height)
  }

  deinit { base.deallocate() }

  @inline(__always)
  private func line(_ plane: Int, _ row: Int) -> UnsafeMutablePointer<Float> {
    base + (plane * height + row) * stride
  }

  @inline(__always)
  func load(_ plane: Int, _ row: Int, _ column: Int) -> Lanes {
    UnsafeRawPointer(line(plane, row) + column).loadUnaligned(as: Lanes.self)
  }

  @inline(__always)
  func store(_ lanes: Lanes, _ plane: Int, _ row: Int, _ column: Int) {
    UnsafeMutableRawPointer(line(plane, row) + column).storeBytes(of: lanes, as: Lanes.self)
  }

  /// Colours in 0...1 and a value for each pixel of some rows.
  func fill(
    _ rows: Range<Int>, _ colors: UnsafeBufferPointer<UInt8>, _ values: UnsafeBufferPointer<Float>
  ) {
    for row in rows {
      let lines = (line(0, row), line(1, row), line(2, row), line(3, row))
      for column in 0..<width {
        let pixel = row * width + column
        lines.0[column] = Float(colors[3 * pixel]) * (1 / 255)
        lines.1[column] = Float(colors[3 * pixel + 1]) * (1 / 255)
        lines.2[column] = Float(colors[3 * pixel + 2]) * (1 / 255)
        lines.3[column] = values[pixel]
      }
      for column in width..<stride {
        (lines.0[column], lines.1[column], lines.2[column], lines.3[column]) = (0, 0, 0, 0)
      }
    }
  }
}

/// The means of one row of windows, a line for each term.
private struct MeanRows {
  let base: UnsafeMutablePointer<Float>
  let stride: Int

  subscript(_ term: Int, _ column: Int) -> Float { base[term * stride + column] }

  @inline(__always)
  func lanes(_ term: Int, _ column: Int) -> Lanes {
    UnsafeRawPointer(base + term * stride + column).loadUnaligned(as: Lanes.self)
  }
}

/// What is averaged of the four values of a pixel.
private protocol Terms {
  static var count: Int { get }
  /// Calls `body` with each term of eight pixels.
  static func forEach(_ planes: Planes, _ row: Int, _ column: Int, _ body: (Int, Lanes) -> Void)
}

/// The values themselves.
private enum Values: Terms {
  static let count = 4

  @inline(__always)
  static func forEach(_ planes: Planes, _ row: Int, _ column: Int, _ body: (Int, Lanes) -> Void) {
    for term in 0..<4 { body(term, planes.load(term, row, column)) }
  }
}

/// R G B p, RR RG RB GG GB BB, Rp Gp Bp.
private enum Products: Terms {
  static let count = 13

  @inline(__always)
  static func forEach(_ planes: Planes, _ row: Int, _ column: Int, _ body: (Int, Lanes) -> Void) {
    let red = planes.load(0, row, column)
    let green = planes.load(1, row, column)
    let blue = planes.load(2, row, column)
    let value = planes.load(3, row, column)
    body(0, red)
    body(1, green)
    body(2, blue)
    body(3, value)
    body(4, red * red)
    body(5, red * green)
    body(6, red * blue)
    body(7, green * green)
    body(8, green * blue)
    body(9, blue * blue)
    body(10, red * value)
    body(11, green * value)
    body(12, blue * value)
  }
}

/// Means over square windows that are cut at the border: sums of columns follow the window down, and are
/// added up along each row.
private enum WindowMeans<T: Terms> {
  /// Calls `body` with the means of each of some rows.
  static func forEachRow(
    of planes: Planes, _ rows: Range<Int>, radius: Int,
    _ body: (_ row: Int, _ means: MeanRows) -> Void
  ) {
    // The sums have zeros on both sides, as far as a window reaches beyond the picture.
    let line = planes.stride + 2 * radius
    let capacity = T.count * (line + planes.stride) + planes.stride
    withUnsafeTemporaryAllocation(of: Float.self, capacity: capacity) { memory in
      guard let sums = memory.baseAddress else { return }
      sums.initialize(repeating: 0, count: capacity)
      let means = MeanRows(base: sums + T.count * line, stride: planes.stride)
      let shares = means.base + T.count * planes.stride
      for column in 0..<planes.width {
        shares[column] = 1 / Float(members(column, planes.width, radius))
      }
      for row in max(0, rows.lowerBound - radius)..<min(planes.height, rows.lowerBound + radius) {
        add(planes, row, sign: 1, to: sums + radius, line)
      }
      for row in rows {
        if row + radius < planes.height {
          add(planes, row + radius, sign: 1, to: sums + radius, line)
        }
        if row > rows.lowerBound, row > radius {
          add(planes, row - radius - 1, sign: -1, to: sums + radius, line)
        }
        let share = 1 / Float(members(row, planes.height, radius))
        for term in 0..<T.count {
          sum(
            sums + term * line, radius: radius, shares, share,
            into: means.base + term * means.stride,
            count: planes.stride)
        }
        body(row, means)
      }
    }
  }

  /// Pixels of a line of `count` that a window around `place` holds.
  private static func members(_ place: Int, _ count: Int, _ radius: Int) -> Int {
    min(place + radius, count - 1) - max(place - radius, 0) + 1
  }

  private static func add(
    _ planes: Planes, _ row: Int, sign: Float, to sums: UnsafeMutablePointer<Float>, _ line: Int
  ) {
    for column in stride(from: 0, to: planes.stride, by: Lanes.scalarCount) {
      T.forEach(planes, row, column) { term, value in
        let place = UnsafeMutableRawPointer(sums + term * line + column)
        place.storeBytes(of: place.loadUnaligned(as: Lanes.self) + value * sign, as: Lanes.self)
      }
    }
  }

  /// Adds up the columns of each window and divides by its pixels.
  private static func sum(
    _ columns: UnsafePointer<Float>, radius: Int, _ shares: UnsafePointer<Float>, _ share: Float,
    into means: UnsafeMutablePointer<Float>, count: Int
  ) {
    for column in stride(from: 0, to: count, by: Lanes.scalarCount) {
      let place = UnsafeRawPointer(columns + column)
      var sum = place.loadUnaligned(as: Lanes.self)
      for offset in 1..<2 * radius + 1 {
        sum += place.loadUnaligned(fromByteOffset: 4 * offset, as: Lanes.self)
      }
      let scale = UnsafeRawPointer(shares + column).loadUnaligned(as: Lanes.self) * share
      UnsafeMutableRawPointer(means + column).storeBytes(of: sum * scale, as: Lanes.self)
    }
  }
}
