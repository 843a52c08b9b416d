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

/// The colours of a product, from its own pixels alone; what surrounds it only tells how it is lit.
public struct ProductColors: Sendable, Equatable {
  /// The colours of at least 3 % of the product, a value once: the main one, then the largest first.
  public var colors: [ProductColor]
  /// Whether at least three colours hold 15 % of the product each.
  public var isMulticolor: Bool
  /// What the main colour was named by; nil where no pixel is product and for a cut-out, which has no
  /// surroundings that tell how it is lit.
  package private(set) var features: MainColor.Features?

  /// The colours of a segmented photo: its opaque pixels (alpha above 0.9, eroded), without
  /// highlights and deep shadows where these are small, each named by ``ColorModel``, and the main one
  /// by ``MainColor``.
  ///
  /// - Complexity: one pass over the photo, then some 300 multiplications for each of at most four
  ///   thousand pixels.
  public init(_ pixels: PixelBuffer, segmentation: Segmentation) {
    let opaque = pixels.opaque
    let view = ProductView(
      opaque, alpha: segmentation.alpha, box: segmentation.boundingBox, longSide: 160)
    let chosen = ProductColors.withoutTails(ProductColors.samples(of: view))
    var groups = [ColorGroup](repeating: ColorGroup(), count: ColorModel.values.count)
    for (sample, value) in zip(chosen, ColorModel.classify(chosen.map(\.lab))) {
      groups[value].add(sample)
    }
    let shares = groups.map { Double($0.count) / Double(max(1, chosen.count)) }
    ProductColors.foldGreys(&groups)
    isMulticolor = groups.count { Double($0.count) >= Self.weight * Double(chosen.count) } >= 3
    colors = zip(ColorModel.values, groups).compactMap { value, group in
      let share = Double(group.count) / Double(max(1, chosen.count))
      guard share >= 0.03 else { return nil }
      return ProductColor(
        value: value, hex: group.hex, css: ColorNames.css(nearestTo: group.lab), share: share)
    }.sorted { $0.share > $1.share }
    guard !chosen.isEmpty, pixels.channels == 3 else { return }
    let scene = SceneColors(opaque, alpha: segmentation.alpha)
    let features = MainColor.Features(
      shares: shares.map { Float($0) }, product: chosen.map(\.lab), scene: scene.all,
      surroundings: scene.surroundings)
    self.features = features
    lead(with: ColorModel.values[MainColor.classify(features)])
  }

  /// Pixels beyond which only every second, third, ... is taken.
  private static let samplesMax = 4096

  /// Pixels of a product away from its edge, or any where it has no others.
  private static func samples(of view: ProductView) -> [ColorSample] {
    var members = view.interior(radius: 2)
    if !members.contains(true) { members = view.interior(radius: 0) }
    let inside = members.indices.filter { members[$0] }
    let step = max(1, (inside.count + samplesMax - 1) / samplesMax)
    return stride(from: 0, to: inside.count, by: step).map { place in
      let index = inside[place]
      return ColorSample(
        red: view.pixels.data[3 * index], green: view.pixels.data[3 * index + 1],
        blue: view.pixels.data[3 * index + 2])
    }
  }

  /// Puts the main colour first; where it is black, gray or white and no group has its name, the largest
  /// group of the three takes it.
  private mutating func lead(with main: ShopifyColor) {
    let named = colors.firstIndex { $0.value == main }
    guard
      let index = named ?? (main.isNeutral ? colors.firstIndex { $0.value.isNeutral } : nil)
    else { return }
    var color = colors.remove(at: index)
    color.value = main
    colors.insert(color, at: 0)
  }

  /// Light and shade make black, gray and white of one another: of two neighbours among them the
  /// one with less than half the other's pixels joins it.
  private static func foldGreys(_ groups: inout [ColorGroup]) {
    let scale = [ShopifyColor.black, .gray, .white].compactMap(ColorModel.values.firstIndex)
    for (a, b) in [(scale[0], scale[1]), (scale[2], scale[1])] {
      let (less, more) = groups[a].count < groups[b].count ? (a, b) : (b, a)
      guard 2 * groups[less].count < groups[more].count else { continue }
      groups[more].add(groups[less])
      groups[less] = ColorGroup()
    }
  }

  /// The colours with metals and glass named by the material that was recognised. Those that come to the same
  /// value are one, with the hex and CSS colour of the larger.
  public func named(by material: String?) -> ProductColors {
    var result = self
    result.colors = []
    for var color in colors {
      color.value = color.value.asMaterial(material)
      guard let same = result.colors.firstIndex(where: { $0.value == color.value }) else {
        result.colors.append(color)
        continue
      }
      let share = result.colors[same].share + color.share
      if color.share > result.colors[same].share { result.colors[same] = color }
      result.colors[same].share = share
    }
    guard result.colors.count < colors.count else { return result }
    // The main one stays the first.
    result.colors[min(1, result.colors.count)...].sort { $0.share > $1.share }
    result.isMulticolor = result.colors.count { $0.share >= Self.weight } >= 3
    return result
  }

  /// The share of the product from which on a colour has weight.
  private static let weight = 0.15

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

/// Pixels of one name.
private struct ColorGroup {
  private(set) var count = 0
  private var rgb = SIMD3<Double>.zero

  mutating func add(_ sample: ColorSample) {
    count += 1
    rgb += SIMD3<Double>(sample.rgb)
  }

  mutating func add(_ other: ColorGroup) {
    count += other.count
    rgb += other.rgb
  }

  private var mean: SIMD3<UInt8> {
    SIMD3<UInt8>(
      clamping: SIMD3<Int>((rgb / Double(max(1, count))).rounded(.toNearestOrAwayFromZero)))
  }

  /// The mean in CIELAB.
  var lab: Lab { Lab(red: mean.x, green: mean.y, blue: mean.z) }

  /// The mean as `#RRGGBB`.
  var hex: String {
    "#"
      + [mean.x, mean.y, mean.z].map { value in
        let digits = String(value, radix: 16, uppercase: true)
        return digits.count == 1 ? "0" + digits : digits
      }.joined()
  }
}

/// A pixel of a product.
package struct ColorSample: Sendable {
  package let lab: Lab
  package let rgb: SIMD3<Float>

  package init(red: UInt8, green: UInt8, blue: UInt8) {
    lab = Lab(red: red, green: green, blue: blue)
    rgb = SIMD3(Float(red), Float(green), Float(blue))
  }
}
