import Swiftlet
import SwiftletImage

/// Synthetic photos and networks with known answers.
enum Pictures {
  /// A picture of a colour a pixel.
  static func make(
    _ width: Int, _ height: Int, _ color: (Int, Int) -> (UInt8, UInt8, UInt8)
  ) -> PixelBuffer {
    var picture = PixelBuffer(width: width, height: height, channels: 3)
    for y in 0..<height {
      for x in 0..<width {
        let (red, green, blue) = color(x, y)
        let index = 3 * (y * width + x)
        picture.data[index] = red
        picture.data[index + 1] = green
        picture.data[index + 2] = blue
      }
    }
    return picture
  }

  /// An opaque square so far from the sides of a transparent one.
  static func square(_ side: Int, margin: Int) -> PixelBuffer {
    alpha(side, side) { x, y in
      x >= margin && y >= margin && x < side - margin && y < side - margin ? 255 : 0
    }
  }

  /// An alpha of a value a pixel.
  static func alpha(_ width: Int, _ height: Int, _ value: (Int, Int) -> UInt8) -> PixelBuffer {
    var picture = PixelBuffer(width: width, height: height, channels: 1)
    for y in 0..<height {
      for x in 0..<width { picture.data[y * width + x] = value(x, y) }
    }
    return picture
  }

  /// How much of a pixel a disk covers, 0...1, soft over `softness` pixels.
  static func disk(
    _ x: Int, _ y: Int, _ centerX: Double, _ centerY: Double, _ radius: Double, softness: Double = 1
  ) -> Double {
    let (dx, dy) = (Double(x) + 0.5 - centerX, Double(y) + 0.5 - centerY)
    return max(0, min(1, (radius - (dx * dx + dy * dy).squareRoot()) / softness + 0.5))
  }

  /// A mix of two colours.
  static func mix(
    _ front: (Int, Int, Int), _ back: (Int, Int, Int), _ share: Double
  ) -> (UInt8, UInt8, UInt8) {
    func channel(_ a: Int, _ b: Int) -> UInt8 {
      UInt8(max(0, min(255, (Double(a) * share + Double(b) * (1 - share)).rounded())))
    }
    return (channel(front.0, back.0), channel(front.1, back.1), channel(front.2, back.2))
  }

  /// Noise that is the same on every run, -1...1.
  static func noise(_ x: Int, _ y: Int) -> Double {
    var z = UInt64(truncatingIfNeeded: x &* 73_856_093 ^ y &* 19_349_663) &+ 0x9e37_79b9_7f4a_7c15
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return Double((z ^ (z >> 31)) >> 11) * 0x1p-52 - 1
  }

  /// A photo of a dark disk on a light ground, `share` of the shorter side in diameter.
  static func product(
    _ width: Int, _ height: Int, share: Double = 0.6, ground: (Int, Int, Int) = (250, 250, 250),
    color: (Int, Int, Int) = (40, 60, 150)
  ) -> PixelBuffer {
    let radius = Double(min(width, height)) * share / 2
    return make(width, height) { x, y in
      mix(color, ground, disk(x, y, Double(width) / 2, Double(height) / 2, radius))
    }
  }
}

/// Networks of one layer that do what a trained one would on the pictures above.
enum Networks {
  /// A mask of what is darker than 0.7: sigmoid(40 (0.7 - mean colour)), 64 x 64.
  static func darkness(size: Int = 64) throws -> Model {
    var graph = Graph()
    let input = graph.addValue(Value(name: "image", shape: [1, 3, size, size]))
    let weight = graph.addConstant(
      "w", try Constant(shape: [1, 3, 1, 1], floats: [-40 / 3, -40 / 3, -40 / 3]))
    let bias = graph.addConstant("b", try Constant(shape: [1], floats: [28]))
    let mask = try graph.append(
      .convolution(window: Window(kernel: (1, 1)), groups: 1, activation: .sigmoid), name: "mask",
      inputs: [input, weight, bias])
    graph.inputs = [input]
    graph.outputs = [mask]
    return try Model(
      graph: graph,
      metadata: ModelMetadata(
        name: "darkness", task: .segment,
        input: .init(name: "image", width: size, height: size),
        outputs: [.init(name: graph[mask].name, kind: .mask)], license: "Apache-2.0"))
  }

  /// Scores of red, green and blue: eight times the mean of each channel.
  static func channels(size: Int = 8) throws -> Model {
    var graph = Graph()
    let input = graph.addValue(Value(name: "image", shape: [1, 3, size, size]))
    let area = size * size
    var weights = [Float](repeating: 0, count: 9 * area)
    for channel in 0..<3 {
      for index in 0..<area { weights[(channel * 3 + channel) * area + index] = 8 / Float(area) }
    }
    let weight = graph.addConstant("w", try Constant(shape: [3, 3, size, size], floats: weights))
    let scores = try graph.append(
      .convolution(window: Window(kernel: (size, size)), groups: 1, activation: .none),
      name: "category", inputs: [input, weight])
    graph.inputs = [input]
    graph.outputs = [scores]
    return try Model(
      graph: graph,
      metadata: ModelMetadata(
        name: "channels", task: .tag, version: "1",
        input: .init(name: "image", width: size, height: size),
        outputs: [
          .init(
            name: graph[scores].name, kind: .categories, activation: .softmax,
            labels: ["red", "green", "blue"])
        ], license: "Apache-2.0"))
  }
}
