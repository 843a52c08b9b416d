/// What is accepted before any pixel is allocated.
public struct ImageLimits: Sendable, Equatable {
  /// The largest width times height, in pixels.
  public var maxPixels: Int
  /// The longest side, in pixels.
  public var maxSide: Int
  /// The largest file, in bytes.
  public var maxBytes: Int

  /// Makes limits; the defaults are those of ``standard``.
  public init(maxPixels: Int = 50_000_000, maxSide: Int = 16_384, maxBytes: Int = 25_000_000) {
    self.maxPixels = maxPixels
    self.maxSide = maxSide
    self.maxBytes = maxBytes
  }

  /// 50 megapixels, 16,384 pixels a side, 25 MB.
  public static let standard = ImageLimits()

  /// No limits, for files of our own.
  package static let none = ImageLimits(maxPixels: .max, maxSide: .max, maxBytes: .max)
}

extension ImageLimits {
  func check(byteCount: Int) throws(ImageError) {
    guard byteCount > maxBytes else { return }
    throw ImageError(
      code: .fileTooLarge, what: "image file",
      why: "\(byteCount) bytes are over the limit of \(maxBytes)",
      remedy: "save it smaller or with a lower quality")
  }

  /// `width` and `height` are at least 1 and below 2^32.
  func check(width: Int, height: Int, format: ImageFormat) throws(ImageError) {
    if max(width, height) > maxSide {
      throw ImageError(
        code: .resolutionTooHigh, what: "\(format.label) image",
        why: "\(width) x \(height) pixels have a side over the limit of \(maxSide)",
        remedy: "scale it down before uploading")
    }
    let (pixels, overflow) = width.multipliedReportingOverflow(by: height)
    if overflow || pixels > maxPixels {
      throw ImageError(
        code: .resolutionTooHigh, what: "\(format.label) image",
        why: "\(width) x \(height) pixels are over the limit of \(maxPixels) pixels",
        remedy: "scale it down before uploading")
    }
  }
}
