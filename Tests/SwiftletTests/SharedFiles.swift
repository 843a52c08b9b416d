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

  static func exists(_ path: String) -> Bool { access(path, R_OK) == 0 }
}
