public import SwiftletImage

/// A product on its canvas.
public struct Composition: Sendable {
  /// RGB over a colour, RGBA over nothing.
  public var pixels: PixelBuffer
  /// The product's alpha on the canvas, 1 channel.
  public var alpha: PixelBuffer

  /// What lies behind the product.
  public var background: BackgroundStyle
  /// Whether a shadow was added, so that the background is not one colour.
  package var hasShadow = false

  /// The composition at `factor` times its size, at most 1; nil where that falls below what the
  /// profile demands or recommends. Where the reduced alpha is 0 an opaque background without a
  /// shadow stays exact.
  package func reduced(by factor: Double, keeping profile: Profile) -> Composition? {
    let width = max(1, Int(Double(pixels.width) * factor))
    let height = max(1, Int(Double(pixels.height) * factor))
    guard width < pixels.width, profile.takes(width: width, height: height) else { return nil }
    var result = Composition(
      pixels: pixels.resized(width: width, height: height, filter: .bilinear),
      alpha: alpha.resized(width: width, height: height, filter: .bilinear),
      background: background, hasShadow: hasShadow)
    if case .color(let red, let green, let blue) = background, !hasShadow {
      for index in 0..<width * height where result.alpha.data[index] == 0 {
        result.pixels.data[3 * index] = red
        result.pixels.data[3 * index + 1] = green
        result.pixels.data[3 * index + 2] = blue
      }
    }
    return result
  }
}

extension Profile {
  /// Whether a picture of that size is neither refused nor below what is recommended.
  fileprivate func takes(width: Int, height: Int) -> Bool {
    let (long, short) = (max(width, height), min(width, height))
    return long >= max(longSideMin ?? 0, longSideZoom ?? 0) && short >= shortSideZoom ?? 0
      && width >= widthMin ?? 0 && height >= heightMin ?? 0
  }
}

/// Lays a product over a background.
public enum Composer {
  /// The product of a photo on a canvas.
  ///
  /// Where alpha is 255 the photo's pixel, where it is 0 or the photo does not reach the
  /// background, exactly; between, `(F alpha + B (255 - alpha)) / 255` rounded. Over nothing,
  /// pixels with alpha 0 are black.
  ///
  /// - Parameters:
  ///   - pixels: RGB or RGBA, decontaminated; an alpha channel of its own is ignored.
  ///   - alpha: 1 channel of the same size.
  ///   - background: what lies behind.
  ///   - canvas: the picture's size and the photo's place; the photo's own frame by default.
  /// - Complexity: one pass over the canvas, its pixels and alpha of memory; none where the photo is RGB,
  ///   keeps its frame, and the caller gives its pixels away.
  public static func compose(
    _ pixels: consuming PixelBuffer, alpha: PixelBuffer, background: BackgroundStyle,
    canvas: Canvas? = nil
  ) -> Composition {
    let frame = Canvas(width: pixels.width, height: pixels.height)
    let canvas = canvas ?? frame
    if canvas == frame, pixels.channels == 3, background != .transparent {
      Paint(background).cover(&pixels, alpha: alpha)
      return Composition(pixels: pixels, alpha: alpha, background: background)
    }
    let channels = background == .transparent ? 4 : 3
    let paint = Paint(background)
    let source = Source(pixels, alpha)
    let count = canvas.width * canvas.height
    var matte = PixelBuffer(width: 1, height: 1, channels: 1)
    // Every pixel is written, so no memory is cleared before.
    let result = PixelBuffer.make(width: canvas.width, height: canvas.height, channels: channels) {
      targetBase in
      matte = PixelBuffer.make(width: canvas.width, height: canvas.height, channels: 1) {
        matteBase in
        source.withBuffers { colorBuffer, alphaBuffer in
          nonisolated(unsafe) let colors = colorBuffer
          nonisolated(unsafe) let alpha = alphaBuffer
          nonisolated(unsafe) let target = UnsafeMutableBufferPointer(
            start: targetBase, count: count * channels)
          nonisolated(unsafe) let matte = UnsafeMutableBufferPointer(start: matteBase, count: count)
          parallelRows(canvas.height) { band in
            for row in band {
              let line = row * canvas.width
              let from = row - canvas.offsetY
              let inside = source.columns(of: from, on: canvas)
              paint.fill(target, line..<line + inside.lowerBound)
              paint.fill(target, line + inside.upperBound..<line + canvas.width)
              matte[line..<line + inside.lowerBound].update(repeating: 0)
              matte[line + inside.upperBound..<line + canvas.width].update(repeating: 0)
              let origin = from * source.width - canvas.offsetX
              for column in inside { matte[line + column] = alpha[origin + column] }
              var column = inside.lowerBound
              while column < inside.upperBound {
                let end = Composer.runEnd(alpha, origin + column, origin + inside.upperBound)
                let run = column..<max(column + 1, end - origin)
                paint.blend(
                  colors, origin + column, source.channels, alpha, target, line + column, run.count)
                column = run.upperBound
              }
            }
          }
        }
      }
    }
    return Composition(pixels: result, alpha: matte, background: background)
  }

  /// The end of the run of pixels from `start` that share an alpha of 0 or of 255, looked at eight
  /// at a time; `start` where there is none.
  @inline(__always)
  private static func runEnd(
    _ alpha: UnsafeBufferPointer<UInt8>, _ start: Int, _ limit: Int
  ) -> Int {
    let value = alpha[start]
    guard value == 0 || value == 255 else { return start }
    let pattern: UInt64 = value == 0 ? 0 : .max
    let bytes = UnsafeRawBufferPointer(alpha)
    var end = start
    while end + 8 <= limit, bytes.loadUnaligned(fromByteOffset: end, as: UInt64.self) == pattern {
      end += 8
    }
    return end
  }

  private struct Source: Sendable {
    let pixels: PixelBuffer
    let alpha: PixelBuffer
    var width: Int { pixels.width }
    var height: Int { pixels.height }
    var channels: Int { pixels.channels }

    /// The columns of a canvas on which row `row` of the photo lies.
    func columns(of row: Int, on canvas: Canvas) -> Range<Int> {
      guard row >= 0, row < height else { return 0..<0 }
      let first = min(max(0, canvas.offsetX), canvas.width)
      return first..<max(first, min(canvas.width, canvas.offsetX + width))
    }

    init(_ pixels: PixelBuffer, _ alpha: PixelBuffer) {
      self.pixels = pixels
      self.alpha = alpha
    }

    func withBuffers(
      _ body: (UnsafeBufferPointer<UInt8>, UnsafeBufferPointer<UInt8>) -> Void
    ) {
      pixels.data.withUnsafeBufferPointer { colors in
        alpha.data.withUnsafeBufferPointer { alpha in body(colors, alpha) }
      }
    }
  }

  /// How a pixel of the canvas is written.
  private struct Paint: Sendable {
    let isTransparent: Bool
    let red: UInt8, green: UInt8, blue: UInt8

    init(_ style: BackgroundStyle) {
      switch style {
      case .transparent:
        isTransparent = true
        (red, green, blue) = (0, 0, 0)
      case .color(let red, let green, let blue):
        isTransparent = false
        (self.red, self.green, self.blue) = (red, green, blue)
      }
    }

    func fill(_ target: UnsafeMutableBufferPointer<UInt8>, _ range: Range<Int>) {
      guard !isTransparent else {
        return target[4 * range.lowerBound..<4 * range.upperBound].update(repeating: 0)
      }
      if red == green, green == blue {
        for index in 3 * range.lowerBound..<3 * range.upperBound { target[index] = red }
        return
      }
      for pixel in range { set(target, 3 * pixel, red, green, blue) }
    }

    /// Lays an RGB picture over the colour, in place.
    func cover(_ pixels: inout PixelBuffer, alpha: PixelBuffer) {
      let (width, height) = (pixels.width, pixels.height)
      alpha.data.withUnsafeBufferPointer { alphaBuffer in
        pixels.data.withUnsafeMutableBufferPointer { targetBuffer in
          nonisolated(unsafe) let (alpha, target) = (alphaBuffer, targetBuffer)
          nonisolated(unsafe) let colors = UnsafeBufferPointer(targetBuffer)
          parallelRows(height) { band in
            let end = band.upperBound * width
            var index = band.lowerBound * width
            while index < end {
              let next = max(index + 1, Composer.runEnd(alpha, index, end))
              if alpha[index] < 255 {
                blend(colors, index, 3, alpha, target, index, next - index)
              }
              index = next
            }
          }
        }
      }
    }

    /// Writes `count` pixels; more than one only where all share an alpha of 0 or of 255.
    @inline(__always)
    func blend(
      _ colors: UnsafeBufferPointer<UInt8>, _ from: Int, _ channels: Int,
      _ alpha: UnsafeBufferPointer<UInt8>, _ target: UnsafeMutableBufferPointer<UInt8>, _ to: Int,
      _ count: Int
    ) {
      let value = alpha[from]
      if value == 0 {
        fill(target, to..<to + count)
      } else if value == 255, !isTransparent, channels == 3 {
        for index in 0..<3 * count { target[3 * to + index] = colors[3 * from + index] }
      } else {
        for pixel in 0..<count {
          blend(colors, (from + pixel) * channels, value, target, to + pixel)
        }
      }
    }

    @inline(__always)
    private func blend(
      _ colors: UnsafeBufferPointer<UInt8>, _ from: Int, _ alpha: UInt8,
      _ target: UnsafeMutableBufferPointer<UInt8>, _ to: Int
    ) {
      let (r, g, b) = (colors[from], colors[from + 1], colors[from + 2])
      if isTransparent {
        set(target, 4 * to, r, g, b)
        target[4 * to + 3] = alpha
      } else {
        set(target, 3 * to, mix(r, red, alpha), mix(g, green, alpha), mix(b, blue, alpha))
      }
    }

    @inline(__always)
    private func set(
      _ target: UnsafeMutableBufferPointer<UInt8>, _ index: Int, _ red: UInt8, _ green: UInt8,
      _ blue: UInt8
    ) {
      target[index] = red
      target[index + 1] = green
      target[index + 2] = blue
    }

    @inline(__always)
    private func mix(_ front: UInt8, _ back: UInt8, _ alpha: UInt8) -> UInt8 {
      let sum = UInt32(front) * UInt32(alpha) + UInt32(back) * (255 - UInt32(alpha))
      return UInt8(truncatingIfNeeded: (sum + 127) / 255)
    }
  }
}
