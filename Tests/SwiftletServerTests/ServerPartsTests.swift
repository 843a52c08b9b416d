import SwiftletServer
import Testing

@Suite("Parts of the server")
struct ServerPartsTests {
  @Test("a result lives its time and no longer")
  func expiry() throws {
    let store = ResultStore(capacity: 100, lifetime: .seconds(10))
    let start = ContinuousClock.now
    let name = try #require(
      store.insert(.init(bytes: [1, 2], mediaType: "image/png"), now: start))
    #expect(store.result(named: name, now: start + .seconds(9))?.bytes == [1, 2])
    #expect(store.result(named: name, now: start + .seconds(10)) == nil)
    #expect(store.byteCount == 0)
    #expect(store.result(named: "", now: start) == nil)
    #expect(store.insert(.init(bytes: [], mediaType: "image/png"), now: start) == nil)
  }

  @Test("the oldest results make room, and the newest is kept whatever its size")
  func capacity() throws {
    let store = ResultStore(capacity: 10, lifetime: .seconds(10))
    func insert(_ count: Int) throws -> String {
      try #require(
        store.insert(.init(bytes: [UInt8](repeating: 0, count: count), mediaType: "image/png")))
    }
    let first = try insert(6)
    let second = try insert(4)
    #expect(store.byteCount == 10)
    let third = try insert(1)
    #expect(store.result(named: first) == nil)
    #expect(store.result(named: second) != nil && store.result(named: third) != nil)
    #expect(store.byteCount == 5)
    let large = try insert(11)
    #expect(store.byteCount == 11 && store.result(named: large) != nil)
    let small = try insert(1)
    #expect(store.byteCount == 1 && store.result(named: small) != nil)
    #expect(Set([first, second, third]).count == 3 && first.utf8.count == 32)
  }

  @Test("only the token itself matches")
  func token() {
    let token = AccessToken("0123456789")
    #expect(token.matches("0123456789") && token.matches(authorization: "Bearer 0123456789"))
    #expect(token.matches(authorization: "bearer 0123456789"))
    for wrong in ["", "0", "012345678", "01234567890", "01234567890123456789", "1123456789"] {
      #expect(!token.matches(wrong), "\(wrong)")
      #expect(!token.matches(authorization: "Bearer \(wrong)"), "\(wrong)")
    }
    #expect(!token.matches(authorization: "0123456789"))
    #expect(!token.matches(authorization: "Basic 0123456789"))
    #expect(!AccessToken("").matches(""))
  }

  @Test("the client gets the type that it likes best, the first among equals")
  func accept() {
    let all = ["application/json", "image/*", "image/jpeg", "image/png"]
    func best(_ header: String?) -> String? { AcceptHeader(header).best(of: all) }
    for header in [nil, "*/*", "application/json", "application/*", "image/*;q=0.5, */*"] {
      #expect(best(header) == "application/json", "\(header ?? "none")")
    }
    #expect(best("image/*") == "image/*")
    #expect(best("application/json;q=0.5,image/*") == "image/*")
    #expect(best("IMAGE/JPEG, */*;q=0.1") == "image/jpeg")
    #expect(best("image/png") == "image/png")
    #expect(best("image/webp, image/png;q=0.1") == "image/png")
    for header in ["", "text/html", "image/webp", "image/*;q=0", ",;=,"] {
      #expect(best(header) == nil, "\(header)")
    }
  }

  @Test("the service is open to other machines only with a token or on demand")
  func exposure() throws {
    for host in ["127.0.0.1", "127.1.2.3", "localhost", "::1"] {
      try ServerConfiguration(host: host, dataDirectory: "x").validate()
    }
    for host in ["0.0.0.0", "::", "192.168.1.2", "example.org", "127.0.0.1.example.org", "127.1"] {
      #expect(throws: ServerError.self, "\(host)") {
        try ServerConfiguration(host: host, dataDirectory: "x").validate()
      }
      try ServerConfiguration(host: host, token: "long-enough", dataDirectory: "x").validate()
      try ServerConfiguration(host: host, isInsecure: true, dataDirectory: "x").validate()
    }
    #expect(throws: ServerError.self) {
      try ServerConfiguration(host: "0.0.0.0", token: "short", dataDirectory: "x").validate()
    }
    #expect(throws: ServerError.self) {
      try ServerConfiguration(token: "with a space", dataDirectory: "x").validate()
    }
    #expect(throws: ServerError.self) {
      try ServerConfiguration(port: 70_000, dataDirectory: "x").validate()
    }
    #expect(throws: ServerError.self) {
      try ServerConfiguration(workers: 4, capacity: 2, dataDirectory: "x").validate()
    }
  }
}
