import Hummingbird
import NIOCore

extension ResponseBody {
  /// The most bytes that are handed to a connection at once. The next are taken when the client has
  /// taken these.
  static let sliceBytes = 64 << 10

  /// Bytes that are in memory, counted as `held` until they are sent or the client is gone.
  init(_ bytes: [UInt8], held: MemoryReservation? = nil) {
    guard bytes.count > Self.sliceBytes else {
      self.init(byteBuffer: ByteBuffer(bytes: bytes))
      return
    }
    self.init(contentLength: bytes.count) { writer in
      defer { withExtendedLifetime(held) {} }
      try await writer.write(slicing: bytes)
      try await writer.finish(nil)
    }
  }

  /// A file of the spool, read as it is sent.
  init(_ file: SpoolFile, pool: InferencePool) {
    self.init(contentLength: file.count) { writer in
      try await writer.write(file, pool: pool)
      try await writer.finish(nil)
    }
  }
}

extension ResponseBodyWriter {
  /// Writes bytes a slice at a time.
  mutating func write(slicing bytes: [UInt8]) async throws {
    for start in stride(from: 0, to: bytes.count, by: ResponseBody.sliceBytes) {
      let end = min(start + ResponseBody.sliceBytes, bytes.count)
      try await write(ByteBuffer(bytes: bytes[start..<end]))
    }
  }

  /// Writes a file a slice at a time.
  mutating func write(_ file: SpoolFile, pool: InferencePool) async throws {
    var offset = 0
    while offset < file.count {
      let slice = try await pool.onDisk { [offset] in
        try file.slice(at: offset, maximum: ResponseBody.sliceBytes)
      }
      guard slice.readableBytes > 0 else { throw TruncatedFile() }
      offset += slice.readableBytes
      try await write(slice)
    }
  }
}

/// A file has fewer bytes than it had when it was opened.
struct TruncatedFile: Error {}
