import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Answers `Expect: 100-continue`, and closes a connection whose response says so.
///
/// The end is a lingering one: the sending side closes at once, the receiving side after a second, so
/// that a client which is still sending gets the response instead of a reset.
final class ConnectionHandler: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  private let maximumBodyBytes: Int
  private var requestsInProgress = 0
  private var closes = false

  /// A handler that invites no body of more than `maximumBodyBytes`.
  init(maximumBodyBytes: Int) { self.maximumBodyBytes = maximumBodyBytes }

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
    case .end:
      requestsInProgress -= 1
      if closes {
        context.writeAndFlush(data, promise: promise)
        context.close(mode: .output, promise: nil)
        let channel = context.channel
        context.eventLoop.scheduleTask(in: .seconds(1)) { channel.close(promise: nil) }
        return
      }
    default: break
    }
    context.write(data, promise: promise)
  }
}
