/// NumPy's `.npy` file format for float32 tensors in C order.
///
/// Reads versions 1.0, 2.0 and 3.0 and writes version 1.0. The bytes may come from anywhere: whatever
/// is not a well-formed little-endian float32 array in C order is an error.
///
/// Source: the NumPy enhancement proposal NEP 1, "A Simple File Format for NumPy Arrays".
public enum NPY {
  private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  /// The most bytes a header may have. Those of float32 arrays have about a hundred.
  private static let maximumHeaderBytes = 1 << 16

  /// The tensor that `bytes` hold. O(count).
  ///
  /// - Throws: `EngineError` with code `invalidTensorFile` if they are not a float32 array in C order.
  public static func parse(_ bytes: [UInt8]) throws(EngineError) -> Tensor {
    guard bytes.count >= 10, bytes.starts(with: magic) else {
      throw failure("the bytes do not start as a .npy file does")
    }
    let major = bytes[6]
    guard (1...3).contains(major) else { throw failure("version \(major) is not known") }
    let lengthBytes = major == 1 ? 2 : 4
    let headerStart = 8 + lengthBytes
    guard bytes.count >= headerStart else { throw failure("the file ends inside its header") }
    var headerBytes = 0
    for i in 0..<lengthBytes { headerBytes |= Int(bytes[8 + i]) << (8 * i) }
    guard headerBytes <= maximumHeaderBytes, headerBytes <= bytes.count - headerStart else {
      throw failure("a header of \(headerBytes) bytes does not fit the file")
    }
    let dataStart = headerStart + headerBytes
    var header = NPYHeader(bytes[headerStart..<dataStart])
    try header.parse()

    guard let count = Shape.elementCount(header.shape) else {
      throw failure("shape \(header.shape) is too large")
    }
    guard bytes.count - dataStart == count * 4 else {
      throw failure(
        "shape \(header.shape) needs \(count * 4) bytes of data, the file has \(bytes.count - dataStart)"
      )
    }
    let data = [Float](unsafeUninitializedCapacity: count) { floats, initialized in
      bytes.withUnsafeBytes { raw in
        for i in 0..<count {
          let bits = raw.loadUnaligned(fromByteOffset: dataStart + i * 4, as: UInt32.self)
          floats[i] = Float(bitPattern: UInt32(littleEndian: bits))
        }
      }
      initialized = count
    }
    return try Tensor(shape: header.shape, data: data)
  }

  /// The bytes of a version 1.0 file that holds `tensor`. O(count).
  public static func bytes(of tensor: Tensor) -> [UInt8] {
    let extents = tensor.shape.map(String.init).joined(separator: ", ")
    let tuple = tensor.shape.count == 1 ? "(\(extents),)" : "(\(extents))"
    var header = Array("{'descr': '<f4', 'fortran_order': False, 'shape': \(tuple), }".utf8)
    // The data starts at a multiple of 64 bytes; the header ends in a line feed.
    let unpadded = 10 + header.count + 1
    header += [UInt8](repeating: 0x20, count: (64 - unpadded % 64) % 64) + [0x0a]

    var bytes = magic + [1, 0, UInt8(header.count & 0xff), UInt8(header.count >> 8)] + header
    bytes.reserveCapacity(bytes.count + tensor.data.count * 4)
    for value in tensor.data {
      withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
    }
    return bytes
  }

  fileprivate static func failure(_ why: String) -> EngineError {
    EngineError(
      .invalidTensorFile, "tensor file", why,
      "write it with numpy.save from a C-ordered float32 array")
  }
}

extension EngineError.Code {
  /// A tensor file that is damaged or holds something else than float32 in C order.
  public static let invalidTensorFile = EngineError.Code(rawValue: "invalid_tensor_file")
}

/// The Python dictionary literal that heads a `.npy` file.
private struct NPYHeader {
  private var rest: ArraySlice<UInt8>

  /// The extents that the header states.
  private(set) var shape: [Int] = []

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  /// Reads the dictionary: exactly the keys `descr`, `fortran_order` and `shape`, in any order.
  mutating func parse() throws(EngineError) {
    var seen: Set<String> = []
    try expect("{")
    while !accept("}") {
      let key = try string()
      guard seen.insert(key).inserted else { throw NPY.failure("the header repeats '\(key)'") }
      try expect(":")
      switch key {
      case "descr":
        let type = try string()
        guard type == "<f4" else { throw NPY.failure("element type '\(type)' is not '<f4'") }
      case "fortran_order":
        guard accept("False") else { throw NPY.failure("the array is not in C order") }
      case "shape":
        shape = try tuple()
      default:
        throw NPY.failure("the header has an unknown key '\(key)'")
      }
      if !accept(",") {
        try expect("}")
        break
      }
    }
    skipSpace()
    guard rest.isEmpty else { throw NPY.failure("the header goes on after its dictionary") }
    guard seen.count == 3 else {
      throw NPY.failure("the header lacks one of 'descr', 'fortran_order' and 'shape'")
    }
  }

  private mutating func tuple() throws(EngineError) -> [Int] {
    var extents: [Int] = []
    try expect("(")
    while !accept(")") {
      extents.append(try integer())
      guard extents.count <= 32 else { throw NPY.failure("the array has more than 32 dimensions") }
      if !accept(",") {
        try expect(")")
        break
      }
    }
    return extents
  }

  private mutating func integer() throws(EngineError) -> Int {
    skipSpace()
    let digits = rest.prefix { (0x30...0x39).contains($0) }
    guard !digits.isEmpty, digits.count <= 10,
      let value = Int(String(decoding: digits, as: UTF8.self))
    else { throw NPY.failure("the header's shape is not a tuple of extents") }
    rest = rest.dropFirst(digits.count)
    return value
  }

  /// A quoted string without escapes.
  private mutating func string() throws(EngineError) -> String {
    skipSpace()
    guard let quote = rest.first, quote == 0x27 || quote == 0x22,
      let end = rest.dropFirst().firstIndex(of: quote), end - rest.startIndex <= 64
    else { throw NPY.failure("the header is not a dictionary of quoted keys") }
    let text = rest[(rest.startIndex + 1)..<end]
    guard text.allSatisfy({ (0x20..<0x7f).contains($0) && $0 != 0x5c }) else {
      throw NPY.failure("the header holds something else than plain text")
    }
    rest = rest[(end + 1)...]
    return String(decoding: text, as: UTF8.self)
  }

  private mutating func expect(_ token: String) throws(EngineError) {
    guard accept(token) else { throw NPY.failure("the header lacks a '\(token)'") }
  }

  private mutating func accept(_ token: String) -> Bool {
    skipSpace()
    guard rest.starts(with: token.utf8) else { return false }
    rest = rest.dropFirst(token.utf8.count)
    return true
  }

  private mutating func skipSpace() {
    rest = rest.drop { $0 == 0x20 || $0 == 0x0a }
  }
}
