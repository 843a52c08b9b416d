/// A step of a photo's way through the skills.
public enum PlanStep: String, Sendable, CaseIterable {
  /// Bytes to upright sRGB pixels.
  case decode
  /// The product's mask from the photo as it is.
  case segment
  /// The mask from the mirrored photo.
  case segmentFlipped = "segment_flipped"
  /// The mask from the photo inside a border.
  case segmentPadded = "segment_padded"
  /// Measurements and rules.
  case quality
  /// Category, material, colours.
  case tag
  /// The product on its background.
  case compose
  /// Pixels to bytes.
  case encode
  /// The rules once more, on what was written.
  case verify
  /// Nothing more can be done: a person looks.
  case review
}

/// A step that was taken.
public struct PlanEntry: Sendable, Equatable {
  /// The step.
  public var step: PlanStep
  /// Why it was taken.
  public var why: String
  /// How long it took.
  public var milliseconds: Double

  /// `{"step", "why", "ms"}`.
  public var json: JSONValue {
    [
      "step": .string(step.rawValue), "why": .string(why), "ms": .rounded(milliseconds, 2),
    ]
  }
}

/// What is known of a photo on its way, and what is wanted of it.
public struct PlanState: Sendable, Equatable {
  /// Whether rules are to be applied.
  public var wantsQuality: Bool
  /// Whether tags are wanted and can be had.
  public var wantsTags: Bool
  /// Whether a picture is to be written.
  public var wantsPicture: Bool
  /// The steps taken.
  public var done: [PlanStep] = []
  /// The longer side in pixels, once decoded.
  public var longSide: Int?
  /// Whether a product was found, once looked for.
  public var foundProduct: Bool?

  /// A photo nothing was done with.
  public init(wantsQuality: Bool, wantsTags: Bool, wantsPicture: Bool) {
    self.wantsQuality = wantsQuality
    self.wantsTags = wantsTags
    self.wantsPicture = wantsPicture
  }
}

/// Decides what is done next with a photo. Rules, in order: the same state gives the same step.
public struct Planner: Sendable {
  private let profile: Profile?

  /// The planner for a profile, or for none.
  public init(profile: Profile? = nil) { self.profile = profile }

  /// The next step and why; nil when all is done.
  public func next(_ state: PlanState) -> (step: PlanStep, why: String)? {
    guard state.done.contains(.decode) else { return (.decode, "every skill works on pixels") }
    guard state.done.contains(.segment) else { return (.segment, segmentReason(state)) }
    if state.foundProduct != true {
      if !state.done.contains(.segmentFlipped) {
        return (.segmentFlipped, "no product was found in the photo as it is")
      }
      if !state.done.contains(.segmentPadded) {
        return (.segmentPadded, "no product was found in the mirrored photo")
      }
      if state.wantsQuality, !state.done.contains(.quality) {
        return (.quality, "size and file can be judged without a product")
      }
      if !state.done.contains(.review) {
        return (.review, "no product was found in three views: a person has to look")
      }
      return nil
    }
    if state.wantsQuality, !state.done.contains(.quality) {
      return (.quality, "the product is measured before anything is changed")
    }
    if state.wantsTags, !state.done.contains(.tag) {
      return (.tag, "the product is known, so its surroundings do not mislead")
    }
    guard state.wantsPicture else { return nil }
    if !state.done.contains(.compose) { return (.compose, composeReason) }
    if !state.done.contains(.encode) { return (.encode, encodeReason) }
    if state.wantsQuality, !state.done.contains(.verify) {
      return (.verify, "the written file has to pass the rules as well")
    }
    return nil
  }

  private func segmentReason(_ state: PlanState) -> String {
    if let side = state.longSide, let least = profile?.longSideMin, side < least {
      return "\(side) pixels are below the profile's \(least): a finding, never mended by upscaling"
    }
    return "framing, background and colours are judged by the product's mask"
  }

  private var composeReason: String {
    guard let profile, profile.aspect != nil else { return "the product gets its background" }
    return "\(profile.name) wants the product centred at \(Int(profile.fillTarget * 100)) % fill"
  }

  private var encodeReason: String {
    guard let profile else { return "the picture is written" }
    return "the picture is written inside the limits of \(profile.name)"
  }
}
