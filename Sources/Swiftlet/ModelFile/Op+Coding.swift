/// The operators' codes in a model file. A code never changes its meaning.
private enum OpCode: UInt8 {
  case convolution = 1
  case transposedConvolution = 2
  case batchNormalization = 3
  case activation = 4
  case prelu = 5
  case binary = 6
  case softmax = 7
  case maxPool = 8
  case averagePool = 9
  case globalAveragePool = 10
  case globalMaxPool = 11
  case resize = 12
  case concat = 13
  case gemm = 14
  case matmul = 15
  case reshape = 16
  case transpose = 17
  case pad = 18
  case slice = 19
  case reduceMean = 20
}

extension Op {
  /// Writes the operator's code and attributes.
  func encode(to writer: inout ByteWriter) throws(EngineError) {
    writer.u8(code.rawValue)
    switch self {
    case .convolution(let window, let groups, let activation):
      try window.encode(to: &writer)
      try writer.int(groups)
      try activation.encode(to: &writer)
    case .transposedConvolution(
      let window, let outputPadY, let outputPadX, let groups, let activation):
      try window.encode(to: &writer)
      try writer.int(outputPadY)
      try writer.int(outputPadX)
      try writer.int(groups)
      try activation.encode(to: &writer)
    case .batchNormalization(let epsilon):
      try writer.finite(epsilon)
    case .activation(let activation):
      try activation.encode(to: &writer)
    case .binary(let kind, let activation):
      writer.u8(kind.rawValue)
      try activation.encode(to: &writer)
    case .softmax(let axis), .concat(let axis):
      try writer.int(axis)
    case .maxPool(let window, let ceil):
      try window.encode(to: &writer)
      writer.bool(ceil)
    case .averagePool(let window, let ceil, let countIncludePad):
      try window.encode(to: &writer)
      writer.bool(ceil)
      writer.bool(countIncludePad)
    case .resize(let resize):
      try resize.encode(to: &writer)
    case .gemm(let alpha, let beta, let transposeA, let transposeB, let activation):
      try writer.finite(alpha)
      try writer.finite(beta)
      writer.bool(transposeA)
      writer.bool(transposeB)
      try activation.encode(to: &writer)
    case .transpose(let permutation):
      try writer.ints(permutation)
    case .pad(let before, let after, let value):
      try writer.ints(before)
      try writer.ints(after)
      try writer.float(value)
    case .slice(let starts, let ends, let steps):
      try writer.ints(starts)
      try writer.ints(ends)
      try writer.ints(steps)
    case .reduceMean(let axes, let keepDimensions):
      try writer.ints(axes)
      writer.bool(keepDimensions)
    case .prelu, .globalAveragePool, .globalMaxPool, .matmul, .reshape:
      break
    }
  }

  /// Reads an operator's code and attributes.
  ///
  /// - Throws: `EngineError` if a code is unknown or a number is none; ranges are for
  ///   `Graph.validate` to judge.
  init(from reader: inout ByteReader) throws(EngineError) {
    switch try reader.code(of: OpCode.self) {
    case .convolution:
      self = .convolution(
        window: try Window(from: &reader), groups: try reader.int(),
        activation: try Activation(from: &reader))
    case .transposedConvolution:
      self = .transposedConvolution(
        window: try Window(from: &reader), outputPadY: try reader.int(),
        outputPadX: try reader.int(), groups: try reader.int(),
        activation: try Activation(from: &reader))
    case .batchNormalization: self = .batchNormalization(epsilon: try reader.finite())
    case .activation: self = .activation(try Activation(from: &reader))
    case .prelu: self = .prelu
    case .binary:
      self = .binary(
        try reader.code(of: BinaryKind.self), activation: try Activation(from: &reader))
    case .softmax: self = .softmax(axis: try reader.int())
    case .maxPool: self = .maxPool(window: try Window(from: &reader), ceil: try reader.bool())
    case .averagePool:
      self = .averagePool(
        window: try Window(from: &reader), ceil: try reader.bool(),
        countIncludePad: try reader.bool())
    case .globalAveragePool: self = .globalAveragePool
    case .globalMaxPool: self = .globalMaxPool
    case .resize: self = .resize(try Resize(from: &reader))
    case .concat: self = .concat(axis: try reader.int())
    case .gemm:
      self = .gemm(
        alpha: try reader.finite(), beta: try reader.finite(), transposeA: try reader.bool(),
        transposeB: try reader.bool(), activation: try Activation(from: &reader))
    case .matmul: self = .matmul
    case .reshape: self = .reshape
    case .transpose: self = .transpose(permutation: try reader.ints())
    case .pad:
      self = .pad(before: try reader.ints(), after: try reader.ints(), value: try reader.float())
    case .slice:
      self = .slice(
        starts: try reader.ints(), ends: try reader.ints(), steps: try reader.ints())
    case .reduceMean:
      self = .reduceMean(axes: try reader.ints(), keepDimensions: try reader.bool())
    }
  }

  private var code: OpCode {
    switch self {
    case .convolution: .convolution
    case .transposedConvolution: .transposedConvolution
    case .batchNormalization: .batchNormalization
    case .activation: .activation
    case .prelu: .prelu
    case .binary: .binary
    case .softmax: .softmax
    case .maxPool: .maxPool
    case .averagePool: .averagePool
    case .globalAveragePool: .globalAveragePool
    case .globalMaxPool: .globalMaxPool
    case .resize: .resize
    case .concat: .concat
    case .gemm: .gemm
    case .matmul: .matmul
    case .reshape: .reshape
    case .transpose: .transpose
    case .pad: .pad
    case .slice: .slice
    case .reduceMean: .reduceMean
    }
  }
}
