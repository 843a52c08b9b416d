extension Window {
  /// Writes the ten integers.
  func encode(to writer: inout ByteWriter) throws(EngineError) {
    for number in [
      kernelHeight, kernelWidth, strideY, strideX, dilationY, dilationX,
      padTop, padLeft, padBottom, padRight,
    ] {
      try writer.int(number)
    }
  }

  /// Reads the ten integers.
  init(from reader: inout ByteReader) throws(EngineError) {
    self.init(
      kernel: (try reader.int(), try reader.int()), strides: (try reader.int(), try reader.int()),
      dilations: (try reader.int(), try reader.int()),
      pads: (try reader.int(), try reader.int(), try reader.int(), try reader.int()))
  }
}

extension Activation {
  /// The codes in a model file. A code never changes its meaning.
  private enum Code: UInt8 {
    case none = 0
    case clip = 1
    case leakyRelu = 2
    case sigmoid = 3
    case hardSigmoid = 4
    case hardSwish = 5
    case silu = 6
    case tanh = 7
    case exp = 8
    case sqrt = 9
  }

  /// Writes the code and the parameters.
  func encode(to writer: inout ByteWriter) throws(EngineError) {
    switch self {
    case .none: writer.u8(Code.none.rawValue)
    case .clip(let lower, let upper):
      writer.u8(Code.clip.rawValue)
      try writer.float(lower)
      try writer.float(upper)
    case .leakyRelu(let slope):
      writer.u8(Code.leakyRelu.rawValue)
      try writer.finite(slope)
    case .sigmoid: writer.u8(Code.sigmoid.rawValue)
    case .hardSigmoid(let alpha, let beta):
      writer.u8(Code.hardSigmoid.rawValue)
      try writer.finite(alpha)
      try writer.finite(beta)
    case .hardSwish: writer.u8(Code.hardSwish.rawValue)
    case .silu: writer.u8(Code.silu.rawValue)
    case .tanh: writer.u8(Code.tanh.rawValue)
    case .exp: writer.u8(Code.exp.rawValue)
    case .sqrt: writer.u8(Code.sqrt.rawValue)
    }
  }

  /// Reads the code and the parameters.
  init(from reader: inout ByteReader) throws(EngineError) {
    switch try reader.code(of: Code.self) {
    case .none: self = .none
    case .clip: self = .clip(lower: try reader.float(), upper: try reader.float())
    case .leakyRelu: self = .leakyRelu(slope: try reader.finite())
    case .sigmoid: self = .sigmoid
    case .hardSigmoid: self = .hardSigmoid(alpha: try reader.finite(), beta: try reader.finite())
    case .hardSwish: self = .hardSwish
    case .silu: self = .silu
    case .tanh: self = .tanh
    case .exp: self = .exp
    case .sqrt: self = .sqrt
    }
  }
}

extension Resize {
  /// Writes the mode, its rounding (0 where there is none), the coordinates and the scales.
  func encode(to writer: inout ByteWriter) throws(EngineError) {
    switch mode {
    case .linear:
      writer.u8(0)
      writer.u8(0)
    case .nearest(let rounding):
      writer.u8(1)
      writer.u8(rounding.rawValue)
    }
    writer.u8(coordinates.rawValue)
    try writer.finite(scaleY)
    try writer.finite(scaleX)
  }

  /// Reads what `encode` writes. The scales are finite.
  init(from reader: inout ByteReader) throws(EngineError) {
    let isNearest = try reader.bool()
    let rounding = try reader.code(of: NearestMode.self)
    guard isNearest || rounding.rawValue == 0 else {
      throw reader.damage("a linear resize does not round")
    }
    self.init(
      mode: isNearest ? .nearest(rounding) : .linear,
      coordinates: try reader.code(of: CoordinateMode.self), scaleY: try reader.finite(),
      scaleX: try reader.finite())
  }
}
