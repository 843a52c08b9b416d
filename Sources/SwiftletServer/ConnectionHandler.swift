import HTTPTypes
import NIOCore
import NIOHTTPTypes
import SwiftletSkills

/// Keeps a connection in order: answers `Expect: 100-continue`, closes where a response says so,
/// ends clients that neither send a request nor take the answer, and says what was wrong with bytes
/// that are no HTTP.
///
/// A client that takes an answer slowly is served as long as it takes any of it within the timeout.
/// The end is a lingering one: what is still to be sent is sent, then the sending side closes, and the
/// receiving side a second later, so that a client which is still sending gets the response instead
/// of a reset.
final class ConnectionHandler: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  private let maximumBodyBytes: Int
  private let timeout: TimeAmount
  private var requestsInProgress = 0
  private var closes = false
  private var isEnding = false
  private var written = 0
  private var lastMove = (bytes: 0, at: NIODeadline.now())
  private var watch: Scheduled<Void>?

  /// A handler that invites no body of more than `maximumBodyBytes`, and waits `timeout` for the head
  /// of a request and for a client that takes nothing.
  init(maximumBodyBytes: Int, timeout: TimeAmount) {
    self.maximumBodyBytes = maximumBodyBytes
    self.timeout = timeout
  }

  func handlerAdded(context: ChannelHandlerContext) {
    #if os(Linux)
      // TCP_NOTSENT_LOWAT: without it the system takes megabytes at a time, and seconds pass between
      // the bytes that a slow client is seen to take.
      try? context.channel.syncOptions?.setOption(
        ChannelOptions.Types.SocketOption(level: .tcp, name: .init(rawValue: 25)), value: 32 << 10)
    #endif
    lastMove = (0, .now())
    watch(context)
  }

  func channelInactive(context: ChannelHandlerContext) {
    watch?.cancel()
    context.fireChannelInactive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if case .head(let head) = unwrapInboundIn(data) {
      if requestsInProgress == 0, head.headerFields[.expect]?.lowercased() == "100-continue",
        head.headerFields[.contentLength].map({ Int($0).map { $0 <= maximumBodyBytes } ?? false })
          ?? true
      {
        context.writeAndFlush(
          wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
      }
      requestsInProgress += 1
    }
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    switch unwrapOutboundIn(data) {
    case .head(let head) where head.status.kind != .informational:
      closes = closes || head.headerFields[.connection]?.lowercased() == "close"
      if head.status == .badRequest, head.headerFields[.requestID] == nil {
        return explain(head, context, promise)
      }
    case .body(let bytes): written += bytes.readableBytes
    case .end:
      requestsInProgress -= 1
      lastMove.at = .now()
      if closes {
        context.writeAndFlush(data, promise: promise)
        return end(context)
      }
    default: break
    }
    context.write(data, promise: promise)
  }

  func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
    // The framework closes as soon as it has handed over a last response.
    guard mode == .all, requestsInProgress <= 0, buffered(context) > 0 else {
      return context.close(mode: mode, promise: promise)
    }
    promise?.succeed()
    end(context)
  }

  /// Closes when what is to be sent has been sent.
  private func end(_ context: ChannelHandlerContext) {
    guard !isEnding else { return }
    isEnding = true
    let sent = context.eventLoop.makePromise(of: Void.self)
    let loop = context.eventLoop.assumeIsolated()
    sent.futureResult.assumeIsolated().whenComplete { _ in
      loop.scheduleTask(in: .seconds(1)) { context.close(promise: nil) }
    }
    context.close(mode: .output, promise: sent)
  }

  /// Gives the framework's empty answer to malformed HTTP a body that says so.
  private func explain(
    _ head: HTTPResponse, _ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?
  ) {
    let problem = ServiceError.badRequest(
      "malformed_request", "the request is not HTTP/1.1 as RFC 9112 says, or its head is too large")
    let body = ByteBuffer(string: problem.json.encoded())
    var head = head
    head.headerFields[.contentType] = "application/problem+json"
    head.headerFields[.contentLength] = String(body.readableBytes)
    head.headerFields[.requestID] = randomName()
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.write(wrapOutboundOut(.body(body)), promise: promise)
  }

  /// Looks again and again whether the connection moves, and ends one that does not: no byte was
  /// taken for the timeout while the service waits for the client.
  private func watch(_ context: ChannelHandlerContext) {
    let loop = context.eventLoop.assumeIsolated()
    watch = loop.scheduleTask(in: .nanoseconds(timeout.nanoseconds / 4)) {
      let waiting = self.buffered(context)
      let now = NIODeadline.now()
      if self.written - waiting != self.lastMove.bytes
        || waiting == 0 && self.requestsInProgress > 0
      {
        self.lastMove = (self.written - waiting, now)
      } else if now - self.lastMove.at >= self.timeout {
        return context.close(promise: nil)
      }
      self.watch(context)
    }
  }

  /// The bytes that the system has not taken yet.
  private func buffered(_ context: ChannelHandlerContext) -> Int {
    (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
  }
}
