internal import Swiftlet
package import SwiftletImage

/// Masks of a model against true ones, over a folder of photos.
public struct SegmentEvaluation: Sendable {
  /// Which mask is compared.
  public enum Mask: String, Sendable, CaseIterable {
    /// The network's own, enlarged bilinearly: comparable between models.
    case raw
    /// Alpha as the product gets it.
    case refined
  }

  /// The model's name.
  public let model: String
  /// Which mask was compared.
  public let mask: Mask
  /// The measures.
  public let metrics: MaskMetrics
  /// Photos without a mask of the same name.
  public let skipped: Int

  /// Schema `swiftlet.eval.segment/1`.
  public var json: JSONValue {
    [
      "schema": "swiftlet.eval.segment/1", "model": .string(model), "mask": .string(mask.rawValue),
      "skipped": .integer(skipped), "metrics": metrics.json,
    ]
  }

  /// Evaluates a segmenter on the photos of a folder that have a mask of the same stem in another.
  ///
  /// A mask file whose brightest pixel is below 128 is taken as a map of labels: everything but 0
  /// is product. Otherwise pixels above 127 are. A photo whose size differs from its mask's is
  /// compared at the mask's size.
  ///
  /// - Parameters:
  ///   - images: the folder of photos.
  ///   - masks: the folder of masks.
  ///   - segmenter: the model.
  ///   - mask: which mask to compare.
  ///   - names: stems to which the evaluation is restricted, such as those held out; nil takes all.
  ///   - progress: told after each photo how many are done and how many there are.
  /// - Throws: `SkillError` for a folder that cannot be read, a photo that cannot be decoded, or no
  ///   pair of photo and mask at all.
  public init(
    images: String, masks: String, segmenter: Segmenter, mask: Mask = .raw,
    names: Set<String>? = nil, progress: (Int, Int) -> Void = { _, _ in }
  ) throws(SkillError) {
    let photos = try SegmentEvaluation.pictures(in: images).filter {
      names?.contains(FileSystem.stem($0)) ?? true
    }
    var truths: [String: String] = [:]
    for name in try SegmentEvaluation.pictures(in: masks) { truths[FileSystem.stem(name)] = name }
    var metrics = MaskMetrics()
    var skipped = 0
    for (index, photo) in photos.enumerated() {
      defer { progress(index + 1, photos.count) }
      guard let truth = truths[FileSystem.stem(photo)] else {
        skipped += 1
        continue
      }
      let pixels = try SegmentEvaluation.decode("\(images)/\(photo)").opaque
      let target = try SegmentEvaluation.decode("\(masks)/\(truth)")
      let predicted = try SegmentEvaluation.predict(pixels, segmenter, mask, like: target)
      metrics.add(
        predicted: predicted.data, truth: SegmentEvaluation.truth(target), width: target.width,
        height: target.height)
    }
    guard metrics.count > 0 else {
      throw SkillError(
        .fileAccess, images, "no photo has a mask of the same name in \(masks)",
        "name masks like their photos")
    }
    model = segmenter.model.metadata.name
    self.mask = mask
    self.metrics = metrics
    self.skipped = skipped
  }

  private static func predict(
    _ pixels: PixelBuffer, _ segmenter: Segmenter, _ mask: Mask, like target: PixelBuffer
  ) throws(SkillError) -> PixelBuffer {
    let network = try segmenter.networkMask(of: pixels)
    switch mask {
    case .raw:
      return MaskRefiner.bilinear(network, width: target.width, height: target.height)
    case .refined:
      return MaskRefiner(segmenter.settings).refined(network.withoutHaze, by: pixels)
        .resized(width: target.width, height: target.height)
    }
  }

  /// Whether each pixel of a mask file is product.
  package static func truth(_ mask: PixelBuffer) -> [Bool] {
    let values = (0..<mask.width * mask.height).map { mask.data[$0 * mask.channels] }
    let threshold: UInt8 = (values.max() ?? 0) < 128 ? 0 : 127
    return values.map { $0 > threshold }
  }

  static func decode(_ path: String) throws(SkillError) -> PixelBuffer {
    do {
      return try ImageDecoder.decode(readFile(path, maxBytes: ImageLimits.standard.maxBytes)).pixels
    } catch {
      throw SkillError(
        .init(rawValue: error.code.rawValue), path, "\(error.what): \(error.why)", error.remedy)
    }
  }

  private static func pictures(in folder: String) throws(SkillError) -> [String] {
    guard let names = FileSystem.names(in: folder) else {
      throw SkillError(
        .fileAccess, folder, "the folder cannot be read", "name a folder of photos")
    }
    return names.filter { ["jpg", "jpeg", "png"].contains(FileSystem.pathExtension($0)) }
  }
}
