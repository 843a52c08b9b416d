/// Where the parts of a JPEG lie that are needed to take its rows apart.
struct JPEGLayout {
  /// The offset of the frame header's number of rows.
  var height = 0
  /// The offset of the first scan's entropy-coded bytes.
  var scan = 0
  /// Units from one restart marker to the next; 0 where there are none.
  var restartInterval = 0
  /// Whether units are 8 x 8 pixels and one baseline scan holds all components.
  var isPlain = false
}

/// A JPEG as strips of rows, each a file of its own, which can be written and read at the same time.
///
/// Restart markers make it possible: behind one, nothing depends on what stands before (ITU-T T.81,
/// E.1.4 and F.2.1.3.1). Their numbers count to 8, so that strips of a multiple of 8 intervals all begin
/// with the same number.
package struct JPEGStrips {
  /// The rows of a strip but the last: the fewest that hold 8 restart intervals of a row of blocks.
  private static let height = 64
  private static let restart: UInt8 = 0xD0
  private static let lastRestart: UInt8 = 0xD7
  private static let end: [UInt8] = [0xFF, 0xD9]

  /// A strip.
  struct Strip {
    /// Its rows in the picture.
    let rows: Range<Int>
    /// A complete file of them.
    let file: [UInt8]
  }

  /// The rows of each strip of a picture that is to be written.
  static func ranges(height: Int) -> [Range<Int>] {
    stride(from: 0, to: height, by: Self.height).map { $0..<min($0 + Self.height, height) }
  }

  /// One file of the files of ``ranges(height:)``, each written with a restart marker after each row of
  /// blocks.
  static func joined(_ files: [[UInt8]], height: Int) throws(ImageError) -> [UInt8] {
    guard files.count > 1 else { return files.first ?? [] }
    var result: [UInt8] = []
    result.reserveCapacity(files.reduce(0) { $0 + $1.count })
    for (index, file) in files.enumerated() {
      let layout = try JPEGSegments(file, limits: .none).layout
      if index == 0 {
        result += file[..<layout.scan]
        set(height, in: &result, at: layout.height)
      } else {
        result += [0xFF, lastRestart]
      }
      result += file[layout.scan..<file.count - end.count]
    }
    return result + end
  }

  /// The strips of a file; nil where its restart markers do not allow it.
  static func split(_ bytes: [UInt8], _ parsed: ParsedImage) -> [Strip]? {
    guard let layout = parsed.layout, layout.isPlain else { return nil }
    let unitsPerRow = (parsed.header.width + 7) / 8
    guard layout.restartInterval > 0, layout.restartInterval % unitsPerRow == 0 else { return nil }
    let intervalHeight = layout.restartInterval / unitsPerRow * 8
    let height = parsed.header.height
    let intervals = (height + intervalHeight - 1) / intervalHeight
    guard intervals > 8 else { return nil }
    let markers = restarts(in: bytes, from: layout.scan)
    guard markers.count == intervals - 1 else { return nil }
    let step = max(1, Self.height / (8 * intervalHeight)) * 8
    let count = (intervals + step - 1) / step
    guard isFrugal(header: layout.scan, strips: count, file: bytes.count) else { return nil }
    var strips: [Strip] = []
    for first in stride(from: 0, to: intervals, by: step) {
      let isLast = first + step >= intervals
      let start = first == 0 ? layout.scan : markers[first - 1] + 2
      let stop = isLast ? bytes.count : markers[first + step - 1]
      guard isLast || bytes[stop + 1] == lastRestart else { return nil }
      let rows = first * intervalHeight..<min((first + step) * intervalHeight, height)
      var file = Array(bytes[..<layout.scan])
      set(rows.count, in: &file, at: layout.height)
      file += bytes[start..<stop]
      if !isLast { file += end }
      strips.append(Strip(rows: rows, file: file))
    }
    return strips
  }

  /// Whether strips, each with a copy of the bytes before the scan, take no more than twice the file.
  package static func isFrugal(header: Int, strips: Int, file: Int) -> Bool {
    header * strips <= 2 * file
  }

  /// The offsets of a scan's restart markers.
  private static func restarts(in bytes: [UInt8], from start: Int) -> [Int] {
    var markers: [Int] = []
    bytes.withUnsafeBufferPointer { bytes in
      var index = start
      while index + 1 < bytes.count {
        guard bytes[index] == 0xFF else {
          index += 1
          continue
        }
        switch bytes[index + 1] {
        case 0x00: index += 2
        case 0xFF: index += 1
        case restart...lastRestart:
          markers.append(index)
          index += 2
        default: return
        }
      }
    }
    return markers
  }

  private static func set(_ height: Int, in file: inout [UInt8], at offset: Int) {
    file[offset] = UInt8(truncatingIfNeeded: height >> 8)
    file[offset + 1] = UInt8(truncatingIfNeeded: height)
  }
}
