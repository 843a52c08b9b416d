extension PixelBuffer {
  /// The picture scaled to a new size, without regard to its aspect.
  ///
  /// Separable; the filter is widened when scaling down. RGBA is weighted by alpha, so that hidden
  /// colours of transparent pixels do not bleed into the visible ones; where the result is wholly
  /// transparent it is 0. Sums are in single precision, rounded once at the end.
  ///
  /// - Parameters:
  ///   - width: new columns; below 1 counts as 1.
  ///   - height: new rows; below 1 counts as 1.
  ///   - filter: the kernel.
  /// - Complexity: pixels of the larger picture times twice the filter's support; a few rows of
  ///   memory besides the result.
  public func resized(
    width: Int, height: Int, filter: ResampleFilter = .bilinear
  ) -> PixelBuffer {
    let (newWidth, newHeight) = (max(1, width), max(1, height))
    if newWidth == self.width, newHeight == self.height { return self }
    let columns = FilterTaps(
      count: self.width, extent: Double(self.width), output: newWidth, filter: filter)
    let rows = FilterTaps(
      count: self.height, extent: Double(self.height), output: newHeight, filter: filter)
    return withPixels { source in
      PixelBuffer.make(width: newWidth, height: newHeight, channels: channels) { target in
        nonisolated(unsafe) let target = target
        let count = newWidth * channels
        Resampler(source, width: self.width, channels: channels, rows: rows, columns: columns)
          .run { row, line in
            let to = target + row * count
            for index in 0..<count { to[index] = line[index].roundedByte }
          }
      }
    }
  }

  /// Writes the picture as a network's input: stretched to `width` x `height`, normalised, RGB.
  ///
  /// Each component is `(value * scale - mean) / std`, where `value` is 0...255. Scaling down is
  /// antialiased with a triangle filter; factors of four and more are first reduced by the mean of
  /// whole boxes to between two and four. Grey is repeated in all three channels; RGBA is laid
  /// over white.
  ///
  /// - Parameters:
  ///   - width: columns of the input; below 1 counts as 1.
  ///   - height: rows of the input; below 1 counts as 1.
  ///   - scale: factor before the mean is taken off, such as 1/255.
  ///   - mean: of each channel, after `scale`.
  ///   - std: of each channel, after `scale`.
  ///   - destination: room for `height * width * 3` floats; row-major, NHWC with N = 1.
  public func floatNHWC(
    width: Int, height: Int, scale: Float = 1 / 255, mean: SIMD3<Float> = [0, 0, 0],
    std: SIMD3<Float> = [1, 1, 1], into destination: UnsafeMutablePointer<Float>
  ) {
    if channels == 4 {
      composited(over: (255, 255, 255)).floatNHWC(
        width: width, height: height, scale: scale, mean: mean, std: std, into: destination)
      return
    }
    let (newWidth, newHeight) = (max(1, width), max(1, height))
    let boxWidth = min(max(1, self.width / newWidth / 2), 128)
    let boxHeight = min(max(1, self.height / newHeight / 2), 128)
    let source =
      boxWidth * boxHeight == 1 ? self : boxReduced(boxWidth: boxWidth, boxHeight: boxHeight)
    let columns = FilterTaps(
      count: source.width, extent: Double(self.width) / Double(boxWidth), output: newWidth,
      filter: .bilinear)
    let rows = FilterTaps(
      count: source.height, extent: Double(self.height) / Double(boxHeight), output: newHeight,
      filter: .bilinear)
    let gain = scale / std
    let offset = -mean / std
    let (green, blue) = channels == 1 ? (0, 0) : (1, 2)
    let step = source.channels
    nonisolated(unsafe) let destination = destination
    source.withPixels { pixels in
      Resampler(
        pixels, width: source.width, channels: source.channels, rows: rows, columns: columns
      ).run { row, line in
        var to = destination + row * newWidth * 3
        var from = UnsafePointer(line)
        for _ in 0..<newWidth {
          to[0] = from[0] * gain.x + offset.x
          to[1] = from[green] * gain.y + offset.y
          to[2] = from[blue] * gain.z + offset.z
          to += 3
          from += step
        }
      }
    }
  }
}

extension Float {
  /// The nearest of 0...255, a half to the even one.
  ///
  /// A float between 2^23 and 2^24 has its integer part in its lowest bits, so that the sum rounds
  /// and converts at once; unlike a conversion, it vectorises.
  @inline(__always)
  fileprivate var roundedByte: UInt8 {
    UInt8(truncatingIfNeeded: (Swift.max(0, Swift.min(255, self)) + 8_388_608).bitPattern)
  }
}
