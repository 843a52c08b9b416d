internal import SwiftletImage
internal import Yams

/// A place in a YAML file, read with errors that name file, line, key and what was expected.
struct ConfigNode {
  /// The path of the file, or a word for text that came from elsewhere.
  let file: String
  /// The keys that lead here, joined by dots; empty at the root.
  let key: String
  private let node: Node

  /// The root of the YAML text of `file`.
  init(yaml: String, file: String) throws(SkillError) {
    let root: Node?
    do {
      root = try Yams.compose(yaml: yaml)
    } catch {
      let reason = String(describing: error).split(separator: "\n").joined(separator: " ")
      throw SkillError(.invalidConfiguration, file, reason, "mend the YAML")
    }
    guard let root else {
      throw SkillError(.invalidConfiguration, file, "the file is empty", "state its settings")
    }
    self.init(file: file, key: "", node: root)
  }

  /// The root of a file of at most 1 MB.
  init(path: String) throws(SkillError) {
    let bytes = try image { () throws(ImageError) in try readFile(path, maxBytes: 1_000_000) }
    try self.init(yaml: String(decoding: bytes, as: UTF8.self), file: path)
  }

  private init(file: String, key: String, node: Node) {
    self.file = file
    self.key = key
    self.node = node
  }

  /// An error at this place: `expected` completes "expected …".
  func error(expected: String) -> SkillError {
    let line = node.mark.map { ":\($0.line)" } ?? ""
    let found =
      switch node {
      case .scalar(let scalar): "'\(scalar.string)'"
      case .mapping: "a mapping"
      case .sequence: "a list"
      case .alias: "an alias"
      }
    return SkillError(
      .invalidConfiguration, "\(file)\(line)", "\(key.isEmpty ? "the root" : key) is \(found)",
      "expected \(expected)")
  }

  /// The members of a mapping, in the file's order.
  func members() throws(SkillError) -> [(name: String, value: ConfigNode)] {
    guard case .mapping(let mapping) = node else { throw error(expected: "a mapping") }
    var members: [(name: String, value: ConfigNode)] = []
    for (name, value) in mapping {
      guard let name = name.string else { throw error(expected: "keys that are text") }
      members.append((name, at(name, value)))
    }
    return members
  }

  /// The elements of a list.
  func elements() throws(SkillError) -> [ConfigNode] {
    guard case .sequence(let sequence) = node else { throw error(expected: "a list") }
    return sequence.enumerated().map { at(String($0.offset), $0.element) }
  }

  /// The members of a mapping by name, after a check that no other name than `known` occurs.
  func members(known: [String]) throws(SkillError) -> [String: ConfigNode] {
    var found: [String: ConfigNode] = [:]
    for (name, value) in try members() {
      guard known.contains(name) else {
        throw value.unknown(known: known)
      }
      found[name] = value
    }
    return found
  }

  /// An error for a key that means nothing here.
  func unknown(known: [String]) -> SkillError {
    let line = node.mark.map { ":\($0.line)" } ?? ""
    return SkillError(
      .invalidConfiguration, "\(file)\(line)", "\(key) is not a known key",
      "expected one of \(known.sorted().joined(separator: ", "))")
  }

  /// Whether the value is `null` or `~`.
  var isNull: Bool { node.null != nil }

  /// Whether the value is a mapping.
  var isMapping: Bool {
    if case .mapping = node { true } else { false }
  }

  /// A finite number within `range`.
  func double(in range: ClosedRange<Double>) throws(SkillError) -> Double {
    guard let value = node.float, value.isFinite, range.contains(value) else {
      throw error(expected: "a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  /// A whole number within `range`.
  func integer(in range: ClosedRange<Int>) throws(SkillError) -> Int {
    guard let value = node.int, range.contains(value) else {
      throw error(expected: "a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  /// `true` or `false`.
  func bool() throws(SkillError) -> Bool {
    guard let value = node.bool else { throw error(expected: "true or false") }
    return value
  }

  /// Text on one or more lines.
  func text() throws(SkillError) -> String {
    guard case .scalar(let scalar) = node else { throw error(expected: "text") }
    return scalar.string
  }

  /// One of the raw values of an enumeration.
  func choice<Choice: RawRepresentable & CaseIterable>(
    _ type: Choice.Type
  ) throws(SkillError) -> Choice where Choice.RawValue == String {
    guard let value = Choice(rawValue: try text()) else {
      throw error(expected: "one of " + Choice.allCases.map(\.rawValue).joined(separator: ", "))
    }
    return value
  }

  /// Checks that `members` states the schema that this version reads.
  func checkSchema(_ expected: String, _ members: [String: ConfigNode]) throws(SkillError) {
    guard let schema = members["schema"] else { throw error(expected: "a key schema: \(expected)") }
    guard try schema.text() == expected else { throw schema.error(expected: expected) }
  }

  private func at(_ name: String, _ node: Node) -> ConfigNode {
    ConfigNode(file: file, key: key.isEmpty ? name : "\(key).\(name)", node: node)
  }
}
