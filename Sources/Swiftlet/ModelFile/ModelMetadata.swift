/// What a model is for, how its input is prepared, what its outputs mean, and under which licence.
public struct ModelMetadata: Sendable, Equatable {
  /// The job a model does.
  public enum Task: String, Sendable {
    /// A foreground mask of a photo.
    case segment
    /// Categories and materials of a photo.
    case tag
    /// Anything else: the model runs on tensors only.
    case none
  }

  /// How a photo of any size becomes the network's input.
  public struct ImageInput: Sendable, Equatable {
    /// How the aspect ratio is treated.
    public enum Resize: String, Sendable {
      /// Both extents are scaled to the input's, the aspect ratio is given up.
      case stretch
      /// Scaled to fit, the rest filled.
      case letterbox
      /// Scaled to cover, the rest cut.
      case crop
    }
    /// The order of the colour channels.
    public enum ColorOrder: String, Sendable {
      /// Red first.
      case rgb
      /// Blue first.
      case bgr
    }
    /// The name of the graph's input.
    public var name: String
    /// Extents in pixels.
    public var width: Int, height: Int
    /// How the aspect ratio is treated.
    public var resize: Resize
    /// The order of the colour channels.
    public var color: ColorOrder
    /// y = (x * scale - mean) / std for x in 0...255.
    public var scale: Float
    /// A value a channel.
    public var mean: [Float]
    /// A value a channel, not zero.
    public var std: [Float]

    /// A description of an image input.
    public init(
      name: String, width: Int, height: Int, resize: Resize = .stretch, color: ColorOrder = .rgb,
      scale: Float = 1 / 255, mean: [Float] = [0, 0, 0], std: [Float] = [1, 1, 1]
    ) {
      self.name = name
      self.width = width
      self.height = height
      self.resize = resize
      self.color = color
      self.scale = scale
      self.mean = mean
      self.std = std
    }
  }

  /// What an output tensor means.
  public struct Output: Sendable, Equatable {
    /// The meaning of an output.
    public enum Kind: String, Sendable {
      /// [1, 1, H, W], the foreground probability of each pixel.
      case mask
      /// [1, N], a score a category.
      case categories
      /// [1, N], a score a material.
      case materials
      /// Anything else.
      case tensor
    }
    /// What the caller still has to apply.
    public enum Activation: String, Sendable {
      /// Nothing: the outputs are final.
      case none
      /// The logistic function.
      case sigmoid
      /// Softmax over the labels.
      case softmax
    }
    /// The name of the graph's output.
    public var name: String
    /// The meaning.
    public var kind: Kind
    /// What the caller still has to apply.
    public var activation: Activation
    /// A name for each score.
    public var labels: [String]

    /// A description of an output.
    public init(
      name: String, kind: Kind = .tensor, activation: Activation = .none, labels: [String] = []
    ) {
      self.name = name
      self.kind = kind
      self.activation = activation
      self.labels = labels
    }
  }

  /// A short name, such as `segment-fast`.
  public var name: String
  /// The job.
  public var task: Task
  /// The version of the weights.
  public var version: String
  /// The image input, where the model has one.
  public var input: ImageInput?
  /// The outputs that have a meaning.
  public var outputs: [Output]
  /// An SPDX licence expression for the weights.
  public var license: String
  /// Data, recipe, seed and date, for people.
  public var provenance: String
  /// The passes applied to the graph, in order.
  public var passes: [String]

  /// Metadata; everything but the name may be left out.
  public init(
    name: String, task: Task = .none, version: String = "", input: ImageInput? = nil,
    outputs: [Output] = [], license: String = "", provenance: String = "", passes: [String] = []
  ) {
    self.name = name
    self.task = task
    self.version = version
    self.input = input
    self.outputs = outputs
    self.license = license
    self.provenance = provenance
    self.passes = passes
  }
}
