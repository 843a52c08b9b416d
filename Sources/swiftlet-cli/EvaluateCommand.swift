import ArgumentParser
import SwiftletImage
import SwiftletSkills

/// `swiftlet eval`.
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eval", abstract: "Measure a model, or the search for duplicates, on photos.",
    subcommands: [Segment.self, Matte.self, Tag.self, Colors.self, Duplicates.self])

  /// Runs where none of the subcommands is named.
  func run() throws {
    let names = Self.configuration.subcommands.compactMap { $0.configuration.commandName }
    throw ValidationError("eval wants one of " + names.joined(separator: ", "))
  }

  /// `swiftlet eval segment`.
  struct Segment: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "segment",
      abstract:
        "Mean IoU, mean absolute error, max F-beta and boundary F of masks, and whether the network's doubt foretells its errors."
    )

    @Option(help: "The folder of photos.")
    var images: String

    @Option(help: "The folder of masks, named like their photos.")
    var masks: String

    @Option(help: "The mask network, a .nest file, in place of the shipped one.")
    var model: String?

    @Option(help: "A file of names, one a line, to which the photos are restricted.")
    var names: String?

    @Flag(help: "Measure the mask refined to the photo's resolution, not the network's own.")
    var refined = false

    @Flag(help: "List every photo with its own values.")
    var photos = false

    @OptionGroup var flags: PhotoFlags

    func run() throws {
      let names = try self.names.map { try NameList.read($0) }
      let result = try SegmentEvaluation(
        images: images, masks: masks,
        segmenter: try flags.pipeline(segmentModel: model).segmenter(),
        mask: refined ? .refined : .raw, names: names, progress: Progress.show)
      try Progress.report(result.json(listsPhotos: photos), asJSON: flags.json.isOn)
    }
  }

  /// `swiftlet eval matte`.
  struct Matte: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "matte",
      abstract:
        "Error, gradient error, IoU and edge colours of full-resolution mattes on renders with exact ones, beside plain enlargement of the same mask."
    )

    @Option(help: "The folder of NAME.jpg, NAME_alpha.png and NAME_foreground.png.")
    var images: String

    @Option(help: "The mask network, a .nest file, in place of the shipped one.")
    var model: String?

    @Flag(help: "List every photo with its own values.")
    var photos = false

    @OptionGroup var flags: PhotoFlags

    func run() throws {
      let result = try MatteEvaluation(
        images: images, pipeline: try flags.pipeline(segmentModel: model), progress: Progress.show)
      try Progress.report(result.json(listsPhotos: photos), asJSON: flags.json.isOn)
    }
  }

  /// `swiftlet eval tag`.
  struct Tag: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "tag",
      abstract:
        "Top-1, top-5, precision@5, mAP, calibration and confusions of categories and materials.")

    @Option(help: "A CSV file with the columns file, and category or material.")
    var labels: String

    @Option(help: "The folder that the file names are relative to.")
    var images: String

    @Option(help: "The tag network, a .nest file, in place of the shipped one.")
    var model: String?

    @Flag(help: "Show the network whole photos, not the product's box as `swiftlet tag` does.")
    var whole = false

    @OptionGroup var flags: PhotoFlags

    func run() throws {
      let result = try TagEvaluation(
        labels: labels, images: images, pipeline: try flags.pipeline(tagModel: model), whole: whole,
        progress: Progress.show)
      try Progress.report(result.json, asJSON: flags.json.isOn)
    }
  }

  /// `swiftlet eval colors`.
  struct Colors: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "colors",
      abstract:
        "The names of the colours of a folder's products, and what the main one was named by.")

    @Option(help: "The folder of photos.")
    var images: String

    @OptionGroup var flags: PhotoFlags

    func run() throws {
      let result = try ColorEvaluation(
        images: images, pipeline: try flags.pipeline(), progress: Progress.show)
      try Progress.report(result.json, asJSON: flags.json.isOn)
    }
  }

  /// `swiftlet eval duplicates`.
  struct Duplicates: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "duplicates",
      abstract: "The pairs of alike photos of a folder, with their distances.")

    @Option(help: "The folder of photos.")
    var images: String

    @Option(help: "The largest distance of a pair that is listed; by default that of batch.")
    var distance = DuplicateEvaluation.nearDistance

    @OptionGroup var flags: PhotoFlags

    func run() throws {
      let result = try DuplicateEvaluation(
        images: images, distanceMax: distance, progress: Progress.show)
      try Progress.report(result.json, asJSON: flags.json.isOn)
    }
  }
}

/// A file of names, one a line; empty lines and folders and extensions of names do not count.
private enum NameList {
  static func read(_ path: String) throws -> Set<String> {
    let text = String(decoding: try readFile(path, maxBytes: 100_000_000), as: UTF8.self)
    return Set(
      text.split(whereSeparator: \.isNewline).map { Files.stem(of: String($0)) }
        .filter { !$0.isEmpty })
  }
}
