import SwiftletSkills

/// Where, and signed by what secret, the service says that a job is finished.
///
/// Source: Standard Webhooks 1.0.
package struct Webhook: Sendable {
  /// Where messages are sent.
  package let url: RemoteURL
  private let secret: [UInt8]

  /// A webhook.
  ///
  /// - Parameters:
  ///   - address: An `https` address, or an `http` one of this machine.
  ///   - secret: 24 to 64 bytes as `whsec_` and Base64, or a text of as many bytes.
  /// - Throws: `ServerError` where one of them is not.
  package init(address: String, secret: String) throws(ServerError) {
    guard let url = RemoteURL(address), url.isSecure || url.host == "localhost" else {
      throw ServerError(
        what: "webhook '\(address)'", why: "it is no https address with a host name",
        remedy: "give https://HOST/PATH, or http://localhost:PORT/PATH for this machine")
    }
    let prefix = "whsec_"
    let bytes =
      secret.hasPrefix(prefix)
      ? Base64.decode(String(secret.dropFirst(prefix.count))) : Array(secret.utf8)
    guard let bytes, (24...64).contains(bytes.count) else {
      throw ServerError(
        what: "webhook secret", why: "it has not 24 to 64 bytes",
        remedy: "give whsec_ and the Base64 of random bytes, or a random text, in a file")
    }
    self.url = url
    self.secret = bytes
  }

  /// The request that carries `body` under that name and time.
  package func request(id: String, time: Int, body: String) -> OutboundClient.Request {
    var request = OutboundClient.Request(url)
    let signature = HMAC.sha256(key: secret, Array("\(id).\(time).\(body)".utf8))
    request.method = "POST"
    request.headers = [
      ("Content-Type", "application/json"), ("webhook-id", id), ("webhook-timestamp", "\(time)"),
      ("webhook-signature", "v1,\(Base64.encode(signature))"),
    ]
    request.body = Array(body.utf8)
    return request
  }
}

/// Authentication codes of messages.
///
/// Source: RFC 2104 (HMAC) with FIPS 180-4 (SHA-256).
package enum HMAC {
  /// The 32 bytes of the code.
  package static func sha256(key: [UInt8], _ message: [UInt8]) -> [UInt8] {
    var block = key.count > 64 ? SHA256.digest(key) : key
    block += [UInt8](repeating: 0, count: 64 - block.count)
    return SHA256.digest(
      block.map { $0 ^ 0x5c } + SHA256.digest(block.map { $0 ^ 0x36 } + message))
  }
}
