extension Reference {
  /// y = activation(x * weight + bias + residual).
  ///
  /// - Parameters:
  ///   - x: Images of C channels.
  ///   - weight: K filters of C/groups channels, R x S taps.
  ///   - bias: K elements, or nil.
  ///   - residual: Of the extents of `y`, or nil.
  ///   - y: Images of K channels. Its extents say how many windows there are.
  /// - Note: x is copied once, planar and with its padding, so that both layouts run the same inner loop.
  public static func convolution(
    _ x: ImageView, weight: ImageView, bias: UnsafePointer<Float>?, residual: ImageView?,
    window: SlidingWindow, groups: Int, activation: Scalar = { $0 }, into y: ImageView
  ) {
    let rows = (y.height - 1) * window.strideY + (window.kernelY - 1) * window.dilationY + 1
    let columns = (y.width - 1) * window.strideX + (window.kernelX - 1) * window.dilationX + 1
    let groupChannels = weight.channels
    let groupFilters = y.channels / groups
    guard y.height > 0, y.width > 0 else { return }
    let padded = UnsafeMutablePointer<Double>.allocate(capacity: x.channels * rows * columns)
    let sums = UnsafeMutablePointer<Double>.allocate(capacity: y.width)
    defer {
      padded.deallocate()
      sums.deallocate()
    }
    for n in 0..<y.batch {
      copyPlanar(x, image: n, window: window, rows: rows, columns: columns, to: padded)
      for k in 0..<y.channels {
        let firstChannel = k / groupFilters * groupChannels
        for q in 0..<y.height {
          sums.update(repeating: bias.map { Double($0[k]) } ?? 0, count: y.width)
          for c in 0..<groupChannels {
            for r in 0..<window.kernelY {
              let row = q * window.strideY + r * window.dilationY
              let source = padded + ((firstChannel + c) * rows + row) * columns
              for s in 0..<window.kernelX {
                accumulate(
                  Double(weight[k, r, s, c]), source + s * window.dilationX,
                  step: window.strideX, into: sums, count: y.width)
              }
            }
          }
          for p in 0..<y.width {
            let sum = residual.map { sums[p] + Double($0[n, q, p, k]) } ?? sums[p]
            y[n, q, p, k] = Float(activation(sum))
          }
        }
      }
    }
  }

  /// sums[i] += weight * source[i * step].
  @inline(__always)
  private static func accumulate(
    _ weight: Double, _ source: UnsafePointer<Double>, step: Int,
    into sums: UnsafeMutablePointer<Double>, count: Int
  ) {
    if step == 1 {
      for i in 0..<count { sums[i] += weight * source[i] }
    } else {
      for i in 0..<count { sums[i] += weight * source[i * step] }
    }
  }

  /// Image `n` of `x` as [C, rows, columns], shifted by the leading padding, zero outside the image.
  private static func copyPlanar(
    _ x: ImageView, image n: Int, window: SlidingWindow, rows: Int, columns: Int,
    to padded: UnsafeMutablePointer<Double>
  ) {
    for c in 0..<x.channels {
      for row in 0..<rows {
        let y = row - window.padTop
        let target = padded + (c * rows + row) * columns
        target.update(repeating: 0, count: columns)
        guard y >= 0, y < x.height else { continue }
        let first = min(window.padLeft, columns)
        let end = max(first, min(columns, window.padLeft + x.width))
        for column in first..<end {
          target[column] = Double(x[n, y, column - window.padLeft, c])
        }
      }
    }
  }

  /// The gradient of a convolution by its input: every x scatters its filter into y.
  ///
  /// - Parameters:
  ///   - x: Images of C channels.
  ///   - weight: C filters of K/groups channels, R x S taps.
  ///   - bias: K elements, or nil.
  ///   - window: Its pads crop y.
  ///   - y: Images of K channels.
  public static func transposedConvolution(
    _ x: ImageView, weight: ImageView, bias: UnsafePointer<Float>?, window: SlidingWindow,
    groups: Int, activation: Scalar = { $0 }, into y: ImageView
  ) {
    let groupChannels = x.channels / groups
    let groupFilters = weight.channels
    var sums = [Double](repeating: 0, count: y.height * y.width)
    for n in 0..<y.batch {
      for k in 0..<y.channels {
        for i in sums.indices { sums[i] = bias.map { Double($0[k]) } ?? 0 }
        for c in 0..<groupChannels {
          let channel = k / groupFilters * groupChannels + c
          for r in 0..<window.kernelY {
            for s in 0..<window.kernelX {
              let tap = Double(weight[channel, r, s, k % groupFilters])
              for row in 0..<x.height {
                let q = row * window.strideY + r * window.dilationY - window.padTop
                guard q >= 0, q < y.height else { continue }
                for column in 0..<x.width {
                  let p = column * window.strideX + s * window.dilationX - window.padLeft
                  guard p >= 0, p < y.width else { continue }
                  sums[q * y.width + p] += tap * Double(x[n, row, column, channel])
                }
              }
            }
          }
        }
        for q in 0..<y.height {
          for p in 0..<y.width { y[n, q, p, k] = Float(activation(sums[q * y.width + p])) }
        }
      }
    }
  }
}
