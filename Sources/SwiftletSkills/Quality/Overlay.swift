internal import SwiftletImage

/// What may have been laid over a photo: a frame along its border, and lines of text beside the
/// product.
package struct Overlay: Sendable, Equatable {
  /// The depth of a frame of one colour around the picture as a share of the shorter side; 0 where
  /// there is none.
  package let border: Double
  /// Characters in rows beside the product; nil where the background is too busy to tell.
  package let characters: Int?

  /// The overlay of a photo reduced to at most 512 pixels.
  ///
  /// - Parameter busy: whether the background has too many edges of its own to look for text.
  package init(_ photo: PhotoView, isBusy busy: Bool) {
    border = Overlay.border(photo)
    characters = busy ? nil : Overlay.characters(photo)
  }

  // MARK: Border

  /// A frame has the same colour on all four sides and ends in a straight edge on each.
  private static func border(_ photo: PhotoView) -> Double {
    let (width, height) = (photo.width, photo.height)
    let most = min(width, height) / 8
    guard most >= 3 else { return 0 }
    // Lines from each side inwards: the index of the pixel at `place` of line `depth`.
    let sides: [(length: Int, index: (Int, Int) -> Int)] = [
      (width, { $1 * width + $0 }), (width, { (height - 1 - $1) * width + $0 }),
      (height, { $0 * width + $1 }), (height, { $0 * width + width - 1 - $1 }),
    ]
    var depths: [Int] = []
    var colors: [SIMD3<Float>] = []
    for side in sides {
      // The corners belong to the strips of two sides.
      let color = photo.color(side.index(side.length / 2, 0))
      func share(_ depth: Int, from: Int, _ condition: (Float) -> Bool) -> Double {
        let range = from..<side.length - from
        guard !range.isEmpty else { return 0 }
        let count = range.count {
          condition(photo.distance(photo.color(side.index($0, depth)), color))
        }
        return Double(count) / Double(range.count)
      }
      // Compression blurs the frame's inner edge over some pixels.
      guard let depth = (0...most).first(where: { share($0, from: 0) { $0 < 20 } < 0.98 }),
        depth > 0, depth + 3 <= most,
        (depth + 1...depth + 3).contains(where: { share($0, from: $0 + 1) { $0 > 14 } > 0.9 })
      else { return 0 }
      depths.append(depth)
      colors.append(color)
    }
    guard let least = depths.min(), colors.allSatisfy({ photo.distance($0, colors[0]) < 12 }) else {
      return 0
    }
    return Double(least) / Double(min(width, height))
  }

  // MARK: Text

  /// The part of a picture that differs from its surroundings, as a box.
  private struct Mark {
    var left = Int.max, right = -1, top = Int.max, bottom = -1
    var area = 0
    var width: Int { right - left + 1 }
    var height: Int { bottom - top + 1 }

    /// Whether a letter could be drawn so: not tiny, not huge, neither a line nor a full box.
    var isLetter: Bool {
      height >= 6 && height <= 72 && width >= 2 && Double(width) <= 2 * Double(height)
        && Double(area) >= 0.12 * Double(width * height) && area >= 8
    }
  }

  private static func characters(_ photo: PhotoView) -> Int {
    let outside = Morphology.eroded(
      photo.alpha.data.converted { $0 == 0 }, width: photo.width, height: photo.height, radius: 3)
    let luma = photo.luma
    // Contrast against the mean of a square around the pixel. Dark letters lift what is between them
    // above that mean, so that the two are looked at apart.
    let means = photo.boxedLuma(radius: 16)
    let counts = [Float(1), -1].map { sign in
      let marks = [Bool](unsafeUninitializedCapacity: luma.count) { marks, filled in
        luma.withUnsafeBufferPointer { luma in
          means.withUnsafeBufferPointer { means in
            outside.withUnsafeBufferPointer { outside in
              for index in 0..<luma.count {
                let isApart = sign * (luma[index] - means[index]) > 28
                marks[index] = outside[index] ? isApart : false
              }
            }
          }
        }
        filled = luma.count
      }
      return marks.contains(true)
        ? characters(marks, width: photo.width, height: photo.height) : 0
    }
    return counts.max() ?? 0
  }

  private static func characters(_ marks: [Bool], width: Int, height: Int) -> Int {
    let parts = Components(marks, width: width, height: height)
    var boxes = [Mark](repeating: Mark(), count: parts.count + 1)
    for y in 0..<height {
      for x in 0..<width {
        let label = Int(parts.labels[y * width + x])
        guard label > 0 else { continue }
        boxes[label].left = min(boxes[label].left, x)
        boxes[label].right = max(boxes[label].right, x)
        boxes[label].top = min(boxes[label].top, y)
        boxes[label].bottom = max(boxes[label].bottom, y)
        boxes[label].area += 1
      }
    }
    let letters = boxes.dropFirst().filter { $0.isLetter }.sorted { $0.left < $1.left }
    var taken = [Bool](repeating: false, count: letters.count)
    var total = 0
    for first in letters.indices where !taken[first] {
      var row = [first]
      for next in letters.indices.dropFirst(first + 1) where !taken[next] {
        let (a, b) = (letters[row[row.count - 1]], letters[next])
        let size = Double(max(a.height, b.height))
        let isAligned =
          abs(Double(a.bottom - b.bottom)) <= 0.3 * size
          && Double(min(a.height, b.height)) >= 0.5 * size
        let gap = Double(b.left - a.right)
        if isAligned, gap >= -0.3 * size, gap <= 1.2 * size { row.append(next) }
      }
      guard row.count >= 5 else { continue }
      for index in row { taken[index] = true }
      total += row.count
    }
    return total
  }
}
