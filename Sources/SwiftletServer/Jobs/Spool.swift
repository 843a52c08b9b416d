package import SwiftletImage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The files of the jobs: photos as they came and pictures as they were made.
///
/// Every file appears whole, under a random name that owes nothing to a client.
package struct Spool: Sendable {
  private let directory: String

  /// The spool in `directory`, which is made, for this user only, where it does not exist.
  ///
  /// - Throws: `ServerError` where it cannot be made or written to.
  package init(directory: String) throws(ServerError) {
    self.directory = directory
    try makeDirectory(directory)
  }

  /// Stores a file durably and names it.
  ///
  /// - Throws: `ImageError` with `failed_to_write_file`.
  package func store(_ bytes: [UInt8]) throws(ImageError) -> String {
    let name = randomName()
    try writeAtomically(bytes, to: path(name))
    return name
  }

  /// The bytes of a file.
  ///
  /// - Throws: `ImageError` where it cannot be read.
  package func read(_ name: String) throws(ImageError) -> [UInt8] {
    try readFile(path(name), maxBytes: 1 << 30)
  }

  /// A file to be read a piece at a time.
  ///
  /// - Throws: `ImageError` where it cannot be read.
  func open(_ name: String) throws(ImageError) -> SpoolFile { try SpoolFile(path: path(name)) }

  /// Removes a file, if it is there.
  package func remove(_ name: String) { unlink(path(name)) }

  /// Removes the files that a sudden end has left behind: those named as the spool names its own,
  /// but for `kept`. Whatever else lies in the folder is not the spool's.
  package func sweep(keeping kept: Set<String>) {
    guard let stream = opendir(directory) else { return }
    defer { closedir(stream) }
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if Self.isOwn(name), !kept.contains(name) { remove(name) }
    }
  }

  /// Whether `store` gives such names, or `writeAtomically` does on the way.
  private static func isOwn(_ name: String) -> Bool {
    name.hasPrefix(".swiftlet-") && name.hasSuffix(".tmp") || isRandomName(name)
  }

  private func path(_ name: String) -> String { "\(directory)/\(name)" }
}

/// Makes a folder, and those above it, for this user only.
///
/// - Throws: `ServerError` where it cannot be made or written to.
func makeDirectory(_ path: String) throws(ServerError) {
  var end = path.startIndex
  while end != path.endIndex {
    end = path[path.index(after: end)...].firstIndex(of: "/") ?? path.endIndex
    mkdir(String(path[..<end]), 0o700)
  }
  guard access(path, R_OK | W_OK | X_OK) == 0 else {
    throw ServerError(
      code: "file_access", what: path, why: String(cString: strerror(errno)),
      remedy: "name a folder that can be written to with --data")
  }
}

/// A folder that one process has to itself until it ends.
final class DirectoryLock: Sendable {
  private let file: Int32

  /// Takes the folder.
  ///
  /// - Throws: `ServerError` where another process has it.
  init(_ directory: String) throws(ServerError) {
    let path = "\(directory)/lock"
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw ServerError(
        code: "file_access", what: path, why: String(cString: strerror(errno)),
        remedy: "name a folder that can be written to with --data")
    }
    file = descriptor
    // The object is whole from here on: where this throws, it is `deinit` that closes the file.
    guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
      throw ServerError(
        code: "file_access", what: directory, why: "another server keeps its jobs there",
        remedy: "end it, or name another folder with --data")
    }
  }

  /// Gives the folder up.
  func release() { flock(file, LOCK_UN) }

  deinit { close(file) }
}
