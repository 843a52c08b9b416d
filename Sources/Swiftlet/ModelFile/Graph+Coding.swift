extension Graph {
  /// The index that stands for an optional input left out.
  private static let absent = UInt32.max

  /// Writes the graph section: values without their data, nodes, inputs, outputs.
  func encode(to writer: inout ByteWriter) throws(EngineError) {
    writer.u8(layout.rawValue)
    try writer.list(values) { (writer, value) throws(EngineError) in
      try writer.string(value.name)
      try writer.ints(value.shape)
    }
    try writer.list(nodes) { (writer, node) throws(EngineError) in
      try writer.string(node.name)
      try node.op.encode(to: &writer)
      try writer.list(node.inputs) { (writer, input) throws(EngineError) in
        guard let input else { return writer.u32(Graph.absent) }
        try writer.count(input.index)
      }
      try writer.count(node.output.index)
    }
    for ids in [inputs, outputs] {
      try writer.list(ids) { (writer, id) throws(EngineError) in try writer.count(id.index) }
    }
  }

  /// Reads the graph section. The values have no data yet, and whether the parts fit together, ids and
  /// shapes included, is left to `validate`.
  ///
  /// - Throws: `EngineError` if the section is not one.
  init(from reader: inout ByteReader) throws(EngineError) {
    let layout = try reader.code(of: Layout.self)
    guard layout == .nhwc else { throw reader.damage("the layout is not NHWC") }
    self.init(layout: layout)
    values = try reader.list(of: 8) { (reader) throws(EngineError) in
      Value(name: try reader.string(), shape: try reader.ints())
    }
    nodes = try reader.list(of: 13) { (reader) throws(EngineError) in
      Node(
        name: try reader.string(), op: try Op(from: &reader),
        inputs: try reader.list(of: 4) { (reader) throws(EngineError) in
          let index = try reader.u32()
          return index == Graph.absent ? nil : ValueID(Int(index))
        },
        output: try Graph.id(from: &reader))
    }
    inputs = try reader.list(of: 4, Graph.id)
    outputs = try reader.list(of: 4, Graph.id)
    try reader.finish()
  }

  private static func id(from reader: inout ByteReader) throws(EngineError) -> ValueID {
    ValueID(Int(try reader.u32()))
  }
}
