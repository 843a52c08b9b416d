internal import SwiftletImage

extension Profile {
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
      ("effective_from", .string(effectiveFrom)),
      ("effective_until", effectiveUntil.map { .string($0) }),
      ("successor", successor.map { .string($0) }), ("source", .string(source)),
      ("checked_on", .string(checkedOn)), ("confidence", .string(confidence.rawValue)),
      ("note", confidence == .secondary ? "check with the marketplace" : nil),
      ("evidence", evidence.isEmpty ? nil : .array(evidence.map(\.json))),
      ("long_side_min", longSideMin.map { .integer($0) }),
      ("long_side_zoom", longSideZoom.map { .integer($0) }),
      ("long_side_max", longSideMax.map { .integer($0) }),
      ("width_min", widthMin.map { .integer($0) }),
      ("height_min", heightMin.map { .integer($0) }),
      ("short_side_zoom", shortSideZoom.map { .integer($0) }),
      ("pixels_max", pixelsMax.map { .integer($0) }),
      ("long_side_target", longSideTarget.map { .integer($0) }),
      ("aspect", aspect.map { .number($0) }),
      ("aspect_tolerance", aspect == nil ? nil : .number(aspectTolerance)),
      ("fill_min", fillMin.map { .number($0) }), ("fill_max", fillMax.map { .number($0) }),
      ("fill_target", .number(fillTarget)), ("background", .string(background.rawValue)),
      ("background_color", .string(backgroundStyle.description)),
      ("shadow", .string(shadow.rawValue)),
      ("formats", .array(formats.map { .string($0.rawValue) })),
      ("bytes_min", bytesMin.map { .integer($0) }), ("bytes_max", bytesMax.map { .integer($0) }),
      ("whole_product", .bool(wholeProduct)), ("single_product", .bool(singleProduct)),
    ])
  }

  private static func read(_ root: ConfigNode) throws(SkillError) -> Profile {
    let members = Members(root, try root.members(known: keys))
    try root.checkSchema("swiftlet.profile/1", members.nodes)
    let formats = try members.required("formats")
    var profile = Profile(
      name: try members.required("name").text(), title: try members.required("title").text(),
      effectiveFrom: try members.required("effective_from").text(),
      source: try members.required("source").text(),
      checkedOn: try members.required("checked_on").text(),
      confidence: try members.required("confidence").choice(Confidence.self),
      fillTarget: try members.required("fill_target").double(in: 0.05...1),
      background: try members.required("background").choice(BackgroundRule.self),
      formats: try formats.elements().map { (node) throws(SkillError) in
        try node.choice(ImageFormat.self)
      },
      wholeProduct: try members.required("whole_product").bool(),
      singleProduct: try members.required("single_product").bool())
    guard !profile.formats.isEmpty else { throw formats.error(expected: "a format") }
    profile.effectiveUntil = try members["effective_until"]?.text()
    profile.successor = try members["successor"]?.text()
    profile.longSideMin = try members.pixels("long_side_min")
    profile.longSideZoom = try members.pixels("long_side_zoom")
    profile.longSideMax = try members.pixels("long_side_max")
    profile.widthMin = try members.pixels("width_min")
    profile.heightMin = try members.pixels("height_min")
    profile.shortSideZoom = try members.pixels("short_side_zoom")
    profile.longSideTarget = try members.pixels("long_side_target")
    profile.pixelsMax = try members["pixels_max"]?.integer(in: 1...1_000_000_000)
    profile.aspect = try members["aspect"]?.double(in: 0.05...20)
    profile.aspectTolerance =
      try members["aspect_tolerance"]?.double(in: 0...1) ?? profile.aspectTolerance
    profile.fillMin = try members["fill_min"]?.double(in: 0...1)
    profile.fillMax = try members["fill_max"]?.double(in: 0...1)
    if let node = members["background_color"] {
      guard let style = try? BackgroundStyle(try node.text()), style != .transparent else {
        throw node.error(expected: "white or '#RRGGBB'")
      }
      profile.backgroundStyle = style
    }
    profile.shadow = try members["shadow"]?.choice(ShadowStyle.self) ?? .none
    profile.bytesMin = try members["bytes_min"]?.integer(in: 1...1_000_000_000)
    profile.bytesMax = try members["bytes_max"]?.integer(in: 1...1_000_000_000)
    profile.evidence = try members["evidence"].map(Evidence.read) ?? []
    try profile.check(root)
    return profile
  }

  /// Values that contradict each other could never be met.
  private func check(_ root: ConfigNode) throws(SkillError) {
    func order(_ low: Double?, _ high: Double?, _ names: String) throws(SkillError) {
      if let low, let high, low > high { throw root.error(expected: "\(names) in this order") }
    }
    let sides = (longSideMin.map(Double.init), longSideMax.map(Double.init))
    try order(sides.0, sides.1, "long_side_min and long_side_max")
    try order(longSideTarget.map(Double.init), sides.1, "long_side_target and long_side_max")
    try order(fillMin, fillMax, "fill_min and fill_max")
    try order(fillMin, fillTarget, "fill_min and fill_target")
    try order(fillTarget, fillMax, "fill_target and fill_max")
    try order(
      bytesMin.map(Double.init), bytesMax.map(Double.init), "bytes_min and bytes_max")
  }

  private static let keys = [
    "schema", "name", "title", "effective_from", "effective_until", "successor", "source",
    "checked_on", "confidence", "evidence", "long_side_min", "long_side_zoom", "long_side_max",
    "width_min", "height_min", "short_side_zoom", "pixels_max", "long_side_target", "aspect",
    "aspect_tolerance", "fill_min", "fill_max", "fill_target", "background", "background_color",
    "shadow", "formats", "bytes_min", "bytes_max", "whole_product", "single_product",
  ]
}

extension Profile.Evidence {
  /// `{"key", "source", "confidence"}`.
  var json: JSONValue {
    [
      "key": .string(key), "source": .string(source),
      "confidence": .string(confidence.rawValue),
    ]
  }

  /// The evidence of a mapping of keys to `{source, confidence}`, in the file's order.
  static func read(_ node: ConfigNode) throws(SkillError) -> [Profile.Evidence] {
    try node.members().map { (name, value) throws(SkillError) in
      let members = Members(value, try value.members(known: ["source", "confidence"]))
      return Profile.Evidence(
        key: name, source: try members.required("source").text(),
        confidence: try members.required("confidence").choice(Profile.Confidence.self))
    }
  }
}

/// The members of a mapping; one whose value is null counts as left out.
private struct Members {
  let nodes: [String: ConfigNode]
  private let root: ConfigNode

  init(_ root: ConfigNode, _ nodes: [String: ConfigNode]) {
    self.root = root
    self.nodes = nodes
  }

  subscript(key: String) -> ConfigNode? {
    nodes[key].flatMap { $0.isNull ? nil : $0 }
  }

  func required(_ key: String) throws(SkillError) -> ConfigNode {
    guard let node = nodes[key] else { throw root.error(expected: "a key \(key)") }
    return node
  }

  func pixels(_ key: String) throws(SkillError) -> Int? {
    try self[key]?.integer(in: 1...100_000)
  }
}
