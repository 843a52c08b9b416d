internal import Swiftlet

/// Why a computation on literals has no result.
enum LiteralError: Error {
  case types
  case divisionByZero
}

/// Element-wise arithmetic. Integers wrap around, as in C, instead of trapping.
extension Literal {
  /// What two numbers may give.
  enum Arithmetic {
    case add, subtract, multiply, divide, modulo, power, maximum, minimum

    func callAsFunction(_ a: Float, _ b: Float) -> Float {
      switch self {
      case .add: a + b
      case .subtract: a - b
      case .multiply: a * b
      case .divide: a / b
      case .modulo: a.truncatingRemainder(dividingBy: b)
      case .power: FloatMath.power(a, b)
      case .maximum: a.isNaN || a > b ? a : b
      case .minimum: a.isNaN || a < b ? a : b
      }
    }

    /// nil where the divisor is 0.
    func callAsFunction(_ a: Int64, _ b: Int64) -> Int64? {
      switch self {
      case .add: return a &+ b
      case .subtract: return a &- b
      case .multiply: return a &* b
      case .divide: return b == 0 ? nil : a.dividedReportingOverflow(by: b).partialValue
      case .modulo:
        guard b != 0 else { return nil }
        let remainder = a.remainderReportingOverflow(dividingBy: b).partialValue
        return remainder != 0 && (remainder < 0) != (b < 0) ? remainder &+ b : remainder
      case .power: return Int64(clamping: FloatMath.power(Double(a), Double(b)))
      case .maximum: return max(a, b)
      case .minimum: return min(a, b)
      }
    }
  }

  /// What two numbers may be asked.
  enum Comparison {
    case equal, less, lessOrEqual, greater, greaterOrEqual

    func callAsFunction<T: Comparable>(_ a: T, _ b: T) -> Bool {
      switch self {
      case .equal: a == b
      case .less: a < b
      case .lessOrEqual: a <= b
      case .greater: a > b
      case .greaterOrEqual: a >= b
      }
    }
  }

  /// a op b, broadcast to `shape`.
  static func combine(
    _ a: Literal, _ b: Literal, shape: [Int], _ operation: Arithmetic
  ) throws(LiteralError) -> Literal {
    switch (a.broadcast(to: shape).elements, b.broadcast(to: shape).elements) {
    case (.floats(let x), .floats(let y)):
      return Literal(shape: shape, elements: .floats(zip(x, y).map { operation($0, $1) }))
    case (.integers(let x), .integers(let y)):
      let results = zip(x, y).compactMap { operation($0, $1) }
      guard results.count == x.count else { throw .divisionByZero }
      return Literal(shape: shape, elements: .integers(results))
    default:
      throw .types
    }
  }

  /// 1 where the comparison holds, else 0.
  static func compare(
    _ a: Literal, _ b: Literal, shape: [Int], _ comparison: Comparison
  ) throws(LiteralError) -> Literal {
    let results: [Bool]
    switch (a.broadcast(to: shape).elements, b.broadcast(to: shape).elements) {
    case (.floats(let x), .floats(let y)): results = zip(x, y).map { comparison($0, $1) }
    case (.integers(let x), .integers(let y)): results = zip(x, y).map { comparison($0, $1) }
    default: throw .types
    }
    return Literal(shape: shape, elements: .integers(results.map { $0 ? 1 : 0 }))
  }

  /// Element by element. Where `integer` is nil, integers stay as they are.
  func map(float: (Float) -> Float, integer: ((Int64) -> Int64)? = nil) -> Literal {
    switch elements {
    case .floats(let values):
      Literal(shape: shape, elements: .floats(values.map(float)))
    case .integers(let values):
      Literal(shape: shape, elements: .integers(integer.map { values.map($0) } ?? values))
    }
  }

  /// The elements combined along `axes`, which ascend; there is at least one element.
  func reduced(_ axes: [Int], keep: Bool, _ operation: Arithmetic) -> Literal {
    let kept = shape.indices.filter { !axes.contains($0) }
    let rows = transposed(kept + axes)
    let result = shape.indices.compactMap { axes.contains($0) ? (keep ? 1 : nil) : shape[$0] }
    let length = axes.reduce(1) { $0 * shape[$1] }
    func reduce<T>(_ values: [T], _ combine: (T, T) -> T) -> [T] {
      stride(from: 0, to: values.count, by: length).map { start in
        values[(start + 1)..<(start + length)].reduce(values[start], combine)
      }
    }
    switch rows.elements {
    case .floats(let values):
      return Literal(shape: result, elements: .floats(reduce(values) { operation($0, $1) }))
    case .integers(let values):
      return Literal(
        shape: result, elements: .integers(reduce(values) { operation($0, $1) ?? $0 }))
    }
  }

  /// Converted to the kind of number that `other` holds.
  func cast(like other: Literal) -> Literal {
    cast(to: other.floatingPoint == nil ? .int64 : .float)
  }

  /// Converted as by a C cast, but clamped where C leaves it open.
  func cast(to type: TensorType) -> Literal {
    switch type {
    case .float, .double, .bfloat16:
      Literal(shape: shape, elements: .floats(floats))
    case .float16:
      Literal(shape: shape, elements: .floats(floats.map { Half.float(Half.bits($0)) }))
    case .int64, .int32, .int8, .uint8, .bool:
      Literal(shape: shape, elements: .integers(integers(as: type)))
    }
  }

  private func integers(as type: TensorType) -> [Int64] {
    if type == .bool {
      switch elements {
      case .floats(let values): return values.map { $0 == 0 ? 0 : 1 }
      case .integers(let values): return values.map { $0 == 0 ? 0 : 1 }
      }
    }
    let wide: [Int64]
    switch elements {
    case .floats(let values): wide = values.map { Int64(clamping: Double($0)) }
    case .integers(let values): wide = values
    }
    switch type {
    case .int32: return wide.map { Int64(Int32(truncatingIfNeeded: $0)) }
    case .int8: return wide.map { Int64(Int8(truncatingIfNeeded: $0)) }
    case .uint8: return wide.map { Int64(UInt8(truncatingIfNeeded: $0)) }
    default: return wide
    }
  }
}

extension Int64 {
  /// The number rounded toward zero, the nearest representable one beyond the range, 0 for NaN.
  init(clamping value: Double) {
    if value.isNaN {
      self = 0
    } else if value >= 0x1p63 {
      self = .max
    } else if value < -0x1p63 {
      self = .min
    } else {
      self = Int64(value)
    }
  }
}
