package import SwiftletImage

/// Where a product lies in its picture.
package struct Framing: Sendable, Equatable {
  /// The product's box over the picture, the larger of both sides, 0...1.
  package let fill: Double
  /// Mean alpha, 0...1.
  package let areaFill: Double
  /// Distance of the box's centre from the picture's, the larger of both sides, as a share of the
  /// side.
  package let centerOffset: Double
  /// Product pixels along the border (2 pixels deep), as a share of the longer side: above 1 where they lie
  /// along several sides.
  package internal(set) var touchShare: Double

  /// The framing of an alpha; nil where nothing is visible.
  package init?(_ alpha: PixelBuffer) { self.init(AlphaExtent(alpha), of: alpha) }

  /// The framing of an alpha whose extent is known.
  init?(_ extent: AlphaExtent, of alpha: PixelBuffer) {
    guard let box = extent.box else { return nil }
    let (width, height) = (Double(alpha.width), Double(alpha.height))
    fill = max(Double(box.width) / width, Double(box.height) / height)
    areaFill = extent.share
    centerOffset = max(
      abs(Double(box.x) + Double(box.width) / 2 - width / 2) / width,
      abs(Double(box.y) + Double(box.height) / 2 - height / 2) / height)
    touchShare = Double(extent.borderPixels) / 2 / max(width, height)
  }

  /// Separate parts of a mask above 0.5 whose area is at least `shareMin` of the picture.
  package static func products(in mask: NetworkMask, shareMin: Double) -> Int {
    let parts = Components(
      mask.values.converted { $0 > 0.5 }, width: mask.width, height: mask.height)
    let least = max(1, shareMin * Double(mask.values.count))
    return parts.areas.dropFirst().count { Double($0) >= least }
  }
}
