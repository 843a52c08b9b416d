import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// A server of the tests' own, for what the service sends to others.
final class TestListener: Sendable {
  /// A request that arrived.
  struct Arrival: Sendable {
    var target = ""
    var headers: [String: String] = [:]
    var body: [UInt8] = []
  }

  /// What is answered: a status, a header if any, and a body.
  typealias Answer = (status: Int, header: (String, String)?, body: [UInt8])

  /// For `photos.test`, signed by itself. It protects nothing.
  static let certificate = """
    -----BEGIN CERTIFICATE-----
    MIIBmzCCAUGgAwIBAgIUf1zqTQjPzw6umK6KY6N1hReUcdMwCgYIKoZIzj0EAwIw
    FjEUMBIGA1UEAwwLcGhvdG9zLnRlc3QwIBcNMjAwMTAxMDAwMDAwWhgPMjExOTEy
    MDgwMDAwMDBaMBYxFDASBgNVBAMMC3Bob3Rvcy50ZXN0MFkwEwYHKoZIzj0CAQYI
    KoZIzj0DAQcDQgAEOYnLrabVmytc5zrUjvg9ib8EXyJ5377h3GCAS1qrtzcQZD3W
    QYAQ6VQ09TzMm1oR4XFNlNvBmZGWKoD3qn1XgqNrMGkwHQYDVR0OBBYEFFPppugt
    9UJwEkzwtRe29ZdBZUUfMB8GA1UdIwQYMBaAFFPppugt9UJwEkzwtRe29ZdBZUUf
    MA8GA1UdEwEB/wQFMAMBAf8wFgYDVR0RBA8wDYILcGhvdG9zLnRlc3QwCgYIKoZI
    zj0EAwIDSAAwRQIhAKd/D2Mc5275NLxX7MeNB02o3FEDIMt3m9AkRHt9L4biAiAn
    Y0rTxQSxmCdsJ2ubmwrVxRQ/DUQRPGTDiVDWWM56fA==
    -----END CERTIFICATE-----
    """
  private static let key = """
    -----BEGIN EC PRIVATE KEY-----
    MHcCAQEEIK/Qv2DUQeUqir56+xAkeDBWbeP5VDdoLXUgAZsgR4m/oAoGCCqGSM49
    AwEHoUQDQgAEOYnLrabVmytc5zrUjvg9ib8EXyJ5377h3GCAS1qrtzcQZD3WQYAQ
    6VQ09TzMm1oR4XFNlNvBmZGWKoD3qn1Xgg==
    -----END EC PRIVATE KEY-----
    """

  let port: Int
  private let channel: any Channel
  private let log: Log

  private final class Log: Sendable {
    let arrivals = Mutex<[Arrival]>([])
    let answer: @Sendable (Arrival, Int) -> Answer

    init(_ answer: @escaping @Sendable (Arrival, Int) -> Answer) { self.answer = answer }
  }

  /// What has arrived so far.
  var arrivals: [Arrival] { log.arrivals.withLock { $0 } }

  /// Listens at this machine; `answer` is given each request and how many came before it.
  init(
    isSecure: Bool, _ answer: @escaping @Sendable (_ arrival: Arrival, _ earlier: Int) -> Answer
  ) async throws {
    let log = Log(answer)
    var context: NIOSSLContext?
    if isSecure {
      context = try NIOSSLContext(
        configuration: .makeServerConfiguration(
          certificateChain: [
            .certificate(try NIOSSLCertificate(bytes: Array(Self.certificate.utf8), format: .pem))
          ],
          privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(Self.key.utf8), format: .pem))))
    }
    self.log = log
    channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { [context] channel in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          if let context { try pipeline.addHandler(NIOSSLServerHandler(context: context)) }
          try pipeline.configureHTTPServerPipeline()
          try pipeline.addHandler(Handler(log))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    port = channel.localAddress?.port ?? 0
  }

  /// Ends listening.
  func close() async throws { try await channel.close().get() }

  private final class Handler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let log: Log
    private var arrival = Arrival()

    init(_ log: Log) { self.log = log }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      switch unwrapInboundIn(data) {
      case .head(let head):
        arrival = Arrival(target: head.uri)
        for (name, value) in head.headers { arrival.headers[name.lowercased()] = value }
      case .body(let bytes): arrival.body.append(contentsOf: bytes.readableBytesView)
      case .end:
        let earlier = log.arrivals.withLock { arrivals in
          arrivals.append(arrival)
          return arrivals.count - 1
        }
        let (status, header, body) = log.answer(arrival, earlier)
        var head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: status))
        head.headers.add(name: "content-length", value: "\(body.count)")
        if let header { head.headers.add(name: header.0, value: header.1) }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
      }
    }
  }
}
