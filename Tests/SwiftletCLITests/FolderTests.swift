import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The verbs on folders, and those of rembg, as far as they need no weights.
@Suite("Folders")
struct FolderTests {
  private func expectError(
    _ arguments: [String], _ status: Int32, _ part: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let outcome = try Program.run(arguments)
    #expect(outcome.status == status, "\(outcome.errors)", sourceLocation: sourceLocation)
    let lines = outcome.errors.split(separator: "\n")
    #expect(lines.count == 1, "\(outcome.errors)", sourceLocation: sourceLocation)
    #expect(
      outcome.errors.hasPrefix("swiftlet: ") && outcome.errors.contains("; ")
        && outcome.errors.contains(part), "\(outcome.errors)", sourceLocation: sourceLocation)
  }

  @Test("a wrong command line is one line and status 2")
  func usage() throws {
    let folder = try TemporaryFolder()
    let out = folder.path + "/out"
    try expectError(["batch", folder.path], 2, "command line")
    try expectError(["batch", folder.path, "-o", out, "--on-exists", "ask"], 2, "ask")
    try expectError(["batch", folder.path, "-o", out, "--jobs", "0"], 2, "--jobs 0")
    try expectError(["batch", folder.path, "-o", out, "--report", "r.txt"], 2, "r.txt")
    try expectError(["batch", folder.path, "-o", out, "--export", "etsy=e.csv"], 2, "etsy")
    try expectError(["batch", folder.path, "-o", out, "--format", "webp"], 2, "webp")
    try expectError(["batch", folder.path, "-o", out, "--shadow", "hard"], 2, "hard")
    try expectError(["batch", folder.path, "-o", folder.path + "/."], 2, "another folder")
    try expectError(["watch", folder.path, "-o", out, "--settle=-1"], 2, "--settle")
    try expectError(["i", "-bgc", "1", "2", "3"], 2, "-bgc")
    try expectError(["i", "-bgc", "1", "2", "3", "128", "a", "b"], 2, "half transparent")
    try expectError(["i", "-q", "a", "b"], 2, "-q")
    try expectError(["p", "-om", "a"], 2, "two folders")
    #expect(!exists(out))
  }

  @Test("a folder that is missing or empty is one line and status 4")
  func environment() throws {
    let folder = try TemporaryFolder()
    let out = folder.path + "/out"
    try expectError(["batch", folder.path + "/none", "-o", out], 4, "none")
    try expectError(["batch", folder.path, "-o", out], 4, "no photos")
    try write(Array("schema: swiftlet.profile/1\nname: x\n".utf8), to: folder.path + "/p.yaml")
    try expectError(
      ["batch", folder.path, "-o", out, "--profile", folder.path + "/p.yaml"], 4, "p.yaml")
    #expect(!exists(out))
  }

  @Test("a dry run says what would be written and writes nothing")
  func dryRun() throws {
    let folder = try TemporaryFolder()
    for name in ["a.jpg", "a.jpeg", "notes.txt"] {
      try write([1, 2, 3], to: "\(folder.path)/\(name)")
    }
    let out = folder.path + "/out"
    let outcome = try Program.run(["batch", folder.path, "-o", out, "--dry-run"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(
      outcome.text.split(separator: "\n").map(String.init) == [
        "\(folder.path)/a.jpeg -> \(out)/a.jpeg.jpg", "\(folder.path)/a.jpg -> \(out)/a.jpg",
      ])
    #expect(!exists(out))
  }

  @Test("help of rembg's verbs")
  func help() throws {
    for verb in ["i", "p", "s"] {
      let outcome = try Program.run([verb, "--help"])
      #expect(outcome.status == 0 && outcome.text.contains("rembg"), "\(outcome.errors)")
    }
  }
}
