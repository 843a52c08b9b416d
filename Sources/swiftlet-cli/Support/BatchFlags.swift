import ArgumentParser
import SwiftletImage
import SwiftletSkills

import Swiftlet

/// The flags of the verbs that work on folders.
struct BatchFlags: ParsableArguments {
  @Option(name: .shortAndLong, help: "The folder of pictures, made where it is missing.")
  var output: String

  @Option(help: "The marketplace profile, such as amazon-main, or a .yaml file of your own.")
  var profile: String?

  @Option(help: "The background: transparent, white or #RRGGBB. Default: the profile's or white.")
  var background: String?

  @Option(help: "The shadow on an opaque background: none or soft. Default: the profile's.")
  var shadow: String?

  @Option(help: "The format of the pictures: jpeg or png. Default: the profile's first or jpeg.")
  var format: String?

  @Option(help: "The quality of a JPEG, 1 to 100.")
  var quality: Int?

  @Flag(help: "Leave the tags out, which takes less time.")
  var noTags = false

  @Option(help: "Photos worked on at the same time. Default: the threads of the machine.")
  var jobs: Int?

  /// The wishes for each photo.
  var process: ProcessOptions {
    get throws {
      var options = ProcessOptions(jpegQuality: quality, wantsTags: !noTags)
      try options.use(profile: profile)
      options.background = try background.map { try BackgroundStyle($0) }
      options.shadow = try shadow.map { try ShadowStyle(option: $0) }
      options.format = try format.map { name in
        guard let format = ImageFormat(rawValue: name == "jpg" ? "jpeg" : name) else {
          throw CommandFailure.usage(
            "--format \(name)", "it is not written here", "use jpeg or png")
        }
        return format
      }
      return options
    }
  }

  /// The threads of the machine.
  static var availableJobs: Int { get throws { try ThreadCount.selected() } }

  /// How many photos are worked on at the same time.
  var jobCount: Int {
    get throws {
      let available = try Self.availableJobs
      guard let jobs else { return available }
      guard (1...ThreadCount.maximum).contains(jobs) else {
        throw CommandFailure.usage(
          "--jobs \(jobs)", "it is not 1 to \(ThreadCount.maximum)", "give a number of photos")
      }
      return min(jobs, available)
    }
  }
}

extension PhotoFlags {
  /// A pipeline for several photos at the same time.
  func pipeline(jobs: Int) throws -> ProductPipeline {
    var options = PipelineOptions(session: try engine.session)
    options.concurrency = jobs
    return try ProductPipeline(resources: try home.resources, options: options)
  }
}
