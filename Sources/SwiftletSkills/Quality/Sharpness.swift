internal import KernelTemplates
internal import Swiftlet
internal import SwiftletImage

/// How sharp a product is, measured along four directions on its own texture and outline.
///
/// Blur weakens differences between neighbours more than those between pixels further apart. Along
/// each direction (across, down and both diagonals) the energy of the second difference at a
/// distance of 1 pixel is compared with that at 2, over the product and 2 pixels around it; contrast
/// cancels. Divided by what sharp photos have, 1 is sharp. Defocus lowers every direction, motion
/// the one that it runs along, so the lowest counts. Related to the no-reference measure of Crete
/// and others, "The blur effect", SPIE 6492, 2007, which compares with the picture blurred once
/// more.
package struct Sharpness: Sendable, Equatable {
  /// The ratio of energies, by direction: across, down, falling and rising diagonal.
  package let directions: SIMD4<Double>
  /// Energy at 2 pixels along the strongest direction, in squared steps of 255 a pixel.
  package let texture: Double

  /// The lowest direction's: 1 sharp, falling as blur grows.
  package var value: Double { directions.min() }
  /// 1 where perpendicular directions are alike, falling as one of them is more blurred: the inverse of
  /// the ratio between them, both pairs taken together as lengths are.
  package var evenness: Double {
    let logarithms = (0..<4).map { Math.logarithm(directions[$0]) }
    let (upright, diagonal) = (logarithms[0] - logarithms[1], logarithms[2] - logarithms[3])
    return Math.exponential(-(upright * upright + diagonal * diagonal).squareRoot())
  }

  /// The medians of the ratio over the sharp photos of the calibration set. Diagonal neighbours are
  /// further apart, so their ratio is another.
  private static let sharp = SIMD4<Double>(0.329, 0.317, 0.441, 0.450)
  /// An energy too small to tell from rounding.
  private static let floor = 0.5

  /// The sharpness of a view; nil where the energy stays below `textureMin` along every direction:
  /// then nothing can be said.
  ///
  /// - Complexity: one pass over the view by a kernel, rows split over threads.
  package init?(_ view: ProductView, textureMin: Double) {
    let product = Morphology.dilated(
      view.alpha.data.converted { $0 > 127 }, width: view.width, height: view.height, radius: 2)
    self.init(
      view.luma, weights: product.converted { $0 ? 1 : 0 }, width: view.width, height: view.height,
      textureMin: textureMin)
  }

  /// The sharpness of the part of a picture where `weights` is 1; the others are 0.
  package init?(
    _ luma: [Float], weights: [Float], width: Int, height: Int, textureMin: Double
  ) {
    let energies = Energies.ofParts(1, luma, weights: weights, width: width, height: height)
    guard let sharpness = energies.first.flatMap({ Sharpness($0, textureMin: textureMin) }) else {
      return nil
    }
    self = sharpness
  }

  /// The sharpness of three parts of a picture, each nil where nothing can be said.
  ///
  /// - Parameter weights: as many floats as `luma` has for each part, 1 where a pixel belongs to it, or 0.
  static func ofThree(
    _ luma: [Float], weights: [Float], width: Int, height: Int, textureMin: Double
  ) -> [Sharpness?] {
    Energies.ofParts(3, luma, weights: weights, width: width, height: height)
      .map { Sharpness($0, textureMin: textureMin) }
  }

  private init?(_ energies: Energies, textureMin: Double) {
    guard energies.pixels >= 100 else { return nil }
    let count = SIMD4<Double>(repeating: energies.pixels)
    let (near, far) = (energies.near / count, energies.far / count)
    texture = far.max()
    guard texture >= textureMin else { return nil }
    let floor = SIMD4<Double>(repeating: Sharpness.floor)
    directions = (near + floor) / (far + floor) / Sharpness.sharp
  }
}

/// Sums of squared second differences by direction.
private struct Energies: Sendable {
  var near = SIMD4<Double>.zero
  var far = SIMD4<Double>.zero
  var pixels = 0.0

  /// Pixels from the border of the picture that are left out.
  private static let margin = 4
  private static let bandHeight = 16

  mutating func add(_ other: Energies) {
    near += other.near
    far += other.far
    pixels += other.pixels
  }

  /// The energies of one part or of three; nothing counts in a picture too small for it.
  static func ofParts(
    _ parts: Int, _ luma: [Float], weights: [Float], width: Int, height: Int
  ) -> [Energies] {
    precondition(parts == 1 || parts == 3, "there are kernels for one part and for three")
    var totals = [Energies](repeating: Energies(), count: parts)
    let rows = height - 2 * margin
    guard width >= 2 * margin + 8, rows > 0 else { return totals }
    let kernels = PictureKernels.selected
    let kernel = parts == 1 ? kernels.secondDifferences1 : kernels.secondDifferences3
    var bands = [Energies](
      repeating: Energies(), count: (rows + bandHeight - 1) / bandHeight * parts)
    luma.withUnsafeBufferPointer { luma in
      weights.withUnsafeBufferPointer { weights in
        bands.withUnsafeMutableBufferPointer { bands in
          guard let first = luma.baseAddress, let ones = weights.baseAddress else { return }
          nonisolated(unsafe) let (pixels, weights, bands) = (first, ones, bands)
          parallelRows(rows, bandHeight: bandHeight) { band in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: 9 * parts) { sums in
              guard let first = sums.baseAddress else { return }
              for row in band {
                let start = (row + margin) * width + margin
                var call = SecondDifferences(
                  luma: pixels + start, rowStep: width, weights: weights + start,
                  partStep: width * height, count: width - 2 * margin, sums: first)
                kernel(&call)
                for part in 0..<parts {
                  bands[band.lowerBound / bandHeight * parts + part].add(
                    Energies(sums: first + 9 * part))
                }
              }
            }
          }
        }
      }
    }
    for (index, energies) in bands.enumerated() { totals[index % parts].add(energies) }
    return totals
  }

  private init() {}

  /// Four sums at a distance of 1, four at 2, and the number of pixels.
  private init(sums: UnsafePointer<Float>) {
    func four(_ first: Int) -> SIMD4<Double> {
      SIMD4(
        Double(sums[first]), Double(sums[first + 1]), Double(sums[first + 2]),
        Double(sums[first + 3]))
    }
    (near, far, pixels) = (four(0), four(4), Double(sums[8]))
  }
}
