internal import Swiftlet
internal import SwiftletImage

/// The shadow that a product throws on its background.
public enum ShadowStyle: String, Sendable, CaseIterable {
  /// None.
  case none
  /// Soft, directly below the product, as under a large lamp.
  case soft
}

extension Composition {
  /// Darkens the background below and around the product; the product keeps its pixels.
  ///
  /// The product's alpha, moved down and blurred on a reduced grid, says how much light is taken
  /// away. Nothing happens over a transparent background.
  ///
  /// - Complexity: one pass over the picture.
  package mutating func add(_ shadow: ShadowStyle) {
    guard shadow == .soft, pixels.channels == 3,
      case .color(let red, let green, let blue) = background
    else { return }
    hasShadow = true
    let factor = min(256, max(1, max(alpha.width, alpha.height) / 256))
    let grid = ShadowGrid(alpha.boxMean(factor: factor))
    let (width, height) = (alpha.width, alpha.height)
    let paint = SIMD3(Float(red), Float(green), Float(blue))
    let matte = alpha
    pixels.data.withUnsafeMutableBufferPointer { targetBuffer in
      matte.data.withUnsafeBufferPointer { matteBuffer in
        nonisolated(unsafe) let target = targetBuffer
        nonisolated(unsafe) let matte = matteBuffer
        parallelRows(height) { band in
          for row in band {
            let down = LinearTap(row, count: height, source: grid.height)
            for column in 0..<width where matte[row * width + column] < 255 {
              let across = LinearTap(column, count: width, source: grid.width)
              let top = across.blend(grid.values, row: down.lower * grid.width)
              let bottom = across.blend(grid.values, row: down.upper * grid.width)
              let rest = Float(255 - matte[row * width + column]) / 255
              let loss = paint * ((top + (bottom - top) * down.weight) * rest)
              let index = 3 * (row * width + column)
              for channel in 0..<3 {
                let value = Float(target[index + channel]) - loss[channel]
                target[index + channel] = UInt8(max(0, min(255, value + 0.5)))
              }
            }
          }
        }
      }
    }
  }
}

/// How much light is missing in each cell of a picture, 0...1.
private struct ShadowGrid: Sendable {
  let width: Int
  let height: Int
  let values: [Float]

  /// Darkness right below the product.
  private static let strength: Float = 0.4

  init(_ alpha: PixelBuffer) {
    let (width, height) = (alpha.width, alpha.height)
    let size = max(width, height)
    let offset = max(1, size / 64)
    var shade = [Float](repeating: 0, count: width * height)
    for row in offset..<max(offset, height) {
      for column in 0..<width {
        shade[row * width + column] =
          Float(alpha.data[(row - offset) * width + column]) / 255 * ShadowGrid.strength
      }
    }
    // Three box means are close to a Gaussian.
    for _ in 0..<3 {
      shade = ShadowGrid.blurred(shade, width: width, height: height, radius: max(1, size / 80))
    }
    self.width = width
    self.height = height
    values = shade
  }

  private static func blurred(
    _ values: [Float], width: Int, height: Int, radius: Int
  ) -> [Float] {
    var across = values
    for row in 0..<height {
      mean(values, into: &across, start: row * width, step: 1, count: width, radius)
    }
    var result = across
    for column in 0..<width {
      mean(across, into: &result, start: column, step: width, count: height, radius)
    }
    return result
  }

  /// The mean of a window of one line; what lies outside the picture is 0.
  private static func mean(
    _ source: [Float], into target: inout [Float], start: Int, step: Int, count: Int,
    _ radius: Int
  ) {
    var sum: Float = 0
    for index in 0..<min(radius, count) { sum += source[start + index * step] }
    for index in 0..<count {
      if index + radius < count { sum += source[start + (index + radius) * step] }
      if index > radius { sum -= source[start + (index - radius - 1) * step] }
      target[start + index * step] = max(0, sum / Float(2 * radius + 1))
    }
  }
}
