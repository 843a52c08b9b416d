import SwiftletImage
import SwiftletServer
import SwiftletSkills
import Testing

@Suite("Large downloads")
struct DownloadTests {
  /// A photo of about 3 MB.
  private var largePhoto: [UInt8] {
    get throws {
      var state: UInt32 = 1
      let noise = (0..<(1000 * 1000 * 3)).map { _ in
        state = state &* 1_664_525 &+ 1_013_904_223
        return UInt8(state >> 24)
      }
      return try ImageEncoder.png(
        PixelBuffer(width: 1000, height: 1000, channels: 3, data: noise))
    }
  }

  @Test("a slow reader gets all of a file, one that takes nothing is not waited for")
  func slowReaders() async throws {
    var configuration = ServerConfiguration(port: 0)
    configuration.connectionTimeout = .seconds(1)
    try await withServer(configuration) { client, _ in
      let large = try largePhoto
      let reply = try await client.request(
        "POST", "/batch", headers: formType, body: form([("files", large)]))
      let id = try #require(try JSONValue(client: reply.body)["job_id"]?.text)
      try await poll {
        try await client.request("GET", "/jobs/\(id)").text.contains("\"status\":\"succeeded\"")
      }
      for connection in ["close", "keep-alive"] {
        let request =
          "GET /jobs/\(id)/items/0/input HTTP/1.1\r\nHost: localhost\r\n"
          + "Connection: \(connection)\r\n\r\n"
        // Longer in all than the timeout, and never idle for as long.
        let slow = try await client.send(
          Array(request.utf8), pause: .init(every: 64 << 10, milliseconds: 50))
        #expect(slow.body == large, "\(connection): \(slow.body.count) of \(large.count) bytes")
      }
      let request = "GET /jobs/\(id)/items/0/input HTTP/1.1\r\nHost: localhost\r\n\r\n"
      let asleep = try await client.send(
        Array(request.utf8), pause: .init(every: 3 << 20, milliseconds: 4000))
      #expect(asleep.status == 200 && asleep.body.count < large.count)
    }
  }

  @Test("an archive of an unfinished job is refused, but for what there is on demand")
  func unfinished() async throws {
    let processor = FakeProcessor()
    try await withServer(processor: processor) { client, _ in
      processor.hold()
      let reply = try await client.request(
        "POST", "/batch", headers: formType, body: form([("files", try photo)]))
      let id = try #require(try JSONValue(client: reply.body)["job_id"]?.text)
      for kind in ["zip", "csv", "jsonl"] {
        let path = "/jobs/\(id)/results.\(kind)"
        let refused = try await client.request("GET", path)
        expectProblem(refused, 409, "in_progress")
        #expect(refused.headers["retry-after"] != nil)
        #expect(try await client.request("GET", path + "?partial=true").status == 200)
        expectProblem(
          try await client.request("GET", path + "?partial=maybe"), 400, "invalid_parameter")
      }
      processor.release()
      try await poll {
        try await client.request("GET", "/jobs/\(id)/results.zip").status == 200
      }
    }
  }

  @Test("an upload of nothing is answered alike everywhere")
  func nothing() async throws {
    try await withServer { client, _ in
      for path in ["/process", "/batch", "/api/remove", "/v1.0/removebg"] {
        let empty = try await client.request("POST", path)
        expectProblem(empty, 400, "missing_source")
        expectProblem(
          try await client.request("POST", path, headers: formType, body: form([])), 400,
          "missing_source")
      }
      expectProblem(
        try await client.request(
          "POST", "/process", headers: ["Content-Type": "image/png"], body: []), 400,
        "missing_source")
      expectProblem(
        try await client.request(
          "POST", "/process", headers: formType, body: form([("file", [])])), 400,
        "missing_source")
    }
  }

  @Test("options that cannot be met are refused before a batch is accepted")
  func options() async throws {
    let processor = FakeProcessor()
    try await withServer(processor: processor) { client, _ in
      let fields = form([("files", try photo), ("profile", Array("refused".utf8))])
      expectProblem(
        try await client.request("POST", "/batch", headers: formType, body: fields), 400,
        "unknown_profile")
      #expect(try await client.request("GET", "/jobs").text.contains("\"jobs\":[]"))
    }
  }
}
