/// a + b, clamped.
public enum Add: ElementwiseOperator {
  /// a + b, clamped.
  @inlinable @inline(always)
  public static func apply<L: Lanes>(
    _ lanes: L.Type, _ a: L.Vector, _ b: L.Vector, _ rows: UnsafePointer<ElementwiseRows>
  ) -> L.Vector {
    clamped(lanes, a + b, rows)
  }
}

/// a - b, clamped.
public enum Subtract: ElementwiseOperator {
  /// a - b, clamped.
  @inlinable @inline(always)
  public static func apply<L: Lanes>(
    _ lanes: L.Type, _ a: L.Vector, _ b: L.Vector, _ rows: UnsafePointer<ElementwiseRows>
  ) -> L.Vector {
    clamped(lanes, a - b, rows)
  }
}

/// a * b, clamped.
public enum Multiply: ElementwiseOperator {
  /// a * b, clamped.
  @inlinable @inline(always)
  public static func apply<L: Lanes>(
    _ lanes: L.Type, _ a: L.Vector, _ b: L.Vector, _ rows: UnsafePointer<ElementwiseRows>
  ) -> L.Vector {
    clamped(lanes, a * b, rows)
  }
}

/// a / b, clamped.
public enum Divide: ElementwiseOperator {
  /// a / b, clamped.
  @inlinable @inline(always)
  public static func apply<L: Lanes>(
    _ lanes: L.Type, _ a: L.Vector, _ b: L.Vector, _ rows: UnsafePointer<ElementwiseRows>
  ) -> L.Vector {
    clamped(lanes, a / b, rows)
  }
}

/// max(a, b), clamped.
public enum Maximum: ElementwiseOperator {
  /// max(a, b), clamped.
  @inlinable @inline(always)
  public static func apply<L: Lanes>(
    _ lanes: L.Type, _ a: L.Vector, _ b: L.Vector, _ rows: UnsafePointer<ElementwiseRows>
  ) -> L.Vector {
    clamped(lanes, L.max(a, b), rows)
  }
}

/// min(a, b), clamped.
public enum Minimum: ElementwiseOperator {
  /// min(a, b), clamped.
  @inlinable @inline(always)
  public static func apply<L: Lanes>(
    _ lanes: L.Type, _ a: L.Vector, _ b: L.Vector, _ rows: UnsafePointer<ElementwiseRows>
  ) -> L.Vector {
    clamped(lanes, L.min(a, b), rows)
  }
}

/// a where a >= 0, else a * b.
public enum PRelu: ElementwiseOperator {
  /// a where a >= 0, else a * b.
  @inlinable @inline(always)
  public static func apply<L: Lanes>(
    _ lanes: L.Type, _ a: L.Vector, _ b: L.Vector, _ rows: UnsafePointer<ElementwiseRows>
  ) -> L.Vector {
    L.multiplyAdd(L.max(.zero, a), L.min(.zero, a), b)
  }
}

/// The clamp alone.
public enum Clip: ElementwiseOperator {
  /// The clamp alone.
  @inlinable @inline(always)
  public static func apply<L: Lanes>(
    _ lanes: L.Type, _ a: L.Vector, _ b: L.Vector, _ rows: UnsafePointer<ElementwiseRows>
  ) -> L.Vector {
    clamped(lanes, a, rows)
  }
}

/// a where a >= 0, else alpha * a.
public enum LeakyRelu: ElementwiseOperator {
  /// a where a >= 0, else alpha * a.
  @inlinable @inline(always)
  public static func apply<L: Lanes>(
    _ lanes: L.Type, _ a: L.Vector, _ b: L.Vector, _ rows: UnsafePointer<ElementwiseRows>
  ) -> L.Vector {
    L.multiplyAdd(
      L.max(.zero, a), L.min(.zero, a), L.Vector(repeating: rows.pointee.alpha))
  }
}

/// 1 / (1 + e^-a).
public enum Sigmoid: ElementwiseOperator {
  /// 1 / (1 + e^-a).
  @inlinable @inline(always)
  public static func apply<L: Lanes>(
    _ lanes: L.Type, _ a: L.Vector, _ b: L.Vector, _ rows: UnsafePointer<ElementwiseRows>
  ) -> L.Vector {
    L.sigmoid(a)
  }
}

/// min(max(alpha * a + beta, 0), 1).
public enum HardSigmoid: ElementwiseOperator {
  /// min(max(alpha * a + beta, 0), 1).
  @inlinable @inline(always)
  public static func apply<L: Lanes>(
    _ lanes: L.Type, _ a: L.Vector, _ b: L.Vector, _ rows: UnsafePointer<ElementwiseRows>
  ) -> L.Vector {
    L.clamp(
      L.multiplyAdd(
        L.Vector(repeating: rows.pointee.beta), a, L.Vector(repeating: rows.pointee.alpha)),
      .zero, L.Vector(repeating: 1))
  }
}

/// a * min(max(a / 6 + 0.5, 0), 1).
public enum HardSwish: ElementwiseOperator {
  /// a * min(max(a / 6 + 0.5, 0), 1).
  @inlinable @inline(always)
  public static func apply<L: Lanes>(
    _ lanes: L.Type, _ a: L.Vector, _ b: L.Vector, _ rows: UnsafePointer<ElementwiseRows>
  ) -> L.Vector {
    a
      * L.clamp(
        L.multiplyAdd(L.Vector(repeating: 0.5), a, L.Vector(repeating: 1 / 6)), .zero,
        L.Vector(repeating: 1))
  }
}

/// a / (1 + e^-a).
public enum Silu: ElementwiseOperator {
  /// a / (1 + e^-a).
  @inlinable @inline(always)
  public static func apply<L: Lanes>(
    _ lanes: L.Type, _ a: L.Vector, _ b: L.Vector, _ rows: UnsafePointer<ElementwiseRows>
  ) -> L.Vector {
    a * L.sigmoid(a)
  }
}

/// 2 / (1 + e^-2a) - 1.
public enum Tanh: ElementwiseOperator {
  /// 2 / (1 + e^-2a) - 1.
  @inlinable @inline(always)
  public static func apply<L: Lanes>(
    _ lanes: L.Type, _ a: L.Vector, _ b: L.Vector, _ rows: UnsafePointer<ElementwiseRows>
  ) -> L.Vector {
    L.Vector(repeating: 2) * L.sigmoid(a + a) - L.Vector(repeating: 1)
  }
}

/// e^a.
public enum Exp: ElementwiseOperator {
  /// e^a.
  @inlinable @inline(always)
  public static func apply<L: Lanes>(
    _ lanes: L.Type, _ a: L.Vector, _ b: L.Vector, _ rows: UnsafePointer<ElementwiseRows>
  ) -> L.Vector {
    L.exp(a)
  }
}

/// The square root.
public enum SquareRoot: ElementwiseOperator {
  /// The square root.
  @inlinable @inline(always)
  public static func apply<L: Lanes>(
    _ lanes: L.Type, _ a: L.Vector, _ b: L.Vector, _ rows: UnsafePointer<ElementwiseRows>
  ) -> L.Vector {
    L.squareRoot(a)
  }
}
