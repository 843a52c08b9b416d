import ArgumentParser
import Swiftlet
import SwiftletImage
import SwiftletServer
import SwiftletSkills

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// `swiftlet serve`.
struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve", abstract: "Serve photos over HTTP: single ones, batches, a dashboard.",
    discussion: """
      POST /process takes a photo and answers with JSON, or with the picture under Accept: image/*;
      POST /batch takes many. The dashboard is at /, the description of every route at /docs.
      It listens on this machine only, unless a host is named and a token protects it.
      """)

  @Option(help: "The address to listen at.")
  var host = "127.0.0.1"

  @Option(help: "The port to listen at; 0 lets the system choose.")
  var port = 8080

  @Option(
    help: """
      The token that clients must send as Authorization: Bearer TOKEN, at least 8 characters, else \
      SWIFTLET_TOKEN.
      """)
  var token: String?

  @Option(help: "A file whose first line is the token.")
  var tokenFile: String?

  @Flag(help: "Let other machines use the service without a token.")
  var insecure = false

  @Option(help: "A host name by which a proxy may ask without a token; may be given again.")
  var allowHost: [String] = []

  @Option(help: "The folder that keeps jobs. Default: swiftlet-PORT in the user's state folder.")
  var data: String?

  @Option(help: "Photos processed at once. Default: one more than threads, at most 8.")
  var workers: Int?

  @Option(help: "Photos that wait or are processed before others are refused.")
  var queue = 16

  @Option(help: "The most photos of a batch.")
  var maxBatch = 50

  @Option(help: "Hours for which finished jobs are kept.")
  var keepHours = 24

  @Option(help: "A host that photos may be fetched from by https; may be given again.")
  var allowURLHost: [String] = []

  @Option(help: "The https address that is told of finished jobs.")
  var webhook: String?

  @Option(
    help: "A file whose first line is the secret of the webhook, else SWIFTLET_WEBHOOK_SECRET.")
  var webhookSecretFile: String?

  @Option(help: "The form of the log on standard error: text or json.")
  var logFormat = LogFormat.text

  @OptionGroup var engine: EngineFlags
  @OptionGroup var home: HomeFlag

  /// How events are written.
  enum LogFormat: String, ExpressibleByArgument {
    case text, json
  }

  func run() async throws {
    let resources = try home.resources
    let session = try engine.session
    let threads = try session.threads ?? ThreadCount.selected()
    var configuration = ServerConfiguration(
      host: host, port: port, token: try secret, isInsecure: insecure,
      workers: workers ?? min(threads + 1, 8, max(1, queue)),
      capacity: queue, capacityPerClient: max(1, queue / 2), dataDirectory: try dataDirectory)
    guard (1...8760).contains(keepHours) else {
      throw CommandFailure.usage(
        "--keep-hours \(keepHours)", "it is not 1 to 8760", "give a number of hours")
    }
    configuration.maximumBatch = maxBatch
    configuration.jobLifetime = .seconds(keepHours * 3600)
    configuration.allowedHosts = allowHost.map { $0.lowercased() }
    configuration.photoHosts = allowURLHost
    if let webhook {
      let secret = try firstLine(webhookSecretFile) ?? variable("SWIFTLET_WEBHOOK_SECRET")
      configuration.webhook = (webhook, secret ?? "")
    }
    configuration.version = SwiftletCommand.configuration.version
    try configuration.validate()
    // Without its model the service would only find out once it listens.
    configuration.modelDigest = SHA256.hexadecimal(
      try readFile(resources.weights("segment-fast.nest"), maxBytes: 1 << 30))
    var options = PipelineOptions(session: session, limits: configuration.limits)
    options.concurrency = min(configuration.workers, threads)
    let pipeline = try ProductPipeline(resources: resources, options: options)
    let server = try ProductServer(
      configuration, processor: PipelineProcessor(pipeline),
      logger: logFormat == .json ? ProductServer.jsonLogger : ProductServer.standardLogger)
    let host = host.contains(":") ? "[\(host)]" : host
    try await server.run { Console.note("swiftlet: listening at http://\(host):\($0)") }
  }

  /// The token of the option, the file, or the environment.
  private var secret: String? {
    get throws {
      if let token { return token }
      return try firstLine(tokenFile) ?? variable("SWIFTLET_TOKEN")
    }
  }

  /// The first line of a file; nil where none is named.
  private func firstLine(_ path: String?) throws -> String? {
    guard let path else { return nil }
    let text = String(decoding: try readFile(path, maxBytes: 4096), as: UTF8.self)
    return String(text.prefix { !$0.isNewline })
  }

  /// A variable of the environment; nil where it is not set or empty.
  private func variable(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
  }

  private var dataDirectory: String {
    get throws {
      if let data { return data }
      if let folder = variable("SWIFTLET_DATA") { return folder }
      if let state = variable("XDG_STATE_HOME") { return "\(state)/swiftlet-\(port)" }
      if let home = variable("HOME") { return "\(home)/.local/state/swiftlet-\(port)" }
      throw CommandFailure.usage(
        "--data", "there is no HOME in which jobs could be kept", "name a folder with --data")
    }
  }
}
