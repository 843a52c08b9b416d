/// An address of the web from which something is fetched, or to which something is sent.
///
/// Stricter than RFC 3986: `https`, or `http` where that is allowed; a host name and no address; no
/// user; visible ASCII without backslashes only.
package struct RemoteURL: Sendable, Equatable {
  /// Whether the connection is encrypted.
  package let isSecure: Bool
  /// The host name in lower case.
  package let host: String
  /// The port.
  package let port: Int
  /// Path and query, as they are asked for.
  package let target: String

  /// The parts of `text`; nil for what is no such address.
  package init?(_ text: String) {
    guard text.utf8.count <= 2048,
      text.utf8.allSatisfy({ (0x21...0x7e).contains($0) && $0 != 0x5c })
    else { return nil }
    let scheme = text.prefix { $0 != ":" }.lowercased()
    guard scheme == "https" || scheme == "http", text.dropFirst(scheme.count).hasPrefix("://")
    else { return nil }
    isSecure = scheme == "https"
    let rest = text.dropFirst(scheme.count + 3).prefix { $0 != "#" }
    let authority = rest.prefix { $0 != "/" && $0 != "?" }
    let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), Self.isHostName(parts[0]) else { return nil }
    host = parts[0].lowercased()
    if parts.count == 2 {
      guard parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(parts[1]),
        port > 0
      else { return nil }
      self.port = Int(port)
    } else {
      port = isSecure ? 443 : 80
    }
    let path = rest.dropFirst(authority.count)
    target = path.hasPrefix("/") ? String(path) : "/" + path
  }

  /// The host, with the port where it is not that of the scheme.
  package var authority: String {
    port == (isSecure ? 443 : 80) ? host : "\(host):\(port)"
  }

  /// Labels of letters, digits and hyphens, the last with a letter in it: no address in any notation.
  private static func isHostName(_ text: Substring) -> Bool {
    let labels = text.split(separator: ".", omittingEmptySubsequences: false)
    guard text.utf8.count <= 253, let last = labels.last,
      labels.allSatisfy({ label in
        (1...63).contains(label.utf8.count)
          && label.utf8.allSatisfy { isAlphanumeric($0) || $0 == 0x2d }
      })
    else { return false }
    return !last.utf8.allSatisfy { (0x30...0x39).contains($0) }
      && !last.lowercased().hasPrefix("0x")
  }
}
