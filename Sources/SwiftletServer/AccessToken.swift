/// The secret that a client must state.
package struct AccessToken: Sendable {
  private let secret: [UInt8]

  /// A token that equals `text`.
  package init(_ text: String) { secret = Array(text.utf8) }

  /// Whether `text` is the token, in a time that depends on the length of `text` alone.
  package func matches(_ text: some StringProtocol) -> Bool {
    let candidate = Array(text.utf8)
    var difference = candidate.count ^ secret.count
    for i in candidate.indices {
      difference |= Int(candidate[i] ^ (secret.isEmpty ? 0 : secret[i % secret.count]))
    }
    return difference == 0 && !secret.isEmpty
  }

  /// Whether the value of an `Authorization` header states the token as RFC 6750 says.
  package func matches(authorization: String) -> Bool {
    let scheme = authorization.prefix(7)
    return scheme.lowercased() == "bearer " && matches(authorization.dropFirst(7))
  }
}
