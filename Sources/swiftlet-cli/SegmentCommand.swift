import ArgumentParser
import SwiftletSkills

/// `swiftlet segment`.
struct SegmentCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "segment", abstract: "Cut the product out of a photo.")

  @Argument(help: "The photo, PNG or JPEG; - for standard input.")
  var input: String

  @Option(
    name: .shortAndLong,
    help:
      "The picture to write, .png or .jpg; - for standard output. Default: <stem>.out.png beside the photo; standard output, as PNG, where the photo is standard input."
  )
  var output: String?

  @Option(help: "The mask network, a .nest file, in place of the shipped one.")
  var model: String?

  @Flag(help: "Write the alpha itself, as a grey picture.")
  var onlyMask = false

  @Option(help: "The background: transparent, white or #RRGGBB. Default: transparent.")
  var background: String?

  @OptionGroup var flags: PhotoFlags

  func run() throws {
    let destination = try PictureDestination(
      output: output, input: input, isShared: flags.json.isOn)
    var options = ProcessOptions(path: input)
    options.background = try background.map { try BackgroundStyle($0) }
    options.format = destination.format
    options.onlyMask = onlyMask
    let pipeline = try flags.pipeline(segmentModel: model)
    let result = try onPhoto(input) {
      try pipeline.segment(bytes: try Files.photo(input), options: options)
    }
    try result.report(to: destination, asJSON: flags.json.isOn, of: input)
  }
}
