internal import KernelTemplates
internal import Swiftlet
package import SwiftletImage

/// The guided filter with a colour guide (He, Sun, Tang, "Guided Image Filtering", TPAMI 2013).
///
/// In every window the filtered value is an affine function of the guide's colour, chosen by least
/// squares to fit the input. The functions are smooth, so they may be computed on a reduced picture
/// and evaluated on the full one (He, Sun, "Fast Guided Filter", 2015).
package enum GuidedFilter {
  /// The affine function of each pixel: four planes (aR, aG, aB, b) with value = aR R + aG G + aB B + b
  /// for colours in 0...1.
  ///
  /// - Parameters:
  ///   - guide: RGB.
  ///   - input: a value for each pixel of the guide.
  ///   - radius: from the window's centre to its edge, in pixels; windows are cut at the border.
  ///   - epsilon: regularisation, a variance; above 0.
  /// - Complexity: two passes over the guide by kernels, in bands of rows split over threads;
  ///   `2 * radius + 1` additions for each of 17 means of a pixel; 32 bytes a pixel.
  package static func coefficients(
    guide: PixelBuffer, input: [Float], radius: Int, epsilon: Double
  ) -> FourPlanes {
    let (width, height) = (guide.width, guide.height)
    let photo = FourPlanes(width: width, height: height)
    let functions = FourPlanes(width: width, height: height)
    guide.data.withUnsafeBufferPointer { colors in
      input.withUnsafeBufferPointer { values in
        nonisolated(unsafe) let (colors, values) = (colors, values)
        parallelRows(height) { rows in photo.fill(rows, colors, values) }
      }
    }
    let kernels = PictureKernels.selected
    let windows = Windows(width: width, height: height, radius: radius, epsilon: Float(epsilon))
    parallelRows(height) { rows in
      windows.run(kernels.guidedFunctions, terms: 13, from: photo, into: functions, rows)
    }
    // The photo is not needed any more; its memory takes the means.
    let means = photo
    parallelRows(height) { rows in
      windows.run(kernels.guidedMeans, terms: 4, from: functions, into: means, rows)
    }
    return means
  }
}

/// Four floats a pixel, each in a plane of its own: colours and a value, or an affine function. Rows are
/// padded to whole registers of sixteen lanes, with zeros once they are filled or a kernel has written them.
package final class FourPlanes: @unchecked Sendable {
  package let width: Int
  package let height: Int
  /// Floats from a row to the next, and from a plane to the next.
  let stride: Int
  var planeStep: Int { stride * height }
  private let base: UnsafeMutablePointer<Float>

  init(width: Int, height: Int) {
    self.width = width
    self.height = height
    let lanes = GuidedLanes.scalarCount
    stride = (width + lanes - 1) / lanes * lanes
    base = .allocate(capacity: 4 * stride * height)
  }

  deinit { base.deallocate() }

  /// A row of a plane.
  @inline(__always)
  func line(_ plane: Int, _ row: Int) -> UnsafeMutablePointer<Float> {
    base + (plane * height + row) * stride
  }

  /// The four values of a pixel.
  package subscript(_ row: Int, _ column: Int) -> SIMD4<Float> {
    SIMD4(
      line(0, row)[column], line(1, row)[column], line(2, row)[column], line(3, row)[column])
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

/// Square windows around each pixel, cut at the picture's border.
private struct Windows: Sendable {
  let width: Int
  let height: Int
  let radius: Int
  let epsilon: Float

  /// Lets a kernel write some rows. It keeps sums of `terms` terms a column, which follow the windows down.
  func run(
    _ kernel: @Sendable (UnsafePointer<GuidedRow>) -> Void, terms: Int,
    from source: FourPlanes, into target: FourPlanes, _ rows: Range<Int>
  ) {
    // The sums have zeros on both sides, as far as a window reaches beyond the picture.
    let line = source.stride + 2 * radius
    let capacity = terms * line + source.stride
    withUnsafeTemporaryAllocation(of: Float.self, capacity: capacity) { memory in
      guard let sums = memory.baseAddress else { return }
      sums.initialize(repeating: 0, count: capacity)
      let shares = sums + terms * line
      for column in 0..<width { shares[column] = 1 / Float(members(column, width)) }
      var call = GuidedRow(
        entering: nil, leaving: nil, planeStep: source.planeStep, sums: sums + radius,
        termStep: line, radius: radius, shares: shares, share: 0, epsilon: epsilon, output: nil,
        count: source.stride)
      for row in max(0, rows.lowerBound - radius)..<min(height, rows.lowerBound + radius) {
        call.entering = UnsafePointer(source.line(0, row))
        kernel(&call)
      }
      for row in rows {
        call.entering =
          row + radius < height ? UnsafePointer(source.line(0, row + radius)) : nil
        call.leaving =
          row > rows.lowerBound && row > radius
          ? UnsafePointer(source.line(0, row - radius - 1)) : nil
        call.share = 1 / Float(members(row, height))
        call.output = target.line(0, row)
        kernel(&call)
      }
    }
  }

  /// Pixels of a line of `count` that a window around `place` holds.
  private func members(_ place: Int, _ count: Int) -> Int {
    min(place + radius, count - 1) - max(place - radius, 0) + 1
  }
}
