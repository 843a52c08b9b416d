import Swiftlet

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Public models, tensors and photos that are no part of the project: beside the checkout, or where
/// `SWIFTLET_SHARED` points.
enum SharedFiles {
  static let root: String = {
    if let path = getenv("SWIFTLET_SHARED") { return String(cString: path) }
    let package = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    return "/\(package)/../shared"
  }()

  static let models: String? = exists("\(root)/models/u2netp.onnx") ? "\(root)/models" : nil

  /// The tensor in a .npy file.
  static func tensor(_ path: String) throws -> Tensor {
    guard let file = fopen(path, "rb") else {
      throw EngineError(.fileAccess, path, "it cannot be opened", "check the path")
    }
    defer { fclose(file) }
    fseek(file, 0, SEEK_END)
    var bytes = [UInt8](repeating: 0, count: ftell(file))
    rewind(file)
    let count = fread(&bytes, 1, bytes.count, file)
    return try NPY.parse(Array(bytes[0..<count]))
  }

  static func exists(_ path: String) -> Bool { access(path, R_OK) == 0 }
}
