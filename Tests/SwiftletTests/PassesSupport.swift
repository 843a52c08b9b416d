import Swiftlet
import Testing

/// Evaluates a graph of either layout on tensors in the order of an NCHW graph, and gives back such tensors.
func evaluateInSourceOrder(_ graph: Graph, _ inputs: [Tensor]) throws -> [Tensor] {
  guard graph.layout == .nhwc else { return try graph.evaluate(inputs) }
  return try graph.evaluate(try inputs.map { try permuted($0, [0, 2, 3, 1]) }).map {
    try permuted($0, [0, 3, 1, 2])
  }
}

/// The tensor with its dimensions in another order if it has four, else itself.
func permuted(_ tensor: Tensor, _ order: [Int]) throws -> Tensor {
  guard tensor.shape.count == 4 else { return tensor }
  let shape = order.map { tensor.shape[$0] }
  var strides = [1, 1, 1, 1]
  for axis in (0..<3).reversed() { strides[axis] = strides[axis + 1] * tensor.shape[axis + 1] }
  let steps = order.map { strides[$0] }
  var data: [Float] = []
  data.reserveCapacity(tensor.data.count)
  for a in 0..<shape[0] {
    for b in 0..<shape[1] {
      for c in 0..<shape[2] {
        for d in 0..<shape[3] {
          data.append(tensor.data[a * steps[0] + b * steps[1] + c * steps[2] + d * steps[3]])
        }
      }
    }
  }
  return try Tensor(shape: shape, data: data)
}

/// The first deviation beyond `tolerance`, absolute below and relative above the largest magnitude, or nil.
/// An output that overflows is not compared.
func deviation(
  _ actual: [Tensor], _ expected: [Tensor], tolerance: Float = 1e-4
) -> String? {
  guard actual.count == expected.count else {
    return "\(actual.count) outputs, expected \(expected.count)"
  }
  for (output, (a, b)) in zip(actual, expected).enumerated() {
    guard a.shape == b.shape else { return "output \(output) is \(a.shape), expected \(b.shape)" }
    let largest = b.data.reduce(1) { max($0, $1.magnitude) }
    guard largest < 1e6, b.data.allSatisfy(\.isFinite) else { continue }
    for (index, (x, y)) in zip(a.data, b.data).enumerated()
    where !((x - y).magnitude <= tolerance * largest) {
      return "output \(output)\(a.shape)[\(index)] is \(x), expected \(y)"
    }
  }
  return nil
}

extension Graph {
  /// The number of nodes of a kind.
  func count(_ predicate: (Op) -> Bool) -> Int { nodes.count { predicate($0.op) } }

  /// One line a node.
  var listing: String {
    nodes.map { node in
      let inputs = node.inputs.map { id in
        id.map { "\(self[$0].constant == nil ? "%" : "#")\($0.index)\(self[$0].shape)" } ?? "-"
      }
      let output = "%\(node.output.index)\(self[node.output].shape)"
      return "\(output) = \(node.op) \(inputs.joined(separator: " "))"
    }.joined(separator: "\n")
  }
}
