/// The picture a product is composed on, and where the photo lies on it. The photo is never scaled.
public struct Canvas: Sendable, Equatable {
  /// Columns.
  public var width: Int
  /// Rows.
  public var height: Int
  /// The column at which the photo's first one lies; may be negative.
  public var offsetX: Int
  /// The row at which the photo's first one lies; may be negative.
  public var offsetY: Int

  /// A canvas.
  public init(width: Int, height: Int, offsetX: Int = 0, offsetY: Int = 0) {
    self.width = width
    self.height = height
    self.offsetX = offsetX
    self.offsetY = offsetY
  }

  /// A canvas of an aspect (width over height) on which a box is centred and its binding side fills
  /// the share `fill` of that side, or a little more by rounding.
  public static func centered(_ box: PixelBox, aspect: Double, fill: Double) -> Canvas {
    let (boxWidth, boxHeight) = (Double(box.width), Double(box.height))
    let height = max(boxHeight, boxWidth / aspect) / fill
    let canvasWidth = max(box.width, Int(height * aspect))
    let canvasHeight = max(box.height, Int(height))
    return Canvas(
      width: canvasWidth, height: canvasHeight, offsetX: (canvasWidth - box.width) / 2 - box.x,
      offsetY: (canvasHeight - box.height) / 2 - box.y)
  }

  /// The factor, at most 1, that brings the canvas to a longer side and a number of pixels at most.
  public func scale(toLongSide side: Int, pixels: Int) -> Double {
    let area = Double(width) * Double(height)
    return min(
      1, Double(side) / Double(max(width, height, 1)),
      (Double(pixels) / max(area, 1)).squareRoot())
  }
}
