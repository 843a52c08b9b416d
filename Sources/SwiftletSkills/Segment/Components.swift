/// The connected parts of a binary picture; pixels that touch at a side or a corner belong
/// together.
package struct Components: Sendable {
  /// The number of parts.
  package let count: Int
  /// For each pixel the number of its part, 1...count, or 0 where it belongs to none.
  package let labels: [Int]
  /// The pixels of each part; index 0 is unused.
  package let areas: [Int]

  /// The parts of `mask`, numbered in the order of their first pixel.
  ///
  /// - Complexity: O(width * height).
  package init(_ mask: [Bool], width: Int, height: Int) {
    var labels = [Int](repeating: 0, count: mask.count)
    var areas = [0]
    var pending: [Int] = []
    // Pixels not labelled yet, with a border that belongs to no part.
    let line = width + 2
    var open = [Bool](repeating: false, count: line * (height + 2))
    for row in 0..<height {
      for column in 0..<width { open[(row + 1) * line + column + 1] = mask[row * width + column] }
    }
    for row in 0..<height {
      for column in 0..<width where open[(row + 1) * line + column + 1] {
        let label = areas.count
        var area = 0
        open[(row + 1) * line + column + 1] = false
        pending.append((row + 1) * line + column + 1)
        while let place = pending.popLast() {
          area += 1
          labels[(place / line - 1) * width + place % line - 1] = label
          for above in stride(from: place - line, through: place + line, by: line) {
            for neighbour in above - 1...above + 1 where open[neighbour] {
              open[neighbour] = false
              pending.append(neighbour)
            }
          }
        }
        areas.append(area)
      }
    }
    count = areas.count - 1
    self.labels = labels
    self.areas = areas
  }
}
