internal import Swiftlet
internal import SwiftletImage

/// A tagger against labelled photos.
public struct TagEvaluation: Sendable {
  /// The model's name.
  public let model: String
  /// The categories.
  public let categories: ScoreTable
  /// The materials.
  public let materials: ScoreTable
  /// Lines whose label the model does not have.
  public let skipped: Int
  /// Photos labelled `other`, and on how many of them the tagger abstains.
  public let others: (photos: Int, abstained: Int)
  /// Photos in which no product was found, so that the network saw them whole; nil where none was looked for.
  public let withoutProduct: Int?
  /// The confidence below which the tagger abstains.
  public let threshold: Double

  /// Schema `swiftlet.eval.tag/1`.
  public var json: JSONValue {
    let claimed = categories.claimed(from: threshold)
    return [
      "schema": "swiftlet.eval.tag/1", "model": .string(model), "skipped": .integer(skipped),
      "view": withoutProduct == nil ? "whole" : "product",
      "without_product": withoutProduct.map { .integer($0) } ?? .null,
      "category": categories.json, "material": materials.json,
      "claimed": [
        "confidence_min": .number(threshold), "share": .rounded(claimed.share),
        "precision": .rounded(claimed.precision),
      ],
      "other": ["images": .integer(others.photos), "abstained": .integer(others.abstained)],
    ]
  }

  /// Evaluates the tagger of a pipeline on the photos that a CSV file names.
  ///
  /// - Parameters:
  ///   - labels: a CSV file with a header of at least `file` and one of `category` and `material`;
  ///     an empty field is no label, the category `other` one that the model does not have and on
  ///     which it should abstain.
  ///   - images: the folder that the file names are relative to.
  ///   - pipeline: finds the product as `tag` does, whose box the network then sees, and the whole
  ///     photo where it finds none.
  ///   - whole: whether the network sees whole photos, and no product is looked for.
  ///   - progress: told after each photo how many are done and how many there are.
  /// - Throws: `SkillError` for a damaged CSV file, a photo that cannot be decoded, or no label
  ///   that the model has.
  public init(
    labels: String, images: String, pipeline: ProductPipeline, whole: Bool = false,
    progress: (Int, Int) -> Void = { _, _ in }
  ) throws(SkillError) {
    let tagger = try pipeline.tagger()
    let text = try image { () throws(ImageError) in try readFile(labels, maxBytes: 100_000_000) }
    let table = try LabelTable(csv: String(decoding: text, as: UTF8.self), file: labels)
    let known = tagger.labels
    var categories = ScoreTable(labels: known.categories)
    var materials = ScoreTable(labels: known.materials)
    var skipped = 0
    var others = (photos: 0, abstained: 0)
    var withoutProduct = 0
    for (index, row) in table.rows.enumerated() {
      defer { progress(index + 1, table.rows.count) }
      let isOther = row.category == "other"
      let category = TagEvaluation.label(row.category, of: known.categories)
      let material = TagEvaluation.label(row.material, of: known.materials)
      guard isOther || category != nil || material != nil else {
        skipped += 1
        continue
      }
      let path = "\(images)/\(row.file)"
      let (pixels, product) =
        whole
        ? (try SegmentEvaluation.decode(path), nil)
        : try SegmentEvaluation.named(path) { bytes throws(SkillError) in
          try pipeline.product(of: bytes)
        }
      withoutProduct += !whole && product == nil ? 1 : 0
      let scores = tagger.scores(of: pixels, segmentation: product)
      if isOther {
        let confidence = scores.categories.first?.confidence ?? 0
        others.photos += 1
        others.abstained += confidence < tagger.settings.categoryConfidenceMin ? 1 : 0
      }
      categories.add(
        truth: category ?? "", scores: TagEvaluation.ordered(scores.categories, known.categories))
      materials.add(
        truth: material ?? "", scores: TagEvaluation.ordered(scores.materials, known.materials))
    }
    guard categories.count + materials.count + others.photos > 0 else {
      throw SkillError(
        .fileAccess, labels,
        "none of its \(table.rows.count) lines has a label of model "
          + "'\(tagger.model.metadata.name)'",
        "its categories are \(known.categories.joined(separator: ", ")); "
          + "its materials \(known.materials.joined(separator: ", "))")
    }
    model = tagger.model.metadata.name
    self.categories = categories
    self.materials = materials
    self.skipped = skipped
    self.others = others
    self.withoutProduct = whole ? nil : withoutProduct
    threshold = tagger.settings.categoryConfidenceMin
  }

  /// The model's own spelling of a label; nil where it has none.
  private static func label(_ text: String, of known: [String]) -> String? {
    known.contains(text) ? text : known.first { $0.lowercased() == text.lowercased() }
  }

  private static func ordered(_ scores: [LabelScore], _ labels: [String]) -> [Double] {
    var byLabel: [String: Double] = [:]
    for score in scores { byLabel[score.label] = score.confidence }
    return labels.map { byLabel[$0] ?? 0 }
  }
}

/// The lines of a CSV file of labels.
package struct LabelTable: Sendable, Equatable {
  /// A photo and its labels, empty where it has none.
  package struct Row: Sendable, Equatable {
    package let file: String
    package let category: String
    package let material: String
  }

  /// The lines after the header.
  package let rows: [Row]

  /// Reads CSV text by RFC 4180: fields may be quoted, a quote inside is doubled.
  ///
  /// - Throws: `SkillError` for a header without `file`, or without both `category` and `material`.
  package init(csv: String, file: String) throws(SkillError) {
    let lines = LabelTable.fields(csv)
    let header = lines.first ?? []
    guard let fileColumn = header.firstIndex(of: "file") else {
      throw SkillError(
        .invalidArgument, file, "its first line names no column 'file'",
        "start with file,category,material")
    }
    guard header.contains("category") || header.contains("material") else {
      throw SkillError(
        .invalidArgument, file, "its first line names no column 'category' or 'material'",
        "start with file,category,material")
    }
    func value(_ line: [String], _ name: String) -> String {
      guard let column = header.firstIndex(of: name), column < line.count else { return "" }
      return line[column]
    }
    rows = lines.dropFirst().compactMap { line in
      guard fileColumn < line.count, !line[fileColumn].isEmpty else { return nil }
      return Row(
        file: line[fileColumn], category: value(line, "category"),
        material: value(line, "material"))
    }
  }

  private static func fields(_ csv: String) -> [[String]] {
    var lines: [[String]] = []
    var line: [String] = []
    var field = ""
    var isQuoted = false
    var pending: Character?
    var characters = csv.makeIterator()
    while let character = pending ?? characters.next() {
      pending = nil
      if isQuoted {
        guard character == "\"" else {
          field.append(character)
          continue
        }
        let following = characters.next()
        if following == "\"" {
          field.append("\"")
        } else {
          isQuoted = false
          pending = following
        }
      } else if character == "\"" {
        isQuoted = true
      } else if character == "," {
        line.append(field)
        field = ""
      } else if character.isNewline {
        lines.append(line + [field])
        (line, field) = ([], "")
      } else {
        field.append(character)
      }
    }
    if !field.isEmpty || !line.isEmpty { lines.append(line + [field]) }
    return lines.filter { $0 != [""] }
  }
}
