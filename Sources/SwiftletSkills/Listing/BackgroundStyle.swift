/// What a product is laid over.
public enum BackgroundStyle: Sendable, Equatable {
  /// Nothing: the picture keeps its alpha.
  case transparent
  /// One opaque colour.
  case color(red: UInt8, green: UInt8, blue: UInt8)

  /// Pure white, 255 in each channel.
  public static let white = BackgroundStyle.color(red: 255, green: 255, blue: 255)

  /// The style of `transparent`, `white` or `#RRGGBB`.
  ///
  /// - Throws: `SkillError` with code `invalidArgument` for anything else.
  public init(_ text: String) throws(SkillError) {
    switch text {
    case "transparent": self = .transparent
    case "white": self = .white
    default:
      let digits = text.dropFirst()
      guard text.hasPrefix("#"), digits.utf8.count == 6,
        digits.allSatisfy(\.isHexDigit), let code = UInt32(digits, radix: 16)
      else {
        throw SkillError(
          .invalidArgument, "background '\(text)'", "it is no background",
          "give transparent, white or #RRGGBB")
      }
      self = .color(
        red: UInt8(code >> 16 & 255), green: UInt8(code >> 8 & 255), blue: UInt8(code & 255))
    }
  }

  /// The text that `init(_:)` reads.
  public var description: String {
    switch self {
    case .transparent: return "transparent"
    case .white: return "white"
    case .color(let red, let green, let blue):
      let code = UInt32(red) << 16 | UInt32(green) << 8 | UInt32(blue)
      let digits = String(code, radix: 16, uppercase: true)
      return "#" + String(repeating: "0", count: 6 - digits.count) + digits
    }
  }
}
