#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif
internal import Swiftlet

/// One node of the model: its names and its attributes by name and type.
struct NodeReader {
  let inputs: [String]
  let outputs: [String]
  let op: String
  let opset: Int

  /// The node's name or, where it has none, that of its first output.
  let label: String

  private let attributes: [String: ONNXAttributeProto]

  init(_ proto: ONNXNodeProto, opset: Int) throws(ONNXError) {
    inputs = proto.input
    outputs = proto.output
    op = proto.opType
    self.opset = opset
    label = proto.name.isEmpty ? proto.output.first { !$0.isEmpty } ?? "" : proto.name
    var attributes: [String: ONNXAttributeProto] = [:]
    for attribute in proto.attribute { attributes[attribute.name] = attribute }
    self.attributes = attributes
    guard attributes.count == proto.attribute.count else {
      throw invalid("an attribute is stated twice", "export the model again")
    }
  }

  /// The node, for errors.
  var what: String { "node '\(label)' (\(op))" }

  func unsupported(_ why: String, _ remedy: String) -> ONNXError {
    ONNXError(.unsupported, what, why, remedy)
  }

  func invalid(_ why: String, _ remedy: String) -> ONNXError {
    ONNXError(.invalidModel, what, why, remedy)
  }

  func tooLarge(_ why: String, _ remedy: String) -> ONNXError {
    ONNXError(.tooLarge, what, why, remedy)
  }

  /// Whether the input exists and is not left out.
  func hasInput(_ index: Int) -> Bool { index < inputs.count && !inputs[index].isEmpty }

  /// Whether anything may read the output.
  func hasOutput(_ index: Int) -> Bool { index < outputs.count && !outputs[index].isEmpty }
}

// MARK: - Attributes

extension NodeReader {
  func has(_ name: String) -> Bool { attributes[name] != nil }

  func int(_ name: String) throws(ONNXError) -> Int? {
    try attribute(name, type: 2, "an integer").map { Int($0.i) }
  }

  func int(_ name: String, default value: Int) throws(ONNXError) -> Int {
    try int(name) ?? value
  }

  /// An integer that is 0 or 1.
  func flag(_ name: String, default value: Bool = false) throws(ONNXError) -> Bool {
    let number = try int(name, default: value ? 1 : 0)
    guard number == 0 || number == 1 else {
      throw invalid("\(name) is \(number)", "give 0 or 1")
    }
    return number == 1
  }

  func float(_ name: String) throws(ONNXError) -> Float? {
    try attribute(name, type: 1, "a number").map(\.f)
  }

  func float(_ name: String, default value: Float) throws(ONNXError) -> Float {
    try float(name) ?? value
  }

  func string(_ name: String, default value: String) throws(ONNXError) -> String {
    try attribute(name, type: 3, "a string").map { String(decoding: $0.s, as: UTF8.self) } ?? value
  }

  func ints(_ name: String) throws(ONNXError) -> [Int]? {
    try attribute(name, type: 7, "a list of integers").map { $0.ints.map(Int.init) }
  }

  func floats(_ name: String) throws(ONNXError) -> [Float]? {
    try attribute(name, type: 6, "a list of numbers").map(\.floats)
  }

  func tensor(_ name: String, folder: ModelFolder?) throws(ONNXError) -> Literal? {
    guard let attribute = try attribute(name, type: 4, "a tensor") else { return nil }
    return try Literal(attribute.t, "\(what), attribute '\(name)'", folder: folder)
  }

  /// A position of a dimension, counted from the end where negative, within `rank` dimensions.
  func axis(_ axis: Int, rank: Int) throws(ONNXError) -> Int {
    let resolved = axis < 0 ? axis + rank : axis
    guard resolved >= 0, resolved < rank else {
      throw invalid("axis \(axis) of a value of \(rank) dimensions", "give an axis of the value")
    }
    return resolved
  }

  /// Distinct positions of dimensions, resolved, in the order given.
  func axes(_ axes: [Int], rank: Int) throws(ONNXError) -> [Int] {
    var resolved: [Int] = []
    for axis in axes { resolved.append(try self.axis(axis, rank: rank)) }
    guard Set(resolved).count == resolved.count else {
      throw invalid("axes \(axes) name a dimension twice", "name each once")
    }
    return resolved
  }

  private func attribute(
    _ name: String, type: Int32, _ description: String
  ) throws(ONNXError) -> ONNXAttributeProto? {
    guard let attribute = attributes[name] else { return nil }
    guard attribute.type == type else {
      throw invalid("attribute '\(name)' is not \(description)", "export the model again")
    }
    return attribute
  }
}
