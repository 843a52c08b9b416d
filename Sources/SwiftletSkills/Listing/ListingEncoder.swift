public import SwiftletImage

/// A picture as a file, and what it took to meet the limits.
package struct ListingFile: Sendable {
  /// The file.
  package var bytes: [UInt8]
  /// The picture as written.
  package var composition: Composition
  /// Bytes without meaning that were added to reach the least size.
  package var filler = 0
}

/// Writes pictures inside a marketplace's limits.
public enum ListingEncoder {
  /// The least quality of a JPEG, below which a picture is rather reduced.
  static let leastQuality = 75

  /// A composition as a file of `format` inside the limits of `profile`.
  ///
  /// Too large, a JPEG is written with less quality down to 75 and then reduced, but not below the
  /// size that the profile demands or recommends; a PNG is compressed harder and then reduced. Too
  /// small, a JPEG is written at 100 and then filled with comments. A file that still does not fit
  /// is returned all the same: the rules `file.too_large` and `file.too_small` name it.
  ///
  /// Over white, every sample of 255 stays exactly 255 in a JPEG too.
  ///
  /// - Throws: `SkillError`, among others for a JPEG of RGBA: transparency is never dropped.
  /// - Complexity: one encoding where the first fits, else up to six a size, four sizes.
  static func encode(
    _ composition: Composition, as format: ImageFormat, quality: Int, profile: Profile?
  ) throws(SkillError) -> ListingFile {
    let keepsWhite = composition.background == .white
    let (least, most) = (profile?.bytesMin, profile?.bytesMax ?? .max)
    var file = ListingFile(
      bytes: try encode(
        composition.pixels, as: format, quality: quality, keepsWhite: keepsWhite, bytesMin: least,
        bytesMax: most),
      composition: composition)
    var attempts = 0
    while file.bytes.count > most, attempts < 4, let profile {
      let ratio = min(0.95, (0.9 * Double(most) / Double(file.bytes.count)).squareRoot())
      guard let smaller = file.composition.reduced(by: ratio, keeping: profile) else { break }
      file.composition = smaller
      file.bytes = try encode(
        smaller.pixels, as: format, quality: quality, keepsWhite: keepsWhite, bytesMin: least,
        bytesMax: most)
      attempts += 1
    }
    if let least, file.bytes.count < least, format == .jpeg {
      let filled = JPEGFiller.filled(file.bytes, to: least)
      file.filler = filled.count - file.bytes.count
      file.bytes = filled
    }
    return file
  }

  /// A picture as a file of `format`, of `bytesMin...bytesMax` bytes where its quality can bring
  /// that about.
  ///
  /// - Parameter keepsWhite: whether every sample of 255 must stay exactly 255 in a JPEG, for a
  ///   larger file; a PNG is exact in any case.
  /// - Throws: `SkillError`, among others for a JPEG of RGBA: transparency is never dropped.
  /// - Complexity: one encoding, up to six where the first does not fit.
  public static func encode(
    _ pixels: PixelBuffer, as format: ImageFormat, quality: Int, keepsWhite: Bool = false,
    bytesMin: Int? = nil, bytesMax: Int? = nil
  ) throws(SkillError) -> [UInt8] {
    switch format {
    case .png:
      let quick = try image { () throws(ImageError) in try ImageEncoder.png(pixels) }
      guard quick.count > bytesMax ?? .max else { return quick }
      return try image { () throws(ImageError) in try ImageEncoder.png(pixels, compression: 9) }
    case .jpeg:
      func jpeg(_ quality: Int) throws(SkillError) -> [UInt8] {
        try image { () throws(ImageError) in
          try ImageEncoder.jpeg(pixels, quality: quality, chroma: keepsWhite ? .exactWhite : .full)
        }
      }
      var best = try jpeg(quality)
      if let bytesMin, best.count < bytesMin, quality < 100 {
        let richer = try jpeg(100)
        if richer.count <= bytesMax ?? .max { best = richer }
      }
      guard let bytesMax, best.count > bytesMax, quality > leastQuality else { return best }
      var (low, high) = (leastQuality, quality - 1)
      best = try jpeg(low)
      while low < high, best.count <= bytesMax {
        let middle = (low + high + 1) / 2
        let candidate = try jpeg(middle)
        if candidate.count <= bytesMax {
          best = candidate
          low = middle
        } else {
          high = middle - 1
        }
      }
      return best
    }
  }
}

/// Comments that bring a JPEG to a number of bytes.
enum JPEGFiller {
  private static let text = Array(
    "filler added by swiftlet to reach the least file size of a marketplace ".utf8)

  /// The file with comment segments behind its application segments, which have to come first, of
  /// `count` bytes or up to three more.
  static func filled(_ bytes: [UInt8], to count: Int) -> [UInt8] {
    guard bytes.count >= 2, bytes.count < count else { return bytes }
    var head = 2
    while head + 4 <= bytes.count, bytes[head] == 0xff, (0xe0...0xef).contains(bytes[head + 1]) {
      let length = Int(bytes[head + 2]) << 8 | Int(bytes[head + 3])
      guard length >= 2, head + 2 + length <= bytes.count else { break }
      head += 2 + length
    }
    var result = Array(bytes.prefix(head))
    result.reserveCapacity(count + 4)
    var missing = count - bytes.count
    while missing > 0 {
      // Two bytes of marker, two of length, which counts itself.
      let length = min(max(missing - 2, 2), 65_000)
      result += [0xff, 0xfe, UInt8(length >> 8), UInt8(length & 255)]
      for index in 0..<length - 2 { result.append(text[index % text.count]) }
      missing -= length + 2
    }
    return result + bytes.dropFirst(head)
  }
}
