import SwiftletSkills

import Swiftlet

/// How far an output is from the expected one.
struct TensorDifference {
  private var maximum = 0.0
  private var relative = 0.0
  private var worst = 0
  private var failures = 0
  private let normalized: Double
  private let shape: [Int]
  private let pair: (Float, Float)

  /// Whether every element is within the tolerances.
  var isWithin: Bool { failures == 0 }

  /// Compares element by element: NaN equals only NaN.
  ///
  /// - Throws: `CommandFailure` unless the shapes are equal.
  init(_ output: Tensor, _ expected: Tensor, atol: Double, rtol: Double) throws(CommandFailure) {
    guard output.shape == expected.shape else {
      throw CommandFailure(
        .itemsFailed, "--expected",
        "its shape \(expected.shape) is not the output's \(output.shape)",
        "compare with the same output of the same model")
    }
    var error = 0.0
    var power = 0.0
    for (index, (a, b)) in zip(output.data, expected.data).enumerated() {
      let isSame = a == b || (a.isNaN && b.isNaN)
      let difference = isSame ? 0 : abs(Double(a) - Double(b))
      if !(difference <= maximum) {
        maximum = difference.isNaN ? .infinity : difference
        worst = index
      }
      if !isSame, b != 0 { relative = max(relative, difference / abs(Double(b))) }
      if !isSame, !(difference <= atol + rtol * abs(Double(b))) { failures += 1 }
      error += difference * difference
      power += Double(b) * Double(b)
    }
    normalized = power > 0 ? error / power : error
    shape = output.shape
    pair = output.data.isEmpty ? (0, 0) : (output.data[worst], expected.data[worst])
  }

  /// The position of the largest difference.
  private var position: [Int] {
    var rest = worst
    return Array(
      shape.reversed().map { extent in
        defer { rest /= max(extent, 1) }
        return rest % max(extent, 1)
      }.reversed())
  }

  /// The result for machines.
  var json: JSONValue {
    [
      "within": .bool(isWithin), "max_abs": .number(maximum), "max_rel": .number(relative),
      "nmse": .number(normalized), "beyond": .integer(failures),
      "worst": [
        "at": .array(position.map { .integer($0) }), "output": .number(Double(pair.0)),
        "expected": .number(Double(pair.1)),
      ],
    ]
  }

  /// The result for people.
  var text: String {
    "max abs \(maximum) at \(position) (\(pair.0), expected \(pair.1)), max rel \(relative), "
      + "NMSE \(normalized), \(failures) beyond tolerance"
  }
}
