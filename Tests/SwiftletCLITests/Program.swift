import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What a run of the program left.
struct Outcome {
  var status: Int32
  var output: [UInt8]
  var errors: String

  var text: String { String(decoding: output, as: UTF8.self) }
}

/// The program under test, as a user starts it.
enum Program {
  struct Failure: Error { var what: String }

  /// The binary that was built along with the tests; SWIFTLET_BINARY names another one.
  static let path: String? = {
    if let given = getenv("SWIFTLET_BINARY") { return String(cString: given) }
    let bundle = CommandLine.arguments.first { $0.contains(".xctest") } ?? CommandLine.arguments[0]
    var parts = bundle.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    while !parts.isEmpty {
      parts.removeLast()
      let candidate = (parts + ["swiftlet"]).joined(separator: "/")
      if isExecutableFile(candidate) { return candidate }
    }
    return nil
  }()

  /// Runs the program on `arguments` and waits for its end.
  ///
  /// - Parameters:
  ///   - input: What it reads from standard input.
  ///   - meanwhile: What is done while it runs, given its number.
  static func run(
    _ arguments: [String], input: [UInt8] = [], environment: [String: String] = [:],
    meanwhile: (pid_t) -> Void = { _ in }
  ) throws -> Outcome {
    guard let path else { throw Failure(what: "the program is not built") }
    let folder = try TemporaryFolder()
    let (inputPath, outputPath, errorPath) = (
      folder.path + "/in", folder.path + "/out", folder.path + "/err"
    )
    try write(input, to: inputPath)
    #if canImport(Darwin)
      var actions: posix_spawn_file_actions_t? = nil
      var attributes: posix_spawnattr_t? = nil
    #else
      var actions = posix_spawn_file_actions_t()
      var attributes = posix_spawnattr_t()
    #endif
    // Threads that run tests block signals, and a program has the mask of the thread that starts it.
    var noSignals = sigset_t()
    sigemptyset(&noSignals)
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setsigmask(&attributes, &noSignals)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, inputPath, O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, outputPath, O_WRONLY | O_CREAT, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, errorPath, O_WRONLY | O_CREAT, 0o600)

    var variables = ["PATH=/usr/bin:/bin"]
    for (name, value) in environment { variables.append("\(name)=\(value)") }
    var argv: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
    var envp: [UnsafeMutablePointer<CChar>?] = variables.map { strdup($0) } + [nil]
    defer { for pointer in argv + envp { free(pointer) } }
    var process: pid_t = 0
    guard posix_spawn(&process, path, &actions, &attributes, &argv, &envp) == 0 else {
      throw Failure(what: "cannot start \(path)")
    }
    meanwhile(process)
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0 {
      guard errno == EINTR else { throw Failure(what: "cannot wait for \(path)") }
    }
    // The program must have left by itself: a signal is reported as 128 and its number.
    let code = status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
    return Outcome(
      status: code, output: try read(outputPath),
      errors: String(decoding: try read(errorPath), as: UTF8.self))
  }

  private static func isExecutableFile(_ path: String) -> Bool {
    var information = stat()
    return stat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFREG
      && access(path, X_OK) == 0
  }
}

/// A folder that is gone with the object.
final class TemporaryFolder {
  let path: String

  init() throws {
    var template = Array("/tmp/swiftlet-test-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else { throw Program.Failure(what: "no temporary folder") }
    path = String(cString: made)
  }

  deinit {
    guard let folder = opendir(path) else { return }
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      unlink("\(path)/\(name)")
    }
    closedir(folder)
    rmdir(path)
  }
}

func write(_ bytes: [UInt8], to path: String) throws {
  guard let file = fopen(path, "w") else { throw Program.Failure(what: "cannot write \(path)") }
  defer { fclose(file) }
  guard fwrite(bytes, 1, bytes.count, file) == bytes.count else {
    throw Program.Failure(what: "cannot write \(path)")
  }
}

func read(_ path: String) throws -> [UInt8] {
  guard let file = fopen(path, "r") else { throw Program.Failure(what: "cannot read \(path)") }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = fread(&buffer, 1, buffer.count, file)
    if count == 0 { return bytes }
    bytes += buffer[..<count]
  }
}

func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }
