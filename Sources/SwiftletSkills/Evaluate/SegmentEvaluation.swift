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
  /// The photos compared, by name.
  public let photos: [Photo]

  /// A photo's share in the measures.
  public struct Photo: Sendable, Equatable {
    /// The file's name.
    public var name: String
    /// Intersection over union at 0.5.
    public var iou: Double
    /// Boundary F at 2 pixels.
    public var boundaryF: Double
    /// How unsure the network was.
    public var uncertainty: Double
    /// Whether so little is above 0.5 that the product reports no foreground.
    public var isEmpty: Bool

    var json: JSONValue {
      [
        "name": .string(name), "iou": .rounded(iou), "boundary_f": .rounded(boundaryF),
        "uncertainty": .rounded(uncertainty), "no_foreground": .bool(isEmpty),
      ]
    }
  }

  /// The share of photos in which no product is found.
  public var noForegroundShare: Double {
    photos.isEmpty ? 0 : Double(photos.count { $0.isEmpty }) / Double(photos.count)
  }

  /// Schema `swiftlet.eval.segment/1`.
  ///
  /// - Parameter listsPhotos: whether every photo is listed.
  public func json(listsPhotos: Bool = false) -> JSONValue {
    var members: [JSONValue.Member] = [
      .init("schema", "swiftlet.eval.segment/1"), .init("model", .string(model)),
      .init("mask", .string(mask.rawValue)), .init("skipped", .integer(skipped)),
      .init("metrics", metrics.json), .init("no_foreground", .rounded(noForegroundShare)),
    ]
    if listsPhotos { members.append(.init("photos", .array(photos.map(\.json)))) }
    return .object(members)
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
    let files = try SegmentEvaluation.pictures(in: images).filter {
      names?.contains(FileSystem.stem($0)) ?? true
    }
    var truths: [String: String] = [:]
    for name in try SegmentEvaluation.pictures(in: masks) { truths[FileSystem.stem(name)] = name }
    var metrics = MaskMetrics()
    var skipped = 0
    var photos: [Photo] = []
    for (index, photo) in files.enumerated() {
      defer { progress(index + 1, files.count) }
      guard let truth = truths[FileSystem.stem(photo)] else {
        skipped += 1
        continue
      }
      let pixels = try SegmentEvaluation.decode("\(images)/\(photo)").opaque
      let target = try SegmentEvaluation.decode("\(masks)/\(truth)")
      let network = try segmenter.networkMask(of: pixels)
      let predicted = SegmentEvaluation.enlarged(network, mask, of: pixels, segmenter, like: target)
      let uncertainty = network.uncertainty
      let (iou, boundaryF) = metrics.add(
        predicted: predicted.data, truth: SegmentEvaluation.truth(target), width: target.width,
        height: target.height, uncertainty: uncertainty)
      photos.append(
        Photo(
          name: photo, iou: iou, boundaryF: boundaryF, uncertainty: uncertainty,
          isEmpty: network.foregroundShare < segmenter.settings.foregroundMin))
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
    self.photos = photos
  }

  private static func enlarged(
    _ network: NetworkMask, _ mask: Mask, of pixels: PixelBuffer, _ segmenter: Segmenter,
    like target: PixelBuffer
  ) -> PixelBuffer {
    switch mask {
    case .raw:
      return MaskRefiner.bilinear(network, width: target.width, height: target.height)
    case .refined:
      return MaskRefiner(segmenter.settings).refined(network, by: pixels)
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
    try named(path) { bytes throws(SkillError) in
      try image { () throws(ImageError) in try ImageDecoder.decode(bytes).pixels }
    }
  }

  /// The result of `body` on the bytes of a photo, whose path an error names.
  static func named<Result>(
    _ path: String, _ body: ([UInt8]) throws(SkillError) -> Result
  ) throws(SkillError) -> Result {
    do {
      return try body(
        try image { () throws(ImageError) in
          try readFile(path, maxBytes: ImageLimits.standard.maxBytes)
        })
    } catch {
      guard error.what != path else { throw error }
      throw SkillError(error.code, path, "\(error.what): \(error.why)", error.remedy)
    }
  }

  static func pictures(in folder: String) throws(SkillError) -> [String] {
    guard let names = FileSystem.names(in: folder) else {
      throw SkillError(
        .fileAccess, folder, "the folder cannot be read", "name a folder of photos")
    }
    return names.filter { ["jpg", "jpeg", "png"].contains(FileSystem.pathExtension($0)) }
  }
}
