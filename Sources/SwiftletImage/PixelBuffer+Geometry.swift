extension PixelBuffer {
  /// The part of the picture inside a rectangle.
  ///
  /// The rectangle is first cut to the picture; where nothing is left, the nearest single pixel is
  /// the result, so that no rectangle is an error.
  public func cropped(x: Int, y: Int, width: Int, height: Int) -> PixelBuffer {
    let left = min(max(x, 0), self.width - 1)
    let top = min(max(y, 0), self.height - 1)
    let right = min(max(x.addingClamped(width), left + 1), self.width)
    let bottom = min(max(y.addingClamped(height), top + 1), self.height)
    let rowBytes = (right - left) * channels
    return withPixels { source in
      PixelBuffer.make(width: right - left, height: bottom - top, channels: channels) { target in
        for row in 0..<(bottom - top) {
          let from = source + (top + row) * stride + left * channels
          (target + row * rowBytes).update(from: from, count: rowBytes)
        }
      }
    }
  }

  /// The picture with borders of one colour around it.
  ///
  /// - Parameters:
  ///   - top: rows above; below 0 counts as 0, and so for the other sides.
  ///   - left: columns to the left.
  ///   - bottom: rows below.
  ///   - right: columns to the right.
  ///   - color: the colour of the border; a picture of 1 channel takes the first component, one of
  ///     3 channels ignores alpha.
  /// - Precondition: the padded picture fits into memory.
  public func padded(
    top: Int, left: Int, bottom: Int, right: Int,
    color: (red: UInt8, green: UInt8, blue: UInt8, alpha: UInt8) = (0, 0, 0, 0)
  ) -> PixelBuffer {
    let (top, left) = (max(0, top), max(0, left))
    let newWidth = width + left + max(0, right)
    let newHeight = height + top + max(0, bottom)
    let newStride = newWidth * channels
    return withPixels { source in
      PixelBuffer.make(width: newWidth, height: newHeight, channels: channels) { target in
        for column in 0..<newWidth {
          let pixel = target + column * channels
          pixel[0] = color.red
          if channels >= 3 {
            pixel[1] = color.green
            pixel[2] = color.blue
          }
          if channels == 4 { pixel[3] = color.alpha }
        }
        for row in 1..<max(newHeight, 2) where row < newHeight {
          (target + row * newStride).update(from: target, count: newStride)
        }
        for row in 0..<height {
          let to = target + (top + row) * newStride + left * channels
          to.update(from: source + row * stride, count: stride)
        }
      }
    }
  }

  /// The mirror image: left and right change places.
  public func flippedHorizontally() -> PixelBuffer {
    withPixels { source in
      PixelBuffer.make(width: width, height: height, channels: channels) { target in
        let writer = UprightWriter(
          width: width, height: height, orientation: 2, channels: channels)
        for row in Swift.stride(from: 0, to: height, by: 16) {
          writer.place(
            source + row * stride, first: row, count: min(16, height - row), into: target)
        }
      }
    }
  }
}

extension Int {
  fileprivate func addingClamped(_ other: Int) -> Int {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? (other < 0 ? .min : .max) : sum
  }
}
