extension ModelMetadata {
  /// Writes the metadata section.
  func encode(to writer: inout ByteWriter) throws(EngineError) {
    try writer.string(name)
    try writer.string(task.rawValue)
    try writer.string(version)
    writer.bool(input != nil)
    try input?.encode(to: &writer)
    try writer.list(outputs) { (writer, output) throws(EngineError) in
      try writer.string(output.name)
      try writer.string(output.kind.rawValue)
      try writer.string(output.activation.rawValue)
      try writer.strings(output.labels)
    }
    try writer.string(license)
    try writer.string(provenance)
    try writer.strings(passes)
  }

  /// Reads the metadata section.
  ///
  /// - Throws: `EngineError` if the section is not one.
  init(from reader: inout ByteReader) throws(EngineError) {
    self.init(
      name: try reader.string(), task: try reader.name(of: Task.self),
      version: try reader.string(),
      input: try reader.bool() ? try ImageInput(from: &reader) : nil,
      outputs: try reader.list(of: 16) { (reader) throws(EngineError) in
        Output(
          name: try reader.string(), kind: try reader.name(of: Output.Kind.self),
          activation: try reader.name(of: Output.Activation.self), labels: try reader.strings())
      },
      license: try reader.string(), provenance: try reader.string(), passes: try reader.strings())
    try reader.finish()
  }
}

extension ModelMetadata.ImageInput {
  fileprivate func encode(to writer: inout ByteWriter) throws(EngineError) {
    try writer.string(name)
    try writer.int(width)
    try writer.int(height)
    try writer.string(resize.rawValue)
    try writer.string(color.rawValue)
    try writer.finite(scale)
    try writer.floats(mean)
    try writer.floats(std)
  }

  fileprivate init(from reader: inout ByteReader) throws(EngineError) {
    self.init(
      name: try reader.string(), width: try reader.int(), height: try reader.int(),
      resize: try reader.name(of: Resize.self), color: try reader.name(of: ColorOrder.self),
      scale: try reader.finite(), mean: try reader.floats(), std: try reader.floats())
  }
}

extension ByteWriter {
  fileprivate mutating func strings(_ values: [String]) throws(EngineError) {
    try list(values) { (writer, value) throws(EngineError) in try writer.string(value) }
  }

  fileprivate mutating func floats(_ values: [Float]) throws(EngineError) {
    try list(values) { (writer, value) throws(EngineError) in try writer.finite(value) }
  }
}

extension ByteReader {
  fileprivate mutating func strings() throws(EngineError) -> [String] {
    try list(of: 4) { (reader) throws(EngineError) in try reader.string() }
  }

  fileprivate mutating func floats() throws(EngineError) -> [Float] {
    try list(of: 4) { (reader) throws(EngineError) in try reader.finite() }
  }
}
