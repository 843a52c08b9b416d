import ArgumentParser
import SwiftletSkills

import Swiftlet

/// The flags of every verb that works on photos.
struct PhotoFlags: ParsableArguments {
  @OptionGroup var engine: EngineFlags
  @OptionGroup var home: HomeFlag
  @OptionGroup var json: JSONFlag

  /// A pipeline as the flags say; `segmentModel` and `tagModel` replace the shipped ones.
  func pipeline(
    segmentModel: String? = nil, tagModel: String? = nil
  ) throws -> ProductPipeline {
    try ProductPipeline(
      resources: try home.resources,
      options: PipelineOptions(
        session: try engine.session, segmentModel: segmentModel, tagModel: tagModel))
  }
}

extension ProcessOptions {
  /// Options for a photo of that path.
  init(path: String) {
    self.init(fileName: path == "-" ? nil : path)
  }
}
