import SwiftletImage
import SwiftletSkills
import Synchronization

import Swiftlet

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Reads and writes of the verbs. `-` stands for standard input and output.
enum Files {
  /// The bytes of a photo, or as many as show that it exceeds the limit.
  static func photo(_ path: String) throws -> [UInt8] {
    guard path == "-" || !isFolder(path) else {
      throw CommandFailure(
        .environment, path, "it is a folder", "name a file in it; batch and p take folders")
    }
    return try bytes(path, limit: ImageLimits.standard.maxBytes)
  }

  /// The tensor of an `.npy` file.
  static func tensor(_ path: String) throws -> Tensor {
    do {
      return try NPY.parse(try bytes(path, limit: 8 << 30))
    } catch let error as EngineError {
      throw EngineError(error.code, path, error.why, error.remedy)
    }
  }

  /// Writes a tensor as an `.npy` file.
  static func write(_ tensor: Tensor, to path: String) throws {
    try uninterrupted { try writeAtomically(NPY.bytes(of: tensor), to: path) }
  }

  /// Makes a folder and those it lies in unless they are there.
  static func makeFolder(_ path: String) throws(CommandFailure) {
    guard mkdir(path, 0o777) != 0, errno != EEXIST else { return }
    if errno == ENOENT, let slash = path.dropLast().lastIndex(of: "/"), slash != path.startIndex {
      try makeFolder(String(path[..<slash]))
      guard mkdir(path, 0o777) != 0, errno != EEXIST else { return }
    }
    throw CommandFailure(
      .environment, path, "cannot make the folder: \(String(cString: strerror(errno)))",
      "name another one")
  }

  /// Makes the folder of a file that is written later, and sees that the file can be written.
  static func makePlace(for path: String) throws(CommandFailure) {
    if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
      try makeFolder(String(path[..<slash]))
    }
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    guard !isFolder(path) else { throw .usage(path, "it is a folder", "name a file") }
    guard access(folder, W_OK | X_OK) == 0 else {
      throw CommandFailure(
        .environment, path, "cannot write: \(String(cString: strerror(errno)))",
        "name a file in another folder")
    }
  }

  /// Whether there is something at a path.
  static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// Whether a path leads to a folder.
  static func isFolder(_ path: String) -> Bool {
    var information = stat()
    return stat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFDIR
  }

  /// Whether two paths lead to one file.
  static func areSame(_ a: String, _ b: String) -> Bool {
    var (first, second) = (stat(), stat())
    return stat(a, &first) == 0 && stat(b, &second) == 0 && first.st_dev == second.st_dev
      && first.st_ino == second.st_ino
  }

  /// The last part of a path without its extension.
  static func stem(of path: String) -> String {
    let name = path.split(separator: "/").last ?? ""
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return String(name) }
    return String(name[..<dot])
  }

  private static func bytes(_ path: String, limit: Int) throws -> [UInt8] {
    guard path == "-" else { return try readFile(path, maxBytes: limit) }
    guard !Console.isTerminal(STDIN_FILENO) else {
      throw CommandFailure.usage(
        "standard input", "it is a terminal", "redirect a file to it, or name the file")
    }
    return try readFile("/dev/stdin", maxBytes: limit)
  }
}

/// Where a picture goes.
struct PictureDestination {
  /// The path; nil for standard output.
  let path: String?
  /// The format that the path's extension asks for.
  let format: ImageFormat?

  /// The destination that `-o` names, else `<stem>.out.png` beside the input, else standard output
  /// where the input is standard input.
  ///
  /// A file that `-o` does not name is never replaced, and the input not even then.
  ///
  /// - Parameter isShared: whether standard output already carries JSON.
  init(output: String?, input: String, isShared: Bool) throws(CommandFailure) {
    let isDefault = output == nil
    guard let output = output ?? Self.standard(for: input), output != "-" else {
      guard !isShared else {
        throw .usage("-o", "the picture and --json both want standard output", "name a file")
      }
      guard !Console.isTerminal(STDOUT_FILENO) else {
        throw .usage("-o", "a picture is not written to a terminal", "name a file or redirect it")
      }
      path = nil
      format = nil
      return
    }
    let name = output.split(separator: "/").last.map(String.init) ?? output
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else {
      throw .usage("-o \(output)", "it has no extension", "end it in .png or .jpg")
    }
    switch name[dot...].lowercased() {
    case ".png": format = .png
    case ".jpg", ".jpeg": format = .jpeg
    default: throw .usage("-o \(output)", "the extension is not known", "end it in .png or .jpg")
    }
    path = output
    if Files.areSame(output, input == "-" ? "/dev/stdin" : input) {
      throw .usage("-o \(output)", "it is the photo itself", "name another file")
    }
    if isDefault, Files.exists(output) {
      throw .usage(output, "it exists already", "remove it, or name it with -o to replace it")
    }
  }

  /// Writes the file's bytes, whole or not at all.
  func write(_ bytes: [UInt8]) throws {
    if let path {
      try uninterrupted { try writeAtomically(bytes, to: path) }
    } else {
      try Console.write(bytes, to: STDOUT_FILENO)
    }
  }

  private static func standard(for input: String) -> String? {
    guard input != "-" else { return nil }
    let folder = input.lastIndex(of: "/").map { input[...$0] } ?? ""
    return "\(folder)\(Files.stem(of: input))\(BatchItem.ownEnding)"
  }
}

/// The signal that asked the program to end while it was not to be interrupted; 0 for none.
private let pendingSignal = Atomic<Int32>(0)

/// Runs `body`; an interrupt that comes meanwhile takes effect after it, so that no temporary file stays.
private func uninterrupted<R>(_ body: () throws -> R) rethrows -> R {
  let signals = [SIGINT, SIGTERM]
  let previous = signals.map { signal($0) { pendingSignal.store($0, ordering: .relaxed) } }
  defer {
    for (number, action) in zip(signals, previous) { signal(number, action) }
    let pending = pendingSignal.exchange(0, ordering: .relaxed)
    if pending != 0 { raise(pending) }
  }
  return try body()
}
