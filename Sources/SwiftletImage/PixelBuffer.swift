/// An upright 8-bit picture in sRGB: interleaved, row-major, rows without padding.
///
/// `data[(y * width + x) * channels + c]` is channel `c` of the pixel in column `x` of row `y`.
public struct PixelBuffer: Sendable, Equatable {
  /// Columns, at least 1.
  public let width: Int
  /// Rows, at least 1.
  public let height: Int
  /// 1 (grey or alpha), 3 (RGB) or 4 (RGBA, straight alpha).
  public let channels: Int
  /// `width * height * channels` bytes; whoever replaces it keeps the count.
  public var data: [UInt8]

  /// A picture of zeros.
  ///
  /// - Precondition: `width` and `height` are at least 1 and `channels` is 1, 3 or 4. Sizes that
  ///   come from outside go through ``init(width:height:channels:data:)`` or are checked before.
  public init(width: Int, height: Int, channels: Int) {
    precondition(
      width >= 1 && height >= 1 && [1, 3, 4].contains(channels),
      "a PixelBuffer has at least one pixel and 1, 3 or 4 channels")
    self.width = width
    self.height = height
    self.channels = channels
    let count = width * height * channels
    data = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      HugePages.advise(UnsafeMutableRawBufferPointer(buffer))
      buffer.initialize(repeating: 0)
      initialized = count
    }
  }

  /// A picture of the given bytes.
  ///
  /// - Throws: ``ImageError/Code/invalidArgument`` where a side is below 1, `channels` is not 1, 3
  ///   or 4, or `data` does not hold exactly `width * height * channels` bytes.
  public init(width: Int, height: Int, channels: Int, data: [UInt8]) throws(ImageError) {
    guard width >= 1, height >= 1 else {
      throw .invalidArgument(
        "pixel buffer", "\(width) x \(height) pixels are no picture", "give sides of 1 or more")
    }
    guard [1, 3, 4].contains(channels) else {
      throw .invalidArgument(
        "pixel buffer", "\(channels) channels", "give 1 (grey), 3 (RGB) or 4 (RGBA)")
    }
    let (pixels, overflow) = width.multipliedReportingOverflow(by: height)
    let (count, overflow2) = pixels.multipliedReportingOverflow(by: channels)
    guard !overflow, !overflow2, data.count == count else {
      throw .invalidArgument(
        "pixel buffer", "\(data.count) bytes do not fill \(width) x \(height) x \(channels)",
        "give width * height * channels bytes")
    }
    self.init(width: width, height: height, channels: channels, exactly: data)
  }

  /// The caller has established that `data.count == width * height * channels`.
  init(width: Int, height: Int, channels: Int, exactly data: [UInt8]) {
    self.width = width
    self.height = height
    self.channels = channels
    self.data = data
  }
}

extension PixelBuffer {
  /// Bytes in a row.
  var stride: Int { width * channels }

  /// The bytes for reading, after a check that ``data`` still has the size the shape says.
  func withPixels<Result>(_ body: (UnsafePointer<UInt8>) -> Result) -> Result {
    precondition(
      data.count == width * height * channels,
      "PixelBuffer.data holds \(data.count) bytes, not \(width) x \(height) x \(channels)")
    return data.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { preconditionFailure("empty PixelBuffer") }
      return body(base)
    }
  }

  /// A new picture whose every byte `fill` writes.
  ///
  /// - Precondition: both sides are at least 1 and `channels` is 1, 3 or 4.
  package static func make(
    width: Int, height: Int, channels: Int, fill: (UnsafeMutablePointer<UInt8>) -> Void
  ) -> PixelBuffer {
    let count = width * height * channels
    let data = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      guard let base = buffer.baseAddress else { return }
      HugePages.advise(UnsafeMutableRawBufferPointer(buffer))
      fill(base)
      initialized = count
    }
    return PixelBuffer(width: width, height: height, channels: channels, exactly: data)
  }
}
