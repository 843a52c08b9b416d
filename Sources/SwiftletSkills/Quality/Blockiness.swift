package import SwiftletImage

/// The traces of hard JPEG compression in pixels, whatever file they are in now.
///
/// Small steps between neighbours (up to 24 of 255: larger ones belong to the picture) are averaged by
/// their column modulo 8. A grid of blocks makes one of the eight means stand out, and so for the
/// rows. Wang, Sheikh, Bovik, "No-reference perceptual quality assessment of JPEG compressed images",
/// ICIP 2002, for the idea.
package struct Blockiness: Sendable, Equatable {
  /// The largest of the eight means over their median, the lesser of columns and rows: 1 without
  /// blocks.
  package let value: Double

  /// The side of the part that is looked at: enough blocks for a verdict.
  private static let side = 768

  /// The blockiness of the middle of `box` at the photo's own resolution; nil where that is smaller
  /// than 64 pixels along a side or flat.
  package init?(_ pixels: PixelBuffer, around box: PixelBox) {
    let width = min(pixels.width, Blockiness.side)
    let height = min(pixels.height, Blockiness.side)
    guard width >= 64, height >= 64 else { return nil }
    let left = min(max(0, box.x + box.width / 2 - width / 2), pixels.width - width)
    let top = min(max(0, box.y + box.height / 2 - height / 2), pixels.height - height)
    let channels = pixels.channels
    let green = channels > 1 ? 1 : 0
    var across = Phases()
    var down = Phases()
    // Steps to the right neighbour by column; 16 bits hold those of every row.
    var columns = SmallSteps(count: width - 1)
    var line = [UInt8](repeating: 0, count: width)
    var below = line
    for y in top..<top + height {
      pixels.copy(channel: green, row: y, from: left, to: &below)
      if y > top {
        columns.add(line)
        down.add(Blockiness.smallSteps(from: line, to: below), y - 1)
      }
      swap(&line, &below)
    }
    for x in 0..<width - 1 { across.add((Int(columns.sums[x]), Int(columns.counts[x])), left + x) }
    guard let horizontal = across.prominence, let vertical = down.prominence else { return nil }
    value = min(horizontal, vertical)
  }
}

extension PixelBuffer {
  /// Copies a channel of a part of a row.
  fileprivate func copy(channel: Int, row: Int, from column: Int, to line: inout [UInt8]) {
    let first = (row * width + column) * channels + channel
    data.withUnsafeBufferPointer { data in
      for x in line.indices { line[x] = data[first + x * channels] }
    }
  }
}

extension Blockiness {
  /// Larger steps belong to the picture.
  fileprivate static let stepMax: Int16 = 24

  /// The sum and the number of the small steps from one line to another.
  fileprivate static func smallSteps(from line: [UInt8], to other: [UInt8]) -> (Int, Int) {
    var (sum, count): (Int32, Int32) = (0, 0)
    line.withUnsafeBufferPointer { line in
      other.withUnsafeBufferPointer { other in
        for x in 0..<line.count {
          let step = abs(Int16(other[x]) &- Int16(line[x]))
          let isSmall: Int16 = step <= stepMax ? 1 : 0
          sum &+= Int32(step &* isSmall)
          count &+= Int32(isSmall)
        }
      }
    }
    return (Int(sum), Int(count))
  }
}

/// Sums and numbers of small steps between neighbours of a line, by the first one's place.
private struct SmallSteps {
  private(set) var sums: [Int16]
  private(set) var counts: [Int16]

  init(count: Int) {
    sums = [Int16](repeating: 0, count: count)
    counts = sums
  }

  mutating func add(_ line: [UInt8]) {
    line.withUnsafeBufferPointer { line in
      sums.withUnsafeMutableBufferPointer { sums in
        counts.withUnsafeMutableBufferPointer { counts in
          for x in 0..<sums.count {
            let step = abs(Int16(line[x &+ 1]) &- Int16(line[x]))
            let isSmall: Int16 = step <= Blockiness.stepMax ? 1 : 0
            sums[x] &+= step &* isSmall
            counts[x] &+= isSmall
          }
        }
      }
    }
  }
}

/// Sums of small steps by their place modulo 8.
private struct Phases {
  private var sums = [Int](repeating: 0, count: 8)
  private var counts = [Int](repeating: 0, count: 8)

  mutating func add(_ steps: (sum: Int, count: Int), _ place: Int) {
    sums[place & 7] += steps.sum
    counts[place & 7] += steps.count
  }

  /// The largest mean over the median, which counts as 0.05 at least: hard compression leaves blocks
  /// without steps inside. Nil where the steps are too few or too small to tell.
  var prominence: Double? {
    guard counts.allSatisfy({ $0 > 0 }) else { return nil }
    let means = zip(sums, counts).map { Double($0) / Double($1) }.sorted()
    let median = (means[3] + means[4]) / 2
    return means[7] > 0.05 ? means[7] / max(median, 0.05) : nil
  }
}
