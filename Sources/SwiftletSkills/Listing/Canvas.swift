internal import SwiftletImage

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

  /// The canvas of a profile for a product in `box`.
  ///
  /// The product fills the profile's target share. Where the canvas would be smaller than the
  /// profile recommends or demands, it gets more background as far as the least fill allows (0.6
  /// where the profile has no rule), since a photo is never enlarged. It may be larger than
  /// `sideMax`, by more than a pixel: then the photo has to be reduced first.
  static func fitting(
    _ box: PixelBox, _ profile: Profile, aspect: Double, sideMax: Int
  ) -> Canvas {
    let target = centered(box, aspect: aspect, fill: profile.fillTarget)
    let floor = profile.fillMin ?? min(profile.fillTarget, 0.6)
    let most = (profile.fillTarget / max(floor, 0.01)).nextDown
    for (width, height) in profile.sizeGoals(aspect: aspect) {
      let growth = max(
        Double(width) / Double(target.width), Double(height) / Double(target.height))
      if growth <= 1 { break }
      guard growth <= most, max(width, height) <= sideMax else { continue }
      return Canvas(
        width: width, height: height, offsetX: (width - box.width) / 2 - box.x,
        offsetY: (height - box.height) / 2 - box.y)
    }
    // A photo that was reduced to fit may miss by a pixel of rounding.
    guard max(target.width, target.height) == sideMax + 1 else { return target }
    let (width, height) = (min(target.width, sideMax), min(target.height, sideMax))
    guard width >= box.width, height >= box.height else { return target }
    return Canvas(
      width: width, height: height, offsetX: (width - box.width) / 2 - box.x,
      offsetY: (height - box.height) / 2 - box.y)
  }

  /// The factor, at most 1, that brings the canvas to a longer side and a number of pixels at most.
  public func scale(toLongSide side: Int, pixels: Int) -> Double {
    let area = Double(width) * Double(height)
    return min(
      1, Double(side) / Double(max(width, height, 1)),
      (Double(pixels) / max(area, 1)).squareRoot())
  }
}

extension Profile {
  /// Whether a photo of that size can become a picture of the least size demanded: it can where it
  /// would if the product filled it, since a photo is never enlarged.
  package func isReachable(width: Int, height: Int) -> Bool {
    let frame = PixelBox(x: 0, y: 0, width: width, height: height)
    let most =
      aspect.map { Canvas.fitting(frame, self, aspect: $0, sideMax: writtenSideMax) }
      ?? Canvas(width: width, height: height)
    return max(most.width, most.height) >= longSideMin ?? 0 && most.width >= widthMin ?? 0
      && most.height >= heightMin ?? 0
  }

  /// The longest side of a picture that is written.
  var writtenSideMax: Int {
    min(longSideMax ?? .max, longSideTarget ?? .max, ImageLimits.standard.maxSide)
  }

  /// The most pixels of a picture that is written.
  var writtenPixelsMax: Int { min(pixelsMax ?? .max, ImageLimits.standard.maxPixels) }

  /// Sizes of that aspect that meet what is recommended, and then what is demanded.
  fileprivate func sizeGoals(aspect: Double) -> [(width: Int, height: Int)] {
    func size(long: Int?, short: Int?, width: Int?, height: Int?) -> (Int, Int)? {
      let ratio = max(aspect, 1 / aspect)
      let shortSide = max(
        Double(short ?? 0), Double(long ?? 0) / ratio,
        aspect >= 1 ? Double(height ?? 0) : Double(width ?? 0),
        (aspect >= 1 ? Double(width ?? 0) : Double(height ?? 0)) / ratio)
      guard shortSide > 0 else { return nil }
      let (less, more) = (
        Int(shortSide.rounded(.up)), Int((shortSide * ratio).rounded(.up))
      )
      return aspect >= 1 ? (more, less) : (less, more)
    }
    let demanded = size(long: longSideMin, short: nil, width: widthMin, height: heightMin)
    let recommended = size(
      long: longSideZoom, short: shortSideZoom, width: widthMin, height: heightMin)
    return [recommended, demanded].compactMap { $0 }
  }
}
