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

/// The HTTP service: single photos, batches that survive a restart, and a dashboard.
///
/// It listens at once and becomes ready when the processor is warm. Photos are processed by its own
/// worker threads, never on an event loop.
public final class ProductServer: Sendable {
  private let configuration: ServerConfiguration
  private let processor: any PhotoProcessor
  private let logger: Logger
  private let webhook: Webhook?
  private let group = Mutex<ServiceGroup?>(nil)
  private let paths = Mutex<[String]>([])

  /// A server that is not yet listening.
  ///
  /// - Throws: `ServerError`.
  public init(
    _ configuration: ServerConfiguration, processor: any PhotoProcessor,
    logger: Logger = ProductServer.standardLogger
  ) throws(ServerError) {
    try configuration.validate()
    webhook = try configuration.webhook.map { webhook throws(ServerError) in
      try Webhook(address: webhook.address, secret: webhook.secret)
    }
    self.configuration = configuration
    self.processor = processor
    self.logger = logger
  }

  /// A logger that writes lines for people to standard error.
  public static var standardLogger: Logger {
    Logger(label: "swiftlet") { LineLogHandler(label: $0, .text) }
  }

  /// A logger that writes JSON, a line an event, to standard error.
  public static var jsonLogger: Logger {
    Logger(label: "swiftlet") { LineLogHandler(label: $0, .json) }
  }

  /// Methods and paths that are answered, such as `GET /jobs/{id}`, once the server runs.
  package var routes: [String] { paths.withLock { $0 } }

  /// Serves until `shutDown()`, or SIGINT or SIGTERM where `handlesSignals`. Requests in progress are
  /// finished first, for at most 30 seconds.
  ///
  /// - Parameter onListening: Called once with the port.
  /// - Throws: `ServerError` where it cannot listen, or what warming up throws.
  public func run(
    handlesSignals: Bool = true, onListening: @escaping @Sendable (Int) -> Void = { _ in }
  ) async throws {
    var limits = JobStore.Limits()
    limits.lifetime = configuration.jobLifetime / .seconds(1)
    limits.bytes = configuration.jobCapacity
    limits.notifies = webhook != nil
    let store = try JobStore(directory: configuration.dataDirectory, limits: limits)
    defer { store.close() }
    try store.recover()
    let gate = AdmissionGate(
      .init(
        places: configuration.capacity, placesPerClient: configuration.capacityPerClient,
        bytes: configuration.uploadCapacity, pixels: configuration.pixelCapacity))
    let metrics = ServiceMetrics()
    let pool = InferencePool(
      workers: configuration.workers, processor: processor, metrics: metrics)
    var policy = JobRunner.Policy()
    policy.delay = configuration.retryDelay / .seconds(1)
    let runner = JobRunner(store: store, pool: pool, logger: logger, policy: policy)
    let routes = ServiceRoutes(
      configuration: configuration, processor: processor, gate: gate, pool: pool,
      results: ResultStore(
        capacity: configuration.resultCapacity, lifetime: configuration.resultLifetime),
      store: store, runner: runner, metrics: metrics, remotePhotos: try remotePhotos,
      logger: logger)
    paths.withLock { $0 = routes.table.map { "\($0.method) \($0.path)" } }
    // What the framework says of its own ending is told by the error that `run` throws.
    var frameworkLogger = logger
    frameworkLogger.logLevel = .critical
    let maximumBody = configuration.maximumBodyBytes
    let connectionTimeout = TimeAmount(configuration.connectionTimeout)
    let sender = try webhook.map { webhook in
      WebhookSender(
        webhook: webhook, client: try OutboundClient(timeout: .seconds(10)) { $0 != .special },
        store: store, logger: logger, delay: 5 * (configuration.retryDelay / .seconds(1)))
    }
    // One thread reads, parses and answers all that is brief: a photo takes a hundred times as long.
    let loops = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let application = Application(
      router: routes.router(),
      server: .http1(
        configuration: .init(
          additionalChannelHandlers: [
            ConnectionHandler(maximumBodyBytes: maximumBody, timeout: connectionTimeout)
          ],
          idleTimeout: connectionTimeout,
          httpDecoderConfiguration: .init(
            maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 32 << 10, maxHeaderFieldCount: 100))),
      configuration: .init(
        address: .hostname(configuration.host, port: configuration.port), serverName: "swiftlet",
        availableConnectionsDelegate: MaximumAvailableConnections(256, logger: frameworkLogger)),
      onServerRunning: { onListening($0.localAddress?.port ?? 0) },
      eventLoopGroupProvider: .shared(loops), logger: frameworkLogger)

    var group = ServiceGroupConfiguration(
      services: [
        .init(service: LoopService(service: application, executor: LoopExecutor(loops.next()))),
        .init(
          service: Readiness(gate: gate, pool: pool, runner: runner),
          successTerminationBehavior: .ignore),
        .init(service: MemoryRelease(pool: pool), successTerminationBehavior: .ignore),
      ],
      gracefulShutdownSignals: handlesSignals ? [.sigint, .sigterm] : [],
      logger: frameworkLogger)
    if let sender { group.services.append(.init(service: sender)) }
    group.maximumGracefulShutdownDuration = .seconds(30)
    let services = ServiceGroup(configuration: group)
    self.group.withLock { $0 = services }
    do {
      try await services.run()
    } catch {
      await pool.shutDown()
      try? await loops.shutdownGracefully()
      guard let error = error as? IOError else { throw error }
      throw ServerError(
        code: "cannot_listen", what: "\(configuration.host):\(configuration.port)",
        why: String(cString: strerror(error.errnoCode)),
        remedy: "choose another host or port, or end what uses it")
    }
    await pool.shutDown()
    try? await loops.shutdownGracefully()
  }

  /// What fetches photos, where hosts are named.
  private var remotePhotos: RemotePhotos? {
    get throws {
      guard !configuration.photoHosts.isEmpty else { return nil }
      return RemotePhotos(
        hosts: configuration.photoHosts.map { $0.lowercased() },
        client: try OutboundClient { $0 == .public }, maximumBytes: configuration.limits.maxBytes)
    }
  }

  /// Makes `run` finish what is in progress and return.
  public func shutDown() async {
    await group.withLock { $0 }?.triggerGracefulShutdown()
  }
}

/// Opens the gate when the processor is warm and finishes jobs from then on; closes the gate, before
/// anything else ends, on shutdown.
private struct Readiness: Service {
  let gate: AdmissionGate
  let pool: InferencePool
  let runner: JobRunner

  func run() async throws {
    try await pool.warmUp()
    gate.phase = .open
    try await withGracefulShutdownHandler {
      try await runner.run()
    } onGracefulShutdown: { [gate] in
      gate.phase = .draining
    }
    gate.phase = .draining
  }
}
