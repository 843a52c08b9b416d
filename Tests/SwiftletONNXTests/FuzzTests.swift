import SwiftProtobuf
import Swiftlet
import SwiftletONNX
import Testing

/// Damaged files must give an error or a valid graph; a trap or a hang ends the test run.
@Suite("Damaged and hostile files")
struct FuzzTests {
  /// A network with a bit of everything: every kind of attribute, constant and arithmetic on
  /// shapes.
  func seed(opset: Int) throws -> [UInt8] {
    var builder = ModelBuilder(opset: opset)
    builder.input("x", [1, 3, 12, 10])
    builder.constant("w", .floats([4, 3, 3, 3]))
    builder.constant("p", .floats([4]))
    builder.constant("v", .floats([4], [1, 2, 3, 4]))
    builder.constant("u", .floats([4, 2, 2, 2]))
    builder.constant("scale", .floats([], [0.5]))
    builder.constant("zero", .list(0))
    builder.constant("two", .list(2))
    builder.constant("nine", .list(9))
    builder.constant("keep", .list(0, -1))
    builder.constant("pads", .list(0, 0, 1, 0, 0, 0, 0, 1))
    builder.node(
      "Conv", ["x", "w", "p"], ["a"],
      [.ints("pads", [1, 1, 1, 1]), .ints("strides", [2, 2]), .string("auto_pad", "NOTSET")])
    builder.node("BatchNormalization", ["a", "p", "p", "p", "v"], ["b"], [.float("epsilon", 0.1)])
    builder.node("Clip", ["b", "", "scale"], ["c"])
    builder.node(
      "MaxPool", ["c"], ["d"], [.ints("kernel_shape", [2, 2]), .int("ceil_mode", 1)])
    builder.node("ConvTranspose", ["d", "u"], ["e"], [.ints("strides", [2, 2])])
    builder.node("Shape", ["e"], ["s"])
    builder.node("Slice", ["s", "two", "nine"], ["hw"])
    builder.node("Cast", ["hw"], ["hwf"], [.int("to", 1)])
    builder.node("Mul", ["hwf", "scale"], ["half"])
    builder.node("Floor", ["half"], ["floor"])
    builder.node("Cast", ["floor"], ["small"], [.int("to", 7)])
    builder.node("Slice", ["s", "zero", "two"], ["n"])
    builder.node("Concat", ["n", "small"], ["sizes"], [.int("axis", 0)])
    builder.node("Resize", ["e", "", "", "sizes"], ["f"], [.string("mode", "linear")])
    builder.node("Pad", ["f", "pads"], ["g"])
    builder.node("Softmax", ["g"], ["h"], [.int("axis", 1)])
    builder.node("Transpose", ["h"], ["i"], [.ints("perm", [0, 2, 3, 1])])
    builder.node("Split", ["i"], ["j", "k"], [.int("axis", 3)])
    builder.node("ConstantOfShape", ["s"], ["z"], [.tensor("value", .floats([1], [2]))])
    builder.node("Reshape", ["z", "keep"], ["l"])
    builder.node("Reshape", ["e", "keep"], ["m"])
    builder.node("Add", ["l", "m"], ["o"])
    for name in ["h", "j", "k", "o"] { builder.output(name) }
    return try builder.bytes()
  }

  /// Xorshift: a reproducible source of numbers.
  struct Generator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return state
    }
  }

  /// Whether the bytes are a valid graph; else they must be an error of the importer.
  func imports(_ bytes: [UInt8], _ label: String) -> Bool {
    do {
      try ONNXImporter.import(bytes: bytes).validate()
      return true
    } catch is ONNXError {
      return false
    } catch {
      Issue.record("\(label): \(error)")
      return false
    }
  }

  @Test("The seeds themselves import")
  func seeds() throws {
    for opset in [13, 14, 17] {
      #expect(try ONNXImporter.import(bytes: seed(opset: opset)).outputs.count == 4)
    }
  }

  @Test("Truncated files")
  func truncated() throws {
    let seed = try seed(opset: 13)
    var accepted = 0
    for length in 0..<seed.count {
      // A cut between the fields of the model leaves a shorter one that may be sound.
      if imports(Array(seed[..<length]), "length \(length)") { accepted += 1 }
    }
    #expect(accepted <= 5)
  }

  @Test("1,000 files with flipped bits")
  func flipped() throws {
    let seed = try seed(opset: 13)
    var generator = Generator(state: 0x9e37_79b9_7f4a_7c15)
    var rejected = 0
    for round in 0..<1000 {
      var bytes = seed
      for _ in 0..<(1 + round % 8) {
        let bit = Int.random(in: 0..<bytes.count * 8, using: &generator)
        bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      }
      if !imports(bytes, "round \(round)") { rejected += 1 }
    }
    #expect(rejected > 300)
  }

  @Test("1,000 files with a flip in 64 bits are refused")
  func manyFlips() throws {
    let seed = try seed(opset: 13)
    var generator = Generator(state: 64)
    for round in 0..<1000 {
      var bytes = seed
      for _ in 0..<bytes.count / 8 {
        let bit = Int.random(in: 0..<bytes.count * 8, using: &generator)
        bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      }
      #expect(!imports(bytes, "round \(round)"))
    }
  }

  @Test("1,000 files with bytes replaced, inserted and removed")
  func edited() throws {
    let seed = try seed(opset: 13)
    var generator = Generator(state: 42)
    for round in 0..<1000 {
      var bytes = seed
      for _ in 0..<3 {
        let position = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: bytes[position] = [0, 1, 0x7f, 0x80, 0xff].randomElement(using: &generator) ?? 0
        case 1: bytes.remove(at: position)
        case 2: bytes.insert(.random(in: 0...255, using: &generator), at: position)
        default: bytes.swapAt(position, Int.random(in: 0..<bytes.count, using: &generator))
        }
      }
      _ = imports(bytes, "round \(round)")
    }
  }

  @Test("1,000 files of random bytes")
  func random() {
    var generator = Generator(state: 7)
    for round in 0..<1000 {
      let count = Int.random(in: 0..<600, using: &generator)
      let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
      #expect(!imports(bytes, "round \(round)"))
    }
  }

  @Test("1,000 sound files with hostile numbers")
  func hostileNumbers() throws {
    let seed = try ONNXModelProto(serializedBytes: seed(opset: 13))
    let numbers: [Int64] = [
      .min, .min + 1, -(1 << 40), -4, -1, 0, 1, 2, 3, 1 << 16, 1 << 31, 1 << 40, .max,
    ]
    var generator = Generator(state: 99)
    func number() -> Int64 { numbers.randomElement(using: &generator) ?? 0 }
    for round in 0..<1000 {
      var model = seed
      for _ in 0..<2 {
        let node = Int.random(in: 0..<model.graph.node.count, using: &generator)
        for index in model.graph.node[node].attribute.indices {
          model.graph.node[node].attribute[index].i = number()
          for position in model.graph.node[node].attribute[index].ints.indices
          where Bool.random(using: &generator) {
            model.graph.node[node].attribute[index].ints[position] = number()
          }
        }
        let constant = Int.random(in: 0..<model.graph.initializer.count, using: &generator)
        for position in model.graph.initializer[constant].int64Data.indices {
          model.graph.initializer[constant].int64Data[position] = number()
        }
        for position in model.graph.initializer[constant].dims.indices
        where round % 4 == 0 {
          model.graph.initializer[constant].dims[position] = number()
        }
        if round % 5 == 0 {
          let axis = Int.random(in: 0..<4, using: &generator)
          model.graph.input[0].type.tensorType.shape.dim[axis].dimValue = number()
        }
      }
      _ = imports(try model.serializedBytes(), "round \(round)")
    }
  }

  @Test("A file of empty messages is refused before it is decoded")
  func emptyMessages() throws {
    // Graph (field 7) of 4 MiB of empty nodes (field 1).
    let nodes = (0..<(1 << 21)).flatMap { _ in [0x0a, 0x00] as [UInt8] }
    let bytes: [UInt8] = [0x3a, 0x80, 0x80, 0x80, 0x02] + nodes
    let error = #expect(throws: ONNXError.self) { try ONNXImporter.import(bytes: bytes) }
    #expect(error?.code == .tooLarge)
  }

  @Test("Names that break lines or go on forever do not spoil the error")
  func names() throws {
    var builder = ModelBuilder(opset: 13)
    builder.input("x", [1])
    builder.node("Elu", ["x"], name: "a\nb\u{1b}[31m" + String(repeating: "c", count: 10_000))
    builder.output("y")
    let error = #expect(throws: ONNXError.self) { try builder.graph() }
    let text = error?.description ?? ""
    #expect(text.hasPrefix("node 'a\u{fffd}b\u{fffd}[31mccc"))
    #expect(text.count < 1000 && !text.contains("\n"))
  }

  @Test("Empty tensors with huge other extents, and constants that multiply, are errors")
  func amplification() throws {
    for op in ["Transpose", "Reshape", "Concat", "Neg", "Gather", "Slice", "Shape", "Cast"] {
      var builder = ModelBuilder(opset: 13)
      builder.constant("huge", .floats([0, 1 << 40, 1 << 40], []))
      builder.constant("zero", .list(0))
      builder.node(op, ["huge", "zero", "zero"], ["y"], [.int("axis", 1), .int("to", 1)])
      builder.output("y")
      #expect(throws: ONNXError.self, "\(op)") { try builder.graph() }
    }
    var builder = ModelBuilder(opset: 13)
    builder.input("x", [1])
    builder.constant("shape", .list(1 << 24))
    builder.node("ConstantOfShape", ["shape"], ["c0"])
    for index in 0..<100 { builder.node("Neg", ["c\(index)"], ["c\(index + 1)"]) }
    builder.node("Add", ["x", "c100"])
    builder.output("y")
    let error = #expect(throws: ONNXError.self) { try builder.graph() }
    #expect(error?.code == .tooLarge)
    for bounds: [Int64] in [[0, .max, 1], [.min, .max, -1], [.max, .min, 1], [0, 1, 0]] {
      var builder = ModelBuilder(opset: 13)
      for (index, name) in ["a", "b", "c"].enumerated() {
        builder.constant(name, .integers([], [bounds[index]]))
      }
      builder.node("Range", ["a", "b", "c"])
      builder.output("y")
      #expect(throws: ONNXError.self, "\(bounds)") { try builder.graph() }
    }
  }
}
