internal import CLCMS

/// Converts stored colours to sRGB by Little CMS, with the perceptual intent.
final class ColorConverter {
  private enum Method {
    /// Colours in place, 3 or 4 channels.
    case color(cmsHTRANSFORM)
    /// A colour for each grey, in place.
    case grey([UInt8])
    /// Four inks to RGB.
    case inks(cmsHTRANSFORM)
    /// Four inks to RGB without a profile: `light = (255 - ink) * (255 - black) / 255`.
    case naiveInks(isInverted: Bool)
  }

  private let method: Method

  /// `nil` where colours are sRGB already, or where the profile is for another colour model.
  ///
  /// - Parameters:
  ///   - parsed: the file.
  ///   - channels: of the decoded pixels, 3 or 4; grey and palettes are decoded to RGB.
  /// - Throws: `failed_to_read_image` for a damaged profile.
  init?(_ parsed: ParsedImage, channels: Int) throws(ImageError) {
    let model = parsed.header.colorModel
    let naive = model == .cmyk ? Method.naiveInks(isInverted: parsed.isInverted) : nil
    guard let definition = parsed.color else {
      guard let naive else { return nil }
      method = naive
      return
    }
    let failure = ImageError.damaged(
      parsed.header.format, "its ICC profile is damaged")
    guard let target = cmsCreate_sRGBProfile() else { throw failure }
    defer { cmsCloseProfile(target) }
    guard let source = try ColorConverter.open(definition, isGrey: model == .grey) else {
      if case .calibrated = definition { return nil }
      throw failure
    }
    defer { cmsCloseProfile(source) }
    func transform(_ from: UInt32, _ to: UInt32) throws(ImageError) -> cmsHTRANSFORM {
      let intent = cmsUInt32Number(INTENT_PERCEPTUAL)
      guard let made = cmsCreateTransform(source, from, target, to, intent, 0) else {
        throw failure
      }
      return made
    }
    switch (cmsGetColorSpace(source), model) {
    case (cmsSigRgbData, .rgb), (cmsSigRgbData, .palette), (cmsSigRgbData, .grey):
      let layout = PixelLayout.rgb(extra: channels - 3)
      let made = try transform(layout, layout)
      if ColorConverter.isIdentity(made, channels: channels) {
        cmsDeleteTransform(made)
        return nil
      }
      method = .color(made)
    case (cmsSigGrayData, .grey):
      let made = try transform(PixelLayout.grey, PixelLayout.rgb(extra: 0))
      defer { cmsDeleteTransform(made) }
      let greys = [UInt8](0...255)
      var colors = [UInt8](repeating: 0, count: 256 * 3)
      cmsDoTransform(made, greys, &colors, 256)
      method = .grey(colors)
    case (cmsSigCmykData, .cmyk):
      method = .inks(
        try transform(
          PixelLayout.inks(isInverted: parsed.isInverted), PixelLayout.rgb(extra: 0)))
    default:
      guard let naive else { return nil }
      method = naive
    }
  }

  deinit {
    switch method {
    case .color(let transform), .inks(let transform): cmsDeleteTransform(transform)
    case .grey, .naiveInks: break
    }
  }

  /// Converts `count` decoded pixels of 3 or 4 channels in place; inks are left alone.
  func convert(_ pixels: UnsafeMutablePointer<UInt8>, count: Int, channels: Int) {
    switch method {
    case .color(let transform):
      cmsDoTransform(transform, pixels, pixels, cmsUInt32Number(count))
    case .grey(let colors):
      for index in 0..<count {
        let pixel = pixels + index * channels
        let entry = Int(pixel[0]) * 3
        pixel[0] = colors[entry]
        pixel[1] = colors[entry + 1]
        pixel[2] = colors[entry + 2]
      }
    case .inks, .naiveInks: break
    }
  }

  /// Converts `count` pixels of four inks to RGB.
  func convertInks(
    _ inks: UnsafePointer<UInt8>, to pixels: UnsafeMutablePointer<UInt8>, count: Int
  ) {
    switch method {
    case .inks(let transform):
      cmsDoTransform(transform, inks, pixels, cmsUInt32Number(count))
    case .naiveInks(let isInverted):
      let flip: UInt8 = isInverted ? 0 : 255
      for index in 0..<count {
        let from = inks + index * 4
        let to = pixels + index * 3
        let light = UInt32(from[3] ^ flip)
        to[0] = UInt8((UInt32(from[0] ^ flip) * light + 127) / 255)
        to[1] = UInt8((UInt32(from[1] ^ flip) * light + 127) / 255)
        to[2] = UInt8((UInt32(from[2] ^ flip) * light + 127) / 255)
      }
    case .color, .grey: break
    }
  }

  private static func open(
    _ definition: ColorDefinition, isGrey: Bool
  ) throws(ImageError) -> cmsHPROFILE? {
    switch definition {
    case .profile(let bytes):
      return cmsOpenProfileFromMem(bytes, cmsUInt32Number(bytes.count))
    case .packedProfile(let chunk):
      let bytes = try PNGChunks.inflateProfile(chunk)
      return cmsOpenProfileFromMem(bytes, cmsUInt32Number(bytes.count))
    case .calibrated(let gamma, let primaries):
      return CalibratedProfile.make(gamma: gamma, primaries: primaries, isGrey: isGrey)
    }
  }

  /// Whether the transform leaves every colour of a grid where it is, give or take one step.
  private static func isIdentity(_ transform: cmsHTRANSFORM, channels: Int) -> Bool {
    let steps = Swift.stride(from: 0, through: 255, by: 15).map { UInt8($0) }
    var grid: [UInt8] = []
    for red in steps {
      for green in steps {
        for blue in steps {
          grid += [red, green, blue]
          if channels == 4 { grid.append(255) }
        }
      }
    }
    var result = grid
    cmsDoTransform(transform, grid, &result, cmsUInt32Number(grid.count / channels))
    return zip(grid, result).allSatisfy { abs(Int($0) - Int($1)) <= 1 }
  }
}

/// Little CMS's pixel layouts, which its header defines by macros that are not imported.
private enum PixelLayout {
  private static func layout(_ space: Int32, channels: Int, extra: Int = 0) -> UInt32 {
    UInt32(space) << 16 | UInt32(extra) << 7 | UInt32(channels) << 3 | 1
  }

  static let grey = layout(PT_GRAY, channels: 1)

  static func rgb(extra: Int) -> UInt32 { layout(PT_RGB, channels: 3, extra: extra) }

  static func inks(isInverted: Bool) -> UInt32 {
    layout(PT_CMYK, channels: 4) | (isInverted ? 1 << 13 : 0)
  }
}

/// Profiles of the colours that a PNG describes by numbers.
private enum CalibratedProfile {
  /// `nil` where the numbers describe no colour space, or sRGB.
  static func make(
    gamma: Double, primaries: [(x: Double, y: Double)]?, isGrey: Bool
  ) -> cmsHPROFILE? {
    // A gAMA of 1/2.2 is how a PNG says sRGB.
    let isSRGBCurve = abs(gamma - 0.45455) < 0.005
    if isSRGBCurve, isGrey || primaries == nil { return nil }
    let curve =
      isSRGBCurve
      ? cmsBuildParametricToneCurve(
        nil, 4, [2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045])
      : cmsBuildGamma(nil, 1 / gamma)
    guard let curve else { return nil }
    defer { cmsFreeToneCurve(curve) }
    let points =
      primaries ?? [(0.3127, 0.3290), (0.64, 0.33), (0.30, 0.60), (0.15, 0.06)]
    guard points.count == 4, points.allSatisfy({ $0.y > 0 }) else { return nil }
    var white = cmsCIExyY(x: points[0].x, y: points[0].y, Y: 1)
    if isGrey { return cmsCreateGrayProfile(&white, curve) }
    var triple = cmsCIExyYTRIPLE(
      Red: cmsCIExyY(x: points[1].x, y: points[1].y, Y: 1),
      Green: cmsCIExyY(x: points[2].x, y: points[2].y, Y: 1),
      Blue: cmsCIExyY(x: points[3].x, y: points[3].y, Y: 1))
    var curves: [OpaquePointer?] = [curve, curve, curve]
    return cmsCreateRGBProfile(&white, &triple, &curves)
  }
}
