import Swiftlet
import Testing

/// Damaged and hostile files: each is an `EngineError`, none a crash.
@Suite struct ModelFileHostileTests {
  private typealias Fixture = ModelFileFixture

  private let file: [UInt8]

  init() throws { file = try ModelFile.serialize(ModelFileFixture.model()) }

  @Test func anyFlippedBitIsFound() {
    var random = Fixture.Random(state: 1)
    for _ in 0..<1000 { expectFound(flipping: Int.random(in: 0..<file.count * 8, using: &random)) }
  }

  @Test func anyFlippedBitBeforeThePayloadIsFound() {
    let sections = Fixture.sections(of: file)
    for bit in 0..<sections[0].lowerBound * 8 { expectFound(flipping: bit) }
    for byte in sections[0].lowerBound..<sections[3].lowerBound {
      expectFound(flipping: byte * 8 + byte % 8)
    }
  }

  @Test func anyTruncationIsFound() {
    var random = Fixture.Random(state: 2)
    for length in 0..<256 { expectError(Array(file[..<length])) }
    for _ in 0..<1000 {
      expectError(Array(file[..<Int.random(in: 0..<file.count, using: &random)]))
    }
  }

  @Test func anyAppendedBytesAreFound() {
    var random = Fixture.Random(state: 3)
    for _ in 0..<1000 {
      let extra = (0..<Int.random(in: 1...5000, using: &random)).map { _ in
        Bool.random(using: &random) ? 0 : UInt8.random(in: .min ... .max, using: &random)
      }
      expectError(file + extra)
    }
  }

  @Test func randomFilesAreRefused() {
    var random = Fixture.Random(state: 4)
    for round in 0..<1000 {
      var bytes = (0..<Int.random(in: 0...8192, using: &random)).map { _ in
        UInt8.random(in: .min ... .max, using: &random)
      }
      if round % 2 == 0, bytes.count >= 168 {
        bytes.replaceSubrange(0..<16, with: file[..<16])
        if round % 4 == 0 { bytes = Fixture.resealedHeader(bytes) }
      }
      expectError(bytes)
    }
  }

  @Test func unknownVersionsAndFlagsAreRefused() {
    for (offset, value) in [(8, UInt8(0)), (8, 2), (11, 1), (12, 1), (15, 0x80), (28, 1)] {
      var bytes = file
      bytes[offset] = value
      expectError(Fixture.resealedHeader(bytes))
    }
  }

  @Test func theHeaderHasNoFreedom() {
    for index in 0..<4 {
      var bytes = file
      bytes[32 + index * 32 + 4] = 1
      expectError(Fixture.resealedHeader(bytes))
    }
    for change: (UInt64) -> UInt64 in [{ $0 + 1 }, { $0 - 1 }, { _ in 0 }, { _ in .max }] {
      var bytes = file
      bytes.replaceSubrange(16..<24, with: Fixture.bytes(change(UInt64(file.count))))
      expectError(Fixture.resealedHeader(bytes))
    }
    var longer = file + [0]
    longer.replaceSubrange(16..<24, with: Fixture.bytes(UInt64(longer.count)))
    expectError(Fixture.resealedHeader(longer))
  }

  @Test func sectionsHaveNoFreedom() throws {
    let sections = Fixture.sections(of: file).map { Array(file[$0]) }
    for index in 0..<4 {
      for extra in [1, 7, 24, 64] {
        var changed = sections
        changed[index] += [UInt8](repeating: 0, count: extra)
        expectError(Fixture.assemble(changed))
      }
    }
    // Two tensors of one length change places.
    var swapped = sections
    let entries = stride(from: 0, to: sections[1].count, by: 24).map { sections[1][$0..<$0 + 4] }
    let lengths = stride(from: 0, to: sections[1].count, by: 24).map {
      Fixture.word(sections[1], $0 + 16)
    }
    let first = try #require(lengths.indices.dropLast().first { lengths[$0] == lengths[$0 + 1] })
    swapped[1].replaceSubrange(first * 24..<first * 24 + 4, with: entries[first + 1])
    swapped[1].replaceSubrange(first * 24 + 24..<first * 24 + 28, with: entries[first])
    expectError(Fixture.assemble(swapped))
  }

  /// Codes at their offsets in the graph section of a single node between values of rank 4.
  @Test func codesHaveNoFreedom() throws {
    let shape = [1, 2, 2, 1]
    let resize = Op.resize(Resize(mode: .linear, coordinates: .halfPixel, scaleY: 1, scaleX: 1))
    let pool = Op.maxPool(window: Window(kernel: (1, 1)), ceil: true)
    let cases: [(op: Op, offset: Int, value: UInt8)] = [
      (resize, 0, 0), (resize, 0, 2), (resize, 99, 0), (resize, 99, 21), (resize, 100, 2),
      (resize, 101, 1), (resize, 102, 6), (pool, 180, 2), (.activation(.tanh), 100, 10),
      (.binary(.add, activation: .none), 100, 7),
    ]
    for (op, offset, value) in cases {
      var graph = Fixture.single(op, from: shape, to: shape)
      if case .binary = op { graph.nodes[0].inputs.append(ValueID(0)) }
      let bytes = try ModelFile.serialize(Model(graph: graph, metadata: ModelMetadata(name: "")))
      var sections = Fixture.sections(of: bytes).map { Array(bytes[$0]) }
      #expect(Fixture.assemble(sections) == bytes)
      sections[0][offset] = value
      expectError(Fixture.assemble(sections))
    }
  }

  @Test func sectionsMustLieWhereTheFormatPutsThem() {
    for index in 0..<4 {
      for field in [8, 16] {
        let offset = 32 + index * 32 + field
        let value = Fixture.word(file, offset)
        let extremes: [UInt64] = [
          0, 1, value &+ 1, value &+ 64, value &- 64, value &+ 4096, UInt64(file.count), 1 << 31,
          1 << 32, 1 << 62, 1 << 63, .max, .max - 63, .max - value,
        ]
        for extreme in extremes where extreme != value {
          var bytes = file
          bytes.replaceSubrange(offset..<offset + 8, with: Fixture.bytes(extreme))
          expectError(Fixture.resealedHeader(bytes))
        }
      }
    }
  }

  @Test func paddingMustBeZeroEvenWhereNoChecksumLooks() {
    let sections = Fixture.sections(of: file)
    let used = [0..<168] + sections
    for (a, b) in zip(used, used.dropFirst()) {
      for offset in a.upperBound..<b.lowerBound {
        var bytes = file
        bytes[offset] = 1
        expectError(Fixture.resealed(bytes))
      }
    }
    let table = sections[1]
    for entry in stride(from: table.lowerBound, to: table.upperBound, by: 24) {
      let end = Fixture.word(file, entry + 8) + Fixture.word(file, entry + 16)
      guard end % 64 != 0 else { continue }
      var bytes = file
      let offset = sections[3].lowerBound + Int(end)
      guard offset < bytes.count else { continue }
      bytes[offset] = 1
      expectError(Fixture.resealed(bytes))
    }
  }

  @Test func tensorsMustLieWhereTheFormatPutsThem() {
    let table = Fixture.sections(of: file)[1]
    for entry in stride(from: table.lowerBound, to: table.upperBound, by: 24) {
      for (field, width) in [(0, 4), (4, 4), (8, 8), (16, 8)] {
        let value = Fixture.word(file, entry + field) & (width == 4 ? 0xFFFF_FFFF : .max)
        for extreme in [0, value &+ 1, value &+ 64, value &- 64, 1 << 31, 1 << 63, UInt64.max] {
          let changed = Array(Fixture.bytes(extreme)[..<width])
          let offset = entry + field
          guard changed != Array(file[offset..<offset + width]) else { continue }
          var bytes = file
          bytes.replaceSubrange(offset..<offset + width, with: changed)
          expectError(Fixture.resealed(bytes))
        }
      }
    }
  }

  /// A changed section under right checksums is an error or a valid model, whose file it then is.
  @Test func mutationsUnderRightChecksumsNeverCrash() {
    var random = Fixture.Random(state: 5)
    let sections = Fixture.sections(of: file)
    let extremes: [UInt8] = [0, 1, 2, 0x7F, 0x80, 0xFE, 0xFF]
    var accepted = 0
    for round in 0..<12_000 {
      var bytes = file
      let section = sections[round % 3]
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let offset = Int.random(in: section, using: &random)
        let run = Bool.random(using: &random) ? 1 : Int.random(in: 1...8, using: &random)
        let extreme = extremes.randomElement(using: &random)
        let value = Bool.random(using: &random) ? extreme : nil
        for index in offset..<min(offset + run, section.upperBound) {
          bytes[index] = value ?? UInt8.random(in: .min ... .max, using: &random)
        }
      }
      if expectErrorOrModel(Fixture.resealed(bytes)) { accepted += 1 }
    }
    #expect(accepted > 100)
  }

  /// A graph that the file format lets through must be safe to plan and to run: the kernels check
  /// nothing any more.
  @Test func acceptedMutationsRunOrAreRefused() throws {
    let kernels = try runMutations(of: file, seed: 8, rounds: 6000)
    #expect(kernels.values.reduce(0, max) > 100)
  }

  /// The same where plans join operators and choose kernels by cost.
  @Test func acceptedMutationsOfConvolutionsRunOrAreRefused() throws {
    let kernels = try runMutations(
      of: ModelFile.serialize(Fixture.convolutions()), seed: 9, rounds: 4000)
    for isa in CPU.usable {
      for prefix in ["f32-winograd-", "f32-convolution-8x1-"] {
        let runs = kernels.filter { $0.key.hasPrefix(prefix) && $0.key.hasSuffix(isa.rawValue) }
        #expect(runs.values.reduce(0, +) > 20, "\(prefix) \(isa.rawValue)")
      }
    }
  }

  /// Changes bytes of the graph, and plans and runs what is still a model.
  ///
  /// - Returns: How many runs used each kernel.
  private func runMutations(of file: [UInt8], seed: UInt64, rounds: Int) throws -> [String: Int] {
    var random = Fixture.Random(state: seed)
    let graph = Fixture.sections(of: file)[0]
    let small: [UInt8] = [0, 1, 2, 3, 4, 5, 7, 8, 9]
    var kernels: [String: Int] = [:]
    for _ in 0..<rounds {
      var bytes = file
      for _ in 0..<Int.random(in: 1...2, using: &random) {
        bytes[Int.random(in: graph, using: &random)] = small.randomElement(using: &random) ?? 0
      }
      guard let model = try? ModelFile.parse(Fixture.resealed(bytes)) else { continue }
      let elements = model.graph.values.map { $0.shape.reduce(1, *) }
      guard elements.reduce(0, +) < 1 << 20 else { continue }
      for isa in CPU.usable {
        guard
          let session = try? Session(model: model, options: SessionOptions(threads: 2, isa: isa))
        else { continue }
        var tensors: [String: Tensor] = [:]
        for input in session.inputs {
          tensors[input.name] = try Tensor(shape: input.shape, repeating: 0.5)
        }
        guard let outputs = try? session.run(tensors) else { continue }
        for output in session.outputs {
          #expect(outputs[output.name]?.shape == output.shape)
        }
        for kernel in Set(session.report.layers.map(\.kernel)) { kernels[kernel, default: 0] += 1 }
      }
    }
    return kernels
  }

  /// Sections that grow, shrink and change places, in files laid out by the rules.
  @Test func reshapedSectionsNeverCrash() {
    var random = Fixture.Random(state: 6)
    let sections = Fixture.sections(of: file).map { Array(file[$0]) }
    for round in 0..<4000 {
      var changed = sections
      let index = round % 4
      let offset = Int.random(in: 0...changed[index].count, using: &random)
      let rest = changed[index].count - offset
      switch Int.random(in: 0..<5, using: &random) {
      case 0: changed[index].removeSubrange(offset...)
      case 1: changed[index].removeSubrange(offset..<offset + min(rest, 8))
      case 2:
        changed[index].insert(
          contentsOf: [UInt8](repeating: 0, count: [1, 4, 8, 64][round % 3]), at: offset)
      case 3:
        let copy = changed[index][..<min(changed[index].count, 64)]
        changed[index].insert(contentsOf: copy, at: offset)
      default: changed.swapAt(index, Int.random(in: 0..<4, using: &random))
      }
      expectErrorOrModel(Fixture.assemble(changed))
    }
  }

  /// Counts that promise far more than the file holds are refused before anything is allocated.
  @Test func countsBeyondTheFileAreRefused() {
    let sections = Fixture.sections(of: file)
    for section in sections[..<3] {
      for offset in section.dropLast(3) {
        var bytes = file
        bytes.replaceSubrange(offset..<offset + 4, with: [0xFE, 0xFF, 0xFF, 0xFF])
        expectErrorOrModel(Fixture.resealed(bytes))
      }
    }
  }

  @Test func errorsAreOneLine() {
    for bytes in [[], Array(file[..<1000]), file + [0], Fixture.assemble([[], [], [], []])] {
      let error = #expect(throws: EngineError.self) { try ModelFile.parse(bytes, name: "m.nest") }
      let text = error?.description ?? ""
      #expect(text.hasPrefix("m.nest: ") && text.contains("; ") && !text.contains("\n"))
    }
  }

  private func expectFound(flipping bit: Int) {
    var bytes = file
    bytes[bit / 8] ^= 1 << (bit % 8)
    expectError(bytes)
  }

  private func expectError(_ bytes: [UInt8]) {
    #expect(throws: EngineError.self) { try ModelFile.parse(bytes) }
  }

  /// Whether the bytes were a model.
  @discardableResult
  private func expectErrorOrModel(_ bytes: [UInt8]) -> Bool {
    guard let model = try? ModelFile.parse(bytes) else { return false }
    #expect((try? ModelFile.serialize(model)) == bytes)
    return true
  }
}
