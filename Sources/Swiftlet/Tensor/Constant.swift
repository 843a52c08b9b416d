/// The element type of stored tensor data. Raw values are those of the model file.
public enum ElementType: UInt8, Sendable {
  /// IEEE 754 single precision.
  case float32 = 1
  /// IEEE 754 half precision, for storage only: computation is in single precision.
  case float16 = 2
  /// Two's complement, 64 bits: shapes, axes and indices.
  case int64 = 3

  /// The size of an element in bytes.
  public var size: Int {
    switch self {
    case .float32: 4
    case .float16: 2
    case .int64: 8
    }
  }
}

/// Immutable tensor data of a graph: weights, biases, shapes.
///
/// A copy is a reference: the bytes are shared, and may lie in a memory-mapped file that stays mapped
/// for as long as a constant refers to it.
public struct Constant: Sendable {
  /// The extent of each dimension, outermost first.
  public let shape: [Int]

  /// The type of the stored elements.
  public let elementType: ElementType

  private let bytes: SharedBytes
  private let offset: Int

  /// The number of elements.
  public var count: Int { shape.reduce(1, *) }

  /// A float32 constant.
  ///
  /// - Throws: `EngineError` with code `shapeMismatch` unless the product of `shape` is `floats.count`.
  public init(shape: [Int], floats: [Float]) throws(EngineError) {
    try self.init(
      shape: shape, elementType: .float32, count: floats.count,
      bytes: floats.withUnsafeBytes { SharedBytes(copying: $0) })
  }

  /// An int64 constant.
  ///
  /// - Throws: `EngineError` with code `shapeMismatch` unless the product of `shape` is `integers.count`.
  public init(shape: [Int], integers: [Int64]) throws(EngineError) {
    try self.init(
      shape: shape, elementType: .int64, count: integers.count,
      bytes: integers.withUnsafeBytes { SharedBytes(copying: $0) })
  }

  private init(
    shape: [Int], elementType: ElementType, count: Int, bytes: SharedBytes
  ) throws(EngineError) {
    guard Shape.elementCount(shape) == count else {
      throw EngineError(
        .shapeMismatch, "constant", "shape \(shape) does not hold \(count) elements",
        "give as many elements as the product of the shape")
    }
    self.init(shape: shape, elementType: elementType, bytes: bytes, offset: 0)
  }

  /// A constant over bytes that have been checked to hold it at `offset`.
  package init(shape: [Int], elementType: ElementType, bytes: SharedBytes, offset: Int) {
    self.shape = shape
    self.elementType = elementType
    self.bytes = bytes
    self.offset = offset
  }

  /// The stored bytes, `count * elementType.size` of them.
  public func withBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    let size = count * elementType.size
    return try body(UnsafeRawBufferPointer(rebasing: bytes.buffer[offset..<offset + size]))
  }

  /// What keeps the stored bytes in place.
  package var storage: SharedBytes { bytes }

  /// The elements as float32, whatever the stored type. O(count), allocates.
  public var floats: [Float] {
    let count = count
    return withBytes { raw in
      [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
        switch elementType {
        case .float32:
          UnsafeMutableRawBufferPointer(buffer).copyMemory(from: raw)
        case .float16:
          for i in 0..<count {
            buffer[i] = Half.float(raw.loadUnaligned(fromByteOffset: i * 2, as: UInt16.self))
          }
        case .int64:
          for i in 0..<count {
            buffer[i] = Float(raw.loadUnaligned(fromByteOffset: i * 8, as: Int64.self))
          }
        }
        initialized = count
      }
    }
  }

  /// The elements as integers, or nil if they are floating-point. O(count), allocates.
  public var integers: [Int64]? {
    guard elementType == .int64 else { return nil }
    return withBytes { raw in
      (0..<count).map { raw.loadUnaligned(fromByteOffset: $0 * 8, as: Int64.self) }
    }
  }

  /// The same data under another shape of equal element count.
  ///
  /// - Throws: `EngineError` with code `shapeMismatch` if the element counts differ.
  public func reshaped(_ shape: [Int]) throws(EngineError) -> Constant {
    guard Shape.elementCount(shape) == count else {
      throw EngineError(
        .shapeMismatch, "constant", "\(self.shape) cannot be reshaped to \(shape)",
        "keep the number of elements")
    }
    return Constant(shape: shape, elementType: elementType, bytes: bytes, offset: offset)
  }
}

/// Bytes owned by reference: allocated here or mapped from a file.
package final class SharedBytes: @unchecked Sendable {
  /// The bytes. They never change and live as long as this object.
  package let buffer: UnsafeRawBufferPointer

  private let release: (UnsafeRawBufferPointer) -> Void
  private let unloading: ((UnsafeRawBufferPointer) -> Void)?

  /// Takes over `buffer`, which `release` gives back. `unload` frees the memory of a part that can be
  /// had again at any time.
  package init(
    _ buffer: UnsafeRawBufferPointer, unload: ((UnsafeRawBufferPointer) -> Void)? = nil,
    release: @escaping (UnsafeRawBufferPointer) -> Void
  ) {
    self.buffer = buffer
    self.release = release
    unloading = unload
  }

  /// Frees the memory of a part of the bytes where it comes back by itself when read: that of a mapped
  /// file.
  package func unload(_ part: UnsafeRawBufferPointer) { unloading?(part) }

  /// A copy of `source`, aligned to 64 bytes.
  package convenience init(copying source: UnsafeRawBufferPointer) {
    let copy = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(source.count, 1), alignment: 64)
    copy.copyMemory(from: source)
    self.init(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(copy)[0..<source.count])) {
      $0.baseAddress.map { UnsafeMutableRawPointer(mutating: $0).deallocate() }
    }
  }

  deinit { release(buffer) }
}

/// IEEE 754 half precision as bits, without the type that some platforms lack.
package enum Half {
  /// The float of the same value. Exact.
  package static func float(_ bits: UInt16) -> Float {
    let sign = UInt32(bits & 0x8000) << 16
    let exponent = UInt32(bits >> 10) & 0x1f
    let fraction = UInt32(bits) & 0x3ff
    switch exponent {
    case 0:
      let magnitude = Float(fraction) * 0x1p-24
      return sign == 0 ? magnitude : -magnitude
    case 0x1f:
      return Float(bitPattern: sign | 0x7f80_0000 | fraction << 13)
    default:
      return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }

  /// The nearest half, ties to even; infinity beyond 65504.
  package static func bits(_ value: Float) -> UInt16 {
    let sign = UInt16(truncatingIfNeeded: value.bitPattern >> 16) & 0x8000
    let magnitude = value.magnitude
    if value.isNaN { return sign | 0x7e00 }
    if magnitude >= 65520 { return sign | 0x7c00 }
    if magnitude < 0x1p-14 {
      return sign | UInt16((magnitude * 0x1p24).rounded(.toNearestOrEven))
    }
    let rebased = magnitude.bitPattern - (112 << 23)
    let rounded = rebased + 0xfff + ((rebased >> 13) & 1)
    return sign | UInt16(truncatingIfNeeded: rounded >> 13)
  }
}
