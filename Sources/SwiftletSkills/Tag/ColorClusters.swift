/// A group of similar colours.
package struct ColorCluster: Sendable, Equatable {
  /// The mean in CIELAB.
  package var lab: Lab
  /// The mean of the coded sRGB values, 0...255.
  package var rgb: SIMD3<Float>
  /// The share of all samples, 0...1.
  package var share: Double

  /// The mean as `#RRGGBB`.
  package var hex: String {
    "#"
      + [rgb.x, rgb.y, rgb.z].map { value in
        let digits = String(Int(max(0, min(255, value)) + 0.5), radix: 16, uppercase: true)
        return digits.count == 1 ? "0" + digits : digits
      }.joined()
  }
}

/// Clustering of colours.
package enum ColorClusters {
  /// At most `count` clusters by Lloyd's algorithm from k-means++ seeds (Arthur and Vassilvitskii
  /// 2007) drawn with a fixed seed, the largest first.
  ///
  /// - Complexity: 12 passes over samples times clusters.
  package static func kMeans(_ samples: [ColorSample], count: Int) -> [ColorCluster] {
    guard !samples.isEmpty, count > 0 else { return [] }
    var centers = seeds(samples, count: count)
    var assignment = [Int](repeating: 0, count: samples.count)
    for _ in 0..<12 {
      for (index, sample) in samples.enumerated() {
        assignment[index] = nearest(centers, to: sample.lab).index
      }
      let next = means(samples, assignment, count: centers.count)
      let moved = zip(centers, next).contains { $0 != $1.lab }
      centers = zip(centers, next).map { $1.share > 0 ? $1.lab : $0 }
      if !moved { break }
    }
    return means(samples, assignment, count: centers.count)
      .filter { $0.share > 0 }.sorted { $0.share > $1.share }
  }

  /// Joins the two nearest clusters while they differ by less than `limit` in CIEDE2000.
  package static func merged(_ clusters: [ColorCluster], below limit: Double) -> [ColorCluster] {
    var clusters = clusters
    while true {
      var best: (first: Int, second: Int, difference: Double)?
      for first in clusters.indices {
        for second in clusters.indices where second > first {
          let difference = clusters[first].lab.difference(to: clusters[second].lab)
          if difference < best?.difference ?? limit { best = (first, second, difference) }
        }
      }
      guard let best else { return clusters.sorted { $0.share > $1.share } }
      let (a, b) = (clusters[best.first], clusters[best.second])
      let share = a.share + b.share
      let weight = share > 0 ? b.share / share : 0
      clusters[best.first] = ColorCluster(
        lab: Lab(
          a.lab.l + (b.lab.l - a.lab.l) * weight, a.lab.a + (b.lab.a - a.lab.a) * weight,
          a.lab.b + (b.lab.b - a.lab.b) * weight),
        rgb: a.rgb + (b.rgb - a.rgb) * Float(weight), share: share)
      clusters.remove(at: best.second)
    }
  }

  private static func nearest(_ centers: [Lab], to color: Lab) -> (index: Int, distance: Double) {
    var best = (index: 0, distance: Double.infinity)
    for (index, center) in centers.enumerated() {
      let distance = center.squaredDistance(to: color)
      if distance < best.distance { best = (index, distance) }
    }
    return best
  }

  private static func seeds(_ samples: [ColorSample], count: Int) -> [Lab] {
    var random = SplitMix64(state: 0x5eed)
    var seeds = [samples[Int(random.unit() * Double(samples.count))].lab]
    var distances = samples.map { $0.lab.squaredDistance(to: seeds[0]) }
    while seeds.count < count {
      let total = distances.reduce(0, +)
      guard total > 0 else { break }
      var target = random.unit() * total
      var chosen = samples.count - 1
      for (index, distance) in distances.enumerated() {
        target -= distance
        if target < 0 {
          chosen = index
          break
        }
      }
      let seed = samples[chosen].lab
      seeds.append(seed)
      for index in samples.indices {
        distances[index] = min(distances[index], samples[index].lab.squaredDistance(to: seed))
      }
    }
    return seeds
  }

  private static func means(
    _ samples: [ColorSample], _ assignment: [Int], count: Int
  ) -> [ColorCluster] {
    var lab = [SIMD3<Double>](repeating: .init(repeating: 0), count: count)
    var rgb = lab
    var members = [Int](repeating: 0, count: count)
    for (sample, cluster) in zip(samples, assignment) {
      lab[cluster] += SIMD3(sample.lab.l, sample.lab.a, sample.lab.b)
      rgb[cluster] += SIMD3<Double>(sample.rgb)
      members[cluster] += 1
    }
    return (0..<count).map { index in
      let divisor = Double(max(1, members[index]))
      let (mean, color) = (lab[index] / divisor, rgb[index] / divisor)
      return ColorCluster(
        lab: Lab(mean.x, mean.y, mean.z), rgb: SIMD3<Float>(color),
        share: Double(members[index]) / Double(samples.count))
    }
  }
}

/// Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
struct SplitMix64 {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// A number in 0..<1.
  mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }
}
