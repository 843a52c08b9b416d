public import Swiftlet
public import SwiftletImage

/// Cuts the product out of a photo: network mask, refined to the photo's resolution.
///
/// Safe to call from several threads; the network runs for `concurrency` of them at a time.
public final class Segmenter: Sendable {
  /// How the network gets to see the photo.
  public enum View: String, Sendable {
    /// As it is.
    case plain
    /// Mirrored.
    case flipped
    /// Inside a border of the mean colour of its own border.
    case padded
    /// With its light tones drawn apart: colours to the power of three.
    case contrasted
  }

  /// The model.
  public let model: Model
  /// How the mask is refined.
  public let settings: PipelineSettings

  private let session: SharedSession
  private let input: ModelInput
  private let output: Int
  private let maskWidth: Int
  private let maskHeight: Int
  private let activation: ModelMetadata.Output.Activation

  /// A segmenter over the model's first output of kind mask.
  ///
  /// - Throws: `SkillError` with code `unsuitableModel` where the model has no mask or no image
  ///   input, or the engine's error.
  public init(
    model: Model, sessionOptions: SessionOptions = .init(),
    settings: PipelineSettings = PipelineSettings(), concurrency: Int = 1
  ) throws(SkillError) {
    let session = try engine { () throws(EngineError) in
      try SharedSession(model: model, options: sessionOptions, count: concurrency)
    }
    input = try ModelInput(of: model, session: session)
    guard input.description.resize != .crop else {
      throw SkillError(
        .unsuitableModel, "model '\(model.metadata.name)'", "its input crops the photo",
        "a mask needs the whole photo: use stretch or letterbox")
    }
    guard let mask = model.metadata.outputs.first(where: { $0.kind == .mask }),
      let index = session.outputs.firstIndex(where: { $0.name == mask.name })
    else {
      throw SkillError(
        .unsuitableModel, "model '\(model.metadata.name)'",
        "its metadata names no output of kind mask that the graph has",
        "convert it with a metadata file that does")
    }
    let shape = session.outputs[index].shape
    guard shape.count == 4, shape[0] == 1, shape[1] == 1, shape[2] > 0, shape[3] > 0 else {
      throw SkillError(
        .unsuitableModel, "model '\(model.metadata.name)'", "its mask \(shape) is not [1, 1, H, W]",
        "name the output that is a mask")
    }
    self.model = model
    self.settings = settings
    self.session = session
    output = index
    maskHeight = shape[2]
    maskWidth = shape[3]
    activation = mask.activation
  }

  /// What the network says of a photo of any size, in the photo's own frame.
  ///
  /// - Throws: `SkillError` where the mask does not fit the photo.
  public func networkMask(
    of pixels: PixelBuffer, view: View = .plain
  ) throws(SkillError) -> NetworkMask {
    switch view {
    case .plain: return try mask(of: pixels)
    case .flipped:
      return try mask(of: pixels, mirrored: true).flippedHorizontally
    case .contrasted:
      return try mask(of: reduced(pixels.opaque).contrasted)
    case .padded:
      let width = max(1, Int(Double(input.description.width) * (1 - 2 * settings.padding)))
      let height = max(1, Int(Double(input.description.height) * (1 - 2 * settings.padding)))
      let (left, top) = (
        (input.description.width - width) / 2, (input.description.height - height) / 2
      )
      let small = pixels.opaque.resized(width: width, height: height)
      let padded = small.padded(
        top: top, left: left, bottom: input.description.height - height - top,
        right: input.description.width - width - left, color: small.borderColor)
      let whole = try mask(of: padded)
      let (scaleX, scaleY) = (
        Double(whole.width) / Double(padded.width), Double(whole.height) / Double(padded.height)
      )
      let (x, y) = (Int(Double(left) * scaleX), Int(Double(top) * scaleY))
      return whole.cropped(
        x: x, y: y, width: max(1, min(whole.width - x, Int(Double(width) * scaleX))),
        height: max(1, min(whole.height - y, Int(Double(height) * scaleY))))
    }
  }

  /// The product of a photo of any size, RGB or RGBA.
  ///
  /// A photo that comes with a transparent background keeps its own alpha.
  ///
  /// - Throws: `SkillError` with code `noForeground` where no product is found.
  /// - Complexity: the network's run, and a few passes over the photo; beside alpha less than 40
  ///   MB.
  public func segment(
    _ pixels: PixelBuffer, view: View = .plain
  ) throws(SkillError) -> Segmentation {
    if let own = try pixels.ownSegmentation() { return own }
    let opaque = pixels.opaque
    let mask = try networkMask(of: opaque, view: view)
    guard showsProduct(mask), let result = segmentation(of: opaque, mask: mask) else {
      throw .noForeground()
    }
    return result
  }

  /// Whether a mask shows a product.
  package func showsProduct(_ mask: NetworkMask) -> Bool {
    mask.showsProduct(shareMin: settings.foregroundMin)
  }

  /// A mask carried to the photo's resolution; nil where nothing is left of it.
  ///
  /// - Parameter uncertainty: how unsure the network is; nil takes the mask's own.
  /// - Complexity: a few passes over the photo.
  package func segmentation(
    of pixels: PixelBuffer, mask: NetworkMask, uncertainty: Double? = nil
  ) -> Segmentation? {
    let alpha = MaskRefiner(settings).refined(mask, by: pixels.opaque)
    return Segmentation(
      alpha: alpha, networkMask: mask, uncertainty: uncertainty ?? mask.uncertainty)
  }

  /// A large photo at about twice the network's size: what is done to the view is then done to few
  /// pixels.
  private func reduced(_ pixels: PixelBuffer) -> PixelBuffer {
    let side = 2 * max(input.description.width, input.description.height)
    return pixels.boxMean(factor: max(1, min(256, max(pixels.width, pixels.height) / side)))
  }

  private func mask(
    of pixels: PixelBuffer, mirrored: Bool = false
  ) throws(SkillError) -> NetworkMask {
    let fitted = input.fit(pixels)
    let values = session.run(outputs: [output]) {
      input.write(fitted, mirrored: mirrored, into: $0)
    }
    let whole = try NetworkMask(
      width: maskWidth, height: maskHeight, values: activated(values[0], activation))
    let visible = input.visibleBox(of: pixels, width: maskWidth, height: maskHeight)
    if visible.width == maskWidth, visible.height == maskHeight { return whole }
    return whole.cropped(
      x: mirrored ? maskWidth - visible.x - visible.width : visible.x, y: visible.y,
      width: visible.width, height: visible.height)
  }
}

extension SkillError {
  /// What helps where no product is found.
  static let noForegroundRemedy =
    "use a photo that shows the whole product, larger or more apart from its background"

  /// The answer to a photo without a product.
  static func noForeground() -> SkillError {
    SkillError(.noForeground, "photo", "no product is found", noForegroundRemedy)
  }
}

extension PixelBuffer {
  /// The picture without transparency: RGBA laid over white.
  var opaque: PixelBuffer { channels == 4 ? composited(over: (255, 255, 255)) : self }

  /// Every colour to the power of three: light tones lie further apart, dark ones closer.
  fileprivate var contrasted: PixelBuffer {
    let curve = (0...255).map { (tone: Int) -> UInt8 in
      UInt8((tone * tone * tone + 32512) / 65025)
    }
    var picture = self
    for index in picture.data.indices { picture.data[index] = curve[Int(picture.data[index])] }
    return picture
  }

  /// Whether nine tenths of the picture are light: luma of 160 and more.
  package var isPale: Bool {
    let small = opaque.boxMean(factor: max(1, min(256, max(width, height) / 128)))
    var dark = 0
    for pixel in 0..<small.width * small.height {
      let (red, green, blue) = (
        Int(small.data[3 * pixel]), Int(small.data[3 * pixel + 1]), Int(small.data[3 * pixel + 2])
      )
      dark += 77 * red + 150 * green + 29 * blue < 160 * 256 ? 1 : 0
    }
    return dark * 10 < small.width * small.height
  }

  /// The mean colour of the outermost pixels.
  var borderColor: (red: UInt8, green: UInt8, blue: UInt8, alpha: UInt8) {
    var sums = [0, 0, 0]
    var count = 0
    for row in 0..<height {
      let step = row == 0 || row == height - 1 ? 1 : max(1, width - 1)
      for column in stride(from: 0, to: width, by: step) {
        for channel in 0..<3 {
          sums[channel] += Int(data[(row * width + column) * channels + min(channel, channels - 1)])
        }
        count += 1
      }
    }
    let mean = sums.map { UInt8(min(255, ($0 + count / 2) / count)) }
    return (mean[0], mean[1], mean[2], 255)
  }

  /// The segmentation that an RGBA picture brings along; nil where its alpha is not that of a
  /// cutout: fewer than 1 % of its pixels transparent or fewer than 0.1 % opaque.
  func ownSegmentation() throws(SkillError) -> Segmentation? {
    guard channels == 4 else { return nil }
    let pixelCount = width * height
    var transparent = 0
    var solid = 0
    let plane = data.withUnsafeBufferPointer { source in
      [UInt8](unsafeUninitializedCapacity: pixelCount) { target, count in
        for index in 0..<pixelCount {
          let value = source[index * 4 + 3]
          target[index] = value
          transparent &+= value < 128 ? 1 : 0
          solid &+= value >= 128 ? 1 : 0
        }
        count = pixelCount
      }
    }
    guard transparent * 100 >= pixelCount, solid * 1000 >= pixelCount else { return nil }
    let alpha = try image { () throws(ImageError) in
      try PixelBuffer(width: width, height: height, channels: 1, data: plane)
    }
    let small = alpha.resized(width: min(width, 320), height: min(height, 320))
    let mask = try NetworkMask(
      width: small.width, height: small.height, values: small.data.map { Float($0) / 255 })
    return Segmentation(alpha: alpha, networkMask: mask, uncertainty: 0)
  }
}
