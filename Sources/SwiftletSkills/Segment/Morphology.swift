/// Growing and shrinking of binary pictures by squares.
package enum Morphology {
  /// Pixels that have a set pixel within `radius` columns and rows.
  ///
  /// - Complexity: two passes over the picture, whatever the radius.
  package static func dilated(
    _ mask: [Bool], width: Int, height: Int, radius: Int
  ) -> [Bool] {
    spread(mask, of: true, width: width, height: height, radius: radius)
  }

  /// Pixels that have only set pixels within `radius` columns and rows; what lies outside the
  /// picture counts as set.
  package static func eroded(_ mask: [Bool], width: Int, height: Int, radius: Int) -> [Bool] {
    spread(mask, of: false, width: width, height: height, radius: radius)
  }

  private static func spread(
    _ mask: [Bool], of value: Bool, width: Int, height: Int, radius: Int
  ) -> [Bool] {
    guard radius > 0 else { return mask }
    var across = mask
    for row in 0..<height {
      spreadLine(mask, of: value, into: &across, start: row * width, count: width, radius)
    }
    // All columns at a time, row by row: the row up to which each has the value.
    var result = across
    var reach = [Int32](repeating: -1, count: width)
    across.withUnsafeBufferPointer { across in
      result.withUnsafeMutableBufferPointer { result in
        for row in 0..<height + radius {
          let until = Int32(row + radius)
          if row < height {
            for column in 0..<width where across[row * width + column] == value {
              reach[column] = until
            }
          }
          let done = row - radius
          guard done >= 0 else { continue }
          for column in 0..<width {
            result[done * width + column] = reach[column] >= Int32(done) ? value : !value
          }
        }
      }
    }
    return result
  }

  private static func spreadLine(
    _ source: [Bool], of value: Bool, into target: inout [Bool], start: Int, count: Int,
    _ radius: Int
  ) {
    var reach = -1
    for index in 0..<min(radius, count) where source[start + index] == value {
      reach = index + radius
    }
    for index in 0..<count {
      let ahead = index + radius
      if ahead < count, source[start + ahead] == value { reach = ahead + radius }
      target[start + index] = reach >= index ? value : !value
    }
  }
}
