import Hummingbird
import HummingbirdCore
public import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import SwiftletImage
import Synchronization
import UnixSignals

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The HTTP service: `POST /process`, `GET /results/{id}`, `/healthz` and `/readyz`.
///
/// It listens at once and becomes ready when the processor is warm. Photos are processed by its own
/// worker threads, never on an event loop.
public final class ProductServer: Sendable {
  private let configuration: ServerConfiguration
  private let processor: any PhotoProcessor
  private let logger: Logger
  private let group = Mutex<ServiceGroup?>(nil)

  /// A server that is not yet listening.
  ///
  /// - Throws: `ServerError`.
  public init(
    _ configuration: ServerConfiguration, processor: any PhotoProcessor,
    logger: Logger = ProductServer.standardLogger
  ) throws(ServerError) {
    try configuration.validate()
    self.configuration = configuration
    self.processor = processor
    self.logger = logger
  }

  /// A logger that writes lines for people to standard error.
  public static var standardLogger: Logger {
    Logger(label: "swiftlet") { StreamLogHandler.standardError(label: $0) }
  }

  /// Serves until `shutDown()`, or SIGINT or SIGTERM where `handlesSignals`. Requests in progress are
  /// finished first, for at most 30 seconds.
  ///
  /// - Parameter onListening: Called once with the port.
  /// - Throws: `ServerError` where it cannot listen, or what warming up throws.
  public func run(
    handlesSignals: Bool = true, onListening: @escaping @Sendable (Int) -> Void = { _ in }
  ) async throws {
    let gate = AdmissionGate(
      capacity: configuration.capacity, capacityPerClient: configuration.capacityPerClient)
    let workers = NIOThreadPool(numberOfThreads: configuration.workers)
    workers.start()
    let routes = ServiceRoutes(
      configuration: configuration, processor: processor, gate: gate, workers: workers,
      results: ResultStore(
        capacity: configuration.resultCapacity, lifetime: configuration.resultLifetime),
      logger: logger)
    // What the framework says of its own ending is told by the error that `run` throws.
    var frameworkLogger = logger
    frameworkLogger.logLevel = .critical
    let maximumBody = configuration.limits.maxBytes + Upload.overhead
    let application = Application(
      router: routes.router(),
      server: .http1(
        configuration: .init(
          additionalChannelHandlers: [ConnectionHandler(maximumBodyBytes: maximumBody)],
          idleTimeout: .seconds(30),
          httpDecoderConfiguration: .init(
            maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 32 << 10, maxHeaderFieldCount: 100))),
      configuration: .init(
        address: .hostname(configuration.host, port: configuration.port), serverName: "swiftlet",
        availableConnectionsDelegate: MaximumAvailableConnections(256, logger: frameworkLogger)),
      onServerRunning: { onListening($0.localAddress?.port ?? 0) },
      logger: frameworkLogger)

    var group = ServiceGroupConfiguration(
      services: [
        .init(service: application),
        .init(
          service: Readiness(gate: gate, workers: workers, processor: processor),
          successTerminationBehavior: .ignore),
      ],
      gracefulShutdownSignals: handlesSignals ? [.sigint, .sigterm] : [],
      logger: frameworkLogger)
    group.maximumGracefulShutdownDuration = .seconds(30)
    let services = ServiceGroup(configuration: group)
    self.group.withLock { $0 = services }
    do {
      try await services.run()
    } catch {
      try? await workers.shutdownGracefully()
      guard let error = error as? IOError else { throw error }
      throw ServerError(
        code: "cannot_listen", what: "\(configuration.host):\(configuration.port)",
        why: String(cString: strerror(error.errnoCode)),
        remedy: "choose another host or port, or end what uses it")
    }
    try await workers.shutdownGracefully()
  }

  /// Makes `run` finish what is in progress and return.
  public func shutDown() async {
    await group.withLock { $0 }?.triggerGracefulShutdown()
  }
}

/// Opens the gate when the processor is warm, and closes it, before anything else ends, on shutdown.
private struct Readiness: Service {
  let gate: AdmissionGate
  let workers: NIOThreadPool
  let processor: any PhotoProcessor

  func run() async throws {
    try await workers.runIfActive { [processor] in try processor.warmUp() }
    gate.phase = .open
    try? await gracefulShutdown()
    gate.phase = .draining
  }
}
