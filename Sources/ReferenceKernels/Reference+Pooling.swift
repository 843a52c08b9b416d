extension Reference {
  /// The largest element of each window; padding never wins.
  public static func maxPool(_ x: ImageView, window: SlidingWindow, into y: ImageView) {
    y.forEach { n, q, p, c in
      var largest = -Float.infinity
      forEachTap(window, q, p) { row, column in
        guard row >= 0, row < x.height, column >= 0, column < x.width else { return }
        let value = x[n, row, column, c]
        if value > largest || value.isNaN { largest = value }
      }
      y[n, q, p, c] = largest
    }
  }

  /// The mean of each window.
  ///
  /// The divisor is the number of taps inside the image, or with `countIncludePad` inside the image and
  /// its padding. Taps beyond the padding, where the extents were rounded up, never count.
  public static func averagePool(
    _ x: ImageView, window: SlidingWindow, countIncludePad: Bool, into y: ImageView
  ) {
    y.forEach { n, q, p, c in
      var sum = 0.0
      var taps = 0
      forEachTap(window, q, p) { row, column in
        if row >= 0, row < x.height, column >= 0, column < x.width {
          sum += Double(x[n, row, column, c])
          taps += 1
        } else if countIncludePad, row < x.height + window.padBottom,
          column < x.width + window.padRight
        {
          taps += 1
        }
      }
      y[n, q, p, c] = taps == 0 ? 0 : Float(sum / Double(taps))
    }
  }

  /// Calls `body` with the row and column of every tap of window (q, p), padding included.
  @inline(__always)
  private static func forEachTap(
    _ window: SlidingWindow, _ q: Int, _ p: Int, _ body: (Int, Int) -> Void
  ) {
    for r in 0..<window.kernelY {
      for s in 0..<window.kernelX {
        body(
          q * window.strideY + r * window.dilationY - window.padTop,
          p * window.strideX + s * window.dilationX - window.padLeft)
      }
    }
  }

  /// The mean of each channel's plane.
  public static func globalAveragePool(_ x: ImageView, into y: ImageView) {
    for n in 0..<x.batch {
      for c in 0..<x.channels {
        var sum = 0.0
        for row in 0..<x.height {
          for column in 0..<x.width { sum += Double(x[n, row, column, c]) }
        }
        y[n, 0, 0, c] = Float(sum / Double(x.height * x.width))
      }
    }
  }

  /// The largest element of each channel's plane.
  public static func globalMaxPool(_ x: ImageView, into y: ImageView) {
    maxPool(x, window: SlidingWindow(kernel: (x.height, x.width)), into: y)
  }
}
