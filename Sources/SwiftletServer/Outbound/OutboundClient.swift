package import NIOCore
import NIOHTTP1
import NIOPosix
package import NIOSSL

/// Sends single requests to other servers: over TLS to public addresses, and without it to this machine
/// where that is allowed.
///
/// A name is resolved once, its address is checked, and the connection goes to the address that was
/// checked, so that a name whose address changes meanwhile leads nowhere else. Redirections are not followed, answers are bounded, and the whole exchange has a time limit.
package struct OutboundClient: Sendable {
  /// A request.
  package struct Request: Sendable {
    package var url: RemoteURL
    package var method = "GET"
    package var headers: [(String, String)] = []
    package var body: [UInt8] = []

    package init(_ url: RemoteURL) { self.url = url }
  }

  /// An answer.
  package struct Response: Sendable {
    package var status: Int
    package var location: String?
    package var body: [UInt8]
  }

  /// Why there is no answer.
  package struct Failure: Error, Sendable, CustomStringConvertible {
    package let description: String
  }

  /// The address of a name and port.
  package typealias Resolver = @Sendable (String, Int) throws -> SocketAddress

  private let allowed: @Sendable (AddressRange) -> Bool
  private let resolve: Resolver
  private let context: NIOSSLContext
  private let timeout: TimeAmount

  /// A client.
  ///
  /// - Parameters:
  ///   - trustRoots: Who vouches for servers.
  ///   - timeout: The limit of a whole exchange after the name is resolved.
  ///   - resolve: How names are resolved; by default by the system.
  ///   - allowed: Which addresses may be connected to.
  /// - Throws: What setting up TLS throws.
  package init(
    trustRoots: NIOSSLTrustRoots = .default, timeout: TimeAmount = .seconds(30),
    resolve: @escaping Resolver = systemAddress,
    allowed: @escaping @Sendable (AddressRange) -> Bool
  ) throws {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.minimumTLSVersion = .tlsv12
    configuration.trustRoots = trustRoots
    context = try NIOSSLContext(configuration: configuration)
    self.timeout = timeout
    self.resolve = resolve
    self.allowed = allowed
  }

  /// Sends a request and gives its answer, whatever the status.
  ///
  /// - Parameter limit: The most bytes that the answer's body may have.
  /// - Throws: `Failure`.
  package func send(_ request: Request, limit: Int) async throws -> Response {
    let address = try await address(of: request.url)
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    let answer = loop.makePromise(of: Response.self)
    let deadline = loop.scheduleTask(in: timeout) {
      answer.fail(Failure(description: "\(request.url.host) did not answer in time"))
    }
    defer { deadline.cancel() }
    let channel: any Channel
    do {
      channel = try await ClientBootstrap(group: loop)
        .connectTimeout(.seconds(5))
        .channelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            try prepare(channel, for: request.url, limit: limit, answer)
          }
        }
        .connect(to: address).get()
    } catch {
      let failure = Failure(description: "\(request.url.host) cannot be reached")
      answer.fail(failure)
      throw failure
    }
    defer { channel.close(promise: nil) }
    var head = HTTPRequestHead(
      version: .http1_1, method: .init(rawValue: request.method), uri: request.url.target)
    head.headers = HTTPHeaders(
      [
        ("Host", request.url.authority), ("Connection", "close"), ("User-Agent", "swiftlet"),
        ("Accept-Encoding", "identity"),
      ] + request.headers)
    if !request.body.isEmpty {
      head.headers.add(name: "Content-Length", value: "\(request.body.count)")
    }
    channel.write(HTTPClientRequestPart.head(head), promise: nil)
    channel.write(
      HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(bytes: request.body))), promise: nil)
    channel.writeAndFlush(HTTPClientRequestPart.end(nil)).cascadeFailure(to: answer)
    do {
      return try await answer.futureResult.get()
    } catch let failure as Failure {
      throw failure
    } catch {
      throw Failure(description: "\(request.url.host) gave no answer: \(error)")
    }
  }

  private func address(of url: RemoteURL) async throws -> SocketAddress {
    let address: SocketAddress
    do {
      address = try await NIOThreadPool.singleton.runIfActive { [resolve] in
        try resolve(url.host, url.port)
      }
    } catch {
      throw Failure(description: "\(url.host) has no address")
    }
    let range = AddressRange(address)
    guard allowed(range), url.isSecure || range == .loopback else {
      throw Failure(description: "\(url.host) is at an address that may not be used")
    }
    return address
  }

  private func prepare(
    _ channel: any Channel, for url: RemoteURL, limit: Int, _ answer: EventLoopPromise<Response>
  ) throws {
    let pipeline = channel.pipeline.syncOperations
    if url.isSecure {
      try pipeline.addHandler(NIOSSLClientHandler(context: context, serverHostname: url.host))
    }
    try pipeline.addHTTPClientHandlers()
    try pipeline.addHandler(AnswerHandler(limit: limit, answer))
  }

  /// The address that the system prefers of those of a name. `localhost` is 127.0.0.1, whatever order
  /// the system has.
  package static func systemAddress(_ host: String, _ port: Int) throws -> SocketAddress {
    host == "localhost"
      ? try SocketAddress(ipAddress: "127.0.0.1", port: port)
      : try SocketAddress.makeAddressResolvingHost(host, port: port)
  }
}

/// Puts an answer together.
private final class AnswerHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPClientResponsePart

  private let limit: Int
  private let answer: EventLoopPromise<OutboundClient.Response>
  private var response = OutboundClient.Response(status: 0, location: nil, body: [])

  init(limit: Int, _ answer: EventLoopPromise<OutboundClient.Response>) {
    self.limit = limit
    self.answer = answer
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      response.status = Int(head.status.code)
      response.location = head.headers.first(name: "location")
    case .body(let bytes):
      guard response.body.count + bytes.readableBytes <= limit else {
        return fail("the answer has more than \(limit) bytes", context)
      }
      response.body.append(contentsOf: bytes.readableBytesView)
    case .end:
      answer.succeed(response)
      context.close(promise: nil)
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    fail("the connection ended early", context)
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    // A server that ends without saying so has still sent what it stated.
    if case NIOSSLError.uncleanShutdown = error { return }
    fail("\(error)", context)
  }

  private func fail(_ why: String, _ context: ChannelHandlerContext) {
    answer.fail(OutboundClient.Failure(description: why))
    context.close(promise: nil)
  }
}
