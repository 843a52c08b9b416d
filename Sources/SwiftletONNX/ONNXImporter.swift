public import Swiftlet
internal import SwiftProtobuf

/// Translates ONNX models, opsets 7 to 21 of the default domain, to graphs in NCHW layout.
///
/// Shapes are static: every value's shape is computed at import, and all arithmetic on shapes
/// (Shape, Gather, Concat, ...) is carried out. Computation is in float32; half, bfloat16 and
/// double constants are converted. What the file holds is checked, so a damaged or hostile file is
/// an error.
public enum ONNXImporter {
  /// The versions of the default operator set that are understood.
  public static let opsets = 7...21

  /// Imports a file. Weights stored outside it must lie in its folder or below.
  ///
  /// - Parameters:
  ///   - path: The `.onnx` file.
  ///   - inputShapes: The shape of an input by its name, in ONNX order, which replaces the file's.
  ///     An unknown first extent is 1 unless given; any other unknown extent must be given.
  /// - Throws: `ONNXError` that names the node, value or file, the reason and the remedy.
  public static func `import`(
    path: String, inputShapes: [String: [Int]] = [:]
  ) throws(ONNXError) -> Graph {
    try translate(
      try ModelFolder.read(path), name: path, folder: ModelFolder(ofModel: path),
      inputShapes: inputShapes)
  }

  /// Imports the bytes of a file that holds all its weights.
  ///
  /// - Parameters:
  ///   - bytes: The contents of an `.onnx` file.
  ///   - inputShapes: As for a file.
  /// - Throws: `ONNXError` that names the node or value, the reason and the remedy.
  public static func `import`(
    bytes: [UInt8], inputShapes: [String: [Int]] = [:]
  ) throws(ONNXError) -> Graph {
    try translate(bytes, name: "model", folder: nil, inputShapes: inputShapes)
  }

  /// `name` stands for the whole in errors.
  private static func translate(
    _ bytes: [UInt8], name: String, folder: ModelFolder?, inputShapes: [String: [Int]]
  ) throws(ONNXError) -> Graph {
    var translator = try Translator(try parse(bytes, name: name), name: name, folder: folder)
    return try translator.graph(inputShapes: inputShapes)
  }

  /// The message in `bytes`. The messages of the subset nest to a fixed depth; unknown fields are
  /// dropped.
  private static func parse(_ bytes: [UInt8], name: String) throws(ONNXError) -> ONNXModelProto {
    guard PartCount.isAcceptable(bytes) else {
      throw ONNXError(
        .tooLarge, name, "it has more than \(PartCount.maximum) parts", "give a smaller model")
    }
    var options = BinaryDecodingOptions()
    options.discardUnknownFields = true
    options.messageDepthLimit = 16
    do {
      return try ONNXModelProto(serializedBytes: bytes, options: options)
    } catch {
      throw ONNXError(
        .invalidFile, name, "it is no ONNX file, or damaged",
        "give an .onnx file as it was exported")
    }
  }
}
