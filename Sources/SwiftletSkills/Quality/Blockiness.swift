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
    pixels.data.withUnsafeBufferPointer { data in
      for y in top..<top + height - 1 {
        let line = y * pixels.width
        for x in left..<left + width - 1 {
          let index = (line + x) * channels + green
          let value = Int(data[index])
          across.add(abs(Int(data[index + channels]) - value), x)
          down.add(abs(Int(data[index + pixels.width * channels]) - value), y)
        }
      }
    }
    guard let columns = across.prominence, let rows = down.prominence else { return nil }
    value = min(columns, rows)
  }
}

/// Sums of small steps by their place modulo 8.
private struct Phases {
  private static let stepMax = 24
  private var sums = [Int](repeating: 0, count: 8)
  private var counts = [Int](repeating: 0, count: 8)

  @inline(__always)
  mutating func add(_ step: Int, _ place: Int) {
    guard step <= Phases.stepMax else { return }
    sums[place & 7] += step
    counts[place & 7] += 1
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
