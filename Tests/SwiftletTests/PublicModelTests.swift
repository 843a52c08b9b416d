import Swiftlet
import SwiftletONNX
import Testing

/// Whole public networks against tensors that another engine computed. Skipped where the files are absent.
@Suite(.enabled(if: SharedFiles.models != nil, "no ../shared/models: public models are not tested"))
struct PublicModelTests {
  @Test(arguments: [
    "mobilenet_v2_1.0_224", "u2netp", "deeplabv3_mnv2_portrait_513", "prisma_portrait_256",
  ])
  func goldenTensors(_ name: String) throws {
    let folder = try #require(SharedFiles.models)
    let graph = try ONNXImporter.import(path: "\(folder)/\(name).onnx")
    let model = try Model(graph: graph, metadata: ModelMetadata(name: name))
    let tolerance: Float = name.hasPrefix("deeplab") ? 1e-3 : 1e-4
    var cases = 0
    for label in ["normal7", "photo0", "photo1"] {
      let base = "\(folder)/../golden/\(name)/\(label)"
      guard SharedFiles.exists("\(base)_input.npy") else { continue }
      let input = try SharedFiles.tensor("\(base)_input.npy")
      let expected = try SharedFiles.tensor("\(base)_output.npy")
      for isa in CPU.usable {
        var bits: [UInt32]?
        for threads in [1, 2] {
          let session = try Session(
            model: model, options: SessionOptions(threads: threads, isa: isa))
          session.poison()
          let output = try #require(
            try session.run([session.inputs[0].name: input])[session.outputs[0].name])
          #expect(output.shape == expected.shape)
          let difference = mismatch(output.data, expected.data, absolute: tolerance)
          #expect(
            difference == nil,
            "\(name) \(label) \(isa.rawValue) \(threads) threads: \(difference ?? "")")
          let got = output.data.map { $0.bitPattern }
          if let bits { #expect(bits == got, "\(name) \(label) \(isa.rawValue): bits differ") }
          bits = got
        }
      }
      cases += 1
    }
    #expect(cases > 0)
  }
}
