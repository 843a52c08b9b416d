import SwiftletSkills

import Swiftlet

/// What can be said of a model without a plan.
struct ModelSummary {
  private let metadata: ModelMetadata
  private let nodes: Int
  private let parameters: Int

  init(_ model: Model) {
    metadata = model.metadata
    nodes = model.graph.nodes.count
    // A constant counts once, however many nodes read it.
    let used = Set(model.graph.nodes.flatMap(\.inputs).compactMap { $0 })
    parameters = used.reduce(0) { $0 + (model.graph[$1].constant?.count ?? 0) }
  }

  /// The result for machines.
  var json: JSONValue {
    [
      "name": .string(metadata.name), "nodes": .integer(nodes),
      "parameters": .integer(parameters),
      "passes": .array(metadata.passes.map { .string($0) }),
    ]
  }

  /// The result for people.
  var text: String { "\(metadata.name), \(nodes) nodes, \(parameters) parameters" }
}

extension ModelMetadata {
  /// Everything the metadata say, but the passes.
  var json: JSONValue {
    .compact([
      ("name", .string(name)), ("task", .string(task.rawValue)), ("version", .string(version)),
      ("input", input?.json), ("outputs", .array(outputs.map(\.json))),
      ("license", .string(license)), ("provenance", .string(provenance)),
    ])
  }

  /// The parts for people that are not empty.
  var lines: [(String, String)] {
    [
      ("task", task.rawValue), ("version", version), ("license", license),
      ("provenance", provenance),
    ].filter { !$0.1.isEmpty }
  }
}

extension ModelMetadata.ImageInput {
  /// The result for machines.
  var json: JSONValue {
    [
      "name": .string(name), "width": .integer(width), "height": .integer(height),
      "resize": .string(resize.rawValue), "color": .string(color.rawValue),
      "scale": .number(Double(scale)), "mean": .array(mean.map { .number(Double($0)) }),
      "std": .array(std.map { .number(Double($0)) }),
    ]
  }
}

extension ModelMetadata.Output {
  /// The result for machines.
  var json: JSONValue {
    [
      "name": .string(name), "kind": .string(kind.rawValue),
      "activation": .string(activation.rawValue), "labels": .array(labels.map { .string($0) }),
    ]
  }
}

extension PlanReport {
  /// The multiply-accumulate operations of a run.
  var macs: Int { layers.reduce(0) { $0 + $1.macs } }
}

extension PlanReport.Layer {
  /// The result for machines.
  var json: JSONValue {
    [
      "name": .string(name), "kernel": .string(kernel),
      "shape": .array(shape.map { .integer($0) }), "macs": .integer(macs),
      "bytes": .integer(bytes),
    ]
  }
}
