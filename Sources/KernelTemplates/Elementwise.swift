/// Rows of floats through an element-wise operator: the argument of its kernels. Strides are in floats.
@frozen public struct ElementwiseRows {
  /// The first operand, and from a row to the next.
  public var a: UnsafePointer<Float>, aStep: Int
  /// The second operand, and from a row to the next: 0 repeats one row. Equals `a` for one operand.
  public var b: UnsafePointer<Float>, bStep: Int
  /// The result, which may be `a`, and from a row to the next.
  public var output: UnsafeMutablePointer<Float>, outputStep: Int
  /// Rows, and floats in a row.
  public var rows: Int, length: Int
  /// Parameters of an activation.
  public var alpha: Float, beta: Float
  /// The clamp after a two-operand operator.
  public var lower: Float, upper: Float

  /// Rows; the clamp is open and the parameters 0 unless set.
  @inlinable
  public init(
    a: UnsafePointer<Float>, aStep: Int, b: UnsafePointer<Float>, bStep: Int,
    output: UnsafeMutablePointer<Float>, outputStep: Int, rows: Int, length: Int
  ) {
    self.a = a
    self.aStep = aStep
    self.b = b
    self.bStep = bStep
    self.output = output
    self.outputStep = outputStep
    self.rows = rows
    self.length = length
    alpha = 0
    beta = 0
    lower = -.infinity
    upper = .infinity
  }
}

/// An element-wise operator of two registers. `b` is unused by the activations.
public protocol ElementwiseOperator {
  /// The result for one register.
  static func apply<L: Lanes>(
    _ lanes: L.Type, _ a: L.Vector, _ b: L.Vector, _ rows: UnsafePointer<ElementwiseRows>
  ) -> L.Vector
}

/// Applies an operator to rows.
@inlinable @inline(always)
public func elementwiseKernel<L: Lanes, O: ElementwiseOperator>(
  _ lanes: L.Type, _ op: O.Type, _ rows: UnsafePointer<ElementwiseRows>
) {
  let length = rows.pointee.length
  var row = 0
  while row < rows.pointee.rows {
    let a = rows.pointee.a + row * rows.pointee.aStep
    let b = rows.pointee.b + row * rows.pointee.bStep
    let output = rows.pointee.output + row * rows.pointee.outputStep
    var i = 0
    while i + L.count <= length {
      L.store(O.apply(lanes, L.load(a + i), L.load(b + i), rows), output + i)
      i += L.count
    }
    if i < length {
      let rest = length - i
      L.storeFirst(
        O.apply(lanes, L.loadFirst(a + i, rest), L.loadFirst(b + i, rest), rows), output + i, rest)
    }
    row += 1
  }
}

/// The clamp of a two-operand result.
@inlinable @inline(always)
func clamped<L: Lanes>(
  _ lanes: L.Type, _ v: L.Vector, _ rows: UnsafePointer<ElementwiseRows>
) -> L.Vector {
  L.clamp(v, L.Vector(repeating: rows.pointee.lower), L.Vector(repeating: rows.pointee.upper))
}
