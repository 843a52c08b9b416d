import SwiftletImage
import SwiftletSkills
import Testing

@Suite struct ConfigurationTests {
  private static let root =
    #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }

  @Test func theThresholdsFileStatesTheDefaults() throws {
    let path = Self.root + "/configs/thresholds.yaml"
    #expect(try Thresholds.load(path) == Thresholds())
    try expectEveryKey(Thresholds.fields.map(\.key), in: path) { yaml in
      _ = try Thresholds.parse(yaml, file: path)
    }
  }

  @Test func thePipelineFileStatesTheDefaults() throws {
    let path = Self.root + "/configs/pipeline.yaml"
    #expect(try PipelineSettings.load(path) == PipelineSettings())
    try expectEveryKey(PipelineSettings.fields.map(\.key), in: path) { yaml in
      _ = try PipelineSettings.parse(yaml, file: path)
    }
  }

  @Test func theProfileFileEqualsTheBuiltInOne() throws {
    #expect(try Profile.load(Self.root + "/configs/profiles/amazon-main.yaml") == .amazonMain)
    let resources = Resources(home: Self.root)
    #expect(try Profile.named("amazon-main", in: resources) == .amazonMain)
    #expect(try Profile.named("amazon-main", in: Resources(home: nil)) == .amazonMain)
    #expect(resources.profileNames.contains("amazon-main"))
    for name in ["amazon", "../profiles/amazon-main", ""] {
      let error = #expect(throws: SkillError.self) { try Profile.named(name, in: resources) }
      #expect(error?.code == .unknownProfile)
      #expect(error?.remedy.contains("amazon-main") == true)
    }
  }

  @Test func errorsNameFileLineAndKey() {
    let cases: [(yaml: String, parts: [String])] = [
      ("", ["empty"]),
      (
        "schema: swiftlet.thresholds/1\nblur:\n  sharpness_min: sharp\n",
        ["t.yaml:3", "blur.sharpness_min", "'sharp'", "number from 0.0 to 10.0"]
      ),
      ("schema: swiftlet.thresholds/1\nblur:\n  sharpness_min: 11\n", ["t.yaml:3", "'11'"]),
      ("schema: swiftlet.thresholds/1\nblur:\n  sharpness_min: .nan\n", ["t.yaml:3"]),
      (
        "schema: swiftlet.thresholds/1\nblur:\n  sharp: 1\n",
        ["t.yaml:3", "blur.sharp is not a known key", "blur.sharpness_min"]
      ),
      ("schema: swiftlet.thresholds/1\nblurr:\n  sharpness_min: 1\n", ["blurr", "known key"]),
      ("schema: swiftlet.thresholds/1\nblur: 3\n", ["t.yaml:2", "blur", "a mapping"]),
      ("schema: swiftlet.thresholds/2\n", ["swiftlet.thresholds/1"]),
      ("blur:\n  sharpness_min: 1\n", ["schema"]),
      ("- 1\n", ["a mapping"]),
      ("a: [1\n", ["t.yaml"]),
    ]
    for (yaml, parts) in cases {
      let error = #expect(throws: SkillError.self) { try Thresholds.parse(yaml, file: "t.yaml") }
      #expect(error?.code == .invalidConfiguration)
      let text = error?.description ?? ""
      #expect(!text.contains("\n"))
      for part in parts { #expect(text.contains(part), "\(yaml): \(text)") }
    }
  }

  @Test func profilesAreComplete() throws {
    let base = """
      schema: swiftlet.profile/1
      name: x
      title: X
      effective_from: undated
      source: somewhere
      checked_on: never
      confidence: vendor
      fill_target: 0.8
      background: any
      formats: [png]
      whole_product: false
      single_product: true

      """
    let profile = try Profile.parse(base, file: "p.yaml")
    #expect(profile.longSideMin == nil && profile.aspect == nil && profile.formats == [.png])
    #expect(profile.json["confidence"]?.text == "vendor")
    for (from, to, part) in [
      ("formats: [png]", "formats: [webp]", "formats.0"),
      ("formats: [png]", "formats: []", "formats"),
      ("confidence: vendor", "confidence: sure", "vendor"),
      ("name: x\n", "", "name"),
      ("whole_product: false", "whole_product: perhaps", "true or false"),
    ] {
      let parts = base.split(separator: from, omittingEmptySubsequences: false)
      let error = #expect(throws: SkillError.self) {
        try Profile.parse(parts.joined(separator: to), file: "p.yaml")
      }
      #expect(error?.description.contains(part) == true, "\(to): \(error?.description ?? "")")
    }
  }

  @Test func resourcesAreLookedForInOrder() throws {
    #expect(try Resources.locate(explicit: Self.root, environment: "/nowhere").home == Self.root)
    #expect(try Resources.locate(environment: Self.root).home == Self.root)
    #expect(
      try Resources.locate(environment: "", executable: Self.root + "/swiftlet").home == Self.root)
    #expect(throws: SkillError.self) { try Resources.locate(explicit: "/nowhere/at/all") }
    #expect(throws: SkillError.self) { try Resources.locate(environment: "/nowhere/at/all") }
    #expect(
      try Resources.locate(environment: "", executable: "/usr/bin/env", current: "/").home == nil)
    #expect(
      try Resources.locate(environment: "", executable: "/usr/bin/env", current: Self.root).home
        == Self.root)
  }

  @Test func missingWeightsSayWhereTheyBelong() {
    let error = #expect(throws: SkillError.self) {
      try Resources(home: "/nowhere").weights("m.nest")
    }
    #expect(error?.code == .missingWeights)
    #expect(error?.description.contains("/nowhere/weights/m.nest") == true)
    #expect(error?.remedy.contains("SWIFTLET_HOME") == true)
  }

  /// Every key stands in the file.
  private func expectEveryKey(
    _ keys: [String], in path: String, _ parse: (String) throws -> Void
  ) throws {
    let text = String(
      decoding: try readFile(path, maxBytes: 1_000_000), as: UTF8.self)
    for key in keys {
      let name = key.split(separator: ".").last.map(String.init) ?? ""
      #expect(text.contains("\n  \(name): "), "\(key) is not in \(path)")
    }
    try parse(text)
  }
}
