internal import Swiftlet
internal import SwiftletImage

/// How a photo becomes a network's input.
struct ModelInput: Sendable {
  let description: ModelMetadata.ImageInput

  /// The image input of a model, after a check that the graph really takes it.
  ///
  /// - Throws: `SkillError` with code `unsuitableModel`.
  init(of model: Model, session: SharedSession) throws(SkillError) {
    let name = model.metadata.name
    guard let input = model.metadata.input else {
      throw SkillError(
        .unsuitableModel, "model '\(name)'", "its metadata describes no image input",
        "convert it with a metadata file that has an 'input'")
    }
    let expected = [1, 3, input.height, input.width]
    guard session.inputs.count == 1, let info = session.inputs.first, info.shape == expected else {
      let found = session.inputs.map { "\($0.shape)" }.joined(separator: ", ")
      throw SkillError(
        .unsuitableModel, "model '\(name)'", "its inputs \(found) are not one \(expected)",
        "give the metadata the size of the graph's input")
    }
    guard input.mean.count == 3, input.std.count == 3, input.std.allSatisfy({ $0 != 0 }) else {
      throw SkillError(
        .unsuitableModel, "model '\(name)'", "mean or std has not one value a channel",
        "give three of each, std not zero")
    }
    description = input
  }

  /// Writes the normalised input, `height * width * 3` values in NHWC, of a photo that was fitted.
  ///
  /// - Parameters:
  ///   - fitted: what `fit` gives.
  ///   - mirrored: whether left and right change places.
  ///   - buffer: has room for all values.
  func write(
    _ fitted: PixelBuffer, mirrored: Bool = false, into buffer: UnsafeMutableBufferPointer<Float>
  ) {
    let (width, height) = (description.width, description.height)
    precondition(buffer.count >= width * height * 3)
    guard let base = buffer.baseAddress else { return }
    let isSwapped = description.color == .bgr
    let (mean, std) = (vector(description.mean, isSwapped), vector(description.std, isSwapped))
    fitted.floatNHWC(
      width: width, height: height, scale: description.scale, mean: mean, std: std, into: base)
    if isSwapped {
      for pixel in 0..<width * height { buffer.swapAt(pixel * 3, pixel * 3 + 2) }
    }
    if mirrored { ModelInput.mirror(base, width: width, height: height) }
  }

  private static func mirror(_ base: UnsafeMutablePointer<Float>, width: Int, height: Int) {
    nonisolated(unsafe) let base = base
    parallelRows(height, bandHeight: 32) { rows in
      for row in rows {
        var left = base + 3 * row * width
        var right = left + 3 * (width - 1)
        while left < right {
          for channel in 0..<3 {
            let value = left[channel]
            left[channel] = right[channel]
            right[channel] = value
          }
          left += 3
          right -= 3
        }
      }
    }
  }

  /// The part of the input that shows the photo: all of it unless the photo is letterboxed.
  func visibleBox(of pixels: PixelBuffer, width: Int, height: Int) -> PixelBox {
    guard description.resize == .letterbox else {
      return PixelBox(x: 0, y: 0, width: width, height: height)
    }
    let inner = letterboxSize(of: pixels, width: width, height: height)
    return PixelBox(
      x: (width - inner.width) / 2, y: (height - inner.height) / 2, width: inner.width,
      height: inner.height)
  }

  /// The part of a photo of any size that the network sees, in the frame in which it sees it.
  func fit(_ pixels: PixelBuffer) -> PixelBuffer {
    let (width, height) = (description.width, description.height)
    switch description.resize {
    case .stretch: return pixels
    case .letterbox:
      let inner = letterboxSize(of: pixels, width: width, height: height)
      let (left, top) = ((width - inner.width) / 2, (height - inner.height) / 2)
      return pixels.resized(width: inner.width, height: inner.height).padded(
        top: top, left: left, bottom: height - inner.height - top,
        right: width - inner.width - left, color: (114, 114, 114, 255))
    case .crop:
      let scale = min(
        Double(pixels.width) / Double(width), Double(pixels.height) / Double(height))
      let cropWidth = max(1, Int(scale * Double(width)))
      let cropHeight = max(1, Int(scale * Double(height)))
      return pixels.cropped(
        x: (pixels.width - cropWidth) / 2, y: (pixels.height - cropHeight) / 2,
        width: cropWidth, height: cropHeight)
    }
  }

  private func letterboxSize(
    of pixels: PixelBuffer, width: Int, height: Int
  ) -> (width: Int, height: Int) {
    let scale = min(Double(width) / Double(pixels.width), Double(height) / Double(pixels.height))
    return (
      min(width, max(1, Int((Double(pixels.width) * scale).rounded()))),
      min(height, max(1, Int((Double(pixels.height) * scale).rounded())))
    )
  }

  private func vector(_ values: [Float], _ reversed: Bool) -> SIMD3<Float> {
    reversed
      ? SIMD3(values[2], values[1], values[0]) : SIMD3(values[0], values[1], values[2])
  }
}

/// What the caller of a network still has to apply to an output.
func activated(_ values: [Float], _ activation: ModelMetadata.Output.Activation) -> [Float] {
  switch activation {
  case .none: return values
  case .sigmoid: return values.map { Math.logistic($0) }
  case .softmax:
    guard let largest = values.max() else { return [] }
    let powers = values.map { Math.exponential($0 - largest) }
    let sum = powers.reduce(0, +)
    return powers.map { sum > 0 ? $0 / sum : 0 }
  }
}
