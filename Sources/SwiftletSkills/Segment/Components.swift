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
    for start in mask.indices where mask[start] && labels[start] == 0 {
      let label = areas.count
      areas.append(0)
      labels[start] = label
      pending.append(start)
      while let index = pending.popLast() {
        areas[label] += 1
        let (row, column) = (index / width, index % width)
        for y in max(row - 1, 0)...min(row + 1, height - 1) {
          for x in max(column - 1, 0)...min(column + 1, width - 1) {
            let neighbour = y * width + x
            if mask[neighbour], labels[neighbour] == 0 {
              labels[neighbour] = label
              pending.append(neighbour)
            }
          }
        }
      }
    }
    count = areas.count - 1
    self.labels = labels
    self.areas = areas
  }
}
