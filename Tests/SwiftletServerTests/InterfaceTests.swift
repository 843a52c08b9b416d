import SwiftletImage
import SwiftletServer
import SwiftletSkills
import SwiftletWeb
import Testing

@Suite("Interface on loopback")
struct InterfaceTests {
  @Test("the description names the routes that there are, and no others")
  func description() async throws {
    try await withServer { client, server in
      let reply = try await client.request("GET", "/openapi.json")
      let document = try JSONValue(client: reply.body)
      #expect(document["openapi"]?.text?.hasPrefix("3.1") == true)
      guard case .object(let paths)? = document["paths"] else {
        Issue.record("there are no paths")
        return
      }
      var described: Set<String> = []
      for path in paths {
        guard case .object(let methods) = path.value else { continue }
        for method in methods { described.insert("\(method.name.uppercased()) \(path.name)") }
      }
      #expect(described == Set(server.routes))
    }
  }

  @Test("the pages need nothing from elsewhere and no inline script")
  func pages() async throws {
    try await withServer(.init(port: 0, token: "correct-horse")) { client, _ in
      for asset in WebAssets.all {
        let reply = try await client.request("GET", asset.path)
        #expect(reply.status == 200 && reply.body == asset.bytes, "\(asset.path)")
        let policy = reply.headers["content-security-policy"] ?? ""
        #expect(policy.contains("default-src 'none'") && !policy.contains("unsafe"))
        // The namespace of SVG is a name, not an address that is fetched.
        let text = reply.text.split(separator: "http://www.w3.org/2000/svg").joined()
        #expect(!text.contains("http://") && !text.contains("https://"), "\(asset.path)")
        if asset.path == "/" || asset.path == "/docs" {
          #expect(!reply.text.contains("style=") && !reply.text.contains("onclick"))
          #expect(
            reply.text.split(separator: "<script").dropFirst().allSatisfy {
              $0.contains("src=") && $0.contains("></script>")
            })
        }
      }
    }
  }

  @Test("metrics carry the names of the reference and count")
  func metrics() async throws {
    try await withServer { client, _ in
      let image = ["Content-Type": "image/png"]
      _ = try await client.request("POST", "/process", headers: image, body: try photo)
      _ = try await client.request("POST", "/process", headers: image, body: Array("x".utf8))
      _ = try await client.request(
        "POST", "/process?profile=doubtful", headers: image, body: try photo)
      _ = try await client.request("TRACE", "/nothing")
      let text = try await client.request("GET", "/metrics").text
      for line in [
        #"swiftlet_http_requests_total{route="/process",method="POST",code="200"} 2"#,
        #"swiftlet_http_requests_total{route="/process",method="POST",code="415"} 1"#,
        #"swiftlet_stage_duration_seconds_count{stage="decode"} 1"#,
        // Refining and composing are one stage, and so are both judgements: once a photo.
        #"swiftlet_stage_duration_seconds_count{stage="refine"} 1"#,
        #"swiftlet_stage_duration_seconds_sum{stage="refine"} 0.006"#,
        #"swiftlet_stage_duration_seconds_count{stage="qa"} 1"#,
        #"swiftlet_images_processed_total{result="ok"} 1"#,
        #"swiftlet_images_rejected_total{reason="invalid_file_type"} 1"#,
        #"swiftlet_qa_findings_total{code="product.uncertain"} 1"#,
        #"swiftlet_http_requests_total{route="none",method="other",code="404"} 1"#,
        #"swiftlet_jobs{state="queued"} 0"#, "swiftlet_queue_depth 0",
        "swiftlet_inference_workers 1", "swiftlet_queue_wait_seconds_count 2",
      ] {
        #expect(text.contains(line + "\n"), "\(line)")
      }
      for name in [
        "swiftlet_request_duration_seconds_bucket{le=\"+Inf\"}",
        "swiftlet_process_resident_memory_bytes ", "swiftlet_build_info{version=",
      ] {
        #expect(text.contains(name), "\(name)")
      }
    }
  }

  @Test("pages of other sites and foreign host names are refused")
  func origins() async throws {
    try await withServer { client, _ in
      for site in ["cross-site", "same-site"] {
        expectProblem(
          try await client.request("GET", "/jobs", headers: ["Sec-Fetch-Site": site]), 403,
          "cross_site")
      }
      #expect(
        try await client.request("GET", "/jobs", headers: ["Sec-Fetch-Site": "same-origin"]).status
          == 200)
      #expect(
        try await client.request(
          "GET", "/", headers: ["Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"]
        ).status == 200)
      func get(_ host: String) async throws -> Reply {
        try await client.send(
          Array("GET /jobs HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n".utf8))
      }
      expectProblem(try await get("evil.example:80"), 403, "unknown_host")
      #expect(try await get("127.0.0.1:\(client.port)").status == 200)
      #expect(try await get("[::1]").status == 200)
    }
    var configuration = ServerConfiguration(port: 0)
    configuration.allowedHosts = ["shop.example"]
    try await withServer(configuration) { client, _ in
      let head = "GET /jobs HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n"
      let reply = try await client.send(Array(head.utf8))
      #expect(reply.status == 200)
    }
  }

  @Test("what another page sends to change something is refused by its origin alone")
  func foreignOrigin() async throws {
    try await withServer { client, _ in
      let image = ["Content-Type": "image/png"]
      func post(_ origin: String, _ more: [String: String] = [:]) async throws -> Reply {
        try await client.request(
          "POST", "/process",
          headers: image.merging(["Origin": origin]) { $1 }.merging(more) { $1 }, body: try photo)
      }
      for origin in [
        "null", "", "http://evil.example", "http://localhost:1", "http://localhost.evil.example",
        "localhost", "file://",
      ] {
        expectProblem(try await post(origin), 403, "cross_site")
        let delete = try await client.request("DELETE", "/jobs/x", headers: ["Origin": origin])
        expectProblem(delete, 403, "cross_site")
      }
      // The test's own client states the host `localhost`.
      #expect(try await post("http://localhost").status == 200)
      #expect(try await post("http://LOCALHOST").status == 200)
      // Behind a proxy that states its own host, the browser still knows.
      let proxied = try await post("https://shop.example", ["Sec-Fetch-Site": "same-origin"])
      #expect(proxied.status == 200)
      #expect(
        try await client.request("GET", "/jobs", headers: ["Origin": "http://evil.example"]).status
          == 200)
    }
  }

  @Test("photos count by their pixels, and one alone is always taken")
  func pixels() async throws {
    var configuration = ServerConfiguration(port: 0)
    configuration.pixelCapacity = 5
    let processor = FakeProcessor()
    let photo = try photo
    try await withServer(configuration, processor: processor) { client, _ in
      let image = ["Content-Type": "image/png"]
      processor.hold()
      async let first = client.request("POST", "/process", headers: image, body: photo)
      try await poll { processor.inProgress == 1 }
      let second = try await client.request("POST", "/process", headers: image, body: photo)
      expectProblem(second, 503, "overloaded")
      #expect(second.headers["retry-after"] == "2")
      processor.release()
      #expect(try await first.status == 200)
    }
  }

  @Test("a client that sends no request, half a head or half a photo, is not waited for")
  func slowClients() async throws {
    var configuration = ServerConfiguration(port: 0)
    configuration.connectionTimeout = .milliseconds(200)
    try await withServer(configuration) { client, _ in
      let head = "POST /process HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n"
      for bytes in [
        "", "GET /healthz HTTP/1.1\r\nHost: localh", head + "Content-Length: 1000\r\n\r\nabc",
      ] {
        let clock = ContinuousClock()
        let time = await clock.measure {
          _ = try? await client.send(Array(bytes.utf8))
        }
        // The client itself would give up after 30 seconds.
        #expect(time < .seconds(20))
      }
    }
  }

  @Test("clients of remove.bg are served")
  func removeBackground() async throws {
    let processor = FakeProcessor()
    try await withServer(processor: processor) { client, _ in
      func post(
        _ fields: [(String, String)], _ headers: [String: String] = [:], file: Bool = true
      ) async throws -> Reply {
        var all = fields.map { ($0.0, Array($0.1.utf8)) }
        if file { all.append(("image_file", try photo)) }
        return try await client.request(
          "POST", "/v1.0/removebg", headers: formType.merging(headers) { $1 }, body: form(all))
      }
      let plain = try await post([("size", "preview"), ("bg_color", "81d4fa"), ("crop", "true")])
      #expect(plain.status == 200 && plain.body == FakeProcessor.picture, "\(plain.text)")
      #expect(plain.headers["x-width"] == "3" && plain.headers["x-credits-charged"] == "0")
      #expect(plain.headers["x-foreground-width"] == "2" && plain.headers["x-type"] == "product")
      #expect(
        processor.seen.last
          == PhotoOptions(
            background: "#81d4fa", format: "png", product: .cutout, cropsToProduct: true,
            maximumPixels: 250_000))
      let json = try await post([], ["Accept": "application/json"])
      let data = try JSONValue(client: json.body)["data"]
      #expect(data?["result_b64"]?.text == Base64.encode(FakeProcessor.picture))
      #expect(data?["foreground_width"] == 2)
      let zip = try await post([("format", "zip")])
      #expect(zip.headers["content-type"] == "application/zip" && zip.text.contains("alpha.png"))

      let body = JSONValue.object([.init("image_file_b64", .string(Base64.encode(try photo)))])
      let encoded = try await client.request(
        "POST", "/v1.0/removebg", headers: ["Content-Type": "application/json"],
        body: Array(body.encoded().utf8))
      #expect(encoded.status == 200, "\(encoded.text)")
      let url = try await client.request(
        "POST", "/v1.0/removebg", headers: ["Content-Type": "application/x-www-form-urlencoded"],
        body: Array("image_url=https%3A%2F%2Fexample.org%2Fa.jpg".utf8))
      expectProblem(url, 400, "failed_image_download")

      for (fields, code) in [
        ([("size", "huge")], "invalid_size"), ([("format", "webp")], "invalid_format"),
        ([("channels", "cmyk")], "invalid_channels"), ([("bg_color", "12")], "invalid_bg_color"),
        ([("roi", "0 0 10 10")], "invalid_roi"), ([("nonsense", "1")], "unknown_parameter"),
        ([("image_url", "http://a/b")], "multiple_sources"),
      ] {
        expectProblem(try await post(fields), 400, code)
      }
      expectProblem(try await post([], file: false), 400, "missing_source")
      let account = try await client.request("GET", "/v1.0/account")
      #expect(try JSONValue(client: account.body)["data"]?["attributes"]?["credits"] != nil)
    }
    try await withServer(.init(port: 0, token: "correct-horse")) { client, _ in
      expectProblem(try await client.request("GET", "/v1.0/account"), 403, "auth_failed")
      let known = try await client.request(
        "GET", "/v1.0/account", headers: ["X-Api-Key": "correct-horse"])
      #expect(known.status == 200)
    }
  }

  @Test("a body for remove.bg is refused at the first name or value too many")
  func manyValues() async throws {
    try await withServer { client, _ in
      func post(_ kind: String, _ text: String) async throws -> Reply {
        try await client.request(
          "POST", "/v1.0/removebg", headers: ["Content-Type": "application/\(kind)"],
          body: Array(text.utf8))
      }
      let zeros = String(repeating: "0,", count: 500_000) + "0"
      expectProblem(try await post("json", "{\"roi\":[\(zeros)]}"), 400, "invalid_json")
      expectProblem(try await post("json", "{\"nonsense\":1}"), 400, "unknown_parameter")
      // What follows is not read, or its broken escape would be the error.
      let form = "x-www-form-urlencoded"
      expectProblem(try await post(form, "size=auto&&nonsense=1&%zz"), 400, "unknown_parameter")
      expectProblem(try await post(form, "size=auto&size=auto"), 400, "duplicate_parameter")
      expectProblem(try await post(form, "size=auto&"), 400, "missing_source")
    }
  }

  @Test("clients of rembg are served")
  func rembg() async throws {
    let processor = FakeProcessor()
    try await withServer(processor: processor) { client, _ in
      func post(_ query: String, _ fields: [(String, String)] = []) async throws -> Reply {
        let all = fields.map { ($0.0, Array($0.1.utf8)) } + [("file", try photo)]
        return try await client.request(
          "POST", "/api/remove" + query, headers: formType, body: form(all))
      }
      let plain = try await post(
        "?bgc=255,0,10,255",
        [("model", "u2net"), ("a", "true"), ("af", "240"), ("extras", #"{"sam_prompt": []}"#)])
      #expect(plain.status == 200 && plain.body == FakeProcessor.picture, "\(plain.text)")
      #expect(
        processor.seen.last
          == PhotoOptions(background: "#ff000a", format: "png", product: .cutout))
      #expect(try await post("", [("om", "true")]).status == 200)
      #expect(processor.seen.last?.product == .mask)
      expectProblem(try await post("?bgc=1,2,3"), 400, "invalid_bgc")
      expectProblem(try await post("", [("af", "999")]), 400, "invalid_af")
      expectProblem(try await post("?x=1"), 400, "unknown_parameter")
      expectProblem(
        try await client.request("GET", "/api/remove?url=http://a/b"), 400,
        "failed_image_download")
    }
  }
}
