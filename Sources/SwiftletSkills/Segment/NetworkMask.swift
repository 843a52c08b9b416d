/// A foreground probability a pixel at the network's resolution.
public struct NetworkMask: Sendable, Equatable {
  /// Columns.
  public let width: Int
  /// Rows.
  public let height: Int
  /// `height * width` values within 0...1, row-major.
  public let values: [Float]
  /// How unsure the network is, 0 (sure) to 1.
  ///
  /// Twice the share of the pixels above 0.25 that are not above 0.75: 1 where half or more of what
  /// may be product is doubtful, and where nothing is above 0.5. On photos with exact masks this
  /// foretells an IoU below 0.9 better than the entropy of the mask does.
  public let uncertainty: Double

  /// A mask; values outside 0...1 are clamped, those that are no number become 0.
  ///
  /// - Throws: `SkillError` with code `invalidArgument` unless there are `width * height` values
  ///   and at least one.
  public init(width: Int, height: Int, values: [Float]) throws(SkillError) {
    let (count, overflow) = width.multipliedReportingOverflow(by: height)
    guard width > 0, height > 0, !overflow, count == values.count else {
      throw SkillError(
        .invalidArgument, "mask", "\(width) x \(height) does not hold \(values.count) values",
        "give a value a pixel")
    }
    self.init(
      checkedWidth: width, height: height,
      values: values.converted { $0 > 0 ? ($0 < 1 ? $0 : 1) : 0 })
  }

  /// The caller has established the invariants.
  private init(checkedWidth width: Int, height: Int, values: [Float]) {
    self.width = width
    self.height = height
    self.values = values
    let tally = Tally(values)
    inside = tally.inside
    insideSum = tally.insideSum
    uncertainty =
      tally.inside == 0 ? 1 : min(1, 2 * (1 - Double(tally.core) / Double(tally.reach)))
  }

  /// Pixels above 0.5, and the sum of their values.
  private let inside: Int
  private let insideSum: Float

  /// Counts of values, eight at a time.
  private struct Tally {
    /// Values above 0.25, 0.5 and 0.75.
    var reach = 0, inside = 0, core = 0
    /// The sum of those above 0.5.
    var insideSum: Float = 0

    init(_ values: [Float]) {
      typealias Lanes = SIMD8<Float>
      var counts = (SIMD8<Int32>.zero, SIMD8<Int32>.zero, SIMD8<Int32>.zero)
      var sums = Lanes.zero
      let ones = SIMD8<Int32>(repeating: 1)
      values.withUnsafeBytes { bytes in
        var index = 0
        while index + 8 <= values.count {
          let lanes = bytes.loadUnaligned(fromByteOffset: 4 * index, as: Lanes.self)
          let isInside = lanes .> Lanes(repeating: 0.5)
          counts.0 &+= SIMD8<Int32>.zero.replacing(
            with: ones, where: lanes .> Lanes(repeating: 0.25))
          counts.1 &+= SIMD8<Int32>.zero.replacing(with: ones, where: isInside)
          counts.2 &+= SIMD8<Int32>.zero.replacing(
            with: ones, where: lanes .> Lanes(repeating: 0.75))
          sums += Lanes.zero.replacing(with: lanes, where: isInside)
          index += 8
        }
        for value in values[index...] {
          reach += value > 0.25 ? 1 : 0
          inside += value > 0.5 ? 1 : 0
          core += value > 0.75 ? 1 : 0
          insideSum += value > 0.5 ? value : 0
        }
      }
      reach += Int(counts.0.wrappedSum())
      inside += Int(counts.1.wrappedSum())
      core += Int(counts.2.wrappedSum())
      insideSum += sums.sum()
    }
  }

  /// Pixels above 0.5 as a share of all.
  public var foregroundShare: Double { Double(inside) / Double(values.count) }

  /// Whether what the network sees is a product: at least `shareMin` of the picture is above 0.5, and
  /// where next to nothing of it is sure (an uncertainty of 0.9 or more), it is no speck (below 5 %
  /// of the picture) and is above 0.75 in the mean.
  ///
  /// On 40 rendered grounds without a product, blobs were below 3 % of the picture, or 0.6 to 0.75 in
  /// the mean; of 120 products whose masks were that unsure, none was.
  package func showsProduct(shareMin: Double) -> Bool {
    guard inside > 0, foregroundShare >= shareMin else { return false }
    return uncertainty < 0.9
      || (foregroundShare >= 0.05 && insideSum / Float(inside) >= 0.75)
  }

  /// Pixels above 0.5 on the picture's border as a share of the border.
  package var borderShare: Double {
    var (inside, all) = (0, 0)
    for row in 0..<height {
      let isOuter = row == 0 || row == height - 1
      for column in stride(from: 0, to: width, by: isOuter ? 1 : max(1, width - 1)) {
        inside += values[row * width + column] > 0.5 ? 1 : 0
        all += 1
      }
    }
    return Double(inside) / Double(all)
  }

  /// Whether the mask of a photo seen inside a border is that of the photo itself, a rectangle on a
  /// ground: it reaches a quarter of the photo's border. On 40 grounds without a product such masks
  /// reach a third or more of it, those of products that touch it less than a fifth.
  package var showsFrame: Bool { borderShare >= 0.25 }

  /// The mean of two masks of the same photo, at this one's size.
  package func averaged(with other: NetworkMask) -> NetworkMask {
    let theirs =
      other.width == width && other.height == height
      ? other.values : other.resized(width: width, height: height)
    return NetworkMask(
      checkedWidth: width, height: height, values: zip(values, theirs).map { ($0 + $1) / 2 })
  }

  /// The mask without haze and specks: connected pixels above 0.02 become 0 where none of them is
  /// above 0.5, or where those above 0.5 are both less than 0.1 % of the picture and less than 2 %
  /// of the largest part's.
  package var withoutHaze: NetworkMask {
    let parts = Components(
      values.converted { $0 > 0.02 }, width: width, height: height)
    var cores = [Int](repeating: 0, count: parts.count + 1)
    values.withUnsafeBufferPointer { values in
      parts.labels.withUnsafeBufferPointer { labels in
        for index in 0..<values.count where values[index] > 0.5 { cores[Int(labels[index])] += 1 }
      }
    }
    let largest = cores.max() ?? 0
    let isKept = cores.map { core in
      core > 0 && (core * 1000 >= values.count || core * 50 >= largest)
    }
    let kept = [Float](unsafeUninitializedCapacity: values.count) { kept, filled in
      isKept.withUnsafeBufferPointer { isKept in
        parts.labels.withUnsafeBufferPointer { labels in
          for (index, value) in values.enumerated() {
            kept[index] = isKept[Int(labels[index])] ? value : 0
          }
        }
      }
      filled = values.count
    }
    return NetworkMask(checkedWidth: width, height: height, values: kept)
  }

  /// The mirror image: left and right change places.
  package var flippedHorizontally: NetworkMask {
    var flipped = values
    for row in 0..<height {
      for column in 0..<width {
        flipped[row * width + column] = values[row * width + width - 1 - column]
      }
    }
    return NetworkMask(checkedWidth: width, height: height, values: flipped)
  }

  /// The part inside a rectangle that lies within the mask.
  package func cropped(x: Int, y: Int, width: Int, height: Int) -> NetworkMask {
    var part: [Float] = []
    part.reserveCapacity(width * height)
    for row in y..<y + height {
      part += values[row * self.width + x..<row * self.width + x + width]
    }
    return NetworkMask(checkedWidth: width, height: height, values: part)
  }

  /// The mask at another size by bilinear interpolation of pixel centres, edges repeated; `curve` is
  /// applied to each result.
  package func resized(
    width newWidth: Int, height newHeight: Int, curve: @Sendable (Float) -> Float = { $0 }
  ) -> [Float] {
    let columns = (0..<newWidth).map { LinearTap($0, count: newWidth, source: width) }
    return [Float](unsafeUninitializedCapacity: newWidth * newHeight) { buffer, filled in
      nonisolated(unsafe) let result = buffer
      parallelRows(newHeight) { rows in
        var line = [Float](repeating: 0, count: width)
        for row in rows {
          let tap = LinearTap(row, count: newHeight, source: height)
          let (top, bottom) = (tap.lower * width, tap.upper * width)
          for column in 0..<width {
            line[column] =
              values[top + column] + (values[bottom + column] - values[top + column]) * tap.weight
          }
          let start = row * newWidth
          for column in 0..<newWidth {
            result[start + column] = curve(columns[column].blend(line, row: 0))
          }
        }
      }
      filled = newWidth * newHeight
    }
  }
}

/// The two source positions that a position of a resized line lies between.
struct LinearTap {
  let lower: Int
  let upper: Int
  /// The share of `upper`.
  let weight: Float

  /// The tap of position `index` of a line of `count`, over a line of `source`.
  init(_ index: Int, count: Int, source: Int) {
    let position = (Float(index) + 0.5) * Float(source) / Float(count) - 0.5
    let clamped = max(0, min(position, Float(source - 1)))
    lower = Int(clamped)
    upper = min(lower + 1, source - 1)
    weight = clamped - Float(lower)
  }

  func blend(_ values: [Float], row: Int) -> Float {
    let first = values[row + lower]
    return first + (values[row + upper] - first) * weight
  }
}
