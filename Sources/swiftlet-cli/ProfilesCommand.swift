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
        for name in names {
          try Console.emit("\(name)  \(try Profile.named(name, in: resources).title)")
        }
      }
    }
  }

  /// `swiftlet profiles show`.
  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show", abstract: "Show what a profile asks of a photo.")

    @Argument(help: "The profile's name.")
    var profile: String

    @OptionGroup var home: HomeFlag
    @OptionGroup var json: JSONFlag

    func run() throws {
      let profile = try Profile.named(profile, in: try home.resources).json
      if json.isOn {
        try Console.emit(
          JSONValue.compact([("schema", "swiftlet.profile/1")]).appending(profile))
      } else {
        try Console.emit(profile.encoded(pretty: true))
      }
    }
  }
}
