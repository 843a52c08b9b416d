import Logging
import SwiftletImage
import SwiftletServer
import Synchronization
import Testing

@Suite("Server on loopback")
struct ServerTests {
  @Test("a form gives JSON, and its result can be fetched")
  func formUpload() async throws {
    let processor = FakeProcessor()
    try await withServer(processor: processor) { client, _ in
      let body = form([
        ("profile", Array("amazon-main".utf8)), ("background", Array("white".utf8)),
        ("file", try photo),
      ])
      let reply = try await client.request(
        "POST", "/process", headers: formType.merging(["X-Request-ID": "my-1"]) { $1 }, body: body)
      #expect(reply.status == 200, "\(reply.text)")
      #expect(reply.headers["content-type"] == "application/json")
      #expect(reply.headers["x-request-id"] == "my-1")
      let timing = try #require(reply.headers["server-timing"])
      #expect(timing.contains("decode;dur=1.3") && timing.contains("total;dur="))
      #expect(
        reply.text.hasPrefix(
          #"{"status":"ok","width":3,"height":2,"tags":{},"qa":{},"output_url":"/results/"#))
      #expect(processor.seen == [PhotoOptions(profile: "amazon-main", background: "white")])

      let url = try #require(reply.text.split(separator: "\"").last { $0.hasPrefix("/results/") })
      let result = try await client.request("GET", String(url))
      #expect(result.status == 200 && result.body == FakeProcessor.picture)
      #expect(result.headers["content-type"] == "image/png")
      let head = try await client.request("HEAD", String(url))
      #expect(head.status == 200 && head.body.isEmpty)
      #expect(head.headers["content-length"] == String(FakeProcessor.picture.count))
    }
  }

  @Test("a photo as the body gives the picture itself on demand")
  func raw() async throws {
    let processor = FakeProcessor()
    try await withServer(processor: processor) { client, _ in
      let reply = try await client.request(
        "POST", "/process?format=png&background=%23ff0000",
        headers: ["Content-Type": "image/png", "Accept": "image/*"], body: try photo)
      #expect(reply.status == 200 && reply.body == FakeProcessor.picture, "\(reply.text)")
      #expect(reply.headers["content-type"] == "image/png")
      #expect(reply.headers["x-width"] == "3" && reply.headers["x-height"] == "2")
      #expect(reply.headers["x-status"] == "ok")
      #expect(processor.seen == [PhotoOptions(background: "#ff0000", format: "png")])
    }
  }

  @Test("only what is brief is read and checked on the thread of the connections")
  func threads() async throws {
    let processor = FakeProcessor()
    try await withServer(processor: processor) { client, _ in
      let photo = try photo
      let type = ["Content-Type": "image/png"]
      _ = try await client.request("POST", "/process", headers: type, body: photo)
      var noise = PixelBuffer(width: 700, height: 700, channels: 3)
      var state: UInt32 = 1
      for index in noise.data.indices {
        state = state &* 1_664_525 &+ 1_013_904_223
        noise.data[index] = UInt8(truncatingIfNeeded: state >> 24)
      }
      let large = try ImageEncoder.png(noise)
      #expect(large.count > 1 << 20)
      let reply = try await client.request("POST", "/process", headers: type, body: large)
      #expect(reply.status == 200, "\(reply.text)")
      // A profile is read from its file.
      let profile = "/process?profile=amazon-main"
      _ = try await client.request("POST", profile, headers: type, body: photo)
      let batch = form([("files", photo)])
      _ = try await client.request("POST", "/batch", headers: formType, body: batch)
      #expect(processor.checksOnLoop == [true, false, false, false])
    }
  }

  @Test("an upload that waits to be invited is invited")
  func expectation() async throws {
    try await withServer { client, _ in
      let photo = try photo
      let head =
        "POST /process HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nExpect: 100-continue\r\n"
        + "Content-Type: image/png\r\nContent-Length: \(photo.count)\r\n\r\n"
      let reply = try await client.send(Array(head.utf8) + photo)
      #expect(reply.status == 200, "\(reply.text)")
    }
  }

  @Test("what a client does wrong is a problem that says so")
  func problems() async throws {
    try await withServer { client, _ in
      let photo = try photo
      func post(
        _ body: [UInt8], _ headers: [String: String], _ path: String = "/process"
      ) async throws -> Reply {
        try await client.request("POST", path, headers: headers, body: body)
      }
      let image = ["Content-Type": "image/png"]
      expectProblem(try await post(form([]), formType), 400, "missing_source")
      expectProblem(try await post([], image), 400, "missing_source")
      expectProblem(
        try await post(form([("file", photo), ("file", photo)]), formType), 400, "multiple_sources")
      expectProblem(
        try await post(form([("file", photo), ("profil", [])]), formType), 400, "unknown_parameter")
      expectProblem(try await post(photo, image, "/process?crop=1"), 400, "unknown_parameter")
      expectProblem(
        try await post(photo, image, "/process?format=png&format=png"), 400, "duplicate_parameter")
      expectProblem(
        try await post(form([("profile", [0xff]), ("file", photo)]), formType), 400,
        "invalid_parameter")
      expectProblem(
        try await post(
          form([("profile", [UInt8](repeating: 0x61, count: 300)), ("file", photo)]), formType),
        400, "invalid_parameter")
      expectProblem(
        try await post(Array("--AaB\r\n".utf8), formType), 400, "malformed_multipart")
      expectProblem(
        try await post(form([("file", photo)]), ["Content-Type": "multipart/form-data"]), 400,
        "malformed_multipart")
      expectProblem(try await post(photo, [:]), 415, "unsupported_media_type")
      expectProblem(
        try await post(photo, image.merging(["Content-Encoding": "gzip"]) { $1 }), 415,
        "unsupported_media_type")
      expectProblem(try await post(Array("no picture".utf8), image), 415, "invalid_file_type")
      expectProblem(try await post(Array(photo.dropLast(9)), image), 422, "failed_to_read_image")
      expectProblem(
        try await post(photo, image, "/process?profile=unknown"), 400, "unknown_profile")
      expectProblem(
        try await post(
          photo, image.merging(["Accept": "image/*"]) { $1 }, "/process?profile=none"), 422,
        "no_foreground")
      expectProblem(
        try await post(
          photo, image.merging(["Accept": "image/*"]) { $1 }, "/process?profile=small"), 422,
        "resolution_too_low")
      // The name is refused before its value is read.
      let unknown = try await post(
        form([("profil", [UInt8](repeating: 0x61, count: 3000)), ("file", photo)]), formType)
      expectProblem(unknown, 400, "unknown_parameter")
      #expect(unknown.text.contains("'profil'") && unknown.text.contains("profile"))
      for accept in ["text/html", "image/webp", "application/json;q=0"] {
        expectProblem(
          try await post(photo, image.merging(["Accept": accept]) { $1 }), 406, "not_acceptable")
      }
      expectProblem(
        try await post(
          photo, image.merging(["Accept": "image/jpeg"]) { $1 }, "/process?format=png"), 406,
        "not_acceptable")
    }
  }

  @Test("unknown routes and methods are problems too")
  func routes() async throws {
    try await withServer { client, _ in
      expectProblem(try await client.request("GET", "/nothing"), 404, "not_found")
      expectProblem(try await client.request("GET", "/process/more"), 404, "not_found")
      expectProblem(try await client.request("GET", "/results/0123"), 404, "not_found")
      expectProblem(try await client.request("GET", "/readyz?x=1"), 400, "unknown_parameter")
      let wrong = try await client.request("GET", "/process")
      expectProblem(wrong, 405, "method_not_allowed")
      #expect(wrong.headers["allow"] == "POST")
      let other = try await client.request("DELETE", "/healthz")
      expectProblem(other, 405, "method_not_allowed")
      #expect(other.headers["allow"] == "GET, HEAD")
      #expect(try await client.request("GET", "/healthz").status == 200)
      expectProblem(
        try await client.send(Array("nonsense\r\n\r\n".utf8)), 400, "malformed_request")
    }
  }

  @Test("an error of the service's own tells nothing about it")
  func internalError() async throws {
    try await withServer { client, _ in
      let reply = try await client.request(
        "POST", "/process?profile=broken", headers: ["Content-Type": "image/png"], body: try photo)
      expectProblem(reply, 500, "internal_error")
      #expect(!reply.text.contains("BrokenPipeline"))
    }
  }

  @Test("a photo beyond the limits is refused before it is decoded")
  func limits() async throws {
    let limits = ImageLimits(maxPixels: 100, maxSide: 16_384, maxBytes: 2000)
    try await withServer(.init(port: 0, limits: limits)) { client, _ in
      let image = ["Content-Type": "image/png"]
      let big = try ImageEncoder.png(PixelBuffer(width: 20, height: 20, channels: 3))
      try #require(big.count <= 2000)
      expectProblem(
        try await client.request("POST", "/process", headers: image, body: big), 422,
        "resolution_too_high")
      // One that states its length, far beyond what is sent.
      let head = "POST /process HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n"
      expectProblem(
        try await client.send(Array((head + "Content-Length: 99999999999\r\n\r\nabc").utf8)), 413,
        "file_too_large")
      // One that does not, in chunks; and one whose form hides it in a field.
      let chunk = Array("400\r\n".utf8) + [UInt8](repeating: 0x61, count: 1024) + [0x0d, 0x0a]
      let chunks = (0..<200).flatMap { _ in chunk } + Array("0\r\n\r\n".utf8)
      expectProblem(
        try await client.send(Array((head + "Transfer-Encoding: chunked\r\n\r\n").utf8) + chunks),
        413, "file_too_large")
      let long = [UInt8](repeating: 0x61, count: 3000)
      expectProblem(
        try await client.request(
          "POST", "/process", headers: formType, body: form([("file", long)])), 413,
        "file_too_large")
    }
  }

  @Test("a full service refuses at once, one client's excess with another status")
  func overload() async throws {
    let processor = FakeProcessor()
    let photo = try photo
    for (configuration, status, code) in [
      (ServerConfiguration(port: 0, capacity: 2, capacityPerClient: 9), 503, "overloaded"),
      (ServerConfiguration(port: 0, capacity: 9, capacityPerClient: 2), 429, "too_many_requests"),
    ] {
      try await withServer(configuration, processor: processor) { client, _ in
        processor.hold()
        let image = ["Content-Type": "image/png"]
        async let first = client.request("POST", "/process", headers: image, body: photo)
        try await poll { processor.inProgress == 1 }
        // The second waits for the only worker; a third has no place.
        async let second = client.request("POST", "/process", headers: image, body: photo)
        var refused = Reply()
        try await poll {
          refused = try await client.request(
            "POST", "/process", headers: image.merging(["Expect": "100-continue"]) { $1 },
            body: Array("no picture".utf8))
          return refused.status == status
        }
        expectProblem(refused, status, code)
        #expect(refused.headers["retry-after"] == "2")
        processor.release()
        #expect(try await first.status == 200)
        #expect(try await second.status == 200)
        #expect(
          try await client.request("POST", "/process", headers: image, body: photo).status == 200)
      }
    }
  }

  @Test("a token is asked of everyone but the probes")
  func token() async throws {
    try await withServer(.init(port: 0, token: "correct-horse")) { client, _ in
      let photo = try photo
      func status(_ headers: [String: String]) async throws -> Reply {
        try await client.request(
          "POST", "/process", headers: headers.merging(["Content-Type": "image/png"]) { $1 },
          body: photo)
      }
      let refused = try await status([:])
      expectProblem(refused, 401, "unauthorized")
      #expect(refused.headers["www-authenticate"]?.hasPrefix("Bearer") == true)
      expectProblem(
        try await status(["Authorization": "Bearer correct-hors"]), 401, "unauthorized")
      expectProblem(try await client.request("GET", "/results/1"), 401, "unauthorized")
      #expect(try await status(["Authorization": "Bearer correct-horse"]).status == 200)
      #expect(try await status(["X-API-Key": "correct-horse"]).status == 200)
      #expect(try await client.request("GET", "/healthz").status == 200)
    }
  }

  @Test("it is alive before it is ready, and takes photos only then")
  func readiness() async throws {
    let processor = FakeProcessor(isHeld: true)
    try await withServer(processor: processor, whenReady: false) { client, _ in
      #expect(try await client.request("GET", "/healthz").status == 200)
      let waiting = try await client.request("GET", "/readyz")
      expectProblem(waiting, 503, "not_ready")
      #expect(waiting.headers["retry-after"] == "1")
      expectProblem(
        try await client.request(
          "POST", "/process", headers: ["Content-Type": "image/png"], body: try photo), 503,
        "not_ready")
      processor.release()
      try await poll { try await client.request("GET", "/readyz").status == 200 }
    }
  }

  @Test("a failure to warm up ends it with the reason")
  func warmUpFailure() async throws {
    let server = try ProductServer(
      .init(port: 0, dataDirectory: try TemporaryFolder().path),
      processor: FakeProcessor(warmUpFails: true),
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    await #expect(throws: (any Error).self) { try await server.run(handlesSignals: false) }
  }

  @Test("an address in use ends it with one line that says so")
  func addressInUse() async throws {
    try await withServer { client, _ in
      let second = try ProductServer(
        .init(port: client.port, dataDirectory: try TemporaryFolder().path),
        processor: FakeProcessor(),
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
      let error = await #expect(throws: ServerError.self) {
        try await second.run(handlesSignals: false)
      }
      #expect(error?.code == "cannot_listen")
      #expect(error?.what == "127.0.0.1:\(client.port)")
    }
  }

  @Test("on shutdown the photo in progress is finished and no other begun")
  func shutdown() async throws {
    let processor = FakeProcessor()
    let photo = try photo
    try await withServer(processor: processor) { client, server in
      processor.hold()
      async let reply = client.request(
        "POST", "/process", headers: ["Content-Type": "image/png"], body: photo)
      try await poll { processor.inProgress == 1 }
      await server.shutDown()
      try await poll { (try? await client.request("GET", "/healthz")) == nil }
      #expect(processor.inProgress == 1)
      processor.release()
      #expect(try await reply.status == 200)
    }
    #expect(processor.seen.count == 1)
  }
}
