import SwiftletServer
import Testing

@Suite("Multipart parser")
struct MultipartParserTests {
  private let boundary = "xYz"

  /// Two parts: a field, and a file whose bytes resemble delimiters.
  private var body: [UInt8] {
    Array(
      "--xYz\r\nContent-Disposition: form-data; name=\"profile\"\r\n\r\namazon-main\r\n".utf8)
      + Array(
        "--xYz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a \\\"b\\\".jpg\"\r\n"
          .utf8)
      + Array("Content-Type: image/jpeg\r\n\r\n".utf8) + fileBytes + Array("\r\n--xYz--\r\n".utf8)
  }

  private var fileBytes: [UInt8] {
    Array("\r\n--xY\r\r\n--xY\r\n--xyz\r\n--".utf8) + (0...255).map { UInt8($0) }
  }

  /// The parts of a body that is fed in pieces, data joined.
  private func parts(
    _ pieces: [[UInt8]], limits: MultipartParser.Limits = .init()
  ) throws(ServiceError) -> [(header: MultipartParser.PartHeader, data: [UInt8])] {
    var parser = try MultipartParser(boundary: boundary, limits: limits)
    var parts: [(header: MultipartParser.PartHeader, data: [UInt8])] = []
    var isOpen = false
    for piece in pieces {
      for event in try parser.feed(piece) {
        switch event {
        case .partBegan(let header):
          #expect(!isOpen)
          isOpen = true
          parts.append((header, []))
        case .data(let bytes):
          #expect(isOpen && !bytes.isEmpty)
          parts[parts.count - 1].data += bytes
        case .partEnded:
          #expect(isOpen)
          isOpen = false
        }
      }
    }
    try parser.finish()
    return parts
  }

  private func parts(_ text: String) throws(ServiceError) -> Int {
    try parts([Array(text.utf8)]).count
  }

  @Test("gives the same parts however the body is cut")
  func chunking() throws {
    let body = body
    var cuts = (0...body.count).map { [Array(body[..<$0]), Array(body[$0...])] }
    cuts.append(body.map { [$0] })
    for pieces in cuts {
      let parts = try parts(pieces)
      try #require(parts.count == 2)
      #expect(parts[0].header == .init(name: "profile"))
      #expect(parts[0].data == Array("amazon-main".utf8))
      #expect(
        parts[1].header
          == .init(name: "file", fileName: "a \"b\".jpg", contentType: "image/jpeg"))
      #expect(parts[1].data == fileBytes)
    }
  }

  @Test("takes empty parts and no line end after the last delimiter")
  func edges() throws {
    let head = "--xYz\r\nContent-Disposition: form-data; name=a\r\n\r\n"
    #expect(try parts(head + "\r\n--xYz--") == 1)
    #expect(try parts(head + "\r\n--xYz--\r\n") == 1)
    #expect(try parts("--xYz--\r\n") == 0)
  }

  @Test("refuses what deviates from the form")
  func hostile() {
    let head = "--xYz\r\nContent-Disposition: form-data; name=\"a\"\r\n"
    let bodies = [
      "", "x", "--xY", "--xYz", "--xYz\r\n", "--xYz-", "preamble\r\n--xYz--\r\n", "\r\n--xYz--",
      "--xYzz\r\n\r\n--xYz--", "--xYz \r\n" + head, head, head + "\r\nabc",
      head + "\r\nabc\r\n--xYz",
      head + "\r\nabc\r\n--xYz--\r\nmore", head + "\r\nabc\r\n--xYz--x",
      head + "\r\nabc\r\n--xYz\r\n", head + "\r\n--xYz--",
      "--xYz\r\n\r\nno header\r\n--xYz--",
      "--xYz\r\nContent-Type: text/plain\r\n\r\nno name\r\n--xYz--",
      "--xYz\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\n\r\n--xYz--",
      "--xYz\r\nContent-Disposition: form-data\r\n\r\n\r\n--xYz--",
      "--xYz\r\nContent-Disposition: form-data; name=\"\"\r\n\r\n\r\n--xYz--",
      "--xYz\r\nContent-Disposition: form-data; name=\"a\r\n\r\n\r\n--xYz--",
      "--xYz\r\nContent-Disposition: form-data; name=\"a\" b\r\n\r\n\r\n--xYz--",
      "--xYz\r\nContent-Disposition: form-data; name=\"a\"; name=\"b\"\r\n\r\n\r\n--xYz--",
      "--xYz\r\nContent-Disposition: form-data;\r\n name=\"a\"\r\n\r\n\r\n--xYz--",
      "--xYz\r\nContent-Disposition form-data\r\n\r\n\r\n--xYz--",
      "--xYz\r\n: form-data\r\n\r\n\r\n--xYz--",
      "--xYz\nContent-Disposition: form-data; name=\"a\"\n\n\n--xYz--",
      head + "Content-Disposition: form-data; name=\"b\"\r\n\r\n\r\n--xYz--",
      head + "Content-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--xYz--",
      head + "X: a\u{0}b\r\n\r\n\r\n--xYz--", head + "X: a\rb\r\n\r\n\r\n--xYz--",
    ]
    for body in bodies {
      #expect(throws: ServiceError.self, "\(body.debugDescription)") { try parts(body) }
    }
    #expect(throws: ServiceError.self) {
      try parts([Array((head + "X: ").utf8), [0xc3, 0x28], Array("\r\n\r\n\r\n--xYz--".utf8)])
    }
  }

  @Test("stops at its limits")
  func limits() throws {
    let part = "--xYz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n"
    let many = String(repeating: part, count: 16)
    #expect(try parts(many + "--xYz--") == 16)
    #expect(throws: ServiceError.self) { try parts(many + part + "--xYz--") }

    var parser = try MultipartParser(boundary: boundary)
    _ = try parser.feed(Array("--xYz\r\n".utf8))
    #expect(throws: ServiceError.self) {
      for _ in 0..<10_000 { _ = try parser.feed(Array("X".utf8)) }
    }
    #expect(throws: ServiceError.self) {
      try parts(
        "--xYz\r\nX: \(String(repeating: "y", count: 9000))\r\n"
          + "Content-Disposition: form-data; name=\"a\"\r\n\r\n\r\n--xYz--")
    }
  }

  @Test("takes the boundaries of RFC 2046 and no others")
  func boundaries() {
    for good in ["a", "----WebKitFormBoundaryAbC123", "a b", String(repeating: "x", count: 70)] {
      #expect(MultipartParser.isBoundary(good), "\(good)")
    }
    for bad in ["", "a ", "a\r\n", "a\"b", "ä", String(repeating: "x", count: 71)] {
      #expect(!MultipartParser.isBoundary(bad), "\(bad.debugDescription)")
    }
  }

  @Test("never gives more than it was fed, whatever the bytes")
  func mutations() {
    var random = Generator(seed: 7)
    for _ in 0..<3000 {
      var bytes = body
      for _ in 0..<Int.random(in: 1...8, using: &random) {
        let at = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.remove(at: at)
        default: bytes.insert(contentsOf: bytes[..<min(at, 12)], at: at)
        }
      }
      let cut = Int.random(in: 0...bytes.count, using: &random)
      if let parts = try? parts([Array(bytes[..<cut]), Array(bytes[cut...])]) {
        #expect(parts.reduce(0) { $0 + $1.data.count } <= bytes.count)
      }
    }
  }
}

/// A small deterministic generator (SplitMix64).
struct Generator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
