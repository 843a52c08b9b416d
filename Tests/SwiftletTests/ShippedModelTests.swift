import Swiftlet
import Testing

/// The shipped models against outputs that another engine computed for a fixed pattern when they were
/// exported (`tools/train/export.py --golden`).
@Suite struct ShippedModelTests {
  static let package: String = {
    "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
  }()

  /// The pattern (31 y + 17 x + 71 c) mod 256, prepared as the model's metadata say, NCHW.
  static func pattern(_ input: ModelMetadata.ImageInput) throws -> Tensor {
    let (height, width) = (input.height, input.width)
    var data: [Float] = []
    data.reserveCapacity(3 * height * width)
    for c in 0..<3 {
      for y in 0..<height {
        for x in 0..<width {
          let value = Float((y * 31 + x * 17 + c * 71) % 256)
          data.append((value * input.scale - input.mean[c]) / input.std[c])
        }
      }
    }
    return try Tensor(shape: [1, 3, height, width], data: data)
  }

  @Test(arguments: [("segment-fast", ["mask"]), ("tag-mobilenet", ["category", "material"])])
  func golden(_ name: String, _ outputs: [String]) throws {
    let model = try Model.load("\(Self.package)/weights/\(name).nest")
    let input = try #require(model.metadata.input)
    let pattern = try Self.pattern(input)
    for isa in CPU.usable {
      var bits: [[UInt32]] = []
      for threads in [1, 2] {
        let session = try Session(model: model, options: SessionOptions(threads: threads, isa: isa))
        session.poison()
        let results = try session.run([input.name: pattern])
        var got: [[UInt32]] = []
        for output in outputs {
          let expected = try SharedFiles.tensor(
            "\(Self.package)/Tests/SwiftletTests/Golden/pattern_\(output).npy")
          let result = try #require(results[output])
          got.append(result.data.map { $0.bitPattern })
          let values =
            result.shape.count == 4 ? Self.everyFifth(result) : result.data
          let difference = mismatch(values, expected.data, absolute: 1e-4)
          #expect(
            difference == nil, "\(name) \(output) \(isa.rawValue) \(threads): \(difference ?? "")")
        }
        #expect(bits.isEmpty || bits == got, "\(name) \(isa.rawValue): bits differ across threads")
        bits = got
      }
    }
  }

  /// Every fifth row and column of a [1, 1, H, W] mask.
  static func everyFifth(_ mask: Tensor) -> [Float] {
    let (height, width) = (mask.shape[2], mask.shape[3])
    return stride(from: 0, to: height, by: 5).flatMap { y in
      stride(from: 0, to: width, by: 5).map { x in mask.data[y * width + x] }
    }
  }
}
