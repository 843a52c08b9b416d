/// Puts rows as stored into an upright picture, for one of the eight Exif orientations.
///
/// The pixel in column `x` of stored row `y` goes to `origin + x * columnStep + y * rowStep`,
/// counted in pixels of the upright picture.
struct UprightWriter {
  private let width: Int
  private let channels: Int
  private let origin: Int
  private let columnStep: Int
  private let rowStep: Int

  /// - Parameters:
  ///   - width: stored columns.
  ///   - height: stored rows.
  ///   - orientation: 1...8, as Exif counts; anything else counts as 1.
  ///   - channels: 1, 3 or 4.
  init(width: Int, height: Int, orientation: Int, channels: Int) {
    self.width = width
    self.channels = channels
    let last = width * height - 1
    // Upright rows have `width` pixels for orientations 1...4 and `height` for 5...8.
    (origin, columnStep, rowStep) =
      switch orientation {
      case 2: (width - 1, -1, width)
      case 3: (last, -1, -width)
      case 4: (last - width + 1, 1, -width)
      case 5: (0, height, 1)
      case 6: (height - 1, height, -1)
      case 7: (last, -height, -1)
      case 8: (last - height + 1, -height, 1)
      default: (0, 1, width)
      }
  }

  /// Places `count` stored rows from row `first`.
  func place(
    _ rows: UnsafePointer<UInt8>, first: Int, count: Int, into target: UnsafeMutablePointer<UInt8>
  ) {
    if columnStep == 1 {
      for row in 0..<count {
        let to = target + (origin + (first + row) * rowStep) * channels
        to.update(from: rows + row * width * channels, count: width * channels)
      }
    } else if channels == 4 {
      scatter(rows, first: first, count: count, into: target) { from, to in
        to[0] = from[0]
        to[1] = from[1]
        to[2] = from[2]
        to[3] = from[3]
      }
    } else if channels == 3, columnStep.magnitude > 1 {
      turn(rows, first: first, count: count, into: target)
    } else if channels == 3 {
      scatter(rows, first: first, count: count, into: target) { from, to in
        to[0] = from[0]
        to[1] = from[1]
        to[2] = from[2]
      }
    } else {
      scatter(rows, first: first, count: count, into: target) { from, to in to[0] = from[0] }
    }
  }

  /// Goes through the rows in blocks of columns, so that both sides stay in the first-level cache,
  /// and in each column down the rows, which are neighbours in a turned picture.
  @inline(__always)
  private func scatter(
    _ rows: UnsafePointer<UInt8>, first: Int, count: Int,
    into target: UnsafeMutablePointer<UInt8>,
    copy: (UnsafePointer<UInt8>, UnsafeMutablePointer<UInt8>) -> Void
  ) {
    let block = 16
    var left = 0
    while left < width {
      for column in left..<min(left + block, width) {
        var from = rows + column * channels
        var to = target + (origin + column * columnStep + first * rowStep) * channels
        for _ in 0..<count {
          copy(from, to)
          from += width * channels
          to += rowStep * channels
        }
      }
      left += block
    }
  }

  /// Turned RGB: the pixels of a stored column are neighbours, and four of them are three words.
  @inline(__always)
  private func turn(
    _ rows: UnsafePointer<UInt8>, first: Int, count: Int,
    into target: UnsafeMutablePointer<UInt8>
  ) {
    let stride = width * 3
    let (start, step, origin) =
      rowStep > 0
      ? (rows, stride, origin + first)
      : (rows + (count - 1) * stride, -stride, origin - (first + count - 1))
    let block = 16
    for left in Swift.stride(from: 0, to: width, by: block) {
      for column in left..<min(left + block, width) {
        var from = UnsafeRawPointer(start + column * 3)
        var to = UnsafeMutableRawPointer(target + (origin + column * columnStep) * 3)
        var rest = count
        // A word holds a byte of the next pixel too, which the last one lacks.
        while rest >= 4, column + 1 < width {
          let a = from.loadUnaligned(as: UInt32.self).littleEndian
          let b = from.loadUnaligned(fromByteOffset: step, as: UInt32.self).littleEndian
          let c = from.loadUnaligned(fromByteOffset: 2 * step, as: UInt32.self).littleEndian
          let d = from.loadUnaligned(fromByteOffset: 3 * step, as: UInt32.self).littleEndian
          to.storeBytes(of: (a & 0xff_ffff | b << 24).littleEndian, as: UInt32.self)
          to.storeBytes(
            of: ((b >> 8) & 0xffff | c << 16).littleEndian, toByteOffset: 4, as: UInt32.self)
          to.storeBytes(
            of: ((c >> 16) & 0xff | d << 8).littleEndian, toByteOffset: 8, as: UInt32.self)
          from += 4 * step
          to += 12
          rest -= 4
        }
        while rest > 0 {
          to.copyMemory(from: from, byteCount: 3)
          from += step
          to += 3
          rest -= 1
        }
      }
    }
  }
}
