/// Memory offsets for buffers of known size and lifetime, such that buffers alive at the same time do not
/// overlap.
///
/// Greedy by size: the largest buffer first, each at the lowest offset that is free during its life
/// (Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference", 2020). O(n^2).
package struct ArenaLayout: Sendable {
  /// A buffer to place.
  package struct Request: Sendable {
    /// Floats.
    package var count: Int
    /// The first and the last step at which the content matters.
    package var first: Int, last: Int

    /// A request.
    package init(count: Int, first: Int, last: Int) {
      self.count = count
      self.first = first
      self.last = last
    }
  }

  /// An offset for each request, in floats, aligned to 16.
  package private(set) var offsets: [Int]
  /// Floats in all.
  package private(set) var count: Int

  /// Places the requests.
  package init(_ requests: [Request]) {
    offsets = [Int](repeating: 0, count: requests.count)
    count = 0
    var placed: [Int] = []
    let order = requests.indices.sorted {
      (requests[$0].count, $1) > (requests[$1].count, $0)
    }
    for index in order {
      let request = requests[index]
      let size = (request.count + 15) & ~15
      let rivals =
        placed
        .filter { requests[$0].first <= request.last && request.first <= requests[$0].last }
        .sorted { offsets[$0] < offsets[$1] }
      var offset = 0
      for rival in rivals {
        if offsets[rival] - offset >= size { break }
        offset = max(offset, offsets[rival] + ((requests[rival].count + 15) & ~15))
      }
      offsets[index] = offset
      count = max(count, offset + size)
      placed.append(index)
    }
  }
}
