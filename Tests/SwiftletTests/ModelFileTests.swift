import Swiftlet
import Testing

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

@Suite struct ModelFileTests {
  @Test func everythingSurvivesARoundTrip() throws {
    let model = try ModelFileFixture.model()
    let copy = try ModelFile.parse(ModelFile.serialize(model))
    expectEqual(copy.graph, model.graph)
    #expect(copy.metadata == model.metadata)
  }

  @Test func everyModeOfResizingSurvives() throws {
    let coordinates: [CoordinateMode] = [
      .halfPixel, .pytorchHalfPixel, .alignCorners, .asymmetric, .tfHalfPixelForNN,
      .halfPixelSymmetric,
    ]
    let modes: [Resize.Mode] = [
      .linear, .nearest(.roundPreferFloor), .nearest(.roundPreferCeil), .nearest(.floor),
      .nearest(.ceil),
    ]
    for coordinates in coordinates {
      for mode in modes {
        let resize = Resize(mode: mode, coordinates: coordinates, scaleY: 1.5, scaleX: 1.49)
        let graph = ModelFileFixture.single(
          .resize(resize), from: [1, 4, 4, 2], to: [1, 6, 5, 2])
        let model = try Model(graph: graph, metadata: ModelMetadata(name: ""))
        let copy = try ModelFile.parse(ModelFile.serialize(model))
        #expect(copy.graph.nodes[0].op == .resize(resize))
      }
    }
  }

  @Test func everyKindOfMetadataSurvives() throws {
    let graph = ModelFileFixture.single(.activation(.tanh), from: [1, 2, 3, 1], to: [1, 2, 3, 1])
    typealias Input = ModelMetadata.ImageInput
    typealias Output = ModelMetadata.Output
    var cases = [ModelMetadata.Task.segment, .tag, .none].map {
      ModelMetadata(name: "m", task: $0)
    }
    for resize in [Input.Resize.stretch, .letterbox, .crop] {
      for color in [Input.ColorOrder.rgb, .bgr] {
        cases.append(
          ModelMetadata(
            name: "m",
            input: Input(
              name: "x", width: 3, height: 2, resize: resize, color: color, mean: [0], std: [-1])))
      }
    }
    for kind in [Output.Kind.mask, .categories, .materials, .tensor] {
      for activation in [Output.Activation.none, .sigmoid, .softmax] {
        cases.append(
          ModelMetadata(
            name: "m",
            outputs: [Output(name: "y", kind: kind, activation: activation, labels: ["only"])]))
      }
    }
    for metadata in cases {
      let model = try Model(graph: graph, metadata: metadata)
      #expect(try ModelFile.parse(ModelFile.serialize(model)).metadata == metadata)
    }
  }

  @Test func theSameModelGivesTheSameBytes() throws {
    let bytes = try ModelFile.serialize(ModelFileFixture.model())
    #expect(try ModelFile.serialize(ModelFileFixture.model()) == bytes)
    #expect(try ModelFile.serialize(ModelFile.parse(bytes)) == bytes)
    let half = try ModelFile.serialize(ModelFileFixture.model(), halfPrecision: true)
    #expect(try ModelFile.serialize(ModelFile.parse(half)) == half)
  }

  @Test func theBytesAreThoseOfTheFormat() throws {
    let bytes = try ModelFile.serialize(ModelFileFixture.model())
    let sections = ModelFileFixture.sections(of: bytes).map { Array(bytes[$0]) }
    #expect(ModelFileFixture.assemble(sections) == bytes)
    #expect(bytes.prefix(8) == [0x89, 0x4E, 0x45, 0x53, 0x54, 0x0D, 0x0A, 0x1A])
    let sectionStarts = ModelFileFixture.sections(of: bytes).map(\.lowerBound)
    #expect(sectionStarts.dropLast().allSatisfy { $0 % 64 == 0 } && sectionStarts[3] % 4096 == 0)
  }

  @Test func aGraphSectionIsWhatTheFormatSays() throws {
    let graph = ModelFileFixture.single(
      .softmax(axis: 3), from: [1, 1, 1, 2], to: [1, 1, 1, 2])
    let bytes = try ModelFile.serialize(Model(graph: graph, metadata: ModelMetadata(name: "é")))
    let sections = ModelFileFixture.sections(of: bytes).map { Array(bytes[$0]) }
    let int = { (value: UInt64) in ModelFileFixture.bytes(value) }
    let count = { (value: UInt8) in [value, 0, 0, 0] }
    let shape = count(4) + int(1) + int(1) + int(1) + int(2)
    var expected: [UInt8] = [1] + count(2)
    expected += count(1) + [0x78] + shape
    expected += count(1) + [0x79] + shape
    expected += count(1) + count(4) + [0x6F, 0x6E, 0x6C, 0x79] + [7] + int(3)
    expected += count(1) + count(0) + count(1)
    expected += count(1) + count(0) + count(1) + count(1)
    #expect(sections[0] == expected)
    #expect(sections[1].isEmpty && sections[3].isEmpty)
    let none = count(4) + [0x6E, 0x6F, 0x6E, 0x65]
    #expect(
      sections[2] == count(2) + [0xC3, 0xA9] + none + count(0) + [0] + count(0) + count(0)
        + count(0) + count(0))
  }

  /// The hexadecimal example of `docs/format.md` is what is written for the model it describes.
  @Test func theExampleOfTheSpecificationIsRight() throws {
    var graph = ModelFileFixture.single(.prelu, from: [1, 2, 3, 1], to: [1, 2, 3, 1])
    let slope = graph.addConstant("slope", try Constant(shape: [1], floats: [0.25]))
    graph.nodes[0].name = "act"
    graph.nodes[0].inputs.append(slope)
    let bytes = try ModelFile.serialize(
      Model(graph: graph, metadata: ModelMetadata(name: "example")))
    var example = [UInt8](repeating: 0, count: bytes.count)
    for line in try Self.linesOfExample() {
      let words = line.split(separator: " ")
      var offset = try #require(words.first.flatMap { Int($0, radix: 16) })
      for word in words.dropFirst() where example.indices.contains(offset) {
        example[offset] = try #require(UInt8(word, radix: 16))
        offset += 1
      }
    }
    #expect(example == bytes, "\n\(Self.hex(bytes))")
  }

  @Test func halfPrecisionIsForLargeConstantsThatFit() throws {
    let model = try ModelFileFixture.model()
    let copy = try ModelFile.parse(ModelFile.serialize(model, halfPrecision: true))
    var halves = 0
    for (value, original) in zip(copy.graph.values, model.graph.values) {
      guard let constant = value.constant, let reference = original.constant else { continue }
      #expect(constant.elementType == .float16 || constant.elementType == reference.elementType)
      guard constant.elementType == .float16 else { continue }
      #expect(constant.count > 1024)
      halves += 1
      for (a, b) in zip(constant.floats, reference.floats) {
        #expect((a - b).magnitude <= max(b.magnitude * 0x1p-11, 0x1p-25))
      }
    }
    #expect(halves == 1)
  }

  @Test func halfPrecisionBeginsAboveItsThreshold() throws {
    for (count, expected) in [(1024, ElementType.float32), (1025, .float16)] {
      var graph = ModelFileFixture.single(.prelu, from: [1, count], to: [1, count])
      let floats = [Float](repeating: 1, count: count)
      let id = graph.addConstant("w", try Constant(shape: [count], floats: floats))
      graph.nodes[0].inputs.append(id)
      let model = try Model(graph: graph, metadata: ModelMetadata(name: ""))
      let copy = try ModelFile.parse(ModelFile.serialize(model, halfPrecision: true))
      #expect(copy.graph[id].constant?.elementType == expected)
    }
  }

  @Test func halfPrecisionKeepsWhatItCannotHold() throws {
    for (extreme, expected) in [
      (Float(65504), ElementType.float16), (65519.9, .float16), (65520, .float32),
      (-1e30, .float32), (.infinity, .float16), (.nan, .float16),
    ] {
      var graph = ModelFileFixture.single(
        .binary(.add, activation: .none), from: [1, 1, 1, 1025], to: [1, 1, 1, 1025])
      var floats = [Float](repeating: 1, count: 1025)
      floats[1024] = extreme
      let id = graph.addConstant("w", try Constant(shape: [1025], floats: floats))
      graph.nodes[0].inputs.append(id)
      let model = try Model(graph: graph, metadata: ModelMetadata(name: ""))
      let copy = try ModelFile.parse(ModelFile.serialize(model, halfPrecision: true))
      #expect(copy.graph[id].constant?.elementType == expected, "\(extreme)")
    }
  }

  @Test func whatTheFormatCannotHoldIsNotWritten() throws {
    let graph = ModelFileFixture.single(.softmax(axis: 0), from: [2], to: [2])
    let long = String(repeating: "x", count: ModelFile.maximumStringLength + 1)
    let model = try Model(graph: graph, metadata: ModelMetadata(name: long))
    #expect(throws: EngineError.self) { try ModelFile.serialize(model) }
  }

  @Test func metadataThatContradictsTheGraphIsNotWritten() throws {
    let graph = ModelFileFixture.single(.softmax(axis: 3), from: [1, 2, 3, 1], to: [1, 2, 3, 1])
    typealias Input = ModelMetadata.ImageInput
    let inputs = [
      Input(name: "z", width: 3, height: 2, mean: [0], std: [1]),
      Input(name: "x", width: 2, height: 3, mean: [0], std: [1]),
      Input(name: "x", width: 3, height: 2),
      Input(name: "x", width: 3, height: 2, mean: [0], std: [0]),
      Input(name: "x", width: 3, height: 2, mean: [0], std: []),
      Input(name: "x", width: 3, height: 2, mean: [.nan], std: [1]),
      Input(name: "x", width: 3, height: 2, scale: .infinity, mean: [0], std: [1]),
    ]
    let outputs = [
      ModelMetadata.Output(name: "x"), ModelMetadata.Output(name: "y", labels: ["a", "b"]),
    ]
    let cases =
      inputs.map { ModelMetadata(name: "", input: $0) }
      + outputs.map { ModelMetadata(name: "", outputs: [$0]) }
    for metadata in cases {
      let model = try Model(graph: graph, metadata: metadata)
      #expect(throws: EngineError.self) { try ModelFile.serialize(model) }
    }
  }

  @Test func aFileIsMappedOrRead() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/model.nest"
    let model = try ModelFileFixture.model()
    try ModelFile.write(model, to: path)
    for mapped in [true, false] {
      let copy = try ModelFile.read(path, mapped: mapped)
      expectEqual(copy.graph, model.graph)
      for value in copy.graph.values {
        value.constant?.withBytes { #expect(UInt(bitPattern: $0.baseAddress) % 64 == 0) }
      }
    }
    #expect(folder.names == ["model.nest"])
  }

  @Test func aMappedModelSurvivesItsReplacement() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/model.nest"
    let model = try ModelFileFixture.model()
    try ModelFile.write(model, to: path)
    let mapped = try ModelFile.read(path)
    let other = ModelFileFixture.single(.softmax(axis: 0), from: [2], to: [2])
    try ModelFile.write(Model(graph: other, metadata: ModelMetadata(name: "other")), to: path)
    expectEqual(mapped.graph, model.graph)
    #expect(try ModelFile.read(path).metadata.name == "other")
  }

  @Test func aFailedWriteLeavesNothing() throws {
    let folder = try TemporaryFolder()
    let model = try ModelFileFixture.model()
    let taken = "\(folder.path)/folder"
    #expect(mkdir(taken, 0o777) == 0 && mkdir("\(taken)/inner", 0o777) == 0)
    for path in [taken, "\(folder.path)/missing/model.nest", ""] {
      let error = #expect(throws: EngineError.self) { try ModelFile.write(model, to: path) }
      #expect(error?.code == .fileAccess)
    }
    #expect(folder.names == ["folder"])
  }

  @Test func whatIsNoFileIsAnError() throws {
    let folder = try TemporaryFolder()
    let pipe = "\(folder.path)/pipe"
    let empty = "\(folder.path)/empty"
    #expect(mkfifo(pipe, 0o600) == 0)
    fclose(fopen(empty, "w"))
    for mapped in [true, false] {
      for path in [pipe, folder.path, "\(folder.path)/missing", "/dev/null"] {
        let error = #expect(throws: EngineError.self) {
          try ModelFile.read(path, mapped: mapped)
        }
        #expect(error?.code == .fileAccess)
      }
      let error = #expect(throws: EngineError.self) { try ModelFile.read(empty, mapped: mapped) }
      #expect(error?.code == .invalidModelFile)
    }
  }

  /// The lines of the block that is marked `hex` in the specification.
  private static func linesOfExample() throws -> [Substring] {
    let folders = #filePath.split(separator: "/").dropLast(3)
    let path = "/" + folders.joined(separator: "/") + "/docs/format.md"
    let file = try #require(fopen(path, "r"), "docs/format.md is missing")
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    bytes.removeLast(bytes.count - fread(&bytes, 1, bytes.count, file))
    let lines = String(decoding: bytes, as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false)
    let start = try #require(lines.firstIndex(of: "```hex"))
    return Array(lines[(start + 1)...].prefix { $0 != "```" })
  }

  /// Sixteen bytes a line behind their offset, without the lines of zeros.
  private static func hex(_ bytes: [UInt8]) -> String {
    func digits(_ value: Int, _ count: Int) -> String {
      let text = String(value, radix: 16)
      return String(repeating: "0", count: count - text.count) + text
    }
    return stride(from: 0, to: bytes.count, by: 16).compactMap { start in
      let row = bytes[start..<min(start + 16, bytes.count)]
      guard row.contains(where: { $0 != 0 }) else { return nil }
      return digits(start, 4) + "  " + row.map { digits(Int($0), 2) }.joined(separator: " ")
    }.joined(separator: "\n")
  }

  private func expectEqual(_ a: Graph, _ b: Graph) {
    #expect(a.layout == b.layout)
    #expect(a.inputs == b.inputs && a.outputs == b.outputs)
    #expect(a.values.map(\.name) == b.values.map(\.name))
    #expect(a.values.map(\.shape) == b.values.map(\.shape))
    #expect(a.nodes.map(\.name) == b.nodes.map(\.name))
    #expect(a.nodes.map(\.op) == b.nodes.map(\.op))
    #expect(a.nodes.map(\.inputs) == b.nodes.map(\.inputs))
    #expect(a.nodes.map(\.output) == b.nodes.map(\.output))
    for (x, y) in zip(a.values, b.values) {
      #expect(x.constant?.shape == y.constant?.shape)
      #expect(x.constant?.elementType == y.constant?.elementType)
      #expect(x.constant?.withBytes { Array($0) } == y.constant?.withBytes { Array($0) })
    }
  }
}

/// A folder that is gone when the last reference to it is.
private final class TemporaryFolder {
  let path: String

  init() throws {
    let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    path = "\(base)/nest-\(UInt64.random(in: .min ... .max))"
    guard mkdir(path, 0o700) == 0 else {
      throw EngineError(.fileAccess, path, "cannot create the folder", "check TMPDIR")
    }
  }

  /// The names of what is in the folder.
  var names: [String] {
    guard let folder = opendir(path) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  deinit {
    for name in names {
      rmdir("\(path)/\(name)/inner")
      if rmdir("\(path)/\(name)") != 0 { unlink("\(path)/\(name)") }
    }
    rmdir(path)
  }
}
