import SwiftletImage
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite struct FileAccessTests {
  private func withDirectory(_ body: (String) throws -> Void) throws {
    var template = Array("/tmp/swiftlet-image-XXXXXX".utf8CString)
    let path = template.withUnsafeMutableBufferPointer { buffer in
      buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
    }
    let directory = try #require(path)
    defer { rmdir(directory) }
    try body(directory)
  }

  @Test func writesReadsAndReplaces() throws {
    try withDirectory { directory in
      let path = "\(directory)/a.bin"
      defer { unlink(path) }
      for count in [0, 1, 100_000] {
        let bytes = PixelBuffer.random(max(count, 1), 1, 1, seed: 1).data.prefix(count)
        try writeAtomically(Array(bytes), to: path)
        #expect(try readFile(path, maxBytes: count) == Array(bytes))
      }
      #expect { try readFile(path, maxBytes: 99_999) } throws: { error in
        (error as? ImageError)?.code == .fileTooLarge
      }
      // Nothing but the file is left behind: the directory can be removed.
      unlink(path)
      #expect(rmdir(directory) == 0)
      #expect(mkdir(directory, 0o700) == 0)
    }
  }

  @Test func failuresAreErrors() throws {
    try withDirectory { directory in
      #expect { try readFile("\(directory)/none", maxBytes: 10) } throws: { error in
        (error as? ImageError)?.code == .fileNotFound
      }
      #expect { try readFile(directory, maxBytes: 1 << 20) } throws: { error in
        (error as? ImageError)?.code == .failedToReadFile
      }
      #expect { try writeAtomically([1], to: "\(directory)/none/file") } throws: { error in
        (error as? ImageError)?.code == .failedToWriteFile
      }
      #expect { try writeAtomically([1], to: directory) } throws: { error in
        (error as? ImageError)?.code == .failedToWriteFile
      }
    }
  }
}
