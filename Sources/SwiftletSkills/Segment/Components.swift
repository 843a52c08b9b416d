/// The connected parts of a binary picture; pixels that touch at a side or a corner belong
/// together.
package struct Components: Sendable {
  /// The number of parts.
  package let count: Int
  /// For each pixel the number of its part, 1...count, or 0 where it belongs to none.
  package let labels: [Int32]
  /// The pixels of each part; index 0 is unused.
  package let areas: [Int]

  /// The parts of `mask`, numbered in the order of their first pixel.
  ///
  /// - Complexity: O(width * height).
  package init(_ mask: [Bool], width: Int, height: Int) {
    var labels = [Int32](repeating: 0, count: mask.count)
    var areas = [0]
    var pending: [Int] = []
    // Pixels not labelled yet, with a border that belongs to no part.
    let line = width + 2
    var open = [Bool](repeating: false, count: line * (height + 2))
    open.withUnsafeMutableBufferPointer { open in
      mask.withUnsafeBufferPointer { mask in
        for row in 0..<height {
          let start = (row + 1) * line + 1
          _ = open[start..<start + width].update(
            fromContentsOf: mask[row * width..<(row + 1) * width])
        }
      }
      labels.withUnsafeMutableBufferPointer { labels in
        for row in 0..<height {
          for column in 0..<width where open[(row + 1) * line + column + 1] {
            let label = Int32(areas.count)
            var area = 0
            pending.append((row + 1) * line + column + 1)
            while let place = pending.popLast() {
              guard open[place] else { continue }
              // A run of pixels at once: what touches it above and below comes next.
              var (first, last) = (place, place)
              while open[first - 1] { first -= 1 }
              while open[last + 1] { last += 1 }
              let start = (place / line - 1) * width - place / line * line - 1
              for member in first...last {
                open[member] = false
                labels[start + member] = label
              }
              area += last - first + 1
              for neighbours in [
                first - line - 1...last - line + 1, first + line - 1...last + line + 1,
              ] {
                var isInside = false
                for neighbour in neighbours {
                  if open[neighbour], !isInside { pending.append(neighbour) }
                  isInside = open[neighbour]
                }
              }
            }
            areas.append(area)
          }
        }
      }
    }
    count = areas.count - 1
    self.labels = labels
    self.areas = areas
  }
}
