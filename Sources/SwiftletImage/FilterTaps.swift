/// For each output position along one axis, the source positions that it is made of.
struct FilterTaps {
  /// Source positions.
  let sourceCount: Int
  /// First source position of each output position.
  let starts: [Int]
  /// Number of source positions of each output position, at least 1.
  let counts: [Int]
  /// Weights of each output position, `capacity` apart; each position's weights sum to 1.
  let weights: [Float]
  /// The largest count.
  let capacity: Int

  /// - Parameters:
  ///   - count: source positions, at least 1.
  ///   - extent: how much of them the output covers, from position 0; `count` or a little less.
  ///   - output: output positions, at least 1.
  init(count: Int, extent: Double, output: Int, filter: ResampleFilter) {
    let scale = extent / Double(output)
    let widening = max(scale, 1)
    let support = filter.support * widening
    let capacity = min(count, Int(support.rounded(.up)) * 2 + 2)
    var starts: [Int] = []
    var counts: [Int] = []
    var weights = [Float](repeating: 0, count: output * capacity)
    var row = [Double](repeating: 0, count: capacity)
    for position in 0..<output {
      let center = (Double(position) + 0.5) * scale
      var first = min(max(Int(center - support), 0), count - 1)
      var end = max(min(Int(center + support) + 1, count, first + capacity), first + 1)
      for source in first..<end {
        row[source - first] = filter.weight((Double(source) + 0.5 - center) / widening)
      }
      // The borders are found generously; what counts for nothing is not read.
      let offset = first
      while end - first > 1, row[end - 1 - offset] == 0 { end -= 1 }
      while end - first > 1, row[first - offset] == 0 { first += 1 }
      let sum = (first..<end).reduce(0) { $0 + row[$1 - offset] }
      for source in first..<end {
        let weight = sum == 0 ? 1 / Double(end - first) : row[source - offset] / sum
        weights[position * capacity + source - first] = Float(weight)
      }
      starts.append(first)
      counts.append(end - first)
    }
    sourceCount = count
    self.starts = starts
    self.counts = counts
    self.weights = weights
    self.capacity = capacity
  }

  /// The weights of one output position.
  @inline(__always)
  func withWeights(of position: Int, _ body: (UnsafeBufferPointer<Float>) -> Void) {
    weights.withUnsafeBufferPointer { all in
      let start = position * capacity
      body(UnsafeBufferPointer(rebasing: all[start..<(start + counts[position])]))
    }
  }
}
