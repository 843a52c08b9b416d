import Hummingbird
import NIOCore

/// What travels with a request: who sends it.
struct ServiceContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  /// The address of the peer.
  let client: String

  init(source: ApplicationRequestContextSource) {
    coreContext = .init(source: source)
    client = source.channel.remoteAddress?.ipAddress ?? "local"
  }
}
