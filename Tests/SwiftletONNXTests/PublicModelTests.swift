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

/// Networks of others, which are not part of the product: skipped where they are absent.
enum PublicModels {
  /// The folder of the files, from SWIFTLET_SHARED or beside the package.
  static let folder: String = {
    if let shared = getenv("SWIFTLET_SHARED") { return String(cString: shared) + "/models" }
    let package = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    return "/\(package)/../shared/models"
  }()

  static let present = access("\(folder)/u2netp.onnx", R_OK) == 0
}

@Suite("Public models", .enabled(if: PublicModels.present, "no ../shared/models"))
struct PublicModelTests {
  @Test(
    "Import, with the inputs and outputs that are known",
    arguments: [
      ("u2netp", [1, 3, 320, 320], 7, [1, 1, 320, 320]),
      ("mobilenet_v2_1.0_224", [1, 3, 224, 224], 2, [1, 1001]),
      ("deeplabv3_mnv2_portrait_513", [1, 3, 513, 513], 1, [1, 2, 513, 513]),
      ("prisma_portrait_256", [1, 3, 256, 256], 1, [1, 1, 256, 256]),
    ])
  func imports(name: String, input: [Int], outputs: Int, output: [Int]) throws {
    let graph = try ONNXImporter.import(path: "\(PublicModels.folder)/\(name).onnx")
    try graph.validate()
    #expect(graph.inputs.map { graph[$0].shape } == [input])
    #expect(graph.outputs.count == outputs)
    #expect(graph[graph.outputs[0]].shape == output)
  }
}
