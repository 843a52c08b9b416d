/// Counts the messages and strings of a file before it is decoded.
///
/// An empty message takes two bytes in the file and a hundred in memory, so a small file could ask
/// for a great deal of it. Scanning allocates nothing.
struct PartCount {
  /// The most parts a model may have. Networks of thousands of nodes have some hundred thousand.
  static let maximum = 1 << 20

  /// The messages of the subset, as far as they have parts.
  private enum Message {
    case model, graph, node, attribute, tensor, sparseTensor, valueInfo, type, tensorType, shape
    case leaf

    /// The message in a field, or nil where the field holds a number or is unknown.
    func part(_ field: UInt64) -> Message? {
      switch (self, field) {
      case (.model, 7): .graph
      case (.graph, 1): .node
      case (.graph, 5), (.attribute, 5), (.sparseTensor, 1): .tensor
      case (.graph, 11), (.graph, 12): .valueInfo
      case (.graph, 15): .sparseTensor
      case (.node, 5): .attribute
      case (.valueInfo, 2): .type
      case (.type, 1): .tensorType
      case (.tensorType, 2): .shape
      case (.model, 8), (.node, 1), (.node, 2), (.attribute, 9), (.tensor, 3), (.tensor, 13),
        (.shape, 1):
        .leaf
      default: nil
      }
    }
  }

  private let bytes: UnsafeBufferPointer<UInt8>
  private var count = 0

  private init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  /// Whether the file has at most `maximum` parts. What is no message counts as far as it can be
  /// read.
  static func isAcceptable(_ bytes: [UInt8]) -> Bool {
    bytes.withUnsafeBufferPointer { buffer in
      var scan = PartCount(buffer)
      scan.scan(.model, 0..<buffer.count)
      return scan.count <= maximum
    }
  }

  /// Walks the fields in `range`; messages nest to the depth of the subset.
  private mutating func scan(_ message: Message, _ range: Range<Int>) {
    var position = range.lowerBound
    while position < range.upperBound, count <= Self.maximum {
      guard let key = number(&position, range.upperBound) else { return }
      switch key & 7 {
      case 0:
        guard number(&position, range.upperBound) != nil else { return }
      case 1: position += 8
      case 5: position += 4
      case 2:
        guard let length = number(&position, range.upperBound),
          length <= UInt64(range.upperBound - position)
        else { return }
        let end = position + Int(length)
        if let part = message.part(key >> 3) {
          count += 1
          if part != .leaf { scan(part, position..<end) }
        }
        position = end
      default: return
      }
    }
  }

  /// The variable-length integer at `position`, or nil where it is cut off or too long.
  private func number(_ position: inout Int, _ end: Int) -> UInt64? {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while position < end, shift < 64 {
      let byte = bytes[position]
      position += 1
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    return nil
  }
}
