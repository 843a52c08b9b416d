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
  }

  /// The background a marketplace asks for.
  public enum BackgroundRule: String, Sendable, CaseIterable {
    /// Pure white, 255 in each channel.
    case white
    /// No rule.
    case any
  }

  /// The name, such as `amazon-main`.
  public var name: String
  /// The name for people.
  public var title: String
  /// The day from which the rules hold, or `undated`.
  public var effectiveFrom: String
  /// Where the rules are stated.
  public var source: String
  /// The day on which the source was last read.
  public var checkedOn: String
  /// How well the rules are known.
  public var confidence: Confidence

  /// Pixels of the longer side below which the photo is refused.
  public var longSideMin: Int?
  /// Pixels of the longer side from which the shop offers zoom.
  public var longSideZoom: Int?
  /// Pixels of the longer side above which the photo is refused.
  public var longSideMax: Int?
  /// Width over height.
  public var aspect: Double?
  /// Allowed deviation from `aspect`, as a share of it.
  public var aspectTolerance: Double
  /// Longer side of the product over that side of the picture, at least.
  public var fillMin: Double?
  /// Longer side of the product over that side of the picture, at most.
  public var fillMax: Double?
  /// The fill that the listing room aims at.
  public var fillTarget: Double
  /// The background.
  public var background: BackgroundRule
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

  /// The values of a file.
  ///
  /// - Throws: `SkillError` that names file, key and what was expected.
  public static func load(_ path: String) throws(SkillError) -> Profile {
    try read(ConfigNode(path: path))
  }

  /// The values of YAML text.
  package static func parse(_ yaml: String, file: String) throws(SkillError) -> Profile {
    try read(ConfigNode(yaml: yaml, file: file))
  }

  /// Everything the profile says, as `swiftlet profiles show` prints it.
  public var json: JSONValue {
    .compact([
      ("name", .string(name)), ("title", .string(title)),
      ("effective_from", .string(effectiveFrom)), ("source", .string(source)),
      ("checked_on", .string(checkedOn)), ("confidence", .string(confidence.rawValue)),
      ("note", confidence == .secondary ? "check with the marketplace" : nil),
      ("long_side_min", longSideMin.map { .integer($0) }),
      ("long_side_zoom", longSideZoom.map { .integer($0) }),
      ("long_side_max", longSideMax.map { .integer($0) }),
      ("aspect", aspect.map { .number($0) }),
      ("aspect_tolerance", aspect == nil ? nil : .number(aspectTolerance)),
      ("fill_min", fillMin.map { .number($0) }), ("fill_max", fillMax.map { .number($0) }),
      ("fill_target", .number(fillTarget)), ("background", .string(background.rawValue)),
      ("formats", .array(formats.map { .string($0.rawValue) })),
      ("bytes_min", bytesMin.map { .integer($0) }), ("bytes_max", bytesMax.map { .integer($0) }),
      ("whole_product", .bool(wholeProduct)), ("single_product", .bool(singleProduct)),
    ])
  }

  private static func read(_ root: ConfigNode) throws(SkillError) -> Profile {
    let members = try root.members(known: keys)
    try root.checkSchema("swiftlet.profile/1", members)
    func required(_ key: String) throws(SkillError) -> ConfigNode {
      guard let node = members[key] else { throw root.error(expected: "a key \(key)") }
      return node
    }
    func pixels(_ key: String) throws(SkillError) -> Int? {
      guard let node = members[key], !node.isNull else { return nil }
      return try node.integer(in: 1...100_000)
    }
    func share(_ key: String) throws(SkillError) -> Double? {
      guard let node = members[key], !node.isNull else { return nil }
      return try node.double(in: 0...1)
    }
    func bytes(_ key: String) throws(SkillError) -> Int? {
      guard let node = members[key], !node.isNull else { return nil }
      return try node.integer(in: 1...1_000_000_000)
    }
    var formats: [ImageFormat] = []
    for node in try required("formats").elements() {
      formats.append(try node.choice(ImageFormat.self))
    }
    guard !formats.isEmpty else { throw try required("formats").error(expected: "a format") }
    let aspectNode = members["aspect"]
    return Profile(
      name: try required("name").text(), title: try required("title").text(),
      effectiveFrom: try required("effective_from").text(),
      source: try required("source").text(), checkedOn: try required("checked_on").text(),
      confidence: try required("confidence").choice(Confidence.self),
      longSideMin: try pixels("long_side_min"), longSideZoom: try pixels("long_side_zoom"),
      longSideMax: try pixels("long_side_max"),
      aspect: aspectNode == nil || aspectNode?.isNull == true
        ? nil : try aspectNode?.double(in: 0.05...20),
      aspectTolerance: try share("aspect_tolerance") ?? 0.01,
      fillMin: try share("fill_min"), fillMax: try share("fill_max"),
      fillTarget: try required("fill_target").double(in: 0.05...1),
      background: try required("background").choice(BackgroundRule.self),
      formats: formats, bytesMin: try bytes("bytes_min"), bytesMax: try bytes("bytes_max"),
      wholeProduct: try required("whole_product").bool(),
      singleProduct: try required("single_product").bool())
  }

  private static let keys = [
    "schema", "name", "title", "effective_from", "source", "checked_on", "confidence",
    "long_side_min", "long_side_zoom", "long_side_max", "aspect", "aspect_tolerance", "fill_min",
    "fill_max", "fill_target", "background", "formats", "bytes_min", "bytes_max", "whole_product",
    "single_product",
  ]
}

extension Profile {
  /// Amazon's main photo: the profile that is there without any file.
  public static let amazonMain = Profile(
    name: "amazon-main", title: "Amazon, main image", effectiveFrom: "undated",
    source: "public seller guides; Seller Central G1881 asks for a login and was not read",
    checkedOn: "2026-11-22", confidence: .secondary, longSideMin: 500, longSideZoom: 1000,
    longSideMax: 10_000, aspect: 1, aspectTolerance: 0.01, fillMin: 0.85, fillMax: nil,
    fillTarget: 0.87, background: .white, formats: [.jpeg, .png], bytesMin: nil, bytesMax: nil,
    wholeProduct: true, singleProduct: false)

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
      .unknownProfile, "profile '\(name)'", "there is no such profile", "use one of \(known)")
  }
}
