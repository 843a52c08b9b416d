#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif
internal import Swiftlet

extension Literal {
  /// The tensor that a message describes.
  ///
  /// The number of elements that the data holds is compared with the extents before anything of
  /// that size is allocated.
  ///
  /// - Parameters:
  ///   - proto: The message.
  ///   - what: The tensor, for errors.
  ///   - folder: Where external data lies; nil if there can be none.
  init(_ proto: ONNXTensorProto, _ what: String, folder: ModelFolder?) throws(ONNXError) {
    guard let type = TensorType(rawValue: proto.dataType) else {
      throw ONNXError(
        .unsupported, what, "elements of type \(TensorType.name(proto.dataType)) are not supported",
        "export it with float32 weights")
    }
    guard !proto.hasSegment else {
      throw ONNXError(
        .unsupported, what, "it is stored in segments", "export it in one piece")
    }
    let shape = proto.dims.map(Int.init)
    guard let count = Literal.count(of: shape) else {
      throw ONNXError(
        .invalidModel, what, "the shape \(shape.prefix(10)) is negative or too large",
        "keep tensors to 2^31 elements and \(ShapeInference.maximumRank) dimensions")
    }
    let elements: Elements
    if proto.dataLocation != 0 {
      let bytes = try Self.externalBytes(proto, what, size: count * type.size, folder: folder)
      elements = bytes.withUnsafeBytes { Elements(raw: $0, type) }
    } else if !proto.rawData.isEmpty {
      let (size, present) = (count * type.size, proto.rawData.count)
      guard present == size else {
        throw Self.miscounted(what, shape, expected: size, present, "bytes")
      }
      elements = proto.rawData.withUnsafeBytes { Elements(raw: $0, type) }
    } else {
      let present = Self.fieldCount(proto, type)
      guard present == count else {
        throw Self.miscounted(what, shape, expected: count, present, "elements")
      }
      elements = Elements(fields: proto, type)
    }
    self.init(shape: shape, elements: elements)
  }

  private static func miscounted(
    _ what: String, _ shape: [Int], expected: Int, _ actual: Int, _ unit: String
  ) -> ONNXError {
    ONNXError(
      .invalidFile, what, "\(actual) \(unit) of data for the shape \(shape), expected \(expected)",
      "export the model again")
  }

  private static func fieldCount(_ proto: ONNXTensorProto, _ type: TensorType) -> Int {
    switch type {
    case .float: proto.floatData.count
    case .double: proto.doubleData.count
    case .int64: proto.int64Data.count
    case .uint8, .int8, .int32, .bool, .float16, .bfloat16: proto.int32Data.count
    }
  }

  /// The bytes in the file that the entries location, offset and length name.
  private static func externalBytes(
    _ proto: ONNXTensorProto, _ what: String, size: Int, folder: ModelFolder?
  ) throws(ONNXError) -> [UInt8] {
    guard let folder else {
      throw ONNXError(
        .unsupported, what, "its data lies in another file", "import the model by its path")
    }
    var location = ""
    var offset = 0
    var length = size
    for entry in proto.externalData {
      switch entry.key {
      case "location": location = entry.value
      case "offset": offset = Int(entry.value) ?? -1
      case "length": length = Int(entry.value) ?? -1
      default: break
      }
    }
    guard length == size else {
      throw miscounted(what, proto.dims.map(Int.init), expected: size, length, "external bytes")
    }
    return try folder.read(location: location, offset: offset, length: size)
  }
}

extension Literal.Elements {
  /// The elements in `raw`, which holds a whole number of them.
  fileprivate init(raw: UnsafeRawBufferPointer, _ type: TensorType) {
    func load<T: BitwiseCopyable, R>(_: T.Type, _ convert: (T) -> R) -> [R] {
      stride(from: 0, to: raw.count, by: MemoryLayout<T>.size).map {
        convert(raw.loadUnaligned(fromByteOffset: $0, as: T.self))
      }
    }
    switch type {
    case .float: self = .floats(load(UInt32.self) { Float(bitPattern: UInt32(littleEndian: $0)) })
    case .double:
      self = .floats(load(UInt64.self) { Float(Double(bitPattern: UInt64(littleEndian: $0))) })
    case .float16: self = .floats(load(UInt16.self) { Half.float(UInt16(littleEndian: $0)) })
    case .bfloat16:
      self = .floats(
        load(UInt16.self) { Float(bitPattern: UInt32(UInt16(littleEndian: $0)) << 16) })
    case .int64: self = .integers(load(Int64.self) { Int64(littleEndian: $0) })
    case .int32: self = .integers(load(Int32.self) { Int64(Int32(littleEndian: $0)) })
    case .int8: self = .integers(load(Int8.self) { Int64($0) })
    case .uint8: self = .integers(load(UInt8.self) { Int64($0) })
    case .bool: self = .integers(load(UInt8.self) { $0 == 0 ? 0 : 1 })
    }
  }

  /// The elements in the field of their type. The small types lie in that of 32-bit integers.
  fileprivate init(fields proto: ONNXTensorProto, _ type: TensorType) {
    switch type {
    case .float: self = .floats(proto.floatData)
    case .double: self = .floats(proto.doubleData.map { Float($0) })
    case .float16:
      self = .floats(proto.int32Data.map { Half.float(UInt16(truncatingIfNeeded: $0)) })
    case .bfloat16:
      self = .floats(
        proto.int32Data.map {
          Float(bitPattern: UInt32(UInt16(truncatingIfNeeded: $0)) << 16)
        })
    case .int64: self = .integers(proto.int64Data)
    case .int32, .int8, .uint8: self = .integers(proto.int32Data.map { Int64($0) })
    case .bool: self = .integers(proto.int32Data.map { $0 == 0 ? 0 : 1 })
    }
  }
}
