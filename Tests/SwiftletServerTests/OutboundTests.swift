import NIOCore
import NIOSSL
import SwiftletServer
import SwiftletSkills
import Synchronization
import Testing

@Suite("What the service asks of others")
struct OutboundTests {
  @Test("an address of the web has a host name and nothing that misleads")
  func addresses() throws {
    let url = try #require(RemoteURL("https://Img.Example.com:8443/a/b.jpg?x=1#top"))
    #expect(url.isSecure && url.host == "img.example.com" && url.port == 8443)
    #expect(url.target == "/a/b.jpg?x=1" && url.authority == "img.example.com:8443")
    #expect(RemoteURL("http://localhost")?.target == "/")
    #expect(RemoteURL("https://a.b?c")?.target == "/?c")
    for text in [
      "", "https", "https:/a.b", "ftp://a.b/", "file:///etc/passwd", "https://", "https:///x",
      "https://user@a.b/", "https://a.b:0/", "https://a.b:99999/", "https://a.b:+1/",
      "https://127.0.0.1/", "https://2130706433/", "https://0x7f.1/", "https://1.2.3.0x4/",
      "https://[::1]/", "https://a..b/", "https://a.b /", "https://a.b/\r\nX: y", "https://ä.b/",
      "https://a_b/", "https://a.b\\@c.d/", "//a.b/",
    ] {
      #expect(RemoteURL(text) == nil, "\(text)")
    }
  }

  @Test("private, local and reserved addresses are not public")
  func ranges() throws {
    func range(_ text: String) throws -> AddressRange {
      AddressRange(try SocketAddress(ipAddress: text, port: 443))
    }
    for text in ["127.0.0.1", "127.255.0.1", "::1"] { #expect(try range(text) == .loopback) }
    for text in [
      "0.0.0.0", "10.0.0.1", "100.64.0.1", "100.127.255.255", "169.254.169.254", "172.16.0.1",
      "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.168.1.1", "198.18.0.1", "198.19.255.255",
      "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
      "::", "fe80::1", "fc00::1", "fd12::1", "ff02::1", "::ffff:10.0.0.1", "::ffff:8.8.8.8",
      "64:ff9b::a00:1", "2001::1", "2001:db8::1", "2002:a00:1::1", "3fff::1",
    ] {
      #expect(try range(text) == .special, "\(text)")
    }
    for text in [
      "8.8.8.8", "100.63.255.255", "100.128.0.0", "172.15.0.1", "172.32.0.1", "192.0.1.1",
      "198.17.255.255", "223.255.255.255", "2606:4700::1111", "2a00:1450::1", "2001:4860::1",
    ] {
      #expect(try range(text) == .public, "\(text)")
    }
  }

  /// A client that trusts the listener's certificate and finds every name at this machine.
  private func client(
    allowed: @escaping @Sendable (AddressRange) -> Bool = { _ in true },
    onResolve: @escaping @Sendable () -> Void = {}
  ) throws -> OutboundClient {
    let certificate = try NIOSSLCertificate(
      bytes: Array(TestListener.certificate.utf8), format: .pem)
    return try OutboundClient(
      trustRoots: .certificates([certificate]), timeout: .seconds(60),
      resolve: { _, port in
        onResolve()
        return try SocketAddress(ipAddress: "127.0.0.1", port: port)
      }, allowed: allowed)
  }

  private func fails(_ photos: RemotePhotos, _ url: String, with part: String) async {
    do {
      _ = try await photos.photo(at: url)
      Issue.record("\(url) is fetched")
    } catch {
      #expect(error.code == "failed_image_download" && error.detail.contains(part), "\(error)")
    }
  }

  @Test("a photo comes from a listed host whose certificate holds, resolved once, and no other")
  func photos() async throws {
    let listener = try await TestListener(isSecure: true) { arrival, _ in
      switch arrival.target {
      case "/a.jpg": (200, nil, [1, 2, 3])
      case "/large": (200, nil, [UInt8](repeating: 0, count: 101))
      case "/moved": (302, ("location", "/a.jpg"), [])
      case "/away": (302, ("location", "https://elsewhere.test/a.jpg"), [])
      case "/open": (302, ("location", "http://photos.test/a.jpg"), [])
      case "/round": (302, ("location", "/round"), [])
      default: (404, nil, [])
      }
    }
    let base = "https://photos.test:\(listener.port)"
    let resolved = Mutex(0)
    let photos = RemotePhotos(
      hosts: ["photos.test", "other.test"],
      client: try client(onResolve: { resolved.withLock { $0 += 1 } }), maximumBytes: 100)
    #expect(try await photos.photo(at: base + "/a.jpg") == [1, 2, 3])
    #expect(resolved.withLock { $0 } == 1)
    #expect(listener.arrivals.first?.headers["host"] == "photos.test:\(listener.port)")
    #expect(try await photos.photo(at: base + "/moved") == [1, 2, 3])
    await fails(photos, base + "/large", with: "more than 100 bytes")
    await fails(photos, base + "/none", with: "404")
    await fails(photos, base + "/away", with: "elsewhere.test")
    await fails(photos, base + "/open", with: "no https address")
    await fails(photos, base + "/round", with: "redirections")
    await fails(photos, "http://photos.test/a.jpg", with: "no https address")
    await fails(photos, "https://photos.test:22/", with: "no https address")
    await fails(photos, "https://elsewhere.test/a.jpg", with: "elsewhere.test")
    // A listed host whose certificate is another's.
    await fails(photos, "https://other.test:\(listener.port)/a.jpg", with: "other.test")
    let count = listener.arrivals.count
    let strict = RemotePhotos(
      hosts: ["photos.test"], client: try client { $0 == .public }, maximumBytes: 100)
    await fails(strict, base + "/a.jpg", with: "may not be used")
    #expect(listener.arrivals.count == count)
    try await listener.close()
  }

  @Test("the routes that take an address say that fetching is off, or that the host is not listed")
  func routes() async throws {
    let path = "/api/remove?url=https://photos.test/a.jpg"
    let body = Array("{\"image_url\":\"https://photos.test/a.jpg\"}".utf8)
    let json = ["Content-Type": "application/json"]
    var configuration = ServerConfiguration(port: 0)
    for hosts in [[], ["other.test"]] {
      configuration.photoHosts = hosts
      try await withServer(configuration) { client, _ in
        let get = try await client.request("GET", path)
        expectProblem(get, 400, "failed_image_download")
        #expect(get.text.contains("--allow-url-host") == hosts.isEmpty)
        expectProblem(
          try await client.request("POST", "/v1.0/removebg", headers: json, body: body), 400,
          "failed_image_download")
        expectProblem(try await client.request("GET", "/api/remove"), 400, "missing_source")
        expectProblem(
          try await client.request("GET", path + "&x=1"), 400, "unknown_parameter")
      }
    }
  }

  @Test("a webhook is https or this machine's, with a long secret")
  func webhookConfiguration() throws {
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    _ = try Webhook(address: "https://shop.example/hook", secret: secret)
    for (address, secret) in [
      ("http://shop.example/hook", secret), ("https://10.0.0.1/hook", secret), ("", secret),
      ("https://shop.example/hook", ""), ("https://shop.example/hook", "whsec_short"),
    ] {
      #expect(throws: ServerError.self) { try Webhook(address: address, secret: secret) }
    }
    // The example of Standard Webhooks' libraries.
    let request = try Webhook(address: "https://a.b/", secret: secret).request(
      id: "msg_p5jXN8AQM9LWM0D4loKWxJek", time: 1_614_265_330, body: "{\"test\": 2432232314}")
    #expect(
      request.headers.contains {
        $0.0 == "webhook-signature" && $0.1 == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
      })
  }

  @Test("a finished job is told, signed, until it is heard")
  func webhook() async throws {
    let listener = try await TestListener(isSecure: false) { _, earlier in
      (earlier == 0 ? 500 : 204, nil, [])
    }
    let secret = "a secret of more than 24 bytes"
    var configuration = ServerConfiguration(port: 0)
    configuration.retryDelay = .milliseconds(1)
    configuration.webhook = ("http://localhost:\(listener.port)/hook?shop=1", secret)
    try await withServer(configuration) { client, _ in
      let reply = try await client.request(
        "POST", "/batch", headers: formType, body: form([("files", try photo)]))
      let id = try #require(try JSONValue(client: reply.body)["job_id"]?.text)
      try await poll { listener.arrivals.count == 2 }
      let first = try #require(listener.arrivals.first), second = listener.arrivals[1]
      #expect(second.target == "/hook?shop=1")
      #expect(first.headers["webhook-id"] == "\(id)-1")
      #expect(second.headers["webhook-id"] == "\(id)-1")
      let message =
        "\(id)-1.\(second.headers["webhook-timestamp"] ?? "")."
        + String(decoding: second.body, as: UTF8.self)
      let code = HMAC.sha256(key: Array(secret.utf8), Array(message.utf8))
      #expect(second.headers["webhook-signature"] == "v1,\(Base64.encode(code))")
      let body = try JSONValue(client: second.body)
      #expect(body["type"]?.text == "job.finished" && body["data"]?["job_id"]?.text == id)
      #expect(body["data"]?["status"]?.text == "succeeded")

      // A photo that is sent back makes the job finish again.
      _ = try await client.request("POST", "/jobs/\(id)/items/0/redo")
      try await poll { listener.arrivals.count == 3 }
      #expect(listener.arrivals[2].headers["webhook-id"] == "\(id)-2")
    }
    try await listener.close()
  }
}
