/// For each output position along one axis, the source positions that it is made of: the same number for
/// all of them, so that some weights are 0.
struct FilterTaps {
  /// Source positions.
  let sourceCount: Int
  /// First source position of each output position; never less than that of the one before.
  let starts: [Int32]
  /// Source positions of each output position.
  let count: Int
  /// `count` weights for each output position, their sum 1.
  let weights: [Float]

  /// - Parameters:
  ///   - count: source positions, at least 1.
  ///   - extent: how much of them the output covers, from position 0; `count` or a little less.
  ///   - output: output positions, at least 1.
  init(count: Int, extent: Double, output: Int, filter: ResampleFilter) {
    let scale = extent / Double(output)
    let widening = max(scale, 1)
    let support = filter.support * widening
    var ranges: [Range<Int>] = []
    ranges.reserveCapacity(output)
    var values: [Double] = []
    for position in 0..<output {
      let center = (Double(position) + 0.5) * scale
      func value(_ source: Int) -> Double {
        filter.weight((Double(source) + 0.5 - center) / widening)
      }
      // The borders are found generously; what counts for nothing is not read.
      var first = min(max(Int(center - support), 0), count - 1)
      var end = max(min(Int(center + support) + 1, count), first + 1)
      while end - first > 1, value(end - 1) == 0 { end -= 1 }
      while end - first > 1, value(first) == 0 { first += 1 }
      for source in first..<end { values.append(value(source)) }
      ranges.append(first..<end)
    }
    let taps = ranges.reduce(1) { max($0, $1.count) }
    var weights = [Float](repeating: 0, count: output * taps)
    var known = 0
    for (position, range) in ranges.enumerated() {
      let row = values[known..<known + range.count]
      let sum = row.reduce(0, +)
      // Near the end the taps start earlier, with weights of 0.
      let place = position * taps + range.lowerBound - min(range.lowerBound, count - taps)
      for (tap, value) in row.enumerated() {
        weights[place + tap] = Float(sum == 0 ? 1 / Double(range.count) : value / sum)
      }
      known += range.count
    }
    sourceCount = count
    starts = ranges.map { Int32(min($0.lowerBound, count - taps)) }
    self.count = taps
    self.weights = weights
  }
}
