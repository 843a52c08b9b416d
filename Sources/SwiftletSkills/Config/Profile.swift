public import SwiftletImage

/// What a marketplace asks of a photo in one slot, and how sure we are that it does.
public struct Profile: Sendable, Equatable {
  /// How well a rule is known.
  public enum Confidence: String, Sendable, CaseIterable {
    /// The marketplace's own documentation.
    case vendor
    /// Documentation of a company that integrates with it.
    case integrator
    /// Blogs and tool makers: to be checked with the marketplace.
    case secondary
    /// The user's own rules.
    case own
  }

  /// The background a marketplace asks for.
  public enum BackgroundRule: String, Sendable, CaseIterable {
    /// Pure white, 255 in each channel.
    case white
    /// White or a light colour.
    case light
    /// A light grey; white is refused.
    case lightGrey = "light_grey"
    /// No rule.
    case any
  }

  /// Where one number comes from, where that differs from the rest of the profile.
  public struct Evidence: Sendable, Equatable {
    /// The key of the number in the file.
    public var key: String
    /// Where it is stated.
    public var source: String
    /// How well it is known.
    public var confidence: Confidence
  }

  /// The name, such as `amazon-main`.
  public var name: String
  /// The name for people.
  public var title: String
  /// The day from which the rules hold, or `undated`.
  public var effectiveFrom = "undated"
  /// The last day on which the rules hold; nil where none is known.
  public var effectiveUntil: String?
  /// The profile that holds after that day.
  public var successor: String?
  /// Where the rules are stated.
  public var source: String
  /// The day on which the source was last read.
  public var checkedOn: String
  /// How well the rules are known.
  public var confidence: Confidence
  /// Numbers that are known better or worse than the rest.
  public var evidence: [Evidence] = []

  /// Pixels of the longer side below which the photo is refused.
  public var longSideMin: Int?
  /// Pixels of the longer side from which the shop offers zoom, or which it recommends.
  public var longSideZoom: Int?
  /// Pixels of the longer side above which the photo is refused.
  public var longSideMax: Int?
  /// Columns below which the photo is refused.
  public var widthMin: Int?
  /// Rows below which the photo is refused.
  public var heightMin: Int?
  /// Pixels of the shorter side from which the shop offers zoom, or which it recommends.
  public var shortSideZoom: Int?
  /// Pixels above which the photo is refused.
  public var pixelsMax: Int?
  /// Pixels of the longer side to which a larger picture is reduced; nil keeps the photo's own.
  public var longSideTarget: Int?
  /// Width over height.
  public var aspect: Double?
  /// Allowed deviation from `aspect`, as a share of it.
  public var aspectTolerance = 0.01
  /// Longer side of the product over that side of the picture, at least.
  public var fillMin: Double?
  /// Longer side of the product over that side of the picture, at most.
  public var fillMax: Double?
  /// The fill that the listing room aims at.
  public var fillTarget: Double
  /// The background.
  public var background: BackgroundRule
  /// The background that the listing room paints.
  public var backgroundStyle = BackgroundStyle.white
  /// The shadow that the listing room paints.
  public var shadow = ShadowStyle.none
  /// Formats that this program writes and the marketplace takes; the first is preferred.
  public var formats: [ImageFormat]
  /// The fewest bytes of a file.
  public var bytesMin: Int?
  /// The most bytes of a file.
  public var bytesMax: Int?
  /// Whether the whole product has to be in the frame.
  public var wholeProduct: Bool
  /// Whether more than one separate product is refused.
  public var singleProduct: Bool
}

extension Profile {
  /// Amazon's main photo: the profile that is there without any file.
  public static let amazonMain = Profile(
    name: "amazon-main", title: "Amazon, main image",
    source: "public seller guides; Seller Central G1881 asks for a login and was not read",
    checkedOn: "2026-11-22", confidence: .secondary, longSideMin: 500, longSideZoom: 1000,
    longSideMax: 10_000, aspect: 1, fillMin: 0.85, fillTarget: 0.87, background: .white,
    formats: [.jpeg, .png], wholeProduct: true, singleProduct: false)

  /// The profile of that name: the file of `resources`, else the built-in one.
  ///
  /// - Throws: `SkillError` with code `unknownProfile`, or `invalidConfiguration` for a damaged
  ///   file.
  public static func named(
    _ name: String, in resources: Resources
  ) throws(SkillError) -> Profile {
    let isPlain = name.utf8.allSatisfy {
      ($0 >= 0x61 && $0 <= 0x7a) || ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x2d || $0 == 0x5f
    }
    if isPlain, let path = resources.configuration("profiles/\(name).yaml") {
      return try load(path)
    }
    if name == amazonMain.name { return amazonMain }
    let known = Set(resources.profileNames + [amazonMain.name]).sorted().joined(separator: ", ")
    throw SkillError(
      .unknownProfile, "profile '\(name)'", "there is no such profile",
      "use one of \(known), or a .yaml file of your own")
  }
}
