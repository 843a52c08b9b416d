public import SwiftletSkills

/// What the service asks of the pipeline: one photo in, one picture and its report out.
///
/// The service calls `process` from as many threads as it has workers, never from an event loop.
public protocol PhotoProcessor: Sendable {
  /// The names of the profiles that there are.
  var profiles: [String] { get }

  /// Makes ready whatever the first photo would otherwise wait for. Called once, before any photo.
  func warmUp() throws

  /// Checks what a client asks for, before its photos are taken.
  ///
  /// - Throws: As `process` does.
  func check(_ options: PhotoOptions) throws

  /// Processes one encoded photo.
  ///
  /// - Throws: `ServiceError`, `SkillError` or `ImageError` where the photo or an option is at fault; any
  ///   other error is the service's own and answered with status 500.
  func process(_ photo: [UInt8], options: PhotoOptions) throws -> ProcessedPhoto
}

extension PhotoProcessor {
  /// None.
  public var profiles: [String] { [] }

  /// Finds nothing wrong.
  public func check(_ options: PhotoOptions) throws {}
}

/// What a client may ask for. Nil stands for the default.
public struct PhotoOptions: Sendable, Equatable {
  /// What is made of the photo.
  public enum Product: String, Sendable {
    /// A listing picture with a verdict and tags.
    case listing
    /// The product in the photo's frame.
    case cutout
    /// The product's alpha as a grey picture.
    case mask
  }

  /// What is made of the photo.
  public var product = Product.listing
  /// The name of a marketplace profile.
  public var profile: String?
  /// `transparent`, `white` or `#RRGGBB`.
  public var background: String?
  /// `png` or `jpeg`.
  public var format: String?
  /// Whether a cut-out or mask is cropped to the product.
  public var cropsToProduct = false
  /// The most pixels that a cut-out or mask may have; it is reduced where it has more.
  public var maximumPixels: Int?

  /// Options.
  public init(
    profile: String? = nil, background: String? = nil, format: String? = nil,
    product: Product = .listing, cropsToProduct: Bool = false, maximumPixels: Int? = nil
  ) {
    self.product = product
    self.profile = profile
    self.background = background
    self.format = format
    self.cropsToProduct = cropsToProduct
    self.maximumPixels = maximumPixels
  }
}

/// What became of a photo.
public struct ProcessedPhoto: Sendable {
  /// An encoded picture.
  public struct Picture: Sendable, Equatable {
    /// The bytes of the file.
    public var bytes: [UInt8]
    /// The media type, such as `image/jpeg`.
    public var mediaType: String
    /// The extents in pixels.
    public var width: Int, height: Int

    /// An encoded picture.
    public init(bytes: [UInt8], mediaType: String, width: Int, height: Int) {
      self.bytes = bytes
      self.mediaType = mediaType
      self.width = width
      self.height = height
    }
  }

  /// Where the product lies in a picture, in pixels.
  public struct Box: Sendable, Equatable {
    /// The corner nearest the origin.
    public var left: Int, top: Int
    /// The extents.
    public var width: Int, height: Int

    /// A box.
    public init(left: Int, top: Int, width: Int, height: Int) {
      self.left = left
      self.top = top
      self.width = width
      self.height = height
    }
  }

  /// How long a stage of the pipeline took.
  public struct Stage: Sendable, Equatable {
    /// A short name, such as `decode`.
    public var name: String
    /// The wall time.
    public var milliseconds: Double

    /// The time of a stage.
    public init(name: String, milliseconds: Double) {
      self.name = name
      self.milliseconds = milliseconds
    }
  }

  /// The verdict, such as `pass` or `needs_review`.
  public var status: String
  /// The picture, unless the photo gave none.
  public var picture: Picture?
  /// Where the product lies in a cut-out or mask.
  public var foreground: Box?
  /// The report, an object with at least `status`, `width`, `height`, `tags` and `qa`.
  public var report: JSONValue
  /// The stages in order.
  public var stages: [Stage]

  /// What became of a photo.
  public init(
    status: String, picture: Picture?, foreground: Box? = nil, report: JSONValue,
    stages: [Stage] = []
  ) {
    self.status = status
    self.picture = picture
    self.foreground = foreground
    self.report = report
    self.stages = stages
  }
}
