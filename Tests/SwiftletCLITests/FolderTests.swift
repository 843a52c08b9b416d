import Swiftlet
import SwiftletImage
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
    try expectError(
      ["batch", folder.path, "-o", out, "--export", "google=\(folder.path)/a.jpg"], 2, "a.jpg")
    try expectError(
      ["batch", folder.path, "-o", out, "--export", "google=a.csv", "--report", "./a.csv"], 2,
      "another report")
    for name in ["report.csv", "./report.csv"] {
      try expectError(
        ["batch", folder.path, "-o", out, "--export", "google=\(out)/\(name)"], 2,
        "another report")
    }
    try expectError(
      ["batch", folder.path, "-o", out, "--report", out + "/.swiftlet-batch.jsonl"], 2,
      "another report")
    try expectError(["batch", folder.path, "-o", out, "--shadow", "hard"], 2, "hard")
    try expectError(["batch", folder.path, "-o", folder.path + "/."], 2, "another folder")
    try expectError(["batch", folder.path, "-o", out, "--quality", "0"], 2, "quality")
    try expectError(
      ["batch", folder.path, "-o", out, "--background", "transparent", "--format", "jpeg"], 2,
      "transparen")
    try expectError(["i", "--hlep", "a", "b"], 2, "--help")
    try expectError(["watch", folder.path, "-o", out, "--settle=-1"], 2, "--settle")
    try expectError(["i", "-bgc", "1", "2", "3"], 2, "-bgc")
    try expectError(["i", "-bgc", "1", "2", "3", "128", "a", "b"], 2, "half transparent")
    try expectError(["i", "-q", "a", "b"], 2, "-q")
    try expectError(["p", "-om", "a"], 2, "two folders")
    #expect(!exists(out))
  }

  @Test("-h is the help of i and p, and the host of s", arguments: ["i", "p"])
  func help(verb: String) throws {
    let outcome = try Program.run([verb, "-h"])
    #expect(outcome.status == 0 && outcome.text.contains("USAGE: swiftlet \(verb) "))
    try expectError(["s", "-h"], 2, "-h: it needs a value")
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

  /// A home whose mask network takes for product what is darker than 0.7.
  private func home(in folder: TemporaryFolder) throws -> String {
    var graph = Graph()
    let input = graph.addValue(Value(name: "image", shape: [1, 3, 64, 64]))
    let weight = graph.addConstant(
      "w", try Constant(shape: [1, 3, 1, 1], floats: [-40 / 3, -40 / 3, -40 / 3]))
    let bias = graph.addConstant("b", try Constant(shape: [1], floats: [28]))
    let mask = try graph.append(
      .convolution(window: Window(kernel: (1, 1)), groups: 1, activation: .sigmoid), name: "mask",
      inputs: [input, weight, bias])
    (graph.inputs, graph.outputs) = ([input], [mask])
    let model = try Model(
      graph: graph,
      metadata: ModelMetadata(
        name: "darkness", task: .segment, input: .init(name: "image", width: 64, height: 64),
        outputs: [.init(name: graph[mask].name, kind: .mask)], license: "Apache-2.0"))
    mkdir(folder.path + "/weights", 0o755)
    try ModelFile.write(model, to: folder.path + "/weights/segment-fast.nest", halfPrecision: false)
    return folder.path
  }

  /// A photo in which that network finds a product.
  private var darkThing: PixelBuffer {
    var photo = PixelBuffer(width: 90, height: 80, channels: 3)
    for y in 0..<80 {
      for x in 0..<90 {
        let isProduct = (20..<70).contains(x) && (20..<60).contains(y)
        for channel in 0..<3 {
          photo.data[3 * (90 * y + x) + channel] = isProduct ? UInt8(40 + x) : 240
        }
      }
    }
    return photo
  }

  @Test("qa takes a folder for the photos in it, and the verbs of one photo say who does")
  func qualityOfAFolder() throws {
    let folder = try TemporaryFolder()
    let photos = folder.path + "/photos"
    let home = try home(in: folder)
    for path in [photos, photos + "/deep", folder.path + "/none"] { mkdir(path, 0o755) }
    let names = ["a.png", "a.out.png", "b.jpg", "deep/c.png"]
    defer {
      for path in names.map({ "photos/" + $0 }) + ["weights/segment-fast.nest"] {
        remove("\(folder.path)/\(path)")
      }
      for path in ["photos/deep", "photos", "none", "weights"] { rmdir("\(folder.path)/\(path)") }
    }
    for name in names { try write(try ImageEncoder.png(darkThing), to: "\(photos)/\(name)") }
    try write([1, 2, 3], to: photos + "/b.jpg")
    for path in [photos, photos + "/"] {
      let outcome = try Program.run(["qa", path, "--home", home, "--profile", "amazon-main"])
      #expect(outcome.status == 1 && outcome.errors.contains("\(photos)/b.jpg: "))
      #expect(outcome.errors.contains("left out") && outcome.errors.contains("a.out.png"))
      #expect(
        outcome.errors.hasSuffix("0 pass, 0 warn, 2 fail, 0 needs_review, 1 with an error\n"),
        "\(outcome.errors)")
      let lines = outcome.text.split(separator: "\n").filter { !$0.hasPrefix(" ") }
      #expect(lines.map { $0.prefix { $0 != ":" } } == ["\(photos)/a.png", "\(photos)/deep/c.png"])
      #expect(
        outcome.text.contains(
          "\n  error background.not_white: measured white share 0, border white share 0; required white share min "
        ), "\(outcome.text)")
    }
    // A folder without photos keeps no other from its turn.
    let none = folder.path + "/none"
    let json = try Program.run(["qa", none, photos, "--home", home, "--json"])
    #expect(json.status == 1 && json.errors.contains("no photos"), "\(json.errors)")
    #expect(json.text.hasPrefix("{\"schema\":\"swiftlet.qa.list/1\",\"complete\":true,"))
    for (path, member) in [
      (none, "error"), ("\(photos)/a.png", "schema"), ("\(photos)/b.jpg", "error"),
    ] {
      #expect(json.text.contains("{\"file\":\"\(path)\",\"\(member)\":"), "\(json.text)")
    }
    for verb in ["qa", "tag"] { try expectError([verb, none, "--home", home], 4, "no photos") }
    try expectError(["p", folder.path + "/none", folder.path + "/out"], 4, "no photos")
    for arguments in [["process", photos, "--home", home], ["segment", photos, "--home", home]] {
      try expectError(arguments, 4, "batch and p take folders")
    }
    #expect(!exists(folder.path + "/out"))
  }

  @Test("an interrupt ends qa after the photo in work, and what is known is printed")
  func interrupt() throws {
    let folder = try TemporaryFolder()
    let home = try home(in: folder)
    defer {
      remove(folder.path + "/weights/segment-fast.nest")
      rmdir(folder.path + "/weights")
    }
    let (first, pipe, last) = (
      folder.path + "/a.png", folder.path + "/p.png", folder.path + "/z.png"
    )
    for path in [first, last] { try write(try ImageEncoder.png(darkThing), to: path) }
    mkfifo(pipe, 0o600)
    let outcome = try Program.run(["qa", first, pipe, last, "--home", home, "--json"]) { process in
      // The pipe can be opened once the program reads it, and the photo before it is done.
      var end: Int32 = -1
      for _ in 0..<1200 where end < 0 {
        usleep(50_000)
        end = open(pipe, O_WRONLY | O_NONBLOCK)
      }
      kill(process, end < 0 ? SIGKILL : SIGINT)
      usleep(100_000)  // any of its threads may take the signal
      close(end)
    }
    #expect(outcome.status == 128 + SIGINT, "\(outcome.errors)")
    #expect(outcome.errors.contains("stopped; not begun: 1"), "\(outcome.errors)")
    #expect(outcome.errors.contains(", 1 with an error\n"), "\(outcome.errors)")
    #expect(outcome.text.contains("\"complete\":false,"), "\(outcome.text)")
    #expect(outcome.text.contains("{\"file\":\"\(first)\",\"schema\":"), "\(outcome.text)")
    #expect(!outcome.text.contains(last), "\(outcome.text)")
  }

  @Test("a batch with a bad photo ends in 1, writes its reports, and goes on the next time")
  func batch() throws {
    let folder = try TemporaryFolder()
    let (photos, out) = (folder.path + "/photos", folder.path + "/out")
    let home = try home(in: folder)
    mkdir(photos, 0o755)
    defer {
      for name in [".swiftlet-batch.jsonl", "a.jpg", "b.jpg", "sub/r.csv", "sub"] {
        remove("\(out)/\(name)")
      }
      for path in ["photos/a.png", "photos/b.jpg", "weights/segment-fast.nest"] {
        remove("\(folder.path)/\(path)")
      }
      for path in [out, photos, folder.path + "/weights"] { rmdir(path) }
    }
    let photo = darkThing
    try write(try ImageEncoder.png(photo), to: photos + "/a.png")
    try write([1, 2, 3], to: photos + "/b.jpg")
    let arguments = [
      "batch", photos, "-o", out, "--home", home, "--report", out + "/sub/r.csv", "--json",
    ]
    let first = try Program.run(arguments)
    #expect(first.status == 1, "\(first.errors)")
    #expect(first.errors.contains("\(photos)/b.jpg: "), "\(first.errors)")
    #expect(first.text.contains("\"written\":1") && first.text.contains("\"failed\":1"))
    let report = String(decoding: try read(out + "/sub/r.csv"), as: UTF8.self)
    #expect(report.contains("a.png,a.jpg,written") && report.contains("b.jpg,,failed"))
    let picture = try read(out + "/a.jpg")

    let plan = try Program.run(["batch", photos, "-o", out, "--home", home, "--dry-run"])
    #expect(plan.text == "\(photos)/a.png done already\n\(photos)/b.jpg -> \(out)/b.jpg\n")
    try write(try ImageEncoder.jpeg(photo), to: photos + "/b.jpg")
    let second = try Program.run(arguments)
    #expect(second.status == 0, "\(second.errors)")
    #expect(second.text.contains("\"written\":2"), "\(second.text)")
    #expect(second.text.contains("\"resumed\":1"), "\(second.text)")
    #expect(try read(out + "/a.jpg") == picture)
    #expect(exists(out + "/b.jpg"))

    // Pictures that were made with other options are not reported as the ones asked for.
    let known = try read(out + "/sub/r.csv")
    let other = try Program.run(arguments + ["--background", "#102030"])
    #expect(other.status == 2 && other.errors.contains("2 pictures"), "\(other.errors)")
    #expect(try read(out + "/sub/r.csv") == known)
    #expect(try Program.run(arguments + ["--strict"]).status == 0)
    // A picture of unknown origin has no verdict.
    remove(out + "/.swiftlet-batch.jsonl")
    let strict = try Program.run(arguments + ["--strict"])
    #expect(strict.status == 3 && strict.text.contains("\"skipped\":2"), "\(strict.text)")
  }

  @Test("help of rembg's verbs")
  func help() throws {
    for verb in ["i", "p", "s"] {
      let outcome = try Program.run([verb, "--help"])
      #expect(outcome.status == 0 && outcome.text.contains("rembg"), "\(outcome.errors)")
    }
  }
}
