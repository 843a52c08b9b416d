/// Growing and shrinking of binary pictures by squares.
package enum Morphology {
  /// Pixels that have a set pixel within `radius` columns and rows.
  ///
  /// - Complexity: `4 * radius + 2` steps a pixel, 16 pixels at a time.
  package static func dilated(
    _ mask: [Bool], width: Int, height: Int, radius: Int
  ) -> [Bool] {
    spread(mask, of: true, width: width, height: height, radius: radius)
  }

  /// Pixels that have only set pixels within `radius` columns and rows; what lies outside the
  /// picture counts as set.
  ///
  /// - Complexity: as ``dilated(_:width:height:radius:)``.
  package static func eroded(_ mask: [Bool], width: Int, height: Int, radius: Int) -> [Bool] {
    spread(mask, of: false, width: width, height: height, radius: radius)
  }

  private typealias Lanes = SIMD16<UInt8>

  /// Gives `value` to every pixel that has a pixel of that value in its square: rows of the square are
  /// joined first, then columns. Where `value` is false, pixels are flipped on reading and writing.
  private static func spread(
    _ mask: [Bool], of value: Bool, width: Int, height: Int, radius: Int
  ) -> [Bool] {
    guard radius > 0 else { return mask }
    let flip: UInt8 = value ? 0 : 1
    // A line has zeros on both sides, and room for a whole register.
    let room = width + 2 * radius + Lanes.scalarCount
    return [Bool](unsafeUninitializedCapacity: mask.count) { result, filled in
      mask.withUnsafeBytes { source in
        withUnsafeTemporaryAllocation(byteCount: room, alignment: 16) { line in
          line.initializeMemory(as: UInt8.self, repeating: 0)
          let target = UnsafeMutableRawBufferPointer(result)
          for row in 0..<height {
            let rows = max(0, row - radius)...min(height - 1, row + radius)
            join(source, rows, width: width, flip: flip, into: line, at: radius)
            widen(line, radius: radius, flip: flip, to: target, at: row * width, count: width)
          }
        }
      }
      filled = mask.count
    }
  }

  /// Joins rows of the picture to one line.
  private static func join(
    _ source: UnsafeRawBufferPointer, _ rows: ClosedRange<Int>, width: Int, flip: UInt8,
    into line: UnsafeMutableRawBufferPointer, at start: Int
  ) {
    let flips = Lanes(repeating: flip)
    var column = 0
    while column + Lanes.scalarCount <= width {
      var joined = Lanes.zero
      for row in rows {
        joined |= source.loadUnaligned(fromByteOffset: row * width + column, as: Lanes.self) ^ flips
      }
      line.storeBytes(of: joined, toByteOffset: start + column, as: Lanes.self)
      column += Lanes.scalarCount
    }
    while column < width {
      var joined: UInt8 = 0
      for row in rows { joined |= source[row * width + column] ^ flip }
      line[start + column] = joined
      column += 1
    }
  }

  /// Joins each place of a line with its neighbours.
  private static func widen(
    _ line: UnsafeMutableRawBufferPointer, radius: Int, flip: UInt8,
    to target: UnsafeMutableRawBufferPointer, at start: Int, count: Int
  ) {
    var column = 0
    while column < count {
      var joined = Lanes.zero
      for offset in 0..<2 * radius + 1 {
        joined |= line.loadUnaligned(fromByteOffset: column + offset, as: Lanes.self)
      }
      joined ^= Lanes(repeating: flip)
      if column + Lanes.scalarCount <= count {
        target.storeBytes(of: joined, toByteOffset: start + column, as: Lanes.self)
      } else {
        for lane in 0..<count - column { target[start + column + lane] = joined[lane] }
      }
      column += Lanes.scalarCount
    }
  }
}
