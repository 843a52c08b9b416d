internal import SwiftletImage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What tells one version of a file from another.
package struct FileStamp: Sendable, Equatable {
  /// Bytes.
  package var size: Int
  /// Nanoseconds since 1970 of the last change.
  package var modified: Int
}

extension FileStamp {
  /// The stamp among the members of an object; nil where it is not whole.
  init?(_ object: JSONValue) {
    guard case .integer(let size)? = object["size"],
      case .integer(let modified)? = object["modified"]
    else { return nil }
    self.init(size: size, modified: modified)
  }

  /// The stamp as members of an object.
  var members: [JSONValue.Member] {
    [.init("size", .integer(size)), .init("modified", .integer(modified))]
  }
}

extension FileSystem {
  /// The files below a folder, as paths relative to it, folder by folder in the order of their
  /// bytes.
  ///
  /// Hidden names, links to folders and the folder `excluded` are left out. Links to files, broken
  /// ones too, and files whose names are no UTF-8 are listed: reading them says what is wrong.
  ///
  /// - Throws: `SkillError` with code `fileAccess` where a folder cannot be read.
  static func files(below root: String, excluding excluded: String?) throws(SkillError) -> [String]
  {
    var found: [String] = []
    var pending = [""]
    while let folder = pending.popLast() {
      let absolute = folder.isEmpty ? root : "\(root)/\(folder)"
      if let excluded, resolved(absolute) == excluded { continue }
      var folders: [String] = []
      for child in try children(of: absolute) where !child.name.hasPrefix(".") {
        let path = folder.isEmpty ? child.name : "\(folder)/\(child.name)"
        if child.isFolder { folders.append(path) } else { found.append(path) }
      }
      pending += folders.reversed()
    }
    return found
  }

  /// The path without links and dots; nil where it does not exist.
  static func resolved(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  /// Makes a folder and its parents.
  ///
  /// - Throws: `SkillError` with code `fileAccess`.
  static func makeFolders(_ path: String) throws(SkillError) {
    if path.isEmpty || isDirectory(path) { return }
    let parent = parent(of: path)
    if parent != path, parent != "." { try makeFolders(parent) }
    guard mkdir(path, 0o777) != 0, errno != EEXIST else { return }
    throw SkillError(
      .fileAccess, path, "cannot make the folder: \(String(cString: strerror(errno)))",
      "check its parent and the permissions")
  }

  /// Size and time of a file; nil where there is none.
  static func stamp(_ path: String) -> FileStamp? {
    var information = stat()
    guard stat(path, &information) == 0 else { return nil }
    #if canImport(Darwin)
      let time = information.st_mtimespec
    #else
      let time = information.st_mtim
    #endif
    return FileStamp(
      size: Int(information.st_size), modified: Int(time.tv_sec) * 1_000_000_000 + Int(time.tv_nsec)
    )
  }

  /// Whether anything lies at `path`.
  static func isTaken(_ path: String) -> Bool {
    var information = stat()
    return lstat(path, &information) == 0
  }

  /// Adds bytes to the end of a file, which is made where it is missing.
  static func append(_ text: String, to path: String) throws(SkillError) {
    let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
    var failure = file < 0 ? errno : 0
    if file >= 0 {
      let bytes = Array(text.utf8)
      let written = write(file, bytes, bytes.count)
      if written != bytes.count { failure = written < 0 ? errno : ENOSPC }
      close(file)
    }
    guard failure != 0 else { return }
    throw SkillError(
      .fileAccess, path, "cannot write: \(String(cString: strerror(failure)))",
      "check the folder, its permissions and the free space")
  }

  /// Whether one resolved path is another or lies below it.
  static func lies(_ path: String, in folder: String) -> Bool {
    path == folder || folder == "/" || path.hasPrefix(folder + "/")
  }

  /// The folders, files and links to files of a folder, by the bytes of their names.
  private static func children(
    of folder: String
  ) throws(SkillError) -> [(name: String, isFolder: Bool)] {
    guard let stream = opendir(folder) else {
      let code = errno
      throw SkillError(
        .fileAccess, folder, "cannot read the folder: \(String(cString: strerror(code)))",
        code == ENOTDIR
          ? "name a folder" : "check the path, its permissions and that its name is UTF-8")
    }
    defer { closedir(stream) }
    var children: [(name: String, isFolder: Bool)] = []
    while let entry = readdir(stream) {
      withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { name in
          var (own, aim) = (stat(), stat())
          guard fstatat(dirfd(stream), name, &own, AT_SYMLINK_NOFOLLOW) == 0 else { return }
          let hasAim = fstatat(dirfd(stream), name, &aim, 0) == 0
          switch own.st_mode & S_IFMT {
          case S_IFREG: children.append((String(cString: name), false))
          case S_IFDIR: children.append((String(cString: name), true))
          case S_IFLNK where !hasAim || aim.st_mode & S_IFMT == S_IFREG:
            children.append((String(cString: name), false))
          default: return
          }
        }
      }
    }
    return children.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }
}
