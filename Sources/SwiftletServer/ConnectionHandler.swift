import HTTPTypes
import NIOCore
import NIOHTTPTypes
import SwiftletSkills

/// Keeps a connection in order: answers `Expect: 100-continue`, closes where a response says so,
/// ends clients that neither send a request nor read the answer, and says what was wrong with bytes
/// that are no HTTP.
///
/// The end is a lingering one: the sending side closes at once, the receiving side after a second, so
/// that a client which is still sending gets the response instead of a reset.
final class ConnectionHandler: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  private let maximumBodyBytes: Int
  private let timeout: TimeAmount
  private var requestsInProgress = 0
  private var closes = false
  private var headTimeout: Scheduled<Void>?
  private var writeTimeout: Scheduled<Void>?

  /// A handler that invites no body of more than `maximumBodyBytes`, and waits `timeout` for the head
  /// of a request and for a client that reads nothing.
  init(maximumBodyBytes: Int, timeout: TimeAmount) {
    self.maximumBodyBytes = maximumBodyBytes
    self.timeout = timeout
  }

  func handlerAdded(context: ChannelHandlerContext) { awaitHead(context) }

  func channelInactive(context: ChannelHandlerContext) {
    headTimeout?.cancel()
    writeTimeout?.cancel()
    context.fireChannelInactive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if case .head(let head) = unwrapInboundIn(data) {
      headTimeout?.cancel()
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

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    writeTimeout?.cancel()
    if !context.channel.isWritable { writeTimeout = closeLater(context) }
    context.fireChannelWritabilityChanged()
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    switch unwrapOutboundIn(data) {
    case .head(let head) where head.status.kind != .informational:
      closes = closes || head.headerFields[.connection]?.lowercased() == "close"
      if head.status == .badRequest, head.headerFields[.requestID] == nil {
        return explain(head, context, promise)
      }
    case .end:
      requestsInProgress -= 1
      if closes {
        context.writeAndFlush(data, promise: promise)
        context.close(mode: .output, promise: nil)
        let channel = context.channel
        context.eventLoop.scheduleTask(in: .seconds(1)) { channel.close(promise: nil) }
        return
      }
      if requestsInProgress <= 0 { awaitHead(context) }
    default: break
    }
    context.write(data, promise: promise)
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

  private func awaitHead(_ context: ChannelHandlerContext) {
    headTimeout?.cancel()
    headTimeout = closeLater(context)
  }

  private func closeLater(_ context: ChannelHandlerContext) -> Scheduled<Void> {
    let channel = context.channel
    return context.eventLoop.scheduleTask(in: timeout) { channel.close(promise: nil) }
  }
}
