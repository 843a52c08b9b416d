import SwiftletImage
import SwiftletSkills
import Testing

@Suite struct ColorTests {
  /// The pairs and differences published by Sharma, Wu and Dalal (2005), table 1.
  private static let pairs: [[Double]] = [
    [50.0000, 2.6772, -79.7751, 50.0000, 0.0000, -82.7485, 2.0425],
    [50.0000, 3.1571, -77.2803, 50.0000, 0.0000, -82.7485, 2.8615],
    [50.0000, 2.8361, -74.0200, 50.0000, 0.0000, -82.7485, 3.4412],
    [50.0000, -1.3802, -84.2814, 50.0000, 0.0000, -82.7485, 1.0000],
    [50.0000, -1.1848, -84.8006, 50.0000, 0.0000, -82.7485, 1.0000],
    [50.0000, -0.9009, -85.5211, 50.0000, 0.0000, -82.7485, 1.0000],
    [50.0000, 0.0000, 0.0000, 50.0000, -1.0000, 2.0000, 2.3669],
    [50.0000, -1.0000, 2.0000, 50.0000, 0.0000, 0.0000, 2.3669],
    [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0009, 7.1792],
    [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0010, 7.1792],
    [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0011, 7.2195],
    [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0012, 7.2195],
    [50.0000, -0.0010, 2.4900, 50.0000, 0.0009, -2.4900, 4.8045],
    [50.0000, -0.0010, 2.4900, 50.0000, 0.0010, -2.4900, 4.8045],
    [50.0000, -0.0010, 2.4900, 50.0000, 0.0011, -2.4900, 4.7461],
    [50.0000, 2.5000, 0.0000, 50.0000, 0.0000, -2.5000, 4.3065],
    [50.0000, 2.5000, 0.0000, 73.0000, 25.0000, -18.0000, 27.1492],
    [50.0000, 2.5000, 0.0000, 61.0000, -5.0000, 29.0000, 22.8977],
    [50.0000, 2.5000, 0.0000, 56.0000, -27.0000, -3.0000, 31.9030],
    [50.0000, 2.5000, 0.0000, 58.0000, 24.0000, 15.0000, 19.4535],
    [50.0000, 2.5000, 0.0000, 50.0000, 3.1736, 0.5854, 1.0000],
    [50.0000, 2.5000, 0.0000, 50.0000, 3.2972, 0.0000, 1.0000],
    [50.0000, 2.5000, 0.0000, 50.0000, 1.8634, 0.5757, 1.0000],
    [50.0000, 2.5000, 0.0000, 50.0000, 3.2592, 0.3350, 1.0000],
    [60.2574, -34.0099, 36.2677, 60.4626, -34.1751, 39.4387, 1.2644],
    [63.0109, -31.0961, -5.8663, 62.8187, -29.7946, -4.0864, 1.2630],
    [61.2901, 3.7196, -5.3901, 61.4292, 2.2480, -4.9620, 1.8731],
    [35.0831, -44.1164, 3.7933, 35.0232, -40.0716, 1.5901, 1.8645],
    [22.7233, 20.0904, -46.6940, 23.0331, 14.9730, -42.5619, 2.0373],
    [36.4612, 47.8580, 18.3852, 36.2715, 50.5065, 21.2231, 1.4146],
    [90.8027, -2.0831, 1.4410, 91.1528, -1.6435, 0.0447, 1.4441],
    [90.9257, -0.5406, -0.9208, 88.6381, -0.8985, -0.7239, 1.5381],
    [6.7747, -0.2908, -2.4247, 5.8714, -0.0985, -2.2286, 0.6377],
    [2.0776, 0.0795, -1.1350, 0.9033, -0.0636, -0.5514, 0.9082],
  ]

  @Test func differencesMatchThePublishedPairs() {
    for pair in Self.pairs {
      let (a, b) = (Lab(pair[0], pair[1], pair[2]), Lab(pair[3], pair[4], pair[5]))
      #expect(abs(a.difference(to: b) - pair[6]) < 5e-5, "\(pair)")
      #expect(abs(b.difference(to: a) - pair[6]) < 5e-5, "\(pair), the other way round")
    }
  }

  @Test func labOfPrimaries() {
    let cases: [((UInt8, UInt8, UInt8), Lab)] = [
      ((255, 255, 255), Lab(100, 0, 0)), ((0, 0, 0), Lab(0, 0, 0)),
      ((255, 0, 0), Lab(53.24, 80.09, 67.20)), ((0, 255, 0), Lab(87.73, -86.18, 83.18)),
      ((0, 0, 255), Lab(32.30, 79.19, -107.86)),
    ]
    for (rgb, lab) in cases {
      let found = Lab(red: rgb.0, green: rgb.1, blue: rgb.2)
      #expect(
        abs(found.l - lab.l) < 0.02 && abs(found.a - lab.a) < 0.02 && abs(found.b - lab.b) < 0.02)
    }
  }

  @Test func patchesAreNamed() {
    let cases: [((UInt8, UInt8, UInt8), ShopifyColor)] = [
      ((12, 12, 12), .black), ((250, 250, 250), .white), ((128, 128, 128), .gray),
      ((200, 30, 40), .red), ((30, 60, 200), .blue), ((25, 30, 70), .navy), ((40, 130, 60), .green),
      ((240, 140, 20), .orange), ((250, 220, 50), .yellow), ((110, 70, 45), .brown),
      ((235, 150, 180), .pink), ((120, 50, 150), .purple), ((222, 205, 175), .beige),
    ]
    for (rgb, value) in cases {
      let lab = Lab(red: rgb.0, green: rgb.1, blue: rgb.2)
      #expect(ColorModel.value(of: lab) == value, "\(rgb)")
    }
    #expect(ColorNames.css(nearestTo: Lab(red: 255, green: 99, blue: 71)) == "tomato")
    #expect(ColorNames.entries.count { $0.css != nil } == 139)
  }

  @Test func coloursAreNamedAsEachAlone() {
    for count in 0...17 {
      let colors = (0..<count).map { index in
        func code(_ factor: Int) -> UInt8 { UInt8((factor * (index + 19 * count)) % 256) }
        return Lab(red: code(37), green: code(91), blue: code(151))
      }
      #expect(
        ColorModel.classify(colors).map { ColorModel.values[$0] }
          == colors.map { ColorModel.value(of: $0) })
    }
  }

  /// Some of these lie far from their name by plain distance in CIELAB.
  @Test func cssNamesAreTheNearestByColourDifference() throws {
    let known = ColorNames.entries.filter { $0.css != nil }
    for code in 0..<512 {
      let (r, g, b) = (UInt8(code / 64 * 34), UInt8(code / 8 % 8 * 34), UInt8(code % 8 * 34))
      let color = Lab(red: r, green: g, blue: b)
      let least = try #require(known.map { $0.lab.difference(to: color) }.min())
      let name = ColorNames.css(nearestTo: color)
      let named = try #require(
        known.filter { $0.css == name }.map { $0.lab.difference(to: color) }.min())
      #expect(named == least, "\((r, g, b)): \(name)")
    }
    #expect(ColorNames.css(nearestTo: Lab(red: 68, green: 102, blue: 136)) == "royalblue")
  }

  @Test func everyPlainValueHasAnId() {
    #expect(ShopifyColor.navy.gid == "gid://shopify/TaxonomyValue/15")
    #expect(ShopifyColor.bronze.gid == nil && ShopifyColor.multicolor.gid == nil)
    #expect(Set(ShopifyColor.allCases.compactMap(\.gid)).count == 17)
    #expect(ShopifyColor.allCases.count == 19)
  }

  @Test func theBackgroundNeverCounts() throws {
    let photo = Pictures.product(
      300, 200, share: 0.5, ground: (255, 255, 255), color: (200, 30, 40))
    let colors = try colors(of: photo, radius: 50)
    #expect(colors.colors.map(\.value) == [.red])
    #expect(colors.colors.first?.hex == "#C81E28")
    #expect(colors.colors.first.map { $0.share > 0.99 } == true)
    #expect(!colors.isMulticolor)
  }

  @Test func threeStripesAreMulticolor() throws {
    let photo = Pictures.make(240, 240) { _, y in
      y < 95 ? (200, 30, 40) : y < 145 ? (30, 60, 200) : (250, 220, 50)
    }
    let colors = try colors(of: photo, radius: 80)
    #expect(colors.isMulticolor)
    #expect(Set(colors.colors.map(\.value)) == [.red, .blue, .yellow])
    #expect(try self.colors(of: photo, radius: 80) == colors)
  }

  @Test func aSmallHighlightIsLeftOut() throws {
    let photo = Pictures.make(200, 200) { x, y in
      Pictures.disk(x, y, 90, 90, 8) > 0.5 ? (255, 255, 255) : (30, 60, 200)
    }
    #expect(try colors(of: photo, radius: 60).colors.map(\.value) == [.blue])
  }

  @Test func shadowsKeepTheirName() throws {
    // Each product half in the shade.
    let cases: [((Int, Int, Int), ShopifyColor)] = [
      ((235, 190, 40), .yellow), ((190, 30, 35), .red), ((40, 90, 200), .blue),
    ]
    for (color, value) in cases {
      let photo = Pictures.make(200, 200) { x, _ in
        x < 100
          ? (UInt8(color.0), UInt8(color.1), UInt8(color.2))
          : (UInt8(color.0 * 7 / 10), UInt8(color.1 * 7 / 10), UInt8(color.2 * 7 / 10))
      }
      let found = try colors(of: photo, radius: 70)
      #expect(found.colors.first?.value == value, "\(color)")
      #expect(!found.isMulticolor)
    }
  }

  @Test func lightAndShadeMakeNoGreys() throws {
    // A black product of which a quarter shines.
    let photo = Pictures.make(200, 200) { x, _ in x < 65 ? (110, 110, 112) : (16, 16, 18) }
    let found = try colors(of: photo, radius: 70)
    #expect(found.colors.map(\.value) == [.black])
  }

  /// A white product in the shade is told from a grey one by what surrounds it.
  @Test func theSurroundingsTellWhiteFromGrey() throws {
    func main(_ tone: UInt8, on ground: UInt8) throws -> ShopifyColor? {
      let photo = Pictures.make(200, 200) { x, y in
        let share = Pictures.disk(x, y, 100, 100, 70)
        return Pictures.mix(
          (Int(tone), Int(tone), Int(tone)), (Int(ground), Int(ground), Int(ground)), share)
      }
      return try colors(of: photo, radius: 66).colors.first?.value
    }
    #expect(try main(190, on: 120) == .white)
    #expect(try main(120, on: 250) == .gray)
    #expect(try main(180, on: 250) == .gray)
    #expect(try main(20, on: 250) == .black)
    #expect(try main(250, on: 252) == .white)
  }

  /// The main colour comes first though another one has more pixels, but not on the word of a few.
  @Test func aFewPixelsAreNoMainColour() throws {
    let photo = Pictures.make(200, 200) { x, y in
      x < 45 ? (18, 28, 70) : (y & 1 == 0 ? (14, 14, 14) : (18, 17, 18))
    }
    let found = try colors(of: photo, radius: 70)
    #expect(found.colors.first?.value == .black)
  }

  @Test func metalsNeedTheirMaterial() {
    #expect(ShopifyColor.gray.asMaterial("metal-silver") == .silver)
    #expect(ShopifyColor.yellow.asMaterial("metal-gold") == .gold)
    #expect(ShopifyColor.gray.asMaterial(nil) == .gray)
    #expect(ShopifyColor.red.asMaterial("metal-gold") == .red)
  }

  @Test func greyAndWhiteOfSilverAreOneColour() throws {
    // A fifth red, the rest grey and white: three colours, of metal two.
    let photo = Pictures.make(120, 120) { x, _ in
      x < 24 ? (200, 20, 30) : x < 84 ? (128, 128, 128) : (250, 250, 250)
    }
    let alpha = Pictures.alpha(120, 120) { _, _ in 255 }
    let mask = try NetworkMask(width: 1, height: 1, values: [1])
    let product = try #require(Segmentation(alpha: alpha, networkMask: mask, uncertainty: 0))
    let plain = ProductColors(photo, segmentation: product)
    try #require(plain.colors.count == 3 && plain.isMulticolor)
    let metal = plain.named(by: "metal-silver")
    #expect(Set(metal.colors.map(\.value)) == [.red, .silver] && metal.colors.count == 2)
    #expect(!metal.isMulticolor)
    let sum = plain.colors.reduce(0) { $0 + $1.share }
    #expect(abs(metal.colors.reduce(0) { $0 + $1.share } - sum) < 1e-9)
    let silver = try #require(metal.colors.first { $0.value == .silver })
    #expect(abs(silver.share - 0.8) < 0.03)
  }

  private func colors(of photo: PixelBuffer, radius: Double) throws -> ProductColors {
    let alpha = Pictures.alpha(photo.width, photo.height) { x, y in
      UInt8(255 * Pictures.disk(x, y, Double(photo.width) / 2, Double(photo.height) / 2, radius))
    }
    let mask = try NetworkMask(width: 1, height: 1, values: [1])
    let segmentation = try #require(
      Segmentation(alpha: alpha, networkMask: mask, uncertainty: 0))
    return ProductColors(photo, segmentation: segmentation)
  }
}
