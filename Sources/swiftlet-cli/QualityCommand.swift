import ArgumentParser
import SwiftletSkills

/// `swiftlet qa`.
struct QualityCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "qa", abstract: "Judge photos as they are, with measured and required values.",
    discussion: PhotoList.aboutFolders)

  @Argument(help: PhotoList.aboutPaths)
  var inputs: [String]

  @Option(help: "The marketplace profile, such as amazon-main, or a .yaml file of your own.")
  var profile: String?

  @Flag(help: "Exit with 3 unless every verdict is pass or warn.")
  var strict = false

  @OptionGroup var flags: PhotoFlags

  func run() throws {
    let pipeline = try flags.pipeline()
    let list = PhotoList(schema: "swiftlet.qa.list/1", paths: inputs, isJSON: flags.json.isOn)
    let verdicts = try list.run(
      { bytes, path in
        var options = ProcessOptions(path: path)
        try options.use(profile: profile)
        return try pipeline.qa(bytes: bytes, options: options)
      }, counts: Verdict.all.map(\.rawValue), count: \.verdict.rawValue, line: \.qualityText)
    if strict { for verdict in verdicts { try verdict.enforce() } }
  }
}
