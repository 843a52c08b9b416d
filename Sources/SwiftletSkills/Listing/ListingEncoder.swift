public import SwiftletImage

/// Writes pictures inside a marketplace's limits.
public enum ListingEncoder {
  /// A picture as a file of `format`, of `bytesMin...bytesMax` bytes where that can be had.
  ///
  /// A PNG has one size. A JPEG starts at `quality`; too large, its quality is halved in towards
  /// 60, too small, it is written at 100. A file that still does not fit is returned all the same:
  /// the rules `file.too_large` and `file.too_small` name it.
  ///
  /// - Parameter keepsWhite: whether every sample of 255 must stay exactly 255 in a JPEG, for a
  ///   larger file; a PNG is exact in any case.
  /// - Throws: `SkillError`, among others for a JPEG of RGBA: transparency is never dropped.
  /// - Complexity: one encoding, up to seven where the first is too large.
  public static func encode(
    _ pixels: PixelBuffer, as format: ImageFormat, quality: Int, keepsWhite: Bool = false,
    bytesMin: Int? = nil, bytesMax: Int? = nil
  ) throws(SkillError) -> [UInt8] {
    switch format {
    case .png:
      return try image { () throws(ImageError) in try ImageEncoder.png(pixels) }
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
      guard let bytesMax, best.count > bytesMax, quality > 60 else { return best }
      var (low, high) = (60, quality - 1)
      best = try jpeg(low)
      while low < high {
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
