/// Colours with a name, and which of Shopify's 19 values each belongs to.
package enum ColorNames {
  /// A known colour.
  package struct Entry: Sendable {
    /// The name in CSS Color Module Level 4; nil for a shade that has none.
    package let css: String?
    /// The colour.
    package let lab: Lab
    /// The value a shop would file it under.
    package let value: ShopifyColor
  }

  /// The nearest CSS name by CIEDE2000.
  package static func css(nearestTo color: Lab) -> String {
    // CIEDE2000 costs much. On a grid of all colours the nearest by it is among the 47 nearest by plain
    // distance.
    let near = cssEntries.map { (entry: $0, distance: $0.lab.squaredDistance(to: color)) }
      .sorted { $0.distance < $1.distance }.prefix(64)
      .map { (entry: $0.entry, difference: $0.entry.lab.difference(to: color)) }
    return near.min { $0.difference < $1.difference }?.entry.css ?? "black"
  }

  private static let cssEntries = entries.filter { $0.css != nil }

  /// CSS names by the value they belong to, then shades of real goods, which are darker and duller
  /// than the colours that CSS names.
  package static let entries: [Entry] =
    named.flatMap { value, names in
      names.split(separator: " ").compactMap { entry(String($0), value) }
    }
    + shades.flatMap { value, codes in
      codes.split(separator: " ").compactMap { entry(":" + $0, value) }
    }

  private static func entry(_ text: String, _ value: ShopifyColor) -> Entry? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let code = UInt32(parts[1], radix: 16) else { return nil }
    let lab = Lab(
      red: UInt8(code >> 16 & 255), green: UInt8(code >> 8 & 255), blue: UInt8(code & 255))
    return Entry(css: parts[0].isEmpty ? nil : String(parts[0]), lab: lab, value: value)
  }

  private static let named: [(ShopifyColor, String)] = [
    (
      .white,
      """
      white:ffffff snow:fffafa ivory:fffff0 floralwhite:fffaf0 ghostwhite:f8f8ff \
      mintcream:f5fffa azure:f0ffff aliceblue:f0f8ff whitesmoke:f5f5f5 seashell:fff5ee \
      honeydew:f0fff0 lavenderblush:fff0f5
      """
    ),
    (
      .beige,
      """
      beige:f5f5dc linen:faf0e6 oldlace:fdf5e6 antiquewhite:faebd7 papayawhip:ffefd5 \
      blanchedalmond:ffebcd bisque:ffe4c4 cornsilk:fff8dc wheat:f5deb3 burlywood:deb887 \
      tan:d2b48c navajowhite:ffdead moccasin:ffe4b5 peachpuff:ffdab9 palegoldenrod:eee8aa \
      darkkhaki:bdb76b
      """
    ),
    (
      .gray,
      """
      gray:808080 dimgray:696969 darkgray:a9a9a9 lightgray:d3d3d3 gainsboro:dcdcdc \
      silver:c0c0c0 slategray:708090 lightslategray:778899 darkslategray:2f4f4f
      """
    ),
    (
      .black,
      """
      black:000000
      """
    ),
    (
      .brown,
      """
      brown:a52a2a saddlebrown:8b4513 sienna:a0522d chocolate:d2691e peru:cd853f \
      rosybrown:bc8f8f darkgoldenrod:b8860b
      """
    ),
    (
      .red,
      """
      red:ff0000 darkred:8b0000 firebrick:b22222 crimson:dc143c indianred:cd5c5c maroon:800000 \
      tomato:ff6347
      """
    ),
    (
      .orange,
      """
      orange:ffa500 darkorange:ff8c00 coral:ff7f50 orangered:ff4500 sandybrown:f4a460 \
      lightsalmon:ffa07a
      """
    ),
    (
      .yellow,
      """
      yellow:ffff00 gold:ffd700 goldenrod:daa520 khaki:f0e68c lemonchiffon:fffacd \
      lightyellow:ffffe0 lightgoldenrodyellow:fafad2
      """
    ),
    (
      .green,
      """
      green:008000 darkgreen:006400 forestgreen:228b22 limegreen:32cd32 lime:00ff00 \
      lightgreen:90ee90 palegreen:98fb98 seagreen:2e8b57 mediumseagreen:3cb371 \
      darkseagreen:8fbc8f springgreen:00ff7f mediumspringgreen:00fa9a greenyellow:adff2f \
      chartreuse:7fff00 lawngreen:7cfc00 yellowgreen:9acd32 olive:808000 olivedrab:6b8e23 \
      darkolivegreen:556b2f teal:008080 darkcyan:008b8b lightseagreen:20b2aa aquamarine:7fffd4 \
      mediumaquamarine:66cdaa
      """
    ),
    (
      .blue,
      """
      blue:0000ff mediumblue:0000cd royalblue:4169e1 dodgerblue:1e90ff deepskyblue:00bfff \
      skyblue:87ceeb lightskyblue:87cefa lightblue:add8e6 steelblue:4682b4 \
      lightsteelblue:b0c4de cornflowerblue:6495ed cadetblue:5f9ea0 powderblue:b0e0e6 \
      cyan:00ffff lightcyan:e0ffff turquoise:40e0d0 mediumturquoise:48d1cc \
      darkturquoise:00ced1 paleturquoise:afeeee
      """
    ),
    (
      .navy,
      """
      navy:000080 midnightblue:191970 darkblue:00008b
      """
    ),
    (
      .purple,
      """
      purple:800080 indigo:4b0082 rebeccapurple:663399 blueviolet:8a2be2 darkviolet:9400d3 \
      darkorchid:9932cc mediumorchid:ba55d3 mediumpurple:9370db plum:dda0dd thistle:d8bfd8 \
      violet:ee82ee orchid:da70d6 darkmagenta:8b008b lavender:e6e6fa slateblue:6a5acd \
      mediumslateblue:7b68ee darkslateblue:483d8b
      """
    ),
    (
      .pink,
      """
      pink:ffc0cb lightpink:ffb6c1 hotpink:ff69b4 deeppink:ff1493 palevioletred:db7093 \
      mediumvioletred:c71585 magenta:ff00ff mistyrose:ffe4e1 lightcoral:f08080 salmon:fa8072 \
      darksalmon:e9967a
      """
    ),
  ]

  private static let shades: [(ShopifyColor, String)] = [
    (
      .white,
      """
      ece8e1 e6e6e8
      """
    ),
    (
      .beige,
      """
      d9c7a8 cbb694 e3d6c3 c2b09a
      """
    ),
    (
      .gray,
      """
      404040 555a60 8c8780
      """
    ),
    (
      .black,
      """
      161616 242424 1c1a19 14161c
      """
    ),
    (
      .brown,
      """
      3b2418 4e3524 6f4e37 a67b5b 8a6a4f b58a5a 59402c
      """
    ),
    (
      .red,
      """
      5a1020 7a1f2b b5332e
      """
    ),
    (
      .orange,
      """
      c8641e e08a45
      """
    ),
    (
      .yellow,
      """
      c9982b e3c04e
      """
    ),
    (
      .green,
      """
      1e3320 2d4a33 666b3c 4f5b3a 8a9a6b 2f7f75
      """
    ),
    (
      .blue,
      """
      3b5b7f 5a7896 a9c4de 2f4f8f 2f4098 8fa9c4 36708f
      """
    ),
    (
      .navy,
      """
      1b2238 232b45 1f2a4d
      """
    ),
    (
      .purple,
      """
      7a5a7d 4a3152 9a86a8
      """
    ),
    (
      .pink,
      """
      c99a96 b5838d d9a5ad e3b7b0 c2476f
      """
    ),
  ]
}
