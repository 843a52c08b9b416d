import KernelTemplates

extension Workload {
  /// A photo of half a megapixel, and the side of a network's input.
  private static let (width, height, side) = (816, 612, 320)

  private static func bytes(_ count: Int) -> UnsafeMutablePointer<UInt8> {
    let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: count)
    for index in 0..<count { bytes[index] = UInt8(truncatingIfNeeded: index &* index >> 3) }
    return bytes
  }

  /// A photo's rows to those of a network's input, each of so many: of half a megapixel, and of a photo whose
  /// rows lie far apart.
  static func weightedRows(
    _ function: @escaping (UnsafePointer<WeightedRows>) -> Void
  ) -> [Workload] {
    [
      weightedRows(width: width, height: height, side: side, rows: 4, function),
      weightedRows(width: 12288, height: 2048, side: 60, rows: 68, function),
    ]
  }

  private static func weightedRows(
    width: Int, height: Int, side: Int, rows: Int,
    _ function: @escaping (UnsafePointer<WeightedRows>) -> Void
  ) -> Workload {
    let count = 3 * width
    let photo = bytes(count * height)
    let weights = floats(rows)
    let output = floats(count)
    return Workload(
      layer: "photo \(width)x\(height) to \(side) rows",
      operations: Double(2 * rows * count * side),
      bytes: Double((count * height) + 4 * count * side)
    ) {
      for row in 0..<side {
        var sum = WeightedRows(
          first: photo + row * (height - rows) / side * count, rowStep: count, weights: weights,
          rows: rows, output: output, count: count)
        function(&sum)
      }
    }
  }

  /// A photo's columns to those of a network's input.
  static func weightedPixels(
    _ function: @escaping (UnsafePointer<WeightedPixels>) -> Void
  ) -> Workload {
    let taps = 6
    let input = floats(16 * width)
    let weights = floats(taps * side)
    let output = floats(16 * side)
    let starts = UnsafeMutablePointer<Int32>.allocate(capacity: side)
    for pixel in 0..<side { starts[pixel] = Int32(pixel * (width - taps) / side) }
    return Workload(
      layer: "photo \(width)x\(side) to \(side) columns",
      operations: Double(2 * 4 * taps * side * side), bytes: Double(4 * 4 * (width + side) * side)
    ) {
      for _ in 0..<side / 4 {
        var sum = WeightedPixels(
          input: input, starts: starts, weights: weights, taps: taps, output: output, count: side)
        function(&sum)
      }
    }
  }

  /// The blocks of one component, without white.
  static func jpegBlocks(_ function: @escaping (UnsafePointer<JPEGBlocks>) -> Void) -> Workload {
    let (columns, rows) = (width / 8, height / 8)
    let samples = bytes(64 * columns * rows)
    let isWhite = UnsafeMutablePointer<Bool>.allocate(capacity: columns)
    isWhite.initialize(repeating: false, count: columns)
    let steps = UnsafeMutablePointer<UInt16>.allocate(capacity: 64)
    for index in 0..<64 { steps[index] = UInt16(2 + index / 8) }
    for index in 0..<64 * columns * rows where samples[index] == 255 { samples[index] = 254 }
    let levels = UnsafeMutablePointer<Int16>.allocate(capacity: 64 * columns)
    return Workload(
      layer: "\(columns)x\(rows) blocks", operations: Double(16 * 44 * columns * rows),
      bytes: Double(3 * 64 * columns * rows)
    ) {
      for row in 0..<rows {
        var blocks = JPEGBlocks(
          samples: samples + 64 * columns * row, isWhite: isWhite, steps: steps, levels: levels,
          count: columns)
        function(&blocks)
      }
    }
  }

  /// The rows of a photo reduced to 512 columns.
  static func secondDifferences(
    parts: Int, _ function: @escaping (UnsafePointer<SecondDifferences>) -> Void
  ) -> Workload {
    let (columns, rows) = (512, 384)
    let luma = floats(columns * rows)
    let weights = floats(parts * columns * rows)
    let sums = floats(9 * parts)
    let pixels = (columns - 8) * (rows - 8)
    return Workload(
      layer: "\(columns)x\(rows)", operations: Double((8 * 4 + parts * 17) * pixels),
      bytes: Double(4 * (1 + parts) * pixels)
    ) {
      for row in 4..<rows - 4 {
        let first = row * columns + 4
        var call = SecondDifferences(
          luma: luma + first, rowStep: columns, weights: weights + first,
          partStep: columns * rows, count: columns - 8, sums: sums)
        function(&call)
      }
    }
  }

  /// The windows of a photo at half its size.
  static func guided(
    terms: Int, _ function: @escaping (UnsafePointer<GuidedRow>) -> Void
  ) -> Workload {
    let (columns, rows, radius) = (416, 306, 5)
    let photo = floats(4 * columns * rows)
    let line = columns + 2 * radius
    let sums = floats(terms * line)
    let shares = floats(columns)
    let output = floats(4 * columns * rows)
    let perPixel =
      terms == 13 ? 2 * (9 + 2 * 13) + 13 * (2 * radius + 2) + 50 : 4 * (2 * radius + 6)
    return Workload(
      layer: "\(columns)x\(rows) radius \(radius)", operations: Double(perPixel * columns * rows),
      bytes: Double(4 * 8 * columns * rows)
    ) {
      for row in radius + 1..<rows - radius {
        var call = GuidedRow(
          entering: UnsafePointer(photo + (row + radius) * columns),
          leaving: UnsafePointer(photo + (row - radius - 1) * columns),
          planeStep: columns * rows, sums: sums + radius, termStep: line, radius: radius,
          shares: shares, share: 1, epsilon: 1e-3, output: output + row * columns, count: columns)
        function(&call)
      }
    }
  }
}
