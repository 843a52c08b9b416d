/// The preferences of an `Accept` header (RFC 9110 section 12.5.1).
package enum AcceptHeader {
  /// Whether the client would rather have a picture of type `mediaType` than JSON. Without a clear
  /// preference it would not.
  package static func prefersPicture(_ header: String?, mediaType: String) -> Bool {
    guard let header else { return false }
    var picture = 0.0
    var json = 0.0
    for item in header.split(separator: ",") {
      guard let (range, parameters) = try? HeaderParameters.parse(trimmed(item)) else { continue }
      let quality = parameters["q"].map { Double($0) ?? 0 } ?? 1
      switch range {
      case "image/*", mediaType: picture = max(picture, quality)
      case "application/json", "application/*", "*/*": json = max(json, quality)
      default: continue
      }
    }
    return picture > 0 && (picture > json || (picture == json && namesPictureFirst(header)))
  }

  private static func namesPictureFirst(_ header: String) -> Bool {
    header.split(separator: ",").first.map { trimmed($0).lowercased().hasPrefix("image/") } ?? false
  }
}
