import ArgumentParser
import SwiftletSkills

/// `swiftlet tag`.
struct TagCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tag", abstract: "Name category, colours and material of products.",
    discussion: PhotoList.aboutFolders)

  @Argument(help: PhotoList.aboutPaths)
  var inputs: [String]

  @Option(help: "The tag network, a .nest file, in place of the shipped one.")
  var model: String?

  @OptionGroup var flags: PhotoFlags

  func run() throws {
    let pipeline = try flags.pipeline(tagModel: model)
    let list = PhotoList(schema: "swiftlet.tag.list/1", paths: inputs, isJSON: flags.json.isOn)
    let (named, unnamed) = ("with a category", "without")
    _ = try list.run(
      { bytes, path in try pipeline.tag(bytes: bytes, options: ProcessOptions(path: path)) },
      counts: [named, unnamed], count: { $0.tags?.abstained == false ? named : unnamed },
      line: {
        let reasons = $0.findings.map(\.rule).joined(separator: ", ")
        return ($0.tags.map(Self.line) ?? "no tags")
          + (reasons.isEmpty ? "" : "; \($0.verdict.rawValue): \(reasons)")
      })
  }

  private static func line(_ tags: Tags) -> String {
    let material = tags.materials.first.map { "material perhaps \($0.label)" }
    let words = (tags.words + [material].compactMap { $0 }).joined(separator: ", ")
    return tags.abstained ? "no sure category; \(words)" : words
  }
}
