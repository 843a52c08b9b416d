import SwiftletImage
import SwiftletServer
import SwiftletSkills
import Testing

@Suite("Jobs on loopback")
struct JobTests {
  private func configuration(_ change: (inout ServerConfiguration) -> Void = { _ in })
    -> ServerConfiguration
  {
    var configuration = ServerConfiguration(port: 0)
    configuration.retryDelay = .milliseconds(1)
    change(&configuration)
    return configuration
  }

  /// Sends a batch and gives its name.
  private func send(
    _ client: LoopbackClient, _ photos: [[UInt8]], profile: String? = nil,
    headers: [String: String] = [:]
  ) async throws -> String {
    var fields = photos.map { ("files", $0) }
    if let profile { fields.append(("profile", Array(profile.utf8))) }
    let reply = try await client.request(
      "POST", "/batch", headers: formType.merging(headers) { $1 }, body: form(fields))
    #expect(reply.status == 202, "\(reply.text)")
    let answer = try JSONValue(client: reply.body)
    let id = try #require(answer["job_id"]?.text)
    #expect(answer["status"]?.text == "queued" && reply.headers["location"] == "/jobs/\(id)")
    return id
  }

  private func get(_ client: LoopbackClient, _ path: String) async throws -> JSONValue {
    let reply = try await client.request("GET", path)
    #expect(reply.status == 200, "\(path): \(reply.text)")
    return try JSONValue(client: reply.body)
  }

  /// The job when it has come to that state.
  private func job(
    _ client: LoopbackClient, _ id: String, when states: String...
  ) async throws -> JSONValue {
    var job = JSONValue.null
    try await poll {
      job = try await get(client, "/jobs/\(id)")
      return states.contains(job["status"]?.text ?? "")
    }
    return job
  }

  @Test("a batch is accepted, finished, and its results come as JSON, CSV, JSON lines and zip")
  func batch() async throws {
    try await withServer(configuration()) { client, _ in
      let id = try await send(client, [photo, Array("no photo".utf8), photo], profile: "p")
      let job = try await job(client, id, when: "partial")
      #expect(
        job["total"] == 3 && job["counts"]?["succeeded"] == 2 && job["counts"]?["failed"] == 1)
      #expect(job["expires_at"]?.text?.hasSuffix("Z") == true)
      let items = try #require(job["items"])
      #expect(items[0]?["status"]?.text == "succeeded" && items[0]?["name"]?.text == "photo.png")
      #expect(items[1]?["error"]?["code"]?.text == "invalid_file_type")
      #expect(items[1]?["input_url"] == .null && items[2]?["options"]?["profile"]?.text == "p")

      let output = try #require(items[0]?["output_url"]?.text)
      let picture = try await client.request("GET", output)
      #expect(picture.status == 200 && picture.body == FakeProcessor.picture)
      let tag = try #require(picture.headers["etag"])
      let known = try await client.request("GET", output, headers: ["If-None-Match": tag])
      #expect(known.status == 304 && known.body.isEmpty)
      let input = try await client.request("GET", try #require(items[0]?["input_url"]?.text))
      #expect(try input.body == photo && input.headers["content-type"] == "image/png")

      let csv = try await client.request("GET", "/jobs/\(id)/results.csv")
      #expect(csv.text.split(separator: "\r\n").count == 4, "\(csv.text)")
      #expect(csv.text.contains("0,photo.png,succeeded,ok,001-photo.png,3,2"))
      let lines = try await client.request("GET", "/jobs/\(id)/results.jsonl")
      let documents = try lines.text.split(separator: "\n").map {
        try JSONValue(client: Array($0.utf8))
      }
      #expect(documents.count == 3 && documents[0]["report"]?["width"] == 3)
      let zip = try await client.request("GET", "/jobs/\(id)/results.zip")
      #expect(zip.body.starts(with: [0x50, 0x4b, 3, 4]) && zip.text.contains("003-photo.png"))
      #expect(zip.headers["content-type"] == "application/zip")
      #expect(try await get(client, "/jobs?limit=1")["jobs"]?[0]?["job_id"]?.text == id)
    }
  }

  @Test("a length that no batch has is refused, whatever is stored already")
  func absurdLength() async throws {
    try await withServer(configuration()) { client, _ in
      _ = try await job(client, try await send(client, [photo]), when: "succeeded")
      for length in ["\(Int.max)", "\(Int.max - 1)", "1000000000000000000"] {
        let head =
          "POST /batch HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
          + "Content-Type: multipart/form-data; boundary=AaB\r\nContent-Length: \(length)\r\n\r\n"
        expectProblem(try await client.send(Array(head.utf8)), 413, "file_too_large")
      }
      _ = try await job(client, try await send(client, [photo]), when: "succeeded")
    }
  }

  @Test("what would not fit into the room of jobs is refused")
  func fullStore() async throws {
    let photo = try photo
    let configuration = configuration { $0.jobCapacity = photo.count + 150 }
    try await withServer(configuration) { client, _ in
      _ = try await job(client, try await send(client, [photo]), when: "succeeded")
      expectProblem(
        try await client.request(
          "POST", "/batch", headers: formType, body: form([("files", photo), ("files", photo)])),
        503, "storage_full")
    }
  }

  @Test("lists come in pages")
  func pages() async throws {
    try await withServer(configuration()) { client, _ in
      var ids: [String] = []
      for _ in 0..<3 { ids.append(try await send(client, [photo, photo, photo])) }
      let first = try await get(client, "/jobs?limit=2")
      let cursor = try #require(first["next_cursor"]?.text)
      let second = try await get(client, "/jobs?limit=2&cursor=\(cursor)")
      let seen = [first["jobs"]?[0], first["jobs"]?[1], second["jobs"]?[0]].map {
        $0?["job_id"]?.text
      }
      #expect(seen == ids.reversed() && second["next_cursor"] == .null)
      let part = try await get(client, "/jobs/\(ids[0])?limit=2")
      #expect(part["items"]?[2] == nil && part["next_cursor"]?.text == "1")
      let rest = try await get(client, "/jobs/\(ids[0])?limit=2&cursor=1")
      #expect(rest["items"]?[0]?["index"] == 2 && rest["next_cursor"] == .null)
      for path in ["/jobs?limit=0", "/jobs?limit=x", "/jobs?cursor=-1", "/review?cursor=1"] {
        expectProblem(try await client.request("GET", path), 400, "invalid_parameter")
      }
      expectProblem(try await client.request("GET", "/jobs?x=1"), 400, "unknown_parameter")
    }
  }

  @Test("what a batch lacks or has too much of is a problem")
  func problems() async throws {
    try await withServer(configuration { $0.maximumBatch = 2 }) { client, _ in
      func post(_ fields: [(String, [UInt8])]) async throws -> Reply {
        try await client.request("POST", "/batch", headers: formType, body: form(fields))
      }
      let photo = try photo
      expectProblem(try await post([]), 400, "missing_source")
      expectProblem(
        try await post([("files", photo), ("files", photo), ("files", photo)]), 400,
        "too_many_files")
      expectProblem(try await post([("file", photo)]), 400, "unknown_parameter")
      expectProblem(
        try await client.request(
          "POST", "/batch", headers: ["Content-Type": "image/png"], body: photo), 415,
        "unsupported_media_type")
      expectProblem(try await client.request("GET", "/jobs/unknown"), 404, "not_found")
      expectProblem(try await client.request("DELETE", "/jobs/unknown"), 404, "not_found")
      expectProblem(try await client.request("GET", "/jobs/unknown/results.zip"), 404, "not_found")
      #expect(try await get(client, "/jobs")["jobs"] == .array([]))
    }
  }

  @Test("a file beyond the limit fails alone")
  func largeFile() async throws {
    var configuration = configuration()
    configuration.limits = ImageLimits(maxPixels: 100, maxSide: 100, maxBytes: 1000)
    try await withServer(configuration) { client, _ in
      let id = try await send(client, [[UInt8](repeating: 0, count: 1001), photo])
      let job = try await job(client, id, when: "partial")
      #expect(job["items"]?[0]?["error"]?["code"]?.text == "file_too_large")
      #expect(job["items"]?[1]?["status"]?.text == "succeeded")
    }
  }

  @Test("the same key and contents are one job, the same key alone is an error")
  func idempotency() async throws {
    try await withServer(configuration()) { client, _ in
      let key = ["Idempotency-Key": "order-1"]
      let first = try await send(client, [photo], headers: key)
      #expect(try await send(client, [photo], headers: key) == first)
      let other = try await client.request(
        "POST", "/batch", headers: formType.merging(key) { $1 },
        body: form([("files", photo), ("files", photo)]))
      expectProblem(other, 422, "idempotency_key_reused")
      #expect(try await send(client, [photo]) != first)
      let all = try await get(client, "/jobs")
      #expect(all["jobs"]?[1] != nil && all["jobs"]?[2] == nil)
    }
  }

  @Test("cancelling keeps what is done, and a finished job is removed with its files")
  func cancellation() async throws {
    let processor = FakeProcessor()
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    var configuration = configuration()
    configuration.dataDirectory = folder.path
    try await withServer(configuration, processor: processor) { client, _ in
      processor.hold()
      let id = try await send(client, [photo, photo, photo])
      try await poll { processor.inProgress == 1 }
      let cancelled = try await client.request("DELETE", "/jobs/\(id)")
      #expect(cancelled.status == 200 && cancelled.text.contains("\"status\":\"cancelled\""))
      processor.release()
      try await poll { processor.inProgress == 0 }
      let job = try await job(client, id, when: "cancelled")
      #expect(job["counts"]?["cancelled"] == 3 && job["counts"]?["succeeded"] == 0)
      #expect(try await client.request("DELETE", "/jobs/\(id)").status == 204)
      expectProblem(try await client.request("GET", "/jobs/\(id)"), 404, "not_found")
      try await poll { TemporaryFolder.names(folder.path + "/files").isEmpty }
      // The next job is not held up by the cancelled one.
      _ = try await self.job(client, try await send(client, [photo]), when: "succeeded")
      #expect(processor.seen.count == 2)
    }
  }

  @Test("what fails is tried again, and then waits for a person, who can send it back")
  func retries() async throws {
    let processor = FakeProcessor()
    try await withServer(configuration(), processor: processor) { client, _ in
      let once = try await send(client, [photo], profile: "broken-once")
      let mended = try await job(client, once, when: "succeeded")
      #expect(mended["items"]?[0]?["attempts"] == 2 && mended["items"]?[0]?["error"] == .null)

      let id = try await send(client, [photo], profile: "broken")
      let failed = try await job(client, id, when: "failed")
      let item = try #require(failed["items"]?[0])
      #expect(item["attempts"] == 3 && item["review"] == true)
      #expect(item["error"]?["code"]?.text == "internal_error")
      #expect(!failed.encoded().contains("BrokenPipeline"))
      #expect(processor.seen.filter { $0.profile == "broken" }.count == 3)
      let url = try #require(item["url"]?.text)
      #expect(try await get(client, "/review")["items"]?[0]?["url"]?.text == url)
      expectProblem(try await client.request("POST", url + "/accept"), 409, "no_result")

      let redo = try await client.request(
        "POST", url + "/redo", headers: ["Content-Type": "application/json"],
        body: Array(#"{"profile": "amazon-main", "background": null}"#.utf8))
      #expect(redo.status == 202, "\(redo.text)")
      let done = try await job(client, id, when: "succeeded")
      #expect(done["items"]?[0]?["options"]?["profile"]?.text == "amazon-main")
      #expect(try await get(client, "/review")["items"] == .array([]))
    }
  }

  @Test("a doubtful result waits for review until it is accepted; tags can be edited")
  func review() async throws {
    try await withServer(configuration()) { client, _ in
      let id = try await send(client, [photo], profile: "doubtful")
      let job = try await job(client, id, when: "succeeded")
      let item = try #require(job["items"]?[0])
      #expect(job["review"] == 1 && item["status"]?.text == "needs_review")
      let url = try #require(item["url"]?.text)
      let put = try await client.request(
        "PUT", url + "/tags", headers: ["Content-Type": "application/json"],
        body: Array(#"{"tags": ["=cup", "blue"], "alt_text": "a \"blue\" cup"}"#.utf8))
      #expect(put.status == 200, "\(put.text)")
      let csv = try await client.request("GET", "/jobs/\(id)/results.csv")
      #expect(csv.text.contains(#""'=cup; blue","a ""blue"" cup""#), "\(csv.text)")
      let accepted = try await client.request("POST", url + "/accept")
      #expect(accepted.status == 200 && accepted.text.contains("\"status\":\"succeeded\""))
      expectProblem(try await client.request("POST", url + "/accept"), 409, "not_in_review")
      #expect(try await get(client, "/review")["items"] == .array([]))
      for (path, body, code) in [
        ("/tags", #"{"tags": "cup"}"#, "invalid_parameter"),
        ("/tags", #"{"tag": []}"#, "unknown_parameter"), ("/tags", "[]", "invalid_json"),
        ("/redo", #"{"profile": 1}"#, "invalid_parameter"), ("/redo", "{", "invalid_json"),
      ] {
        let reply = try await client.request(
          path == "/tags" ? "PUT" : "POST", url + path,
          headers: ["Content-Type": "application/json"], body: Array(body.utf8))
        expectProblem(reply, 400, code)
      }
    }
  }

  @Test("a job goes on where a server that ended left it")
  func restart() async throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    var configuration = configuration()
    configuration.dataDirectory = folder.path
    let first = FakeProcessor()
    var id = ""
    try await withServer(configuration, processor: first) { client, server in
      first.hold()
      id = try await send(client, [photo, photo, photo])
      try await poll { first.inProgress == 1 }
      await server.shutDown()
      try await poll { try await client.request("GET", "/readyz").status == 503 }
      first.release()
    }
    let second = FakeProcessor()
    try await withServer(configuration, processor: second) { client, _ in
      let job = try await job(client, id, when: "succeeded")
      #expect(job["counts"]?["succeeded"] == 3)
    }
    #expect(first.seen.count == 1 && second.seen.count == 2)
  }

  @Test("a second server does not take the folder of the first")
  func lock() async throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    var configuration = configuration()
    configuration.dataDirectory = folder.path
    try await withServer(configuration) { _, _ in
      let second = try ProductServer(configuration, processor: FakeProcessor())
      let error = await #expect(throws: ServerError.self) {
        try await second.run(handlesSignals: false)
      }
      #expect(error?.code == "file_access" && error?.why.contains("another server") == true)
    }
  }
}
