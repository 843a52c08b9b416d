import Swiftlet
import SwiftletImage
import SwiftletSkills
import Testing
import swiftlet_cli

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite("Command line")
struct CommandLineTests {
  /// The program must end with that status and one line that says what, why and what to do.
  private func expectError(
    _ arguments: [String], _ status: Int32, _ part: String, input: [UInt8] = [],
    environment: [String: String] = [:], sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let outcome = try Program.run(arguments, input: input, environment: environment)
    #expect(outcome.status == status, "\(outcome.errors)", sourceLocation: sourceLocation)
    #expect(outcome.output.isEmpty, "\(outcome.text)", sourceLocation: sourceLocation)
    let lines = outcome.errors.split(separator: "\n")
    #expect(lines.count == 1, "\(outcome.errors)", sourceLocation: sourceLocation)
    #expect(outcome.errors.hasPrefix("swiftlet: "), sourceLocation: sourceLocation)
    #expect(
      outcome.errors.contains("; ") && outcome.errors.contains(part), "\(outcome.errors)",
      sourceLocation: sourceLocation)
  }

  /// A model of one convolution over [1, 2, 3, 3], written to `folder`.
  private func model(in folder: TemporaryFolder) throws -> String {
    var graph = Graph()
    let x = graph.addValue(Value(name: "in:0", shape: [1, 2, 3, 3]))
    graph.inputs = [x]
    let weight = graph.addConstant(
      "weight", try Constant(shape: [1, 2, 1, 1], floats: [1, 10]))
    let y = try graph.append(
      .convolution(window: Window(kernel: (1, 1)), groups: 1, activation: .none), name: "out/0:1",
      inputs: [x, weight, nil, nil])
    graph.outputs = [y]
    let path = folder.path + "/model.nest"
    try ModelFile.write(
      try Model(graph: graph, metadata: ModelMetadata(name: "one")), to: path, halfPrecision: false)
    return path
  }

  private func tensors(in folder: TemporaryFolder) throws -> (input: String, expected: String) {
    let input = try Tensor(shape: [1, 2, 3, 3], data: (0..<18).map { Float($0) })
    let expected = try Tensor(shape: [1, 1, 3, 3], data: (0..<9).map { Float($0 + ($0 + 9) * 10) })
    let paths = (folder.path + "/x.npy", folder.path + "/y.npy")
    try write(NPY.bytes(of: input), to: paths.0)
    try write(NPY.bytes(of: expected), to: paths.1)
    return paths
  }

  @Test("help and the version go to standard output with status 0")
  func help() throws {
    for arguments in [
      ["--help"], ["process", "--help"], ["--version"], ["eval", "tag", "--help"], ["help"],
      ["help", "eval"], ["help", "--help"], ["help", "eval", "tag"],
      ["process", "a.jpg", "--help"],
    ] {
      let outcome = try Program.run(arguments)
      #expect(outcome.status == 0 && !outcome.output.isEmpty && outcome.errors.isEmpty)
    }
  }

  @Test("a wrong command line is one line and status 2")
  func usage() throws {
    try expectError(["frobnicate"], 2, "command line")
    try expectError(["process"], 2, "command line")
    try expectError(["frobnicate"], 2, "; see swiftlet --help")
    try expectError(["process"], 2, "; see swiftlet process --help")
    try expectError(["help", "frobnicate"], 2, "frobnicate")
    try expectError(["help", "eval", "frobnicate"], 2, "see swiftlet eval --help")
    try expectError(["frobnicate", "--help"], 2, "frobnicate")
    try expectError(["eval", "frobnicate", "--help"], 2, "frobnicate")
    try expectError(["eval"], 2, "one of segment, matte")
    for slip in ["segmnt", "segmentt", "segmemt", "segmnet"] {
      try expectError([slip, "a.jpg"], 2, "'\(slip)', perhaps 'segment' is meant")
    }
    try expectError(["ls", "a.jpg"], 2, "no verb 'ls'; see")
    try expectError(["--threads", "2", "tag", "a.jpg"], 2, "--threads")
    try expectError(["profiles", "--home", "x", "--frobnicate"], 2, "frobnicate")
    try expectError(["profile", "a.nest", "b.nest"], 2, "see swiftlet profile --help")
    try expectError(["process", "a.jpg", "--frobnicate"], 2, "frobnicate")
    try expectError(["bench", "m.nest", "--runs", "0"], 2, "--runs 0")
    try expectError(["bench", "m.nest", "--threads", "0"], 2, "--threads 0")
    try expectError(["kernels", "--isa", "sse9"], 2, "sse9")
    try expectError(["segment", "a.jpg", "-o", "a.webp"], 2, ".png or .jpg")
    try expectError(["segment", "a.jpg", "-o", "-", "--json"], 2, "standard output")
    try expectError(["process", "a.jpg", "--background", "blue"], 2, "blue")
    try expectError(["profiles", "show", "nowhere"], 2, "nowhere")
    try expectError(
      ["serve", "--host", "0.0.0.0", "--data", "/nonexistent"], 2, "--token",
      environment: ["HOME": "/nonexistent"])
    try expectError(
      ["diff", "m.nest", "--input", "a", "--expected", "b", "--atol=-1"], 2, "--atol")
  }

  @Test("a missing or damaged file is one line and status 4")
  func environment() throws {
    let folder = try TemporaryFolder()
    try write(Array("no model".utf8), to: folder.path + "/bad.nest")
    try expectError(["inspect", "/nonexistent.nest"], 4, "/nonexistent.nest")
    try expectError(["inspect", folder.path + "/bad.nest"], 4, "bad.nest")
    try expectError(
      ["convert", "/nonexistent.onnx", "-o", folder.path + "/m.nest"], 4, "nonexistent")
    try expectError(
      ["convert", folder.path + "/bad.nest", "-o", folder.path + "/m.nest"], 4, "bad.nest: it is no"
    )
    try expectError(["kernels"], 4, "sse9", environment: ["SWIFTLET_ISA": "sse9"])
    try expectError(["profiles", "--home", "/nonexistent"], 4, "/nonexistent")
    try expectError(
      ["serve", "--home", folder.path, "--port", "0", "--data", folder.path], 4,
      "weights/segment-fast.nest")
    try expectError(["profiles"], 4, "/nonexistent", environment: ["SWIFTLET_HOME": "/nonexistent"])
  }

  @Test("convert replaces nothing but a model: neither what it reads nor another file")
  func convertReplacesModelsOnly() throws {
    let folder = try TemporaryFolder()
    let (onnx, yaml, photo) = (
      folder.path + "/a.onnx", folder.path + "/a.yaml", folder.path + "/a.jpg"
    )
    let text = Array("schema: swiftlet.model/1\nname: a\n".utf8)
    for path in [onnx, yaml, photo] { try write(text, to: path) }
    let link = folder.path + "/link.nest"
    #expect(symlink(onnx, link) == 0)
    defer { remove(link) }
    try expectError(["convert", onnx, "-o", onnx], 2, "it is read")
    try expectError(["convert", onnx, "-o", link], 2, "it is read")
    try expectError(["convert", onnx, "-o", yaml, "--metadata", yaml], 2, "it is read")
    try expectError(["convert", onnx, "-o", photo], 2, "no .nest file")
    try expectError(["convert", onnx, "-o", "-"], 2, "standard output")
    for path in [onnx, yaml, photo] { #expect(try read(path) == text) }
  }

  #if os(Linux) && arch(x86_64)
    @Test("OpenBLAS, whose threads would spin at the start of every run, is not linked")
    func libraries() throws {
      let libraries = try Program.run([], environment: ["LD_TRACE_LOADED_OBJECTS": "1"]).text
      #expect(libraries.contains("libc.so") && !libraries.contains("openblas"))
    }
  #endif

  @Test("run, diff and bench agree on a small model")
  func models() throws {
    let folder = try TemporaryFolder()
    let model = try model(in: folder)
    let (input, expected) = try tensors(in: folder)
    let out = folder.path + "/result"

    let run = try Program.run(["run", model, "--input", "in:0=\(input)", "-o", out, "--json"])
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.text.contains("\"schema\":\"swiftlet.run/1\""))
    #expect(try read(out + "/out_0_1.npy") == (try read(expected)))
    remove(out + "/out_0_1.npy")
    remove(out)

    for (isa, threads) in [("portable", "1"), ("portable", "2")] {
      let same = try Program.run(
        [
          "diff", model, "--input", input, "--expected", expected, "--isa", isa, "--threads",
          threads, "--json",
        ], environment: ["SWIFTLET_ISA": "sse9", "SWIFTLET_THREADS": "none"])
      #expect(same.status == 0, "\(same.errors)")
      #expect(same.text.contains("\"within\":true") && same.text.contains("\"max_abs\":0,"))
    }
    let other = folder.path + "/other.npy"
    try write(NPY.bytes(of: try Tensor(shape: [1, 1, 3, 3], repeating: 1)), to: other)
    let differs = try Program.run(["diff", model, "--input", input, "--expected", other, "--json"])
    #expect(differs.status == 1 && differs.text.contains("\"within\":false"), "\(differs.errors)")
    try expectError(["diff", model, "--input", input, "--expected", input], 1, "shape")
    try expectError(["run", model, "--input", "out=\(input)", "-o", out], 4, "out=")
    try expectError(["run", model, "--input", input, input, "-o", out], 2, "twice")

    let bench = try Program.run(["bench", model, "--runs", "3", "--json"])
    #expect(bench.status == 0, "\(bench.errors)")
    for key in [
      "schema", "model", "isa", "threads", "load_ms", "first_ms", "min_ms", "median_ms", "p90_ms",
      "peak_rss_bytes",
    ] {
      #expect(bench.text.contains("\"\(key)\":"), "\(bench.text)")
    }
    let paced = try Program.run(["bench", model, "--paced"], input: Array("\n\n".utf8))
    let lines = paced.text.split(separator: "\n")
    #expect(paced.status == 0 && lines.count == 3 && lines.first == "ready", "\(paced.text)")
    #expect(lines.dropFirst().allSatisfy { Double($0) != nil })

    let inspect = try Program.run(["inspect", model, "--json"])
    #expect(inspect.status == 0, "\(inspect.errors)")
    #expect(inspect.text.contains("\"name\":\"in:0\",\"shape\":[1,2,3,3]"), "\(inspect.text)")
    #expect(inspect.text.contains("\"parameters\":2"), "\(inspect.text)")
  }

  @Test("metadata that are not understood name the key and the line")
  func metadata() throws {
    let folder = try TemporaryFolder()
    let yaml = folder.path + "/m.yaml"
    func convert(_ text: String) throws -> [String] {
      try write(Array(text.utf8), to: yaml)
      return ["convert", "/nonexistent.onnx", "-o", folder.path + "/m.nest", "--metadata", yaml]
    }
    let head = "schema: swiftlet.model/1\nname: a\n"
    try expectError(try convert(head + "colour: rgb\n"), 4, "m.yaml:3: there is no key 'colour'")
    try expectError(try convert(head + "outputs:\n- {name: x, kind: mast}\n"), 4, "m.yaml:4")
    try expectError(
      try convert(head + "input: {name: x, width: 0, height: 4}\n"), 4, "'0' is not 1 to 16384")
    try expectError(
      try convert(head + "input: {name: x, width: 4, height: 4, std: [1, 0, 1]}\n"), 4, "is 0")
    try expectError(try convert("schema: swiftlet.model/2\nname: a\n"), 4, "schema")
    try expectError(try convert("schema: swiftlet.model/1\n"), 4, "no name")
    try expectError(try convert("[1, 2]\n"), 4, "not a mapping")
    try expectError(try convert("a: [\n"), 4, "not YAML")
    try expectError(try convert(""), 4, "empty")
  }

  @Test("photos that cannot be decoded fail, alone or among others")
  func photos() throws {
    let folder = try TemporaryFolder()
    let bad = folder.path + "/bad.jpg"
    try write(Array("no photo".utf8), to: bad)
    try expectError(["segment", "/nonexistent.jpg"], 4, "/nonexistent.jpg")
    let both = try Program.run(["qa", bad, "/nonexistent.jpg", "--json"])
    #expect(both.status == 1)
    #expect(both.text.contains("\"schema\":\"swiftlet.qa.list/1\""), "\(both.text)")
    let lines = both.errors.split(separator: "\n")
    #expect(lines.count { $0.hasPrefix("swiftlet: ") } == 2, "\(both.errors)")
    #expect(lines.last == "0 pass, 0 warn, 0 fail, 0 needs_review, 2 with an error")
    #expect(!exists(folder.path + "/bad.out.png"))
    let one = try Program.run(["qa", bad, "--json"])
    #expect(one.status == 1 && one.text.contains("\"error\":\"\(bad): "), "\(one.text)")
    try expectError(["qa", bad], 1, bad)
    try expectError(["i", bad, folder.path + "/bad.png"], 1, bad)
    try expectError(["qa", "/nonexistent.jpg"], 4, "/nonexistent")
    try expectError(["qa", "-", "-"], 2, "once")
    try expectError(["tag", "-"], 1, "standard input", input: Array("no photo".utf8))
  }

  @Test("tag of several photos ends with how many have a category")
  func tagCounts() throws {
    let folder = try TemporaryFolder()
    let (empty, bad) = (folder.path + "/empty.png", folder.path + "/bad.jpg")
    var grey = PixelBuffer(width: 90, height: 80, channels: 3)
    for index in grey.data.indices { grey.data[index] = 128 }
    try write(try ImageEncoder.png(grey), to: empty)
    try write(Array("no photo".utf8), to: bad)
    let file = #filePath
    let tests = try #require(file.ranges(of: "/Tests/SwiftletCLITests").last)
    let mug = file[..<tests.lowerBound] + "/examples/photos/mug-on-wood.jpg"
    let outcome = try Program.run(["tag", String(mug), empty, bad, String(mug)])
    #expect(outcome.status == 1)
    #expect(
      outcome.errors.hasSuffix("\n2 with a category, 1 without, 1 with an error\n"),
      "\(outcome.errors)")
  }

  @Test("a photo and a file that -o does not name are never replaced")
  func destinations() throws {
    let folder = try TemporaryFolder()
    let photo = folder.path + "/a.png"
    try write(Array("no photo".utf8), to: photo)
    #expect(symlink(photo, folder.path + "/link.png") == 0)
    for output in [photo, folder.path + "/./a.png", folder.path + "/link.png"] {
      try expectError(["process", photo, "-o", output], 2, "photo itself")
      try expectError(["segment", photo, "-o", output], 2, "photo itself")
    }
    try write([1], to: folder.path + "/a.out.png")
    try expectError(["process", photo], 2, "a.out.png: it exists already")
    #expect(try read(photo) == Array("no photo".utf8))
    #expect(try read(folder.path + "/a.out.png") == [1])
  }

  @Test("an error's text cannot steer the terminal")
  func controlCharacters() throws {
    let outcome = try Program.run(["qa", "/nonexistent\u{1b}[2J\n.jpg"])
    #expect(outcome.status == 4)
    #expect(!outcome.errors.dropLast().unicodeScalars.contains { $0.value < 32 })
  }

  @Test("tag says why a photo is not passed")
  func tagWithoutProduct() throws {
    let folder = try TemporaryFolder()
    let photo = folder.path + "/blank.png"
    defer { unlink(photo) }
    let white = [UInt8](repeating: 255, count: 3 * 64 * 64)
    try write(
      try ImageEncoder.png(PixelBuffer(width: 64, height: 64, channels: 3, data: white)), to: photo)
    let home = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
    let outcome = try Program.run(["tag", photo, "--home", home])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.text.contains("; needs_review: product.not_found"), "\(outcome.text)")
  }

  @Test("profile says how much of the time lies near the roofline")
  func profile() throws {
    let folder = try TemporaryFolder()
    let path = try model(in: folder)
    let table = try Program.run(["profile", path, "--runs", "2"])
    #expect(table.status == 0 && table.text.contains("% of it in layers at 60 % of the roofline"))
    let outcome = try Program.run(["profile", path, "--runs", "2", "--json"])
    #expect(outcome.text.contains("\"near_share\":0.6"), "\(outcome.text)")
    let share = try #require(outcome.text.firstMatch(of: /"near_roofline":([0-9.]+)/))
    #expect((0...1).contains(try #require(Double(share.1))))
  }

  @Test("doctor names each model with its digest, and what is missing")
  func doctor() throws {
    let folder = try TemporaryFolder()
    let weights = folder.path + "/weights"
    let path = weights + "/segment-fast.nest"
    #expect(mkdir(weights, 0o700) == 0)
    defer {
      unlink(path)
      rmdir(weights)
    }
    let bytes = try read(try model(in: folder))
    try write(bytes, to: path)
    let outcome = try Program.run(["doctor", "--home", folder.path, "--json"])
    #expect(outcome.status == 4)
    #expect(outcome.text.contains("\"name\":\"one\""), "\(outcome.text)")
    #expect(outcome.text.contains("\"sha256\":\"\(SHA256.hexadecimal(bytes))\""))
    #expect(outcome.text.contains("tag-mobilenet.nest: "), "\(outcome.text)")
  }
}
