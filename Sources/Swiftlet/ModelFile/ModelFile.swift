/// Reads and writes `.nest` files, the engine's own format: `docs/format.md`.
///
/// The same model always gives the same bytes, and every accepted file is one that `serialize` gives.
/// A file that is damaged, truncated or hostile is an `EngineError`.
public enum ModelFile {
  /// The version of the format that is read and written.
  public static let version = 1

  /// The most bytes of a text: 1 MiB.
  public static let maximumStringLength = 1 << 20

  /// The integers that an attribute or extent may be. Products of two of them cannot overflow.
  public static let integerRange = -(1 << 31)...(1 << 31)

  /// The element count above which `halfPrecision` applies to a constant.
  public static let halfPrecisionThreshold = 1024

  /// Reads a model from a file.
  ///
  /// Mapped, float32 weights are used where the file cache has them: nothing is copied, and processes
  /// share the memory. The file must then stay as it is while the model or a session on it lives. A
  /// mapped file that someone shortens ends the process with SIGBUS on the next access, and one that
  /// someone overwrites in place changes the weights. `write` does neither, since it replaces the file
  /// as a whole. Where the file is not under one's control, or lies on a network file system, pass
  /// `mapped: false`: the file is read into memory once.
  ///
  /// Cost: one pass over the file to verify the checksums.
  ///
  /// - Throws: `EngineError` with code `fileAccess` if the file cannot be read, `invalidModelFile` if
  ///   it is damaged or of another version, or what `Graph.validate` throws.
  public static func read(_ path: String, mapped: Bool = true) throws(EngineError) -> Model {
    try parse(mapped ? SharedBytes.map(path) : SharedBytes.read(path), name: path)
  }

  /// Reads a model from bytes, which are copied. `name` stands for the file in errors.
  ///
  /// - Throws: As `read`.
  public static func parse(
    _ bytes: UnsafeRawBufferPointer, name: String = "model"
  ) throws(EngineError) -> Model {
    try parse(SharedBytes(copying: bytes), name: name)
  }

  /// Reads a model from bytes, which are copied. `name` stands for the file in errors.
  ///
  /// - Throws: As `read`.
  public static func parse(_ bytes: [UInt8], name: String = "model") throws(EngineError) -> Model {
    try parse(bytes.withUnsafeBytes { SharedBytes(copying: $0) }, name: name)
  }

  /// Writes a model to a file, which appears whole or not at all.
  ///
  /// The bytes go to a temporary file beside `path` that is flushed to the disk and renamed; on an
  /// error it is removed and `path` is untouched.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - path: Where to write. An existing file is replaced; mappings of it stay valid.
  ///   - halfPrecision: As for `serialize`.
  /// - Throws: `EngineError` with code `fileAccess` if the file cannot be written, or as `serialize`.
  public static func write(
    _ model: Model, to path: String, halfPrecision: Bool = false
  ) throws(EngineError) {
    try writeFile(serialize(model, halfPrecision: halfPrecision), to: path)
  }

  /// The bytes of a model's file.
  ///
  /// - Parameters:
  ///   - model: The model, in NHWC layout.
  ///   - halfPrecision: Whether to store float32 constants of more than `halfPrecisionThreshold`
  ///     elements as float16, rounded to nearest. A constant that holds a finite value beyond the range
  ///     of float16 stays float32.
  /// - Throws: `EngineError` with code `unsupported` if the model exceeds the limits of the format, or
  ///   `invalidGraph` if its metadata contradicts its graph.
  public static func serialize(
    _ model: Model, halfPrecision: Bool = false
  ) throws(EngineError) -> [UInt8] {
    guard model.graph.layout == .nhwc else {
      throw EngineError(
        .unsupported, "model file", "the graph is in NCHW layout", "run the standard passes first")
    }
    try model.metadata.check(against: model.graph)
    var graph = ByteWriter()
    try model.graph.encode(to: &graph)
    var metadata = ByteWriter()
    try model.metadata.encode(to: &metadata)
    let tensors = try TensorTable(model.graph, halfPrecision: halfPrecision)

    let lengths = [
      graph.bytes.count, tensors.entries.count * TensorTable.Entry.size, metadata.bytes.count,
      tensors.payloadLength,
    ]
    let sections = SectionTable.ranges(lengths: lengths)
    var bytes = [UInt8](repeating: 0, count: sections[3].upperBound)
    bytes.withUnsafeMutableBytes { file in
      UnsafeMutableRawBufferPointer(rebasing: file[sections[0]]).copyBytes(from: graph.bytes)
      UnsafeMutableRawBufferPointer(rebasing: file[sections[1]]).copyBytes(from: tensors.encoded)
      UnsafeMutableRawBufferPointer(rebasing: file[sections[2]]).copyBytes(from: metadata.bytes)
      tensors.writePayload(
        of: model.graph, to: UnsafeMutableRawBufferPointer(rebasing: file[sections[3]]))
      SectionTable.seal(file, sections)
    }
    return bytes
  }

  private static func parse(_ bytes: SharedBytes, name: String) throws(EngineError) -> Model {
    let file = bytes.buffer
    let sections = try SectionTable.verified(file, name: name)
    var reader = ByteReader(file, sections[0], file: name, section: "graph")
    var graph = try Graph(from: &reader)
    reader = ByteReader(file, sections[1], file: name, section: "tensor")
    try TensorTable(from: &reader).attach(bytes, payload: sections[3], to: &graph, name: name)
    reader = ByteReader(file, sections[2], file: name, section: "metadata")
    let metadata = try ModelMetadata(from: &reader)
    let model = try Model(graph: graph, metadata: metadata)
    try metadata.check(against: model.graph)
    return model
  }
}
