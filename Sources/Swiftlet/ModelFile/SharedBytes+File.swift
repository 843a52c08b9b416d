#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

extension SharedBytes {
  /// The file at `path`, mapped read-only.
  ///
  /// - Throws: `EngineError` with code `fileAccess`.
  static func map(_ path: String) throws(EngineError) -> SharedBytes {
    let (descriptor, size) = try open(path)
    defer { close(descriptor) }
    guard size > 0 else {
      return SharedBytes(copying: UnsafeRawBufferPointer(start: nil, count: 0))
    }
    let address = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard let address, address != MAP_FAILED else { throw .fileAccess(path, "map") }
    return SharedBytes(
      UnsafeRawBufferPointer(start: address, count: size), unload: dropPages(of:)
    ) { buffer in
      munmap(UnsafeMutableRawPointer(mutating: buffer.baseAddress), buffer.count)
    }
  }

  /// Takes the pages that lie wholly in a part of a mapped file out of the process's memory; the system
  /// brings them back when they are read.
  private static func dropPages(of part: UnsafeRawBufferPointer) {
    #if os(Linux)
      let page = max(1, sysconf(Int32(_SC_PAGESIZE)))
      let begin = (Int(bitPattern: part.baseAddress) + page - 1) / page * page
      let end = (Int(bitPattern: part.baseAddress) + part.count) / page * page
      guard end > begin else { return }
      madvise(UnsafeMutableRawPointer(bitPattern: begin), end - begin, MADV_DONTNEED)
    #endif
  }

  /// The file at `path`, read into memory.
  ///
  /// - Throws: `EngineError` with code `fileAccess`.
  static func read(_ path: String) throws(EngineError) -> SharedBytes {
    let (descriptor, size) = try open(path)
    defer { close(descriptor) }
    var address: UnsafeMutableRawPointer?
    guard posix_memalign(&address, 4096, max(size, 1)) == 0, let address else {
      throw EngineError(
        .outOfMemory, path, "no memory for \(size) bytes", "map the file or free memory")
    }
    let bytes = SharedBytes(UnsafeRawBufferPointer(start: address, count: size)) {
      free(UnsafeMutableRawPointer(mutating: $0.baseAddress))
    }
    var done = 0
    while done < size {
      let count = pread(descriptor, address + done, size - done, off_t(done))
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw .fileAccess(path, "read") }
      guard count > 0 else {
        throw EngineError(
          .fileAccess, path, "it became shorter while being read", "read it again when it is whole")
      }
      done += count
    }
    return bytes
  }

  /// A descriptor of the regular file at `path`, and its size.
  private static func open(_ path: String) throws(EngineError) -> (descriptor: Int32, size: Int) {
    // Non-blocking, so that a named pipe without a writer is refused and not waited for.
    #if canImport(Darwin)
      let descriptor = Darwin.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    #elseif canImport(Musl)
      let descriptor = Musl.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    #else
      let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    #endif
    guard descriptor >= 0 else { throw .fileAccess(path, "open") }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      let error = EngineError.fileAccess(path, "open")
      close(descriptor)
      throw error
    }
    guard status.st_mode & S_IFMT == S_IFREG, let size = Int(exactly: status.st_size) else {
      close(descriptor)
      throw EngineError(.fileAccess, path, "it is not a regular file", "name a model file")
    }
    return (descriptor, size)
  }
}

extension ModelFile {
  /// Puts `bytes` at `path` by way of a temporary file beside it.
  static func writeFile(_ bytes: [UInt8], to path: String) throws(EngineError) {
    let temporary = "\(path).\(String(UInt64.random(in: .min ... .max), radix: 36)).tmp"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw .fileAccess(path, "create") }
    do throws(EngineError) {
      try write(bytes, to: descriptor, of: path)
      guard rename(temporary, path) == 0 else { throw .fileAccess(path, "replace") }
    } catch {
      unlink(temporary)
      throw error
    }
    flushFolder(of: path)
  }

  /// Writes `bytes`, flushes them to the disk, and closes the descriptor in any case.
  private static func write(
    _ bytes: [UInt8], to descriptor: Int32, of path: String
  ) throws(EngineError) {
    let error: EngineError? = bytes.withUnsafeBytes { buffer in
      var rest = buffer[...]
      while !rest.isEmpty {
        let part = UnsafeRawBufferPointer(rebasing: rest)
        #if canImport(Darwin)
          let count = Darwin.write(descriptor, part.baseAddress, part.count)
        #elseif canImport(Musl)
          let count = Musl.write(descriptor, part.baseAddress, part.count)
        #else
          let count = Glibc.write(descriptor, part.baseAddress, part.count)
        #endif
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { return .fileAccess(path, "write") }
        rest = rest.dropFirst(count)
      }
      return fsync(descriptor) == 0 ? nil : .fileAccess(path, "write")
    }
    let closed = close(descriptor) == 0
    if let error { throw error }
    guard closed else { throw .fileAccess(path, "write") }
  }

  /// Makes a rename last. Where folders cannot be flushed, the system decides when it lasts.
  private static func flushFolder(of path: String) {
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    let descriptor = open(folder, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }
}

extension EngineError {
  /// The error of the system call that has just failed.
  fileprivate static func fileAccess(_ path: String, _ action: String) -> EngineError {
    let reason = String(cString: strerror(errno))
    return EngineError(
      .fileAccess, path, "cannot \(action): \(reason)", "check the path, permissions and space")
  }
}
