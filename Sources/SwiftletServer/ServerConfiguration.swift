public import SwiftletImage

/// Where the service listens, who may use it and what it accepts.
public struct ServerConfiguration: Sendable {
  /// The host name or address to listen at.
  public var host: String
  /// The port to listen at; 0 lets the system choose one.
  public var port: Int
  /// The token that clients must state, where one is wanted.
  public var token: String?
  /// Whether anyone may use the service at an address that is not this machine's own.
  public var isInsecure: Bool
  /// What a photo may measure.
  public var limits: ImageLimits
  /// The threads that process photos: each takes one photo at a time.
  public var workers: Int
  /// The most photos that wait or are processed.
  public var capacity: Int
  /// The most photos of one client that wait or are processed.
  public var capacityPerClient: Int
  /// The longest time that an upload may take.
  public var uploadTimeout: Duration
  /// How long a result can be fetched.
  public var resultLifetime: Duration
  /// The most bytes that results may hold.
  public var resultCapacity: Int

  /// The most bytes of uploads that are held in memory at once.
  public var uploadCapacity = 256 << 20
  /// The most pixels of photos that wait or are processed.
  public var pixelCapacity = 100_000_000
  /// The most photos of a batch.
  public var maximumBatch = 50
  /// The longest time that the upload of a batch may take.
  public var batchTimeout = Duration.seconds(1800)
  /// How long the service waits for the head of a request, and for a client that reads nothing.
  public var connectionTimeout = Duration.seconds(30)
  /// The folder in which jobs are kept. It must be named.
  public var dataDirectory: String
  /// How long a finished job is kept.
  public var jobLifetime = Duration.seconds(86_400)
  /// The most bytes that photos and pictures of jobs may have.
  public var jobCapacity = 20 << 30
  /// The unit of the pause before a photo of a job that failed is tried again.
  public var retryDelay = Duration.seconds(1)
  /// Host names, besides those of this machine, by which the service may be asked without a token.
  public var allowedHosts: [String] = []
  /// The hosts that photos may be fetched from, by `https`; none turns fetching off.
  public var photoHosts: [String] = []
  /// The address that is told of finished jobs and the secret that signs what it is told; nil for
  /// nobody.
  public var webhook: (address: String, secret: String)?
  /// The version and the digest of the mask model, as `swiftlet_build_info` states them.
  public var version = "0", modelDigest = ""

  /// A configuration for this machine's own use.
  public init(
    host: String = "127.0.0.1", port: Int = 8080, token: String? = nil, isInsecure: Bool = false,
    limits: ImageLimits = .standard, workers: Int = 1, capacity: Int = 16,
    capacityPerClient: Int = 8, uploadTimeout: Duration = .seconds(60),
    resultLifetime: Duration = .seconds(600), resultCapacity: Int = 32 << 20,
    dataDirectory: String = ""
  ) {
    self.host = host
    self.port = port
    self.token = token
    self.isInsecure = isInsecure
    self.limits = limits
    self.workers = workers
    self.capacity = capacity
    self.capacityPerClient = capacityPerClient
    self.uploadTimeout = uploadTimeout
    self.resultLifetime = resultLifetime
    self.resultCapacity = resultCapacity
    self.dataDirectory = dataDirectory
  }

  /// The most bytes of a request: a batch of the largest photos with its options.
  var maximumBodyBytes: Int { limits.maxBytes * maximumBatch + Upload.overhead }

  /// Whether `host` names this machine's own loopback interface.
  public var isLoopback: Bool {
    host == "localhost" || host == "::1" || Self.isLoopbackIPv4(host)
  }

  private static func isLoopbackIPv4(_ host: String) -> Bool {
    let octets = host.split(separator: ".", omittingEmptySubsequences: false)
    return octets.count == 4 && octets[0] == "127"
      && octets.allSatisfy { UInt8($0) != nil && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
  }

  /// Checks the settings against each other.
  ///
  /// - Throws: `ServerError` if the service would be open to other machines without a
  ///   token, or a number makes no sense.
  public func validate() throws(ServerError) {
    guard isLoopback || token != nil || isInsecure else {
      throw ServerError(
        what: "host \(host)", why: "other machines could use the service without a token",
        remedy: "give --token, or --insecure where that is meant")
    }
    if let token {
      guard token.utf8.count >= 8, token.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
        throw ServerError(
          what: "token", why: "it is shorter than 8 characters or holds other than visible ASCII",
          remedy: "give a longer random text")
      }
    }
    guard !dataDirectory.isEmpty else {
      throw ServerError(
        what: "data folder", why: "none is named", remedy: "name the folder that keeps jobs")
    }
    guard (0...65535).contains(port) else {
      throw ServerError(
        what: "port \(port)", why: "ports are 0 to 65535", remedy: "give another --port")
    }
    guard (1...1000).contains(maximumBatch) else {
      throw ServerError(
        what: "batch of \(maximumBatch)", why: "batches have 1 to 1000 photos",
        remedy: "give another --max-batch")
    }
    guard (1...256).contains(workers), (workers...65_536).contains(capacity),
      capacityPerClient >= 1, resultCapacity >= 0
    else {
      throw ServerError(
        what: "workers and queue", why: "\(workers) workers do not fit \(capacity) places",
        remedy: "give at least one worker and as many places as workers")
    }
  }
}

/// Why the service cannot begin.
public struct ServerError: Error, Sendable, Equatable, CustomStringConvertible {
  /// A stable snake_case name: `invalid_argument`, or `cannot_listen` where the system refuses.
  public let code: String
  /// The setting or address.
  public let what: String
  /// The reason.
  public let why: String
  /// What would mend it.
  public let remedy: String

  package init(code: String = "invalid_argument", what: String, why: String, remedy: String) {
    self.code = code
    self.what = what
    self.why = why
    self.remedy = remedy
  }

  /// One line: `<what>: <why>; <what to do>`.
  public var description: String { "\(what): \(why); \(remedy)" }
}
