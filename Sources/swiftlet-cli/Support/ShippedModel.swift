import SwiftletImage
import SwiftletSkills

import Swiftlet

/// A model in the `weights` folder, as found.
struct ShippedModel {
  private let path: String
  private let model: Model?
  private let digest: String?
  /// Why it cannot be used, where it cannot.
  let fault: String?

  /// The models that the skills look for, whether or not they are there.
  static func all(in resources: Resources) -> [ShippedModel] {
    ["segment-fast.nest", "tag-mobilenet.nest"].map { ShippedModel($0, in: resources) }
  }

  private init(_ name: String, in resources: Resources) {
    var found = name
    var loaded: (model: Model, digest: String)?
    var problem: String?
    do {
      found = try resources.weights(name)
      loaded = (
        try Model.load(found), SHA256.hexadecimal(try readFile(found, maxBytes: 4 << 30))
      )
    } catch {
      problem = "\(error)"
    }
    path = found
    (model, digest, fault) = (loaded?.model, loaded?.digest, problem)
  }

  /// The result for machines.
  var json: JSONValue {
    .compact([
      ("path", .string(path)), ("name", model.map { .string($0.metadata.name) }),
      ("task", model.map { .string($0.metadata.task.rawValue) }),
      ("version", model.map { .string($0.metadata.version) }),
      ("license", model.map { .string($0.metadata.license) }),
      ("sha256", digest.map { .string($0) }), ("error", fault.map { .string($0) }),
    ])
  }

  /// The result for people.
  var text: String {
    guard let model, let digest else { return "\(path): \(fault ?? "unknown")" }
    let metadata = model.metadata
    return "\(path): \(metadata.name) \(metadata.version), \(metadata.license), sha256 \(digest)"
  }
}
