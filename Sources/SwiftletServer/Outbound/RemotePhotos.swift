/// Fetches photos from the web: from hosts of a list, by `https`, from public addresses only.
package struct RemotePhotos: Sendable {
  private static let maximumRedirections = 3

  private let hosts: Set<String>
  private let client: OutboundClient
  private let maximumBytes: Int

  /// A fetcher.
  ///
  /// - Parameters:
  ///   - hosts: The host names that photos may come from, in lower case.
  ///   - maximumBytes: The most bytes of a photo.
  package init(hosts: [String], client: OutboundClient, maximumBytes: Int) {
    self.hosts = Set(hosts)
    self.client = client
    self.maximumBytes = maximumBytes
  }

  /// The bytes at an address, after at most three redirections, each of which must lead to a host of
  /// the list.
  ///
  /// - Throws: `ServiceError` with code `failed_image_download`.
  package func photo(at text: String) async throws(ServiceError) -> [UInt8] {
    var next = text
    for _ in 0...Self.maximumRedirections {
      guard let url = RemoteURL(next), url.isSecure, url.port == 443 || url.port >= 1024 else {
        throw Self.failed("'\(printable(next))' is no https address with a host name")
      }
      guard hosts.contains(url.host) else {
        throw Self.failed("the host '\(printable(url.host))' is not one that photos may come from")
      }
      let answer: OutboundClient.Response
      do {
        answer = try await client.send(.init(url), limit: maximumBytes)
      } catch {
        throw Self.failed("\(error)")
      }
      switch answer.status {
      case 200: return answer.body
      case 301, 302, 303, 307, 308:
        guard let location = answer.location else {
          throw Self.failed("a redirection leads nowhere")
        }
        next = location.hasPrefix("/") ? "https://\(url.authority)\(location)" : location
      default: throw Self.failed("\(url.host) answered \(answer.status)")
      }
    }
    throw Self.failed("there are more than \(Self.maximumRedirections) redirections")
  }

  private static func failed(_ why: String) -> ServiceError {
    .badRequest("failed_image_download", "\(why); send the file itself")
  }
}
