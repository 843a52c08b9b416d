/// A step of a photo's way through the skills.
public enum PlanStep: String, Sendable, CaseIterable {
  /// Bytes to upright sRGB pixels.
  case decode
  /// The product's mask from the photo as it is.
  case segment
  /// The mask from the photo with its light tones drawn apart.
  case segmentContrasted = "segment_contrasted"
  /// The mask from the mirrored photo.
  case segmentFlipped = "segment_flipped"
  /// The mask from the photo inside a border.
  case segmentPadded = "segment_padded"
  /// The mask at the photo's resolution.
  case refine
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
  /// Nothing is written: the photo cannot meet what is demanded.
  case stop
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
  /// Columns of the photo, once decoded.
  public var width: Int?
  /// Rows of the photo, once decoded.
  public var height: Int?
  /// Whether a product was found, once looked for.
  public var foundProduct: Bool?
  /// Whether the photo brought its own matte, so that no mask is to be mended.
  public var hasOwnMatte = false
  /// How unsure the network is of the mask, 0...1.
  public var uncertainty = 0.0
  /// Whether nearly all of the photo is light.
  public var isPale = false
  /// Whether the mask reaches the photo's border.
  public var touchesBorder = false

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
  private let doubt: Double

  /// The planner for a profile, or for none.
  ///
  /// - Parameter doubt: the uncertainty from which a mask is looked at again.
  public init(profile: Profile? = nil, doubt: Double = Thresholds().uncertaintyWarn) {
    self.profile = profile
    self.doubt = doubt
  }

  /// The next step and why; nil when all is done.
  public func next(_ state: PlanState) -> (step: PlanStep, why: String)? {
    func isDue(_ step: PlanStep) -> Bool { !state.done.contains(step) }
    guard !isDue(.decode) else { return (.decode, "every skill works on pixels") }
    if let why = hopelessness(state) {
      if isDue(.quality) { return (.quality, "size and file can be judged without a product") }
      return isDue(.stop) ? (.stop, why) : nil
    }
    if isDue(.segment) {
      return (.segment, "framing, background and colours are judged by the product's mask")
    }
    guard state.foundProduct == true else { return search(state) }
    if let look = secondLook(state) { return look }
    if !state.hasOwnMatte, isDue(.refine) {
      return (.refine, "edges are taken from the photo at its own resolution")
    }
    if state.wantsQuality, isDue(.quality) {
      return (.quality, "the product is measured before anything is changed")
    }
    if state.wantsTags, isDue(.tag) {
      return (.tag, "the product is known, so its surroundings do not mislead")
    }
    guard state.wantsPicture else { return nil }
    if isDue(.compose) { return (.compose, composeReason) }
    if isDue(.encode) { return (.encode, encodeReason) }
    if state.wantsQuality, isDue(.verify) {
      return (.verify, "the written file has to pass the rules as well")
    }
    return nil
  }

  /// Why no picture of the photo can meet the profile; nil where one can, or where none is wanted.
  private func hopelessness(_ state: PlanState) -> String? {
    guard state.wantsPicture, state.wantsQuality, let profile, let width = state.width,
      let height = state.height, !profile.isReachable(width: width, height: height)
    else { return nil }
    return "\(width) x \(height) pixels cannot reach the least size of \(profile.name), "
      + "and a photo is never enlarged"
  }

  /// Other views where no product was found, then a person.
  private func search(_ state: PlanState) -> (step: PlanStep, why: String)? {
    func isDue(_ step: PlanStep) -> Bool { !state.done.contains(step) }
    if isDue(.refine) {
      if state.isPale, isDue(.segmentContrasted) {
        return (.segmentContrasted, "no product was found, and nearly all of the photo is light")
      }
      if isDue(.segmentFlipped) {
        return (.segmentFlipped, "no product was found in the photo as it is")
      }
      if isDue(.segmentPadded) {
        return (.segmentPadded, "no product was found in the mirrored photo")
      }
    }
    if state.wantsQuality, isDue(.quality) {
      return (.quality, "size and file can be judged without a product")
    }
    return isDue(.review)
      ? (.review, "no product was found in any view: a person has to look") : nil
  }

  /// Another view where the mask found can be mended by one; each view once.
  private func secondLook(_ state: PlanState) -> (step: PlanStep, why: String)? {
    func isDue(_ step: PlanStep) -> Bool { !state.done.contains(step) }
    guard !state.hasOwnMatte, isDue(.refine) else { return nil }
    if state.uncertainty >= doubt {
      let percent = Int((100 * state.uncertainty).rounded())
      if state.isPale, isDue(.segmentContrasted) {
        return (
          .segmentContrasted,
          "the mask is \(percent) % uncertain and nearly all of the photo is light: "
            + "the surer mask is kept"
        )
      }
      if isDue(.segmentFlipped) {
        return (
          .segmentFlipped, "the mask is \(percent) % uncertain: both views are averaged"
        )
      }
    }
    if state.touchesBorder, isDue(.segmentPadded) {
      return (
        .segmentPadded,
        "the product touches the border: the surer of the masks with and without one is kept"
      )
    }
    return nil
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
