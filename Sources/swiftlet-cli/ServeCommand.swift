import ArgumentParser
import SwiftletServer
import SwiftletSkills

/// `swiftlet serve`.
struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve", abstract: "Serve photos over HTTP.",
    discussion: """
      POST /process takes a photo and answers with JSON, or with the picture under Accept: image/*.
      It listens on this machine only, unless a host is named and a token protects it.
      """)

  @Option(help: "The address to listen at.")
  var host = "127.0.0.1"

  @Option(help: "The port to listen at; 0 lets the system choose.")
  var port = 8080

  @Option(help: "The token that clients must send as Authorization: Bearer TOKEN.")
  var token: String?

  @Flag(help: "Let other machines use the service without a token.")
  var insecure = false

  @Option(help: "Photos processed at once.")
  var workers = 1

  @Option(help: "Photos that wait or are processed before others are refused.")
  var queue = 16

  @OptionGroup var engine: EngineFlags
  @OptionGroup var home: HomeFlag

  func run() async throws {
    let configuration = ServerConfiguration(
      host: host, port: port, token: token, isInsecure: insecure, workers: workers,
      capacity: queue, capacityPerClient: max(1, queue / 2))
    let pipeline = try ProductPipeline(
      resources: try home.resources,
      options: PipelineOptions(session: try engine.session, limits: configuration.limits))
    let server = try ProductServer(
      configuration, processor: PipelineProcessor(pipeline))
    let host = host.contains(":") ? "[\(host)]" : host
    try await server.run { Console.note("swiftlet: listening at http://\(host):\($0)") }
  }
}
