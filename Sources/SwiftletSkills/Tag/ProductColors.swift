public import SwiftletImage

/// A colour of a product.
public struct ProductColor: Sendable, Equatable {
  /// The value a shop files it under.
  public var value: ShopifyColor
  /// The mean colour as `#RRGGBB`.
  public var hex: String
  /// The nearest name of CSS.
  public var css: String
  /// The share of the product, 0...1.
  public var share: Double

  /// `{"value", "gid", "hex", "css", "share"}`; `gid` only where it is known.
  public var json: JSONValue {
    .compact([
      ("value", .string(value.rawValue)), ("gid", value.gid.map { .string($0) }),
      ("hex", .string(hex)), ("css", .string(css)), ("share", .rounded(share, 3)),
    ])
  }
}

/// The colours of a product, from its own pixels alone.
public struct ProductColors: Sendable, Equatable {
  /// The colours of at least 3 % of the product, the largest first, a value once.
  public var colors: [ProductColor]
  /// Whether at least three clusters hold 15 % of the product each.
  public var isMulticolor: Bool

  /// The colours of a segmented photo: its opaque pixels (alpha above 0.9, eroded), without
  /// highlights and deep shadows where these are small, clustered in CIELAB.
  ///
  /// The same pixels give the same colours: the clustering starts from a fixed seed.
  ///
  /// - Complexity: one pass over the product's box, then k-means on some ten thousand pixels.
  public init(_ pixels: PixelBuffer, segmentation: Segmentation) {
    let view = ProductView(
      pixels.channels == 4 ? pixels.composited(over: (255, 255, 255)) : pixels,
      alpha: segmentation.alpha, box: segmentation.boundingBox, longSide: 160)
    self.init(view)
  }

  package init(_ view: ProductView) {
    var members = view.interior(radius: 2)
    if !members.contains(true) { members = view.interior(radius: 0) }
    var samples: [ColorSample] = []
    for index in members.indices where members[index] {
      samples.append(
        ColorSample(
          red: view.pixels.data[3 * index], green: view.pixels.data[3 * index + 1],
          blue: view.pixels.data[3 * index + 2]))
    }
    self.init(samples: samples)
  }

  private init(samples: [ColorSample]) {
    let clusters = ColorClusters.merged(
      ColorClusters.kMeans(ProductColors.withoutTails(samples), count: 5), below: 12)
    isMulticolor = clusters.count { $0.share >= 0.15 } >= 3
    colors = []
    for cluster in clusters where cluster.share >= 0.03 {
      let value = ColorNames.value(nearestTo: cluster.lab)
      if let known = colors.firstIndex(where: { $0.value == value }) {
        colors[known].share += cluster.share
      } else {
        colors.append(
          ProductColor(
            value: value, hex: cluster.hex, css: ColorNames.css(nearestTo: cluster.lab),
            share: cluster.share))
      }
    }
    colors.sort { $0.share > $1.share }
  }

  /// The colours with metals and glass named by the material that was recognised.
  public func named(by material: String?) -> ProductColors {
    var result = self
    for index in colors.indices {
      result.colors[index].value = colors[index].value.asMaterial(material)
    }
    return result
  }

  /// Highlights (nearly white, without hue) and deep shadows are left out where they are less than
  /// a tenth of the product: a white or black product keeps its colour.
  private static func withoutTails(_ samples: [ColorSample]) -> [ColorSample] {
    let limit = samples.count / 10
    let isHighlight = samples.map { $0.lab.l > 96 && $0.lab.chroma < 4 }
    let isShadow = samples.map { $0.lab.l < 8 }
    let dropHighlights = isHighlight.count { $0 } < limit
    let dropShadows = isShadow.count { $0 } < limit
    return samples.indices.filter {
      !(isHighlight[$0] && dropHighlights) && !(isShadow[$0] && dropShadows)
    }.map { samples[$0] }
  }
}

/// A pixel for clustering.
package struct ColorSample: Sendable {
  package let lab: Lab
  package let rgb: SIMD3<Float>

  package init(red: UInt8, green: UInt8, blue: UInt8) {
    lab = Lab(red: red, green: green, blue: blue)
    rgb = SIMD3(Float(red), Float(green), Float(blue))
  }
}
