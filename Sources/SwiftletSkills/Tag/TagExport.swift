/// A file that a shop imports: the pictures and tags of a folder under the shop's own column names.
///
/// What only the seller knows (prices, stock, descriptions) is not in it; shops take it from their
/// own data or ask for it.
public enum TagExport: String, Sendable, CaseIterable {
  /// Shopify's product CSV.
  case shopify
  /// WooCommerce's product CSV.
  case woocommerce
  /// Google Merchant Center's feed, separated by tabs.
  case google

  /// The file's text: a head and a line a picture, but for those that are ``leftOut(of:)``.
  ///
  /// Shopify's and WooCommerce's products are not published; where a picture's verdict is fail or
  /// needs_review, their tags say so.
  ///
  /// - Parameters:
  ///   - report: the folder.
  ///   - imageBase: what stands before a picture's path to make it an address that the shop can
  ///     load, such as `https://example.com/photos/`; empty where the shop finds them by name.
  public func text(of report: BatchReport, imageBase: String = "") -> String {
    var taken: Set<String> = []
    // Names are given to all photos, so that they do not depend on which of them are exported.
    let rows = report.entries.compactMap { entry in
      let row = Row(entry, target: entry.target ?? "", imageBase: imageBase, taken: &taken)
      return entry.target != nil && takes(entry) ? row : nil
    }
    switch self {
    case .shopify: return TagExport.shopify(rows)
    case .woocommerce: return TagExport.woocommerce(rows)
    case .google: return TagExport.google(rows)
    }
  }

  /// The photos with a picture that the file does not name: those that were skipped, so that nothing
  /// is known of them, and in Google's feed, which goes online as it is, those whose verdict is fail
  /// or needs_review.
  public func leftOut(of report: BatchReport) -> [BatchEntry] {
    report.entries.filter { $0.target != nil && !takes($0) }
  }

  private func takes(_ entry: BatchEntry) -> Bool {
    entry.result != nil && !(self == .google && entry.isDoubtful)
  }

  private static func shopify(_ rows: [Row]) -> String {
    let head = [
      "Handle", "Title", "Product Category", "Tags", "Published", "Image Src", "Image Position",
      "Image Alt Text", "Color (product.metafields.shopify.color-pattern)",
    ]
    return CSV.line(head)
      + rows.map { row in
        CSV.line([
          row.handle, row.title, row.category?.path ?? "", row.words.joined(separator: ", "),
          "FALSE", row.image, "1", row.altText, row.shopifyColors.joined(separator: "; "),
        ])
      }.joined()
  }

  private static func woocommerce(_ rows: [Row]) -> String {
    let head = [
      "Type", "SKU", "Name", "Published", "Tags", "Images", "Attribute 1 name",
      "Attribute 1 value(s)", "Attribute 1 visible", "Attribute 1 global",
    ]
    return CSV.line(head)
      + rows.map { row in
        let colors = row.colors.map(readable).joined(separator: ", ")
        return CSV.line([
          "simple", row.handle, row.title, "0", row.words.joined(separator: ", "), row.image,
          colors.isEmpty ? "" : "Color", colors, colors.isEmpty ? "" : "1",
          colors.isEmpty ? "" : "1",
        ])
      }.joined()
  }

  private static func google(_ rows: [Row]) -> String {
    let head = ["id", "title", "image_link", "google_product_category", "color"]
    return line(head)
      + rows.map { row in
        line([
          row.handle, row.title, row.image, row.category.map { "\($0.googleID)" } ?? "",
          row.colors.prefix(3).map(readable).joined(separator: "/"),
        ])
      }.joined()
  }

  private static func line(_ fields: [String]) -> String {
    fields.map { field in
      field.split { $0 == "\t" || $0.isNewline }.joined(separator: " ")
    }.joined(separator: "\t") + "\n"
  }

  private static func readable(_ color: String) -> String {
    color.split(separator: "_").joined(separator: " ")
  }
}

/// What the exports say of a picture.
private struct Row {
  let handle: String
  let title: String
  let image: String
  let altText: String
  let words: [String]
  let colors: [String]
  let category: ProductCategory?

  /// Colours as Shopify's taxonomy names them in a file: `rose-gold`.
  var shopifyColors: [String] { colors.map { $0.split(separator: "_").joined(separator: "-") } }

  /// - Parameter taken: the handles of other pictures, to which this one's is added.
  init(_ entry: BatchEntry, target: String, imageBase: String, taken: inout Set<String>) {
    let tags = entry.result?["tags"]
    func texts(_ value: JSONValue?, _ key: String?) -> [String] {
      guard case .array(let elements)? = value else { return [] }
      return elements.compactMap { element in
        if let key { element[key]?.text } else { element.text }
      }
    }
    // Of the photo, whose name stays where a picture gets a number.
    let base = Row.handle(of: entry.source)
    var unique = base
    var number = 2
    while !taken.insert(unique).inserted {
      unique = "\(base)-\(number)"
      number += 1
    }
    handle = unique
    altText = tags?["alt_text"]?.text ?? ""
    let isKnown = tags?["abstained"] != .bool(true)
    // A title is read as a claim: without a category the file's name says more than a colour.
    title = CSV.plain(isKnown && !altText.isEmpty ? altText : FileSystem.stem(entry.source))
    image = imageBase + Row.address(of: target)
    words = texts(tags?["tags"], nil) + (entry.isDoubtful ? ["needs review"] : [])
    colors = texts(tags?["colors"], "value")
    category = isKnown ? texts(tags?["category"], "name").first.flatMap(ProductCategory.init) : nil
  }

  /// Letters, digits and hyphens of a path, bytes beyond ASCII in hexadecimal; `item` where there
  /// are none. Unlike paths may meet.
  private static func handle(of path: String) -> String {
    let dot = path.lastIndex(of: ".") ?? path.endIndex
    var handle = ""
    for scalar in path[..<dot].lowercased().unicodeScalars {
      let isPlain = ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar)
      if isPlain {
        handle.unicodeScalars.append(scalar)
      } else if !scalar.isASCII {
        for byte in String(scalar).utf8 { handle += String(byte, radix: 16) }
      } else if !handle.hasSuffix("-"), !handle.isEmpty {
        handle += "-"
      }
    }
    if handle.hasSuffix("-") { handle.removeLast() }
    return handle.isEmpty ? "item" : handle
  }

  /// A path as part of an address.
  private static func address(of path: String) -> String {
    var address = ""
    for byte in path.utf8 {
      let character = Character(Unicode.Scalar(byte))
      if byte < 0x80, character.isLetter || character.isNumber || "-._~/".contains(character) {
        address.append(character)
      } else {
        let digits = String(byte, radix: 16, uppercase: true)
        address += "%" + (digits.count == 1 ? "0" : "") + digits
      }
    }
    return address
  }
}
