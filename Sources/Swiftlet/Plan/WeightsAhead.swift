package import KernelTemplates

/// Weights that are read next, fetched into the second-level cache while others are multiplied: those of a layer
/// of many channels come from memory in every run, and no multiplication waits for them then.
package struct WeightsAhead {
  /// Floats of the longest strip of which two, one in use and one to come, leave room for the inputs in the
  /// second-level cache: three tenths of it.
  static let longestStrip = CPU.secondLevelCache / MemoryLayout<Float>.size * 3 / 10

  /// What is left to fetch, and the floats of it.
  private var start: UnsafePointer<Float>, count: Int
  /// The pixels left to fetch it with.
  private var pixels: Int

  /// `count` floats at `start`, fetched while `pixels` pixels are computed.
  package init(_ start: UnsafePointer<Float>, count: Int, pixels: Int) {
    self.start = start
    self.count = count <= Self.longestStrip ? count : 0
    self.pixels = pixels
  }

  /// Has a tile fetch its pixels' share.
  package mutating func share(with tile: inout ConvolutionTile) {
    let part = pixels > tile.pixels ? (count * tile.pixels / pixels + 15) & ~15 : count
    tile.ahead = start
    tile.aheadCount = part
    start += part
    count -= min(part, count)
    pixels -= tile.pixels
  }
}

extension PackedWeights {
  /// The strip behind the one at `index`, to be fetched while `pixels` pixels are computed; nothing behind the last
  /// one, and without an index.
  func ahead(of index: Int?, pixels: Int) -> WeightsAhead {
    guard let index, index + 1 < strips.count else {
      return WeightsAhead(UnsafePointer(buffer.start), count: 0, pixels: pixels)
    }
    let next = strips[index + 1]
    return WeightsAhead(
      UnsafePointer(buffer.start + next.weights), count: next.bias + next.width - next.weights,
      pixels: pixels)
  }
}
