public import SwiftletImage

/// A rectangle of whole pixels.
public struct PixelBox: Sendable, Equatable {
  /// The first column.
  public var x: Int
  /// The first row.
  public var y: Int
  /// Columns, at least 1.
  public var width: Int
  /// Rows, at least 1.
  public var height: Int

  /// A rectangle.
  public init(x: Int, y: Int, width: Int, height: Int) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }

  /// The box in a picture of `width` x `height` that is `factor` times the one it was found in.
  func scaled(by factor: Double, width: Int, height: Int) -> PixelBox {
    let left = min(width - 1, Int(Double(x) * factor))
    let top = min(height - 1, Int(Double(y) * factor))
    return PixelBox(
      x: left, y: top,
      width: max(1, min(width - left, Int((Double(self.width) * factor).rounded(.up)))),
      height: max(1, min(height - top, Int((Double(self.height) * factor).rounded(.up)))))
  }

  /// The longer side.
  public var longSide: Int { max(width, height) }

  /// The rectangle with `margin` more on each side, cut to a picture of the given size.
  public func grown(by margin: Int, in width: Int, _ height: Int) -> PixelBox {
    let (left, top) = (max(0, x - margin), max(0, y - margin))
    let (right, bottom) = (
      min(width, x + self.width + margin), min(height, y + self.height + margin)
    )
    return PixelBox(x: left, y: top, width: right - left, height: bottom - top)
  }

  /// `{"x", "y", "width", "height"}`.
  public var json: JSONValue {
    ["x": .integer(x), "y": .integer(y), "width": .integer(width), "height": .integer(height)]
  }
}

/// A product cut out of its photo.
public struct Segmentation: Sendable, Equatable {
  /// Alpha at the photo's resolution, 1 channel: 0 background, 255 product, soft edges between.
  public let alpha: PixelBuffer
  /// What the network said, before refinement.
  public let networkMask: NetworkMask
  /// How unsure the network is, 0...1: below 0.3 sure, above 0.6 unsure.
  public let uncertainty: Double
  /// The mean of alpha over the photo, 0...1.
  public var foregroundShare: Double { extent.share }
  /// The pixels with alpha above 10.
  public let boundingBox: PixelBox
  /// Whether product pixels (alpha above 127) lie within 2 pixels of the photo's border.
  public var touchesBorder: Bool { extent.borderPixels > 0 }
  /// Where alpha lies.
  let extent: AlphaExtent

  /// The segmentation of an alpha at full resolution, nil where no alpha is above 10.
  ///
  /// - Complexity: one pass over alpha.
  package init?(alpha: PixelBuffer, networkMask: NetworkMask, uncertainty: Double) {
    let extent = AlphaExtent(alpha)
    guard let box = extent.box else { return nil }
    self.alpha = alpha
    self.networkMask = networkMask
    self.uncertainty = uncertainty
    boundingBox = box
    self.extent = extent
  }

  /// A summary without pixels.
  public var json: JSONValue {
    [
      "uncertainty": .rounded(uncertainty, 3), "foreground_share": .rounded(foregroundShare),
      "bounding_box": boundingBox.json, "touches_border": .bool(touchesBorder),
    ]
  }
}

/// Where the opaque part of an alpha lies.
package struct AlphaExtent: Sendable, Equatable {
  /// The smallest rectangle that holds every alpha above 10; nil where there is none.
  package let box: PixelBox?
  /// The mean of alpha, 0...1.
  package let share: Double
  /// Pixels with alpha above 127 within 2 pixels of the border.
  package let borderPixels: Int

  /// The extent of a buffer of 1 channel.
  package init(_ alpha: PixelBuffer) {
    let (width, height) = (alpha.width, alpha.height)
    let bandHeight = 64
    var partial = [BandExtent](
      repeating: BandExtent(), count: (height + bandHeight - 1) / bandHeight)
    alpha.data.withUnsafeBufferPointer { alphaBuffer in
      partial.withUnsafeMutableBufferPointer { partialBuffer in
        nonisolated(unsafe) let alpha = alphaBuffer
        nonisolated(unsafe) let partial = partialBuffer
        parallelRows(height, bandHeight: bandHeight) { rows in
          partial[rows.lowerBound / bandHeight] = BandExtent(
            alpha, rows: rows, width: width, height: height)
        }
      }
    }
    var total = BandExtent()
    for band in partial {
      total.left = min(total.left, band.left)
      total.right = max(total.right, band.right)
      total.top = min(total.top, band.top)
      total.bottom = max(total.bottom, band.bottom)
      total.sum += band.sum
      total.border += band.border
    }
    box =
      total.bottom < 0
      ? nil
      : PixelBox(
        x: total.left, y: total.top, width: total.right - total.left + 1,
        height: total.bottom - total.top + 1)
    share = Double(total.sum) / 255 / Double(width * height)
    borderPixels = total.border
  }
}

/// The extent within a band of rows; empty where `bottom` is -1.
private struct BandExtent: Sendable {
  var left = Int.max, right = -1, top = Int.max, bottom = -1
  var sum = 0
  var border = 0

  init() {}

  init(_ alpha: UnsafeBufferPointer<UInt8>, rows: Range<Int>, width: Int, height: Int) {
    left = width
    for row in rows {
      let line = UnsafeBufferPointer(rebasing: alpha[row * width..<(row + 1) * width])
      let (rowSum, isVisible) = BandExtent.sum(line)
      sum += rowSum
      if row < 2 || row >= height - 2 {
        border += line.count { $0 > 127 }
      } else {
        border += line.prefix(2).count { $0 > 127 }
        border += line.dropFirst(max(2, width - 2)).count { $0 > 127 }
      }
      guard isVisible else { continue }
      top = min(top, row)
      bottom = row
      if let first = line[..<left].firstIndex(where: { $0 > 10 }) { left = first }
      if let last = line[(right + 1)...].lastIndex(where: { $0 > 10 }) { right = last }
    }
  }

  /// The sum of a line, and whether a value is above 10. Most of a line is 0 or 255, eight values at
  /// a time.
  private static func sum(_ line: UnsafeBufferPointer<UInt8>) -> (sum: Int, isVisible: Bool) {
    let bytes = UnsafeRawBufferPointer(line)
    var (sum, full, x) = (0, 0, 0)
    var most: UInt8 = 0
    while x + 8 <= line.count {
      let word = bytes.loadUnaligned(fromByteOffset: x, as: UInt64.self)
      if word == .max {
        full += 8
      } else if word != 0 {
        for value in line[x..<x + 8] {
          sum += Int(value)
          most = max(most, value)
        }
      }
      x += 8
    }
    for value in line[x...] {
      sum += Int(value)
      most = max(most, value)
    }
    return (sum + 255 * full, full > 0 || most > 10)
  }
}
