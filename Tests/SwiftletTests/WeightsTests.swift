import KernelTemplates
import Swiftlet
import Testing

/// Packed weights: where they lie, and what is fetched before it is used.
@Suite struct WeightsTests {
  @Test(arguments: [[96], [48, 48], [8, 56, 32], [1, 1, 94], [96, 5]])
  func tilesShareWhatIsFetchedAhead(_ parts: [Int]) {
    let floats = Guarded([Float](repeating: 0, count: 1000))
    let start = UnsafePointer(floats.start)
    var ahead = WeightsAhead(start, count: 1000, pixels: 96)
    var (fetched, done) = (0, 0)
    for (index, pixels) in parts.enumerated() {
      var tile = ConvolutionTile(
        input: start, inputStep: 1, length: 1, weights: start, bias: start, output: floats.start,
        outputStep: 1, pixels: pixels, channels: 1)
      ahead.share(with: &tile)
      #expect(tile.aheadCount == 0 || tile.ahead == start + fetched)
      fetched += tile.aheadCount
      done += pixels
      // As much as the pixels so far are of all, rounded up to a cache line for each tile.
      let due = 1000 * min(done, 96) / 96
      #expect(fetched >= due && fetched < due + 16 * (index + 1))
    }
    #expect(fetched >= 1000 && fetched < 1016)
  }

  @Test(arguments: 0...9, [0, 1, 3])
  func rowsBecomeColumnsAndNothingElseIsWritten(_ rows: Int, _ gap: Int) {
    for columns in 0...37 {
      let step = rows + gap
      let values = (0..<1 + rows * columns).map(Float.init)
      let source = Guarded(values)
      let target = Guarded(outputs: 1 + step * columns)
      var expected = [Float](repeating: Guarded.marker, count: target.count)
      for row in 0..<rows {
        for column in 0..<columns {
          expected[1 + column * step + row] = values[1 + row * columns + column]
        }
      }
      transpose(
        UnsafePointer(source.start) + 1, rows: rows, columns: columns, to: target.start + 1,
        step: step)
      #expect(target.values == expected && target.isIntact)
    }
  }

  @Test func theSlowestPaceThatSufficesIsTaken() {
    for floats in [0, 16, 100, 4096] {
      for room in [1, 7, 64, 255, 256, 512, 1024] {
        let pace = fetchStep(floats: floats, room: room)
        #expect([4, 8, 16].contains(pace))
        #expect(pace * room >= floats || pace == 16)
        #expect(pace / 2 * room < floats || pace == 4)
      }
    }
  }

  @Test func buffersOfOneMemoryAreZeroAndApart() throws {
    // The fifth is too large for a piece, the tenth does not fit the first one any more.
    let counts = [
      1, 16, 17, 5000, 3 << 20, 1 << 20, 1 << 20, 2 << 20, 2 << 20, 2 << 20, 2 << 20, 0, 7,
    ]
    let buffers: [FloatBuffer]
    do {
      // The memory stays for its buffers.
      let memory = WeightsMemory()
      buffers = try counts.map { try memory.zeros(count: $0) }
    }
    for (index, buffer) in buffers.enumerated() {
      #expect(buffer.count == counts[index] && Int(bitPattern: buffer.start) % 64 == 0)
      #expect((0..<buffer.count).allSatisfy { buffer.start[$0] == 0 })
      buffer.start.update(repeating: Float(index), count: buffer.count)
    }
    for (index, buffer) in buffers.enumerated() {
      #expect((0..<buffer.count).allSatisfy { buffer.start[$0] == Float(index) })
    }
  }

  @Test func whatIsGivenBackIsUsedAgain() throws {
    let memory = WeightsMemory()
    let first = try memory.zeros(count: 100)
    let second = try memory.zeros(count: 50)
    first.start.update(repeating: 1, count: 100)
    second.start.update(repeating: 2, count: 50)
    memory.giveBack(first)
    let third = try memory.zeros(count: 30)
    let fourth = try memory.zeros(count: 60)
    let fifth = try memory.zeros(count: 200)
    #expect(third.start == first.start && fourth.start == first.start + 32)
    #expect(fifth.start == second.start + 64)
    for buffer in [third, fourth, fifth] {
      #expect((0..<buffer.count).allSatisfy { buffer.start[$0] == 0 })
    }
    #expect((0..<50).allSatisfy { second.start[$0] == 2 })
  }
}
