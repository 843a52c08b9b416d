/// The 19 colour values of Shopify's Standard Product Taxonomy (MIT licence).
public enum ShopifyColor: String, Sendable, CaseIterable {
  /// Plain colours.
  case black, blue, white, beige, brown, gray, green, orange, pink, purple, red, yellow, navy
  /// Values that colour alone does not tell: metals and transparency.
  case gold, silver, bronze
  /// Pinkish gold.
  case roseGold = "rose_gold"
  /// See-through.
  case clear
  /// Three or more colours of weight.
  case multicolor

  /// Whether it has no hue, so that light and shade make it another of its kind.
  var isNeutral: Bool { self == .black || self == .gray || self == .white }

  /// The taxonomy's id, such as `gid://shopify/TaxonomyValue/2`; nil where it is not known here.
  public var gid: String? {
    number.map { "gid://shopify/TaxonomyValue/\($0)" }
  }

  private var number: Int? {
    switch self {
    case .black: 1
    case .blue: 2
    case .white: 3
    case .gold: 4
    case .silver: 5
    case .beige: 6
    case .brown: 7
    case .gray: 8
    case .green: 9
    case .orange: 10
    case .pink: 11
    case .purple: 12
    case .red: 13
    case .yellow: 14
    case .navy: 15
    case .roseGold: 16
    case .clear: 17
    case .bronze, .multicolor: nil
    }
  }

  /// The name of a metal or of glass in this colour, by the material that was recognised.
  package func asMaterial(_ material: String?) -> ShopifyColor {
    switch (material, self) {
    case ("metal-silver", .gray), ("metal-silver", .white): .silver
    case ("metal-gold", .yellow), ("metal-gold", .orange), ("metal-gold", .beige): .gold
    case ("metal-gold", .brown): .bronze
    case ("metal-gold", .pink): .roseGold
    case ("glass", .gray), ("glass", .white): .clear
    default: self
    }
  }
}
