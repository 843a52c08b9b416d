#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif
import Swiftlet
import SwiftletONNX
import Testing

@Suite("Files and external weights")
struct FileTests {
  /// A new folder, removed with what it holds when `body` ends.
  func withFolder(_ body: (String) throws -> Void) throws {
    var template = Array("/tmp/swiftlet-onnx-XXXXXX".utf8CString)
    let folder = try #require(mkdtemp(&template).map { String(cString: $0) })
    defer {
      for name in ["m.onnx", "w.bin", "link.bin", "pipe"] { unlink("\(folder)/\(name)") }
      rmdir(folder)
    }
    try body(folder)
  }

  func write(_ bytes: [UInt8], to path: String) throws {
    let file = try #require(fopen(path, "wb"))
    defer { fclose(file) }
    #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
  }

  /// x [1, 3] + w [3], whose data lies at `location`.
  func model(_ location: String, offset: Int = 0, length: Int? = nil) throws -> [UInt8] {
    var builder = ModelBuilder(opset: 13)
    builder.input("x", [1, 3])
    var weight = ONNXTensorProto.floats([3], [])
    weight.dataLocation = 1
    var entries = [("location", location), ("offset", "\(offset)")]
    if let length { entries.append(("length", "\(length)")) }
    weight.externalData = entries.map { key, value in
      var entry = ONNXStringStringEntryProto()
      entry.key = key
      entry.value = value
      return entry
    }
    builder.constant("w", weight)
    builder.node("Add", ["x", "w"])
    builder.output("y")
    return try builder.bytes()
  }

  @Test("External data beside the model is read, anything else refused")
  func externalData() throws {
    try withFolder { folder in
      let floats: [Float] = [9, 1, 2, 3]
      try write(floats.withUnsafeBytes { Array($0) }, to: "\(folder)/w.bin")
      #expect(symlink("/etc/hostname", "\(folder)/link.bin") == 0)
      #expect(mkfifo("\(folder)/pipe", 0o600) == 0)
      func outcome(_ location: String, offset: Int = 4, length: Int? = 12) throws -> String {
        try write(try model(location, offset: offset, length: length), to: "\(folder)/m.onnx")
        do {
          let graph = try ONNXImporter.import(path: "\(folder)/m.onnx")
          let output = try graph.evaluate([Tensor(shape: [1, 3])])[0]
          return "\(output.data)"
        } catch {
          return "\(error)"
        }
      }
      #expect(try outcome("w.bin") == "[1.0, 2.0, 3.0]")
      #expect(try outcome("./w.bin", length: nil) == "[1.0, 2.0, 3.0]")
      #expect(try outcome("w.bin", offset: 8).contains("outside its 16 bytes"))
      #expect(try outcome("w.bin", offset: -1).contains("outside its 16 bytes"))
      #expect(try outcome("w.bin", offset: .max).contains("outside its 16 bytes"))
      #expect(try outcome("w.bin", length: 16).contains("expected 12"))
      #expect(try outcome("absent.bin").contains("there is no such file"))
      #expect(try outcome("link.bin").contains("it leads out of the model's folder"))
      #expect(try outcome("pipe").contains("it is no regular file"))
      #expect(try outcome(".").contains("it leads out of the model's folder"))
      for location in ["/etc/hostname", "../w.bin", "a/../../w.bin", "", "w\0.bin"] {
        #expect(try outcome(location).contains("no path within the model's folder"))
      }
    }
    #expect(throws: ONNXError.self) { try ONNXImporter.import(bytes: try model("w.bin")) }
  }

  @Test("What cannot be read is an error with the path")
  func unreadable() {
    for path in ["/nonexistent/m.onnx", "/tmp", "", "/dev/null/x"] {
      let error = #expect(throws: ONNXError.self) { try ONNXImporter.import(path: path) }
      #expect(error?.code == .fileAccess && error?.what == path)
    }
  }
}
