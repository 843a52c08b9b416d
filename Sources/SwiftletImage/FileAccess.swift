#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Writes a file so that a reader sees the old contents or the new ones, never a part.
///
/// The bytes go to a temporary file in the same directory, are flushed to the disk and renamed to
/// `path`, and the directory is flushed. An existing file is replaced. On failure the temporary
/// file is removed.
///
/// - Throws: ``ImageError`` with `failed_to_write_file`.
public func writeAtomically(_ bytes: [UInt8], to path: String) throws(ImageError) {
  let directory = parentDirectory(of: path)
  let random = UInt64.random(in: .min ... .max)
  let temporary = "\(directory)/.swiftlet-\(String(random, radix: 16)).tmp"
  let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
  guard file >= 0 else { throw writeError(path, errno) }
  var failure: Int32 = 0
  bytes.withUnsafeBytes { buffer in
    var done = 0
    while done < buffer.count, failure == 0 {
      let rest = UnsafeRawBufferPointer(rebasing: buffer[done...])
      let written = write(file, rest.baseAddress, rest.count)
      if written >= 0 {
        done += written
      } else if errno != EINTR {
        failure = errno
      }
    }
  }
  if failure == 0, fsync(file) != 0 { failure = errno }
  if close(file) != 0, failure == 0 { failure = errno }
  if failure == 0, rename(temporary, path) != 0 { failure = errno }
  if failure != 0 {
    unlink(temporary)
    throw writeError(path, failure)
  }
  flushDirectory(directory)
}

/// The bytes of a file.
///
/// - Throws: ``ImageError`` with `file_not_found`, `failed_to_read_file`, or `file_too_large` where
///   it has more than `maxBytes` bytes, of which no more are read than that.
public func readFile(_ path: String, maxBytes: Int) throws(ImageError) -> [UInt8] {
  let file = open(path, O_RDONLY | O_CLOEXEC)
  guard file >= 0 else { throw readError(path, errno) }
  defer { close(file) }
  var status = stat()
  guard fstat(file, &status) == 0 else { throw readError(path, errno) }
  guard status.st_mode & S_IFMT != S_IFDIR else { throw readError(path, EISDIR) }
  let limit = max(0, min(maxBytes, Int.max - 1))
  guard Int(status.st_size) <= limit else { throw tooLarge(path, limit) }
  var bytes: [UInt8] = []
  var chunk = max(Int(status.st_size), 0) + 1
  while true {
    let wanted = min(chunk, limit + 1 - bytes.count)
    var failure: Int32 = 0
    let part = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, initialized in
      let count = read(file, buffer.baseAddress, wanted)
      if count < 0 { failure = errno }
      initialized = max(0, count)
    }
    if failure == EINTR { continue }
    if failure != 0 { throw readError(path, failure) }
    if part.isEmpty { return bytes }
    if bytes.isEmpty { bytes = part } else { bytes += part }
    if bytes.count > limit { throw tooLarge(path, limit) }
    chunk = 1 << 16
  }
}

private func parentDirectory(of path: String) -> String {
  guard let slash = path.lastIndex(of: "/") else { return "." }
  return slash == path.startIndex ? "/" : String(path[..<slash])
}

/// Makes the rename itself durable where the file system can; the data already is.
private func flushDirectory(_ path: String) {
  let directory = open(path, O_RDONLY | O_CLOEXEC)
  guard directory >= 0 else { return }
  fsync(directory)
  close(directory)
}

private func reason(_ code: Int32) -> String { String(cString: strerror(code)) }

private func writeError(_ path: String, _ code: Int32) -> ImageError {
  ImageError(
    code: .failedToWriteFile, what: path, why: "cannot write: \(reason(code))",
    remedy: "check the folder, its permissions and the free space")
}

private func readError(_ path: String, _ code: Int32) -> ImageError {
  if code == EISDIR {
    return ImageError(
      code: .failedToReadFile, what: path, why: "it is a folder", remedy: "name a file in it")
  }
  return ImageError(
    code: code == ENOENT ? .fileNotFound : .failedToReadFile, what: path,
    why: "cannot read: \(reason(code))", remedy: "check the path and its permissions")
}

private func tooLarge(_ path: String, _ limit: Int) -> ImageError {
  ImageError(
    code: .fileTooLarge, what: path, why: "it has more than the limit of \(limit) bytes",
    remedy: "save it smaller or with a lower quality")
}
