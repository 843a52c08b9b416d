internal import Swiftlet
internal import SwiftletImage

/// The full-resolution matte against exact ones, beside two plain ways of enlarging the network's
/// mask.
public struct MatteEvaluation: Sendable {
  /// A way from the network's mask to a matte and the colours under it.
  public enum Method: String, Sendable, CaseIterable {
    /// The product's: refined by the photo, colours decontaminated.
    case refined
    /// The same matte over the photo's own colours.
    case refinedPhotoColors = "refined_photo_colors"
    /// The network's mask enlarged bilinearly.
    case bilinear
    /// The network's mask stretched to 0...255 and enlarged by Lanczos, as rembg does.
    case lanczos
  }

  /// A photo's values by every method.
  public struct Photo: Sendable, Equatable {
    /// The file's name.
    public var name: String
    /// The values.
    public var values: [Method: MatteMetrics.Values]
    /// Whether no product was found; its mattes are then empty.
    public var isEmpty: Bool
  }

  /// The model's name.
  public let model: String
  /// The photos, in the order of their names.
  public let photos: [Photo]

  /// The means of a method.
  public func mean(_ method: Method) -> MatteMetrics.Values {
    var metrics = MatteMetrics()
    for photo in photos {
      if let values = photo.values[method] { metrics.add(values) }
    }
    return metrics.mean
  }

  /// Schema `swiftlet.eval.matte/1`.
  ///
  /// - Parameter listsPhotos: whether every photo is listed.
  public func json(listsPhotos: Bool = false) -> JSONValue {
    func object(_ values: (Method) -> MatteMetrics.Values?) -> JSONValue {
      .compact(Method.allCases.map { ($0.rawValue, values($0)?.json) })
    }
    var members: [JSONValue.Member] = [
      .init("schema", "swiftlet.eval.matte/1"), .init("model", .string(model)),
      .init("images", .integer(photos.count)),
      .init("no_foreground", .integer(photos.count(where: \.isEmpty))),
      .init("methods", object { mean($0) }),
    ]
    if listsPhotos {
      members.append(
        .init(
          "photos",
          .array(
            photos.map { photo in
              [
                "name": .string(photo.name), "no_foreground": .bool(photo.isEmpty),
                "methods": object { photo.values[$0] },
              ]
            })))
    }
    return .object(members)
  }

  /// Evaluates the matte that a pipeline makes of the photos of a folder of renders: `NAME.jpg` or `.png` with
  /// `NAME_alpha.png`, the exact matte, and where there is one `NAME_foreground.png`, the product's
  /// own colours. Photos whose matte is empty are left out.
  ///
  /// - Throws: `SkillError` for a folder or a photo that cannot be read, sizes that differ, or no
  ///   photo with a matte at all.
  public init(
    images: String, pipeline: ProductPipeline, progress: (Int, Int) -> Void = { _, _ in }
  ) throws(SkillError) {
    let names = try SegmentEvaluation.pictures(in: images)
    let stems = Set(names.map { FileSystem.stem($0) })
    let files = names.filter { stems.contains(FileSystem.stem($0) + "_alpha") }
    var photos: [Photo] = []
    for (index, name) in files.enumerated() {
      defer { progress(index + 1, files.count) }
      let stem = "\(images)/\(FileSystem.stem(name))"
      let bytes = try image { () throws(ImageError) in
        try readFile("\(images)/\(name)", maxBytes: ImageLimits.standard.maxBytes)
      }
      let pixels = try SegmentEvaluation.decode("\(images)/\(name)").opaque
      let alpha = try SegmentEvaluation.decode("\(stem)_alpha.png").channel(0)
      guard alpha.contains(where: { $0 > 127 }) else { continue }
      var colors: [UInt8]?
      if stems.contains(FileSystem.stem(name) + "_foreground") {
        colors = try SegmentEvaluation.decode("\(stem)_foreground.png").opaque.data
      }
      guard alpha.count * 3 == pixels.data.count,
        colors.map({ $0.count == pixels.data.count }) ?? true
      else {
        throw SkillError(
          .invalidArgument, "\(images)/\(name)", "its matte or its colours have another size",
          "give files of one size")
      }
      photos.append(
        try MatteEvaluation.measure(
          name, bytes, pixels, Truth(alpha: alpha, colors: colors), pipeline))
    }
    guard !photos.isEmpty else {
      throw SkillError(
        .fileAccess, images, "no photo NAME.jpg has a matte NAME_alpha.png",
        "name a folder that tools/render wrote")
    }
    model = try pipeline.segmenter().model.metadata.name
    self.photos = photos
  }

  private struct Truth {
    let alpha: [UInt8]
    let colors: [UInt8]?
  }

  private static func measure(
    _ name: String, _ bytes: [UInt8], _ pixels: PixelBuffer, _ truth: Truth,
    _ pipeline: ProductPipeline
  ) throws(SkillError) -> Photo {
    let (width, height) = (pixels.width, pixels.height)
    var refined = PixelBuffer(width: width, height: height, channels: 1)
    let network: NetworkMask
    var isEmpty = false
    if let found = try MatteEvaluation.segmentation(of: bytes, pipeline) {
      (refined, network) = (found.alpha, found.networkMask)
    } else {
      network = try pipeline.segmenter().networkMask(of: pixels)
      isEmpty = true
    }
    var clean = pixels
    Decontamination.apply(&clean, alpha: refined)
    func values(_ alpha: PixelBuffer, _ colors: PixelBuffer) -> MatteMetrics.Values {
      MatteMetrics.Values(
        meanAbsoluteError: MatteMetrics.meanAbsoluteError(alpha.data, truth.alpha),
        gradientError: MatteMetrics.gradientError(
          alpha.data, truth.alpha, width: width, height: height),
        iou: MaskMetrics.iou(alpha.data.map { $0 > 127 }, truth.alpha.map { $0 > 127 }),
        edgeColorError: truth.colors.flatMap {
          MatteMetrics.edgeColorError(colors.data, $0, alpha: truth.alpha)
        },
        compositeError: truth.colors.map {
          MatteMetrics.compositeError(
            colors.data, alpha: alpha.data, truth: $0, trueAlpha: truth.alpha)
        })
    }
    return Photo(
      name: name,
      values: [
        .refined: values(refined, clean), .refinedPhotoColors: values(refined, pixels),
        .bilinear: values(
          MaskRefiner.bilinear(network, width: width, height: height), pixels),
        .lanczos: values(network.stretched(width: width, height: height), pixels),
      ], isEmpty: isEmpty)
  }
}

extension MatteEvaluation {
  /// What the pipeline cuts out; nil where it finds no product.
  private static func segmentation(
    of bytes: [UInt8], _ pipeline: ProductPipeline
  ) throws(SkillError) -> Segmentation? {
    do {
      return try pipeline.segment(
        bytes: bytes, options: ProcessOptions(format: .png, onlyMask: true)
      ).segmentation
    } catch {
      guard error.code == .noForeground else { throw error }
      return nil
    }
  }
}

extension NetworkMask {
  /// The mask with its least value at 0 and its most at 255, enlarged by Lanczos' filter of three
  /// lobes.
  fileprivate func stretched(width: Int, height: Int) -> PixelBuffer {
    let (least, most) = (values.min() ?? 0, values.max() ?? 0)
    let scale = most > least ? 255 / (most - least) : 0
    var small = PixelBuffer(width: self.width, height: self.height, channels: 1)
    for index in values.indices { small.data[index] = UInt8((values[index] - least) * scale) }
    return small.resized(width: width, height: height, filter: .lanczos3)
  }
}

extension PixelBuffer {
  /// The bytes of one channel.
  fileprivate func channel(_ channel: Int) -> [UInt8] {
    Swift.stride(from: channel, to: data.count, by: channels).map { data[$0] }
  }
}
