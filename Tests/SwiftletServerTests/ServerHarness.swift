import Logging
import SwiftletImage
import SwiftletServer
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A processor that can be held back, and is let go when a test ends.
protocol HeldProcessor: PhotoProcessor {
  func release()
}

/// A folder of a test's own.
struct TemporaryFolder: Sendable {
  struct Failure: Error {}

  let path: String

  init() throws {
    var name = Array("/tmp/swiftlet-test-XXXXXX".utf8CString)
    guard mkdtemp(&name) != nil else { throw Failure() }
    path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Removes the folder and its files, two levels deep.
  func remove() {
    for name in names
      + names.flatMap({ inner in Self.names(path + "/" + inner).map { "\(inner)/\($0)" } })
      .reversed()
    { unlink("\(path)/\(name)") }
    for name in names { rmdir("\(path)/\(name)") }
    rmdir(path)
  }

  /// The names of what lies in it.
  var names: [String] { Self.names(path) }

  /// The names of what lies in a folder.
  static func names(_ path: String) -> [String] {
    guard let stream = opendir(path) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }
}

/// Runs `body` against a listening server, then ends the server and waits until it is gone.
/// Jobs are kept in a folder of its own where the configuration names none.
func withServer(
  _ configuration: ServerConfiguration = .init(port: 0),
  processor: any HeldProcessor = FakeProcessor(), whenReady: Bool = true,
  _ body: (LoopbackClient, ProductServer) async throws -> Void
) async throws {
  let folder = try TemporaryFolder()
  defer { folder.remove() }
  var configuration = configuration
  if configuration.dataDirectory.isEmpty { configuration.dataDirectory = folder.path }
  let server = try ProductServer(
    configuration, processor: processor,
    logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
  let (ports, listening) = AsyncStream.makeStream(of: Int.self)
  try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask {
      defer { listening.finish() }
      try await server.run(handlesSignals: false) { listening.yield($0) }
    }
    var iterator = ports.makeAsyncIterator()
    let port = try #require(await iterator.next())
    let client = LoopbackClient(port: port)
    if whenReady { try await poll { try await client.request("GET", "/readyz").status == 200 } }
    do {
      try await body(client, server)
    } catch {
      processor.release()
      await server.shutDown()
      throw error
    }
    await server.shutDown()
    try await group.waitForAll()
  }
}

func poll(_ isDone: () async throws -> Bool) async throws {
  for _ in 0..<2000 {
    if try await isDone() { return }
    try await Task.sleep(for: .milliseconds(5))
  }
  Issue.record("what was waited for did not happen")
}

var photo: [UInt8] {
  get throws { try ImageEncoder.png(PixelBuffer(width: 3, height: 2, channels: 3)) }
}

func form(_ fields: [(String, [UInt8])]) -> [UInt8] {
  var body: [UInt8] = []
  for (name, value) in fields {
    let isFile = ["file", "files", "image_file"].contains(name)
    let file = isFile ? "; filename=\"photo.png\"" : ""
    body += Array(
      "--AaB\r\nContent-Disposition: form-data; name=\"\(name)\"\(file)\r\n\r\n".utf8)
    body += value + [0x0d, 0x0a]
  }
  return body + Array("--AaB--\r\n".utf8)
}

let formType = ["Content-Type": "multipart/form-data; boundary=AaB"]

/// Checks that a reply is a problem of RFC 9457 with that status and code.
func expectProblem(
  _ reply: Reply, _ status: Int, _ code: String, sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(reply.status == status, "\(reply.text)", sourceLocation: sourceLocation)
  #expect(
    reply.headers["content-type"] == "application/problem+json", sourceLocation: sourceLocation)
  for part in [
    "\"type\":\"about:blank\"", "\"status\":\(status)", "\"errors\":[{\"code\":\"\(code)\"",
  ] {
    #expect(reply.text.contains(part), "\(reply.text)", sourceLocation: sourceLocation)
  }
}
