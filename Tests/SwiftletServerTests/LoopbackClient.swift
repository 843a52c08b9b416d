import NIOPosix

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A response as it came over the wire.
struct Reply: Sendable {
  var status = 0
  var headers: [String: String] = [:]
  var body: [UInt8] = []

  var text: String { String(decoding: body, as: UTF8.self) }

  /// Whether the body is as long as stated.
  var isComplete: Bool { headers["content-length"].flatMap { Int($0) } == body.count }
}

/// Talks to a server on this machine byte by byte, so that a test can send what no client library would.
struct LoopbackClient: Sendable {
  struct Failure: Error { var what: String }

  /// Threads enough for every exchange that the tests hold open at once.
  private static let threads = {
    let pool = NIOThreadPool(numberOfThreads: 32)
    pool.start()
    return pool
  }()

  /// A rest of a client after each so many bytes of an answer.
  struct Pause: Sendable {
    var every: Int
    var milliseconds: Int
  }

  let port: Int

  /// Sends `bytes`, in pieces where `pieceSize` is given, and reads until the server closes.
  ///
  /// With a pause the client rests before it reads on, and gives up reading after the stated length.
  func send(
    _ bytes: [UInt8], pieceSize: Int = .max, pause: Pause? = nil
  ) async throws -> Reply {
    try await Self.threads.runIfActive { try exchange(bytes, pieceSize, pause) }
  }

  /// Sends one request, after which the connection closes.
  func request(
    _ method: String, _ path: String, headers: [String: String] = [:], body: [UInt8]? = nil
  ) async throws -> Reply {
    var head = "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    for (name, value) in headers { head += "\(name): \(value)\r\n" }
    if let body, headers["Transfer-Encoding"] == nil { head += "Content-Length: \(body.count)\r\n" }
    return try await send(Array((head + "\r\n").utf8) + (body ?? []))
  }

  private func exchange(_ bytes: [UInt8], _ pieceSize: Int, _ pause: Pause?) throws -> Reply {
    #if canImport(Glibc)
      let stream = Int32(SOCK_STREAM.rawValue)
    #else
      let stream = SOCK_STREAM
    #endif
    let socket = socket(AF_INET, stream, 0)
    guard socket >= 0 else { throw Failure(what: "socket") }
    defer { close(socket) }
    var timeout = timeval(tv_sec: 30, tv_usec: 0)
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    if pause != nil {
      var window: Int32 = 64 << 10
      setsockopt(
        socket, SOL_SOCKET, SO_RCVBUF, &window, socklen_t(MemoryLayout<Int32>.size))
    }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let connected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard connected == 0 else { throw Failure(what: "connect") }

    var sent = 0
    while sent < bytes.count {
      let end = min(bytes.count, sent + min(pieceSize, bytes.count))
      let count = bytes[sent..<end].withUnsafeBytes {
        sendQuietly(socket, $0.baseAddress, $0.count)
      }
      // A server that has answered already may have stopped listening.
      if count <= 0 { break }
      sent += count
    }
    var received: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    var rested = 0
    while true {
      if let pause, received.count >= rested {
        usleep(UInt32(pause.milliseconds) * 1000)
        rested += pause.every
      }
      let count = recv(socket, &buffer, buffer.count, 0)
      if count <= 0 { break }
      received += buffer[..<count]
      if pause != nil, let length = try? Self.parse(received), length.isComplete { break }
    }
    return try Self.parse(received)
  }

  /// The last response in `bytes`: informational ones come first.
  private static func parse(_ bytes: [UInt8]) throws -> Reply {
    var rest = bytes[...]
    var reply = Reply()
    repeat {
      let end = Array("\r\n\r\n".utf8)
      guard let split = rest.indices.first(where: { rest[$0...].starts(with: end) }) else {
        throw Failure(what: "no response: \(String(decoding: rest.prefix(200), as: UTF8.self))")
      }
      let lines = String(decoding: rest[..<split], as: UTF8.self).split(separator: "\r\n")
      reply = Reply()
      reply.status =
        lines.first.flatMap { Int($0.split(separator: " ").dropFirst().first ?? "") } ?? 0
      for line in lines.dropFirst() {
        let parts = line.split(separator: ":", maxSplits: 1)
        guard parts.count == 2 else { continue }
        reply.headers[parts[0].lowercased()] = String(parts[1].drop { $0 == " " })
      }
      rest = rest[(split + 4)...]
    } while reply.status == 100
    reply.body = Array(rest)
    return reply
  }
}

private func sendQuietly(_ socket: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  #if canImport(Darwin)
    return send(socket, bytes, count, 0)
  #else
    return send(socket, bytes, count, Int32(MSG_NOSIGNAL))
  #endif
}
