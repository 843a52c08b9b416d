/// The colours of a folder's products and what their main colour was named by, for fitting and
/// measuring.
public struct ColorEvaluation: Sendable {
  /// A photo's product.
  public struct Photo: Sendable, Equatable {
    /// The file's name.
    public var name: String
    /// The values of its colours, the main one first; empty where no product was found.
    public var colors: [ShopifyColor]
    /// Whether it has several colours of weight.
    public var isMulticolor: Bool
    /// What the main colour was named by, as ``MainColor/Features`` orders it.
    package var features: [Float]
  }

  /// The photos, in the order of their names.
  public let photos: [Photo]

  /// Schema `swiftlet.eval.colors/1`.
  public var json: JSONValue {
    [
      "schema": "swiftlet.eval.colors/1",
      "values": .array(ColorModel.values.map { .string($0.rawValue) }),
      "photos": .array(
        photos.map { photo in
          [
            "name": .string(photo.name),
            "colors": .array(photo.colors.map { .string($0.rawValue) }),
            "multicolor": .bool(photo.isMulticolor),
            "features": .array(photo.features.map { .rounded(Double($0), 5) }),
          ]
        }),
    ]
  }

  /// Names the colours of the photos of a folder, mattes of `tools/render` left out, each with
  /// the pipeline's own mask, before materials rename any.
  ///
  /// - Parameter progress: told after each photo how many are done and how many there are.
  /// - Throws: `SkillError` for a folder without photos or a photo that cannot be decoded.
  public init(
    images: String, pipeline: ProductPipeline, progress: (Int, Int) -> Void = { _, _ in }
  ) throws(SkillError) {
    let files = try SegmentEvaluation.pictures(in: images).filter {
      !["_alpha", "_foreground"].contains(where: FileSystem.stem($0).hasSuffix)
    }
    let segmenter = try pipeline.segmenter()
    var photos: [Photo] = []
    for (index, file) in files.enumerated() {
      defer { progress(index + 1, files.count) }
      let pixels = try SegmentEvaluation.decode("\(images)/\(file)")
      var photo = Photo(name: file, colors: [], isMulticolor: false, features: [])
      do throws(SkillError) {
        let found = ProductColors(pixels, segmentation: try segmenter.segment(pixels))
        photo.colors = found.colors.map(\.value)
        photo.isMulticolor = found.isMulticolor
        photo.features = found.features?.values ?? []
      } catch {
        guard error.code == .noForeground else { throw error }
      }
      photos.append(photo)
    }
    self.photos = photos
  }
}
