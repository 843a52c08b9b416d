internal import SwiftletImage

/// Counts over the pixels with alpha 0. Integers, so that the order of summation does not matter.
struct WhiteCounts: Sendable {
  var pixels = 0, white = 0, exact = 0, bandPixels = 0, bandWhite = 0
  var red = 0, green = 0, blue = 0

  init() {}

  init(_ photo: PixelBuffer, alpha: PixelBuffer, tolerance: Int, band: Int) {
    let (width, height) = (photo.width, photo.height)
    let least = UInt8(max(0, 255 - tolerance))
    let bandHeight = 64
    var partial = [WhiteCounts](
      repeating: WhiteCounts(), count: (height + bandHeight - 1) / bandHeight)
    photo.data.withUnsafeBufferPointer { colorBuffer in
      alpha.data.withUnsafeBufferPointer { alphaBuffer in
        partial.withUnsafeMutableBufferPointer { partialBuffer in
          nonisolated(unsafe) let colors = colorBuffer
          nonisolated(unsafe) let alpha = alphaBuffer
          nonisolated(unsafe) let partial = partialBuffer
          parallelRows(height, bandHeight: bandHeight) { rows in
            let pixels = BackgroundPixels(colors: colors, alpha: alpha, least: least)
            var (border, inside) = (BackgroundSums(), BackgroundSums())
            for row in rows {
              let line = row * width
              let isBandRow = row < band || row >= height - band
              let inner = isBandRow ? width : min(band, width)
              border.add(pixels, line..<line + inner)
              if !isBandRow, inner < width {
                let right = max(inner, width - band)
                inside.add(pixels, line + inner..<line + right)
                border.add(pixels, line + right..<line + width)
              }
            }
            border.finish()
            inside.finish()
            partial[rows.lowerBound / bandHeight] = WhiteCounts(border: border, inside: inside)
          }
        }
      }
    }
    for counts in partial {
      pixels += counts.pixels
      white += counts.white
      exact += counts.exact
      bandPixels += counts.bandPixels
      bandWhite += counts.bandWhite
      red += counts.red
      green += counts.green
      blue += counts.blue
    }
  }

  private init(border: BackgroundSums, inside: BackgroundSums) {
    func sum(_ value: (BackgroundSums) -> UInt32) -> Int { Int(value(border)) + Int(value(inside)) }
    func sum(_ value: (BackgroundSums) -> Int) -> Int { value(border) + value(inside) }
    pixels = sum(\.pixels)
    white = sum(\.near)
    exact = sum(\.full)
    bandPixels = Int(border.pixels)
    bandWhite = Int(border.near)
    red = sum(\.red)
    green = sum(\.green)
    blue = sum(\.blue)
  }
}

/// A photo's pixels, and the value from which on a channel counts as white.
private struct BackgroundPixels {
  let colors: UnsafeBufferPointer<UInt8>
  let alpha: UnsafeBufferPointer<UInt8>
  let least: UInt8
}

/// Sums over pixels with alpha 0 in some rows, sixteen pixels at a time where all or none of them are.
private struct BackgroundSums {
  private typealias Bytes = SIMD16<UInt8>

  private(set) var pixels: UInt32 = 0
  private(set) var red = 0, green = 0, blue = 0
  /// Pixels whose darkest channel is light enough, and those in which it is 255.
  private(set) var near: UInt32 = 0, full: UInt32 = 0

  // Of three registers in a row, byte `i` belongs to channel `i % 3`. What is summed in 16 bits, and
  // counted in 8, is carried over before it can overflow.
  private var sums = (Sums(), Sums(), Sums())
  private var counts = (Bytes.zero, Bytes.zero)
  private var rounds = 0
  private static let roundsMax = 80

  /// Sums of a register's bytes. In halves: the conversion of a whole register would be a call.
  private struct Sums {
    var low = SIMD8<UInt16>.zero, high = SIMD8<UInt16>.zero

    @inline(__always)
    mutating func add(_ bytes: Bytes) {
      low &+= SIMD8<UInt16>(truncatingIfNeeded: bytes.lowHalf)
      high &+= SIMD8<UInt16>(truncatingIfNeeded: bytes.highHalf)
    }

    subscript(_ lane: Int) -> Int { Int(lane < 8 ? low[lane] : high[lane - 8]) }
  }

  /// Where in a register pixels start.
  private static let starts: (Bytes, Bytes, Bytes) = (
    Bytes(1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1),
    Bytes(0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0),
    Bytes(0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0)
  )

  /// Adds some pixels of a row.
  mutating func add(_ photo: BackgroundPixels, _ range: Range<Int>) {
    let opacities = UnsafeRawBufferPointer(photo.alpha)
    var index = range.lowerBound
    // Two bytes behind sixteen pixels are read.
    while index + 17 <= range.upperBound {
      let opacity = opacities.loadUnaligned(fromByteOffset: index, as: SIMD2<UInt64>.self)
      if opacity == .zero {
        if rounds == Self.roundsMax { finish() }
        let end = min(range.upperBound - 17, index + 16 * (Self.roundsMax - rounds - 1))
        index = addBackground(photo, index, through: end)
      } else {
        if opacity != SIMD2(repeating: .max) { addOneByOne(photo, index..<index + 16) }
        index += 16
      }
    }
    addOneByOne(photo, index..<range.upperBound)
  }

  /// Adds sixteen pixels of background from `start` on, and the next ones that begin up to `last`, as long
  /// as they are background too. Gives the first pixel not added.
  @inline(__always)
  private mutating func addBackground(
    _ photo: BackgroundPixels, _ start: Int, through last: Int
  ) -> Int {
    let (opacities, bytes) = (
      UnsafeRawBufferPointer(photo.alpha), UnsafeRawBufferPointer(photo.colors)
    )
    let (starts, least) = (Self.starts, Bytes(repeating: photo.least))
    // In registers as long as the loop takes.
    var (first, second, third) = sums
    var (near, full) = counts
    @inline(__always) func add(_ offset: Int, _ starts: Bytes, to sums: inout Sums) {
      let one = bytes.loadUnaligned(fromByteOffset: offset, as: Bytes.self)
      let two = bytes.loadUnaligned(fromByteOffset: offset + 1, as: Bytes.self)
      let three = bytes.loadUnaligned(fromByteOffset: offset + 2, as: Bytes.self)
      // At the start of a pixel, its darkest channel.
      let pair = one.replacing(with: two, where: two .< one)
      let darkest = pair.replacing(with: three, where: three .< pair)
      near &+= Bytes.zero.replacing(with: starts, where: darkest .>= least)
      full &+= Bytes.zero.replacing(with: starts, where: darkest .== Bytes(repeating: 255))
      sums.add(one)
    }
    var index = start
    repeat {
      add(3 * index, starts.0, to: &first)
      add(3 * index + 16, starts.1, to: &second)
      add(3 * index + 32, starts.2, to: &third)
      index += 16
    } while index <= last
      && opacities.loadUnaligned(fromByteOffset: index, as: SIMD2<UInt64>.self) == .zero
    sums = (first, second, third)
    counts = (near, full)
    pixels &+= UInt32(truncatingIfNeeded: index - start)
    rounds += (index - start) / 16
    return index
  }

  private mutating func addOneByOne(_ photo: BackgroundPixels, _ range: Range<Int>) {
    for index in range where photo.alpha[index] == 0 {
      let (r, g, b) = (
        photo.colors[3 * index], photo.colors[3 * index + 1], photo.colors[3 * index + 2]
      )
      let darkest = min(r, g, b)
      pixels &+= 1
      near &+= darkest >= photo.least ? 1 : 0
      full &+= darkest == 255 ? 1 : 0
      red &+= Int(r)
      green &+= Int(g)
      blue &+= Int(b)
    }
  }

  /// Carries over what registers hold.
  mutating func finish() {
    var channels: [3 of Int] = [red, green, blue]
    for lane in 0..<16 {
      channels[lane % 3] &+= sums.0[lane]
      channels[(lane + 1) % 3] &+= sums.1[lane]
      channels[(lane + 2) % 3] &+= sums.2[lane]
      near &+= UInt32(counts.0[lane])
      full &+= UInt32(counts.1[lane])
    }
    (red, green, blue) = (channels[0], channels[1], channels[2])
    sums = (Sums(), Sums(), Sums())
    counts = (.zero, .zero)
    rounds = 0
  }
}
