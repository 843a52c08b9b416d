internal import SwiftletImage

/// How alike the photos of a folder are: the search for duplicates, with its distances.
public struct DuplicateEvaluation: Sendable {
  private let files: [String]
  private let pairs: [DuplicatePair]

  /// The distance up to which `batch` calls two photos near-duplicates.
  public static let nearDistance = Duplicates.nearDistance

  /// Compares every photo of a folder, PNG or JPEG, with every other.
  ///
  /// - Parameters:
  ///   - images: the folder.
  ///   - distanceMax: pairs further apart are left out.
  ///   - progress: told after each photo how many are read and how many there are.
  /// - Throws: `SkillError` for a folder that cannot be read or a photo that cannot be decoded.
  public init(
    images: String, distanceMax: Double, progress: (Int, Int) -> Void = { _, _ in }
  ) throws(SkillError) {
    files = try SegmentEvaluation.pictures(in: images)
    var prints: [Fingerprint?] = []
    for name in files {
      prints.append(Fingerprint(try SegmentEvaluation.decode("\(images)/\(name)")))
      progress(prints.count, files.count)
    }
    pairs = Duplicates.pairs(in: prints, distanceMax: distanceMax)
  }

  /// Schema `swiftlet.eval.duplicates/1`.
  public var json: JSONValue {
    [
      "schema": "swiftlet.eval.duplicates/1", "images": .integer(files.count),
      "near_distance": .number(DuplicateEvaluation.nearDistance),
      "pairs": .array(
        pairs.map { pair in
          [
            "files": [.string(files[pair.first]), .string(files[pair.second])],
            "distance": .rounded(pair.distance), "exact": .bool(pair.isExact),
          ]
        }),
    ]
  }
}
