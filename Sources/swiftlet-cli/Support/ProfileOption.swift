import SwiftletSkills

extension ProcessOptions {
  /// Takes the profile that `--profile` names: one of the program's, or a file of the user's own,
  /// which ends in `.yaml`.
  mutating func use(profile: String?) throws(SkillError) {
    guard let profile else { return }
    if profile.hasSuffix(".yaml") || profile.hasSuffix(".yml") {
      ownProfile = try Profile.load(profile)
    } else {
      self.profile = profile
    }
  }
}

extension ShadowStyle {
  /// The style that `--shadow` names.
  init(option: String) throws(CommandFailure) {
    guard let style = ShadowStyle(rawValue: option) else {
      throw CommandFailure.usage(
        "--shadow \(option)", "there is no such shadow", "use none or soft")
    }
    self = style
  }
}
