import NIOCore
import SwiftletImage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file of the spool that is being read. It can be read to its end even when it is removed meanwhile.
final class SpoolFile: Sendable {
  /// The bytes of the file.
  let count: Int
  private let descriptor: Int32
  private let path: String

  /// Opens the file.
  ///
  /// - Throws: `ImageError` where it cannot be read.
  init(path: String) throws(ImageError) {
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    self.path = path
    var status = stat()
    // The object is whole once `count` is set: where this throws, nothing closes the file but this.
    guard descriptor >= 0, fstat(descriptor, &status) == 0 else {
      let reason = String(cString: strerror(errno))
      if descriptor >= 0 { close(descriptor) }
      throw Self.unreadable(path, reason)
    }
    count = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// At most `maximum` bytes from `offset` on, none at the end.
  ///
  /// - Throws: `ImageError` where they cannot be read.
  func slice(at offset: Int, maximum: Int) throws(ImageError) -> ByteBuffer {
    var buffer = ByteBufferAllocator().buffer(capacity: min(maximum, max(0, count - offset)))
    var failure: Int32 = 0
    buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: 0) { bytes in
      while true {
        let read = pread(
          descriptor, bytes.baseAddress, min(bytes.count, maximum), off_t(offset))
        if read >= 0 { return read }
        if errno != EINTR {
          failure = errno
          return 0
        }
      }
    }
    guard failure == 0 else { throw Self.unreadable(path, String(cString: strerror(failure))) }
    return buffer
  }

  private static func unreadable(_ path: String, _ why: String) -> ImageError {
    ImageError(
      code: .failedToReadFile, what: path, why: "cannot read: \(why)",
      remedy: "check the path and its permissions")
  }
}
