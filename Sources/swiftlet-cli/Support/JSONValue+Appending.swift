import SwiftletSkills

import Swiftlet

extension JSONValue {
  /// An object of this one's members and then those of `other`.
  func appending(_ other: JSONValue) -> JSONValue {
    guard case .object(let first) = self, case .object(let second) = other else { return self }
    return .object(first + second)
  }
}

extension TensorInfo {
  /// `{"name", "shape"}`.
  var json: JSONValue { ["name": .string(name), "shape": .array(shape.map { .integer($0) })] }
}
