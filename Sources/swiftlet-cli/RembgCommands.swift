import ArgumentParser
import SwiftletImage
import SwiftletSkills

/// What a command line of rembg asks for; options without a meaning here are named and ignored.
struct RembgArguments {
  private(set) var onlyMask = false
  private(set) var background = BackgroundStyle.transparent
  private(set) var watches = false
  private(set) var server: [String] = []
  private(set) var paths: [String] = []
  private(set) var ignored: [String] = []

  /// Reads the words behind a verb of rembg.
  init(_ words: [String], server isServer: Bool = false) throws(CommandFailure) {
    var rest = words[...]
    func values(_ option: String, _ count: Int) throws(CommandFailure) -> [String] {
      guard rest.count >= count else {
        throw CommandFailure.usage(
          option, count == 1 ? "it needs a value" : "it needs \(count) values",
          "add what is missing")
      }
      defer { rest = rest.dropFirst(count) }
      return Array(rest.prefix(count))
    }
    while let word = rest.popFirst() {
      switch word {
      case "-om", "--only-mask": onlyMask = true
      case "-w", "--watch": watches = true
      case "-bgc", "--bgcolor": background = try Self.color(try values(word, 4))
      case "-h" where isServer, "--host" where isServer:
        server += ["--host"] + (try values(word, 1))
      case "-p" where isServer, "--port" where isServer:
        server += ["--port"] + (try values(word, 1))
      case "-t" where isServer, "--threads" where isServer:
        server += ["--threads"] + (try values(word, 1))
      case "-m", "--model", "-x", "--extras", "-af", "-ab", "-ae", "-l", "--log_level",
        "--alpha-matting-foreground-threshold", "--alpha-matting-background-threshold",
        "--alpha-matting-erode-size":
        ignored.append(word)
        _ = try values(word, 1)
      case "-a", "--alpha-matting", "-ppm", "--post-process-mask", "--no-ui": ignored.append(word)
      case _ where word.hasPrefix("-") && word != "-":
        throw CommandFailure.usage(
          "option \(word)", "rembg has it, or not, but it has no meaning here",
          "leave it out; --help names those that do")
      default: paths.append(word)
      }
    }
  }

  /// Says which options did nothing.
  func noteIgnored() {
    guard !ignored.isEmpty else { return }
    Console.note(
      "swiftlet: \(ignored.joined(separator: ", ")): ignored; there is one model, and edges need no settings"
    )
  }

  private static func color(_ values: [String]) throws(CommandFailure) -> BackgroundStyle {
    let parts = values.compactMap { UInt8($0) }
    guard parts.count == 4 else {
      throw CommandFailure.usage(
        "-bgc \(values.joined(separator: " "))", "they are not four of 0 to 255",
        "give red, green, blue and alpha")
    }
    switch parts[3] {
    case 0: return .transparent
    case 255: return .color(red: parts[0], green: parts[1], blue: parts[2])
    default:
      throw CommandFailure.usage(
        "-bgc \(values.joined(separator: " "))", "a background half transparent is not written",
        "give 0 or 255 for alpha")
    }
  }
}

/// `swiftlet i`, as `rembg i`.
struct RembgImageCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "i", abstract: "As rembg i: cut out one photo.",
    usage: "swiftlet i [-om] [-bgc R G B A] [INPUT [OUTPUT]]",
    discussion: """
      -om writes the mask alone. -bgc puts a colour behind the product, R G B from \
      0 to 255 and A 0 or 255; without it what is around the product is \
      transparent. INPUT and OUTPUT are files, or - for standard input and output, \
      as where they are left out. rembg's options about models and edges do \
      nothing, and a note says so. `segment` has more options.
      """)

  @Argument(parsing: .captureForPassthrough, help: "Options of rembg, input and output.")
  var words: [String] = []

  func run() throws {
    try Self.helpIfAsked(words)
    let arguments = try RembgArguments(words)
    guard arguments.paths.count <= 2, !arguments.watches else {
      throw CommandFailure.usage(
        "i \(words.joined(separator: " "))", "it is not one input and one output", "name both")
    }
    arguments.noteIgnored()
    let input = arguments.paths.first ?? "-"
    let output = arguments.paths.count > 1 ? arguments.paths[1] : "-"
    let destination = try PictureDestination(output: output, input: input, isShared: false)
    var options = ProcessOptions(path: input)
    options.background = arguments.background
    options.format = destination.format ?? .png
    options.onlyMask = arguments.onlyMask
    let pipeline = try ProductPipeline(resources: try Resources.locate())
    let result = try onPhoto(input) {
      try pipeline.segment(bytes: try Files.photo(input), options: options)
    }
    try result.report(to: destination, asJSON: false, of: input)
  }
}

/// `swiftlet p`, as `rembg p`.
struct RembgFolderCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "p", abstract: "As rembg p: cut out a folder.",
    usage: "swiftlet p [-om] [-bgc R G B A] [-w] INPUT OUTPUT",
    discussion: """
      INPUT and OUTPUT are folders; each photo becomes a PNG of its name, in place \
      of one that is there. -om writes masks alone. -bgc puts a colour behind the \
      product, R G B from 0 to 255 and A 0 or 255. -w waits for more photos. \
      Stopped, the same command goes on with the rest. rembg's options about \
      models and edges do nothing, and a note says so. `batch` has more options.
      """)

  @Argument(parsing: .captureForPassthrough, help: "Options of rembg, input and output folder.")
  var words: [String] = []

  func run() throws {
    try Self.helpIfAsked(words)
    let arguments = try RembgArguments(words)
    guard arguments.paths.count == 2 else {
      throw CommandFailure.usage(
        "p \(words.joined(separator: " "))", "it is not two folders", "name input and output")
    }
    arguments.noteIgnored()
    let process = ProcessOptions(
      background: arguments.background, format: .png, wantsTags: false,
      onlyMask: arguments.onlyMask)
    var options = Batch.Options(process: process)
    options.kind = .segment
    options.onExists = .overwrite
    options.jobs = try BatchFlags.availableJobs
    var set = PipelineOptions()
    set.concurrency = options.jobs
    let pipeline = try ProductPipeline(resources: try Resources.locate(), options: set)
    let work = try Batch(
      pipeline, input: arguments.paths[0], output: arguments.paths[1], options: options)
    let (items, made) = try work.contents()
    BatchRunner.noteMade(made, in: work.input)
    guard arguments.watches || !items.isEmpty else {
      throw CommandFailure.noPhotos(in: work.input)
    }
    try pipeline.prepare()
    if arguments.watches {
      try WatchCommand.watch(work, settle: 1, asJSON: false)
    } else {
      let report = try BatchRunner(isJSON: false).run(work, items)
      Console.note(BatchRunner.summary(of: report))
      try BatchRunner.endIfStopped()
      if report.count(.failed) > 0 { throw ExitCode(ExitStatus.itemsFailed.rawValue) }
    }
  }
}

/// `swiftlet s`, as `rembg s`.
struct RembgServerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "s", abstract: "As rembg s: the service.",
    usage: "swiftlet s [-h HOST] [-p PORT] [-t THREADS]",
    discussion: """
      The service of `serve`, which has more options, on port 7000 unless -p says \
      another. rembg's other options do nothing, and a note says so.
      """, helpNames: [.long])

  @Argument(parsing: .captureForPassthrough, help: "Options of rembg.")
  var words: [String] = []

  func run() async throws {
    try Self.helpIfAsked(words, names: ["--help"])
    let arguments = try RembgArguments(words, server: true)
    arguments.noteIgnored()
    let port = arguments.server.contains("--port") ? [] : ["--port", "7000"]
    let serve = try ServeCommand.parse(arguments.server + port)
    try await serve.run()
  }
}

extension ParsableCommand {
  /// The help of a verb whose words are not read by the parser.
  fileprivate static func helpIfAsked(
    _ words: [String], names: Set<String> = ["-h", "--help"]
  ) throws {
    if !names.isDisjoint(with: words) { throw CleanExit.helpRequest(Self.self) }
  }
}
