#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// The folder of a model file, where its external weights lie.
final class ModelFolder {
  private let path: String

  /// The bytes that may still be read from other files: an import takes 2 GiB at most.
  private var remaining = 1 << 31

  /// The folder of the file at `path`.
  init(ofModel path: String) {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else {
      self.path = "."
      return
    }
    self.path = slash == path.utf8.startIndex ? "/" : String(path[..<slash])
  }

  /// The whole file at `path`, up to the 2 GiB that a protocol buffer may have.
  static func read(_ path: String) throws(ONNXError) -> [UInt8] {
    try read(path, name: path, offset: 0, length: nil)
  }

  /// A part of a file beside the model.
  ///
  /// - Parameters:
  ///   - location: A relative path that, with links resolved, stays within the folder.
  ///   - offset: The first byte.
  ///   - length: The number of bytes.
  func read(location: String, offset: Int, length: Int) throws(ONNXError) -> [UInt8] {
    let components = location.split(separator: "/", omittingEmptySubsequences: false)
    guard !location.isEmpty, !location.utf8.contains(0), components.first != "",
      !components.contains("..")
    else {
      throw ONNXError(
        .invalidModel, "external data '\(location)'", "it is no path within the model's folder",
        "keep the weights beside the model")
    }
    guard let root = Self.resolved(path), let file = Self.resolved("\(path)/\(location)") else {
      throw ONNXError(
        .fileAccess, "external data '\(location)'", "there is no such file",
        "put the file beside the model")
    }
    guard file.hasPrefix(root == "/" ? root : root + "/") else {
      throw ONNXError(
        .invalidModel, "external data '\(location)'", "it leads out of the model's folder",
        "keep the weights beside the model")
    }
    guard length <= remaining else {
      throw ONNXError(
        .tooLarge, "external data '\(location)'", "all external data together exceed 2 GiB",
        "give a smaller model")
    }
    remaining -= length
    return try Self.read(
      file, name: "external data '\(location)'", offset: offset, length: length)
  }

  private static func resolved(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  private static func read(
    _ path: String, name: String, offset: Int, length: Int?
  ) throws(ONNXError) -> [UInt8] {
    // Not blocking, so that opening a named pipe returns.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw ONNXError(
        .fileAccess, name, "it cannot be opened (\(message()))", "give a file that can be read")
    }
    defer { _ = close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw ONNXError(.fileAccess, name, "it is no regular file", "give a file")
    }
    let size = Int(status.st_size)
    let length = length ?? size
    guard offset >= 0, length >= 0, offset <= size, length <= size - offset else {
      throw ONNXError(
        .invalidFile, name,
        "\(length) bytes from \(offset) are outside its \(size) bytes", "export the model again")
    }
    guard length < 1 << 31 else {
      throw ONNXError(
        .tooLarge, name, "\(length) bytes in one piece exceed 2 GiB", "give a smaller model")
    }
    return try bytes(of: descriptor, name: name, offset: offset, length: length)
  }

  private static func bytes(
    of descriptor: CInt, name: String, offset: Int, length: Int
  ) throws(ONNXError) -> [UInt8] {
    var failure = false
    let bytes = [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
      while count < length, let base = buffer.baseAddress {
        let result = pread(descriptor, base + count, length - count, off_t(offset + count))
        if result < 0, errno == EINTR { continue }
        guard result > 0 else {
          failure = true
          return
        }
        count += result
      }
    }
    guard !failure else {
      throw ONNXError(
        .fileAccess, name, "it cannot be read (\(message()))", "check the file and its disk")
    }
    return bytes
  }

  private static func message() -> String {
    strerror(errno).map { String(cString: $0) } ?? "error \(errno)"
  }
}
