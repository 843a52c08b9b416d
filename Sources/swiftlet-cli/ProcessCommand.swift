import ArgumentParser
import SwiftletSkills

/// `swiftlet process`.
struct ProcessCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "process",
    abstract: "Make a listing-ready picture of a photo, with a verdict and tags.")

  @Argument(help: "The photo, PNG or JPEG; - for standard input.")
  var input: String

  @Option(
    name: .shortAndLong,
    help:
      "The picture to write, .png or .jpg; - for standard output. Default: <stem>.out.png beside the photo; standard output, as JPEG or PNG, where the photo is standard input."
  )
  var output: String?

  @Option(help: "The marketplace profile, such as amazon-main, or a .yaml file of your own.")
  var profile: String?

  @Option(help: "The shadow on an opaque background: none or soft. Default: the profile's.")
  var shadow: String?

  @Option(help: "The background: transparent, white or #RRGGBB. Default: white.")
  var background: String?

  @Option(help: "The quality of a JPEG, 1 to 100.")
  var quality: Int?

  @Flag(help: "Exit with 3 unless the verdict on the picture is pass or warn.")
  var strict = false

  @OptionGroup var flags: PhotoFlags

  func run() throws {
    let destination = try PictureDestination(
      output: output, input: input, isShared: flags.json.isOn)
    var options = ProcessOptions(path: input)
    try options.use(profile: profile)
    options.shadow = try shadow.map { try ShadowStyle(option: $0) }
    options.background = try background.map { try BackgroundStyle($0) }
    options.format = destination.format
    options.jpegQuality = quality
    let pipeline = try flags.pipeline()
    let result = try onPhoto(input) {
      try pipeline.process(bytes: try Files.photo(input), options: options)
    }
    try result.report(to: destination, asJSON: flags.json.isOn, of: input)
    if strict { try result.verdict.enforce() }
  }
}
