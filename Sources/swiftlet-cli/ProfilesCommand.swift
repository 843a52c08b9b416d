import ArgumentParser
import SwiftletSkills

/// `swiftlet profiles`.
struct ProfilesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "profiles", abstract: "List the marketplace profiles, or show one.",
    subcommands: [List.self, Show.self], defaultSubcommand: List.self)

  /// `swiftlet profiles list`.
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "List the profiles.")

    @OptionGroup var home: HomeFlag
    @OptionGroup var json: JSONFlag

    func run() throws {
      let resources = try home.resources
      let names = Set(resources.profileNames + [Profile.amazonMain.name]).sorted()
      if json.isOn {
        let profiles = try names.map { try Profile.named($0, in: resources).json }
        try Console.emit(["schema": "swiftlet.profiles/1", "profiles": .array(profiles)])
      } else {
        let width = names.map(\.count).max() ?? 0
        for name in names {
          let profile = try Profile.named(name, in: resources)
          let gap = String(repeating: " ", count: width - name.count + 2)
          try Console.emit("\(name)\(gap)\(profile.title)\(profile.remarks)")
        }
      }
    }
  }

  /// `swiftlet profiles show`.
  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show", abstract: "Show what a profile asks of a photo.")

    @Argument(help: "The profile's name, or a .yaml file of your own.")
    var profile: String

    @OptionGroup var home: HomeFlag
    @OptionGroup var json: JSONFlag

    func run() throws {
      let isOwn = profile.hasSuffix(".yaml") || profile.hasSuffix(".yml")
      let profile =
        isOwn
        ? try Profile.load(profile).json
        : try Profile.named(profile, in: try home.resources).json
      if json.isOn {
        try Console.emit(
          JSONValue.compact([("schema", "swiftlet.profile/1")]).appending(profile))
      } else {
        try Console.emit(profile.encoded(pretty: true))
      }
    }
  }
}

extension Profile {
  /// What a reader of the list should know of the rules.
  fileprivate var remarks: String {
    var remarks: [String] = []
    if effectiveFrom != "undated" { remarks.append("from \(effectiveFrom)") }
    if let effectiveUntil { remarks.append("until \(effectiveUntil)") }
    if confidence == .secondary { remarks.append("check with the marketplace") }
    return remarks.isEmpty ? "" : " (\(remarks.joined(separator: "; ")))"
  }
}
