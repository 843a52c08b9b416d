/// Which values of a graph are constants, of what type, and where their bytes lie in the payload.
///
/// The tensors lie in the order of the values, each at the next multiple of 64 bytes; nothing lies
/// between or behind them.
struct TensorTable {
  /// One constant.
  struct Entry {
    /// The bytes of an encoded entry.
    static let size = 24

    /// The index of the value.
    var value: Int
    /// How the elements are stored.
    var type: ElementType
    /// The first byte, from the start of the payload.
    var offset: UInt64
    /// The number of bytes.
    var length: UInt64
  }

  static let alignment = 64

  /// The constants by ascending value index.
  private(set) var entries: [Entry] = []

  /// Places the constants of `graph`.
  init(_ graph: Graph, halfPrecision: Bool) throws(EngineError) {
    var end = 0
    for (index, value) in graph.values.enumerated() {
      guard let constant = value.constant else { continue }
      guard constant.shape == value.shape else {
        throw EngineError(
          .invalidGraph, "constant \(value.name)",
          "it is of shape \(constant.shape) in a value of shape \(value.shape)",
          "give both the same shape")
      }
      let type = halfPrecision && constant.isFitForHalf ? .float16 : constant.elementType
      let start = SectionTable.align(end, to: Self.alignment)
      end = start + constant.count * type.size
      entries.append(
        Entry(value: index, type: type, offset: UInt64(start), length: UInt64(end - start)))
    }
  }

  /// The number of bytes of the payload.
  var payloadLength: Int { entries.last.map { Int($0.offset + $0.length) } ?? 0 }

  /// The section's bytes.
  var encoded: [UInt8] {
    var writer = ByteWriter()
    for entry in entries {
      writer.u32(UInt32(entry.value))
      writer.u32(UInt32(entry.type.rawValue))
      writer.u64(entry.offset)
      writer.u64(entry.length)
    }
    return writer.bytes
  }

  /// Copies the constants of `graph`, from which the table was made, to `payload`, which is zero.
  func writePayload(of graph: Graph, to payload: UnsafeMutableRawBufferPointer) {
    for entry in entries {
      guard let constant = graph.values[entry.value].constant else { continue }
      let start = Int(entry.offset)
      let target = UnsafeMutableRawBufferPointer(
        rebasing: payload[start..<start + Int(entry.length)])
      if entry.type == constant.elementType {
        constant.withBytes { target.copyMemory(from: $0) }
      } else {
        for (index, value) in constant.floats.enumerated() {
          target.storeBytes(
            of: Half.bits(value).littleEndian, toByteOffset: index * 2, as: UInt16.self)
        }
      }
    }
  }

  /// Reads the section.
  ///
  /// - Throws: `EngineError` if an element type is unknown or the values do not ascend.
  init(from reader: inout ByteReader) throws(EngineError) {
    entries.reserveCapacity(reader.remaining / Entry.size)
    while reader.remaining > 0 {
      let value = Int(try reader.u32())
      guard value > entries.last?.value ?? -1 else {
        throw reader.damage("value \(value) is out of order")
      }
      let code = try reader.u32()
      guard let type = UInt8(exactly: code).flatMap(ElementType.init(rawValue:)) else {
        throw reader.damage("\(code) is no element type")
      }
      entries.append(
        Entry(value: value, type: type, offset: try reader.u64(), length: try reader.u64()))
    }
  }

  /// Makes constants of the values of `graph` that the table names, over `file` itself.
  ///
  /// - Parameters:
  ///   - file: The whole file.
  ///   - payload: The range of the payload section in it.
  ///   - graph: The graph, not yet validated.
  ///   - name: The file's name, for messages.
  /// - Throws: `EngineError` if a tensor is not where or as long as it must be.
  func attach(
    _ file: SharedBytes, payload: Range<Int>, to graph: inout Graph, name: String
  ) throws(EngineError) {
    var end = 0
    for entry in entries {
      guard entry.value < graph.values.count,
        let count = Shape.elementCount(graph.values[entry.value].shape)
      else {
        throw .damaged(name, "a tensor is for value \(entry.value), which is none or too large")
      }
      let start = SectionTable.align(end, to: Self.alignment)
      let length = count * entry.type.size
      guard entry.offset == UInt64(start), entry.length == UInt64(length),
        start <= payload.count, length <= payload.count - start
      else { throw .damaged(name, "the tensor of value \(entry.value) is out of place") }
      guard
        SectionTable.isZero(
          file.buffer, payload.lowerBound + end..<payload.lowerBound + start)
      else {
        throw .damaged(name, "the bytes before the tensor of value \(entry.value) are not zero")
      }
      graph.values[entry.value].constant = Constant(
        shape: graph.values[entry.value].shape, elementType: entry.type, bytes: file,
        offset: payload.lowerBound + start)
      end = start + length
    }
    guard end == payload.count else { throw .damaged(name, "bytes follow the last tensor") }
  }
}

extension Constant {
  /// Whether half precision is worth while and loses no finite value to infinity.
  fileprivate var isFitForHalf: Bool {
    elementType == .float32 && count > ModelFile.halfPrecisionThreshold
      && floats.allSatisfy { !$0.isFinite || Half.bits($0) & 0x7fff != 0x7c00 }
  }
}
