internal import SwiftletImage

extension BatchReport {
  /// A contact sheet that needs no other file: before, after and verdict of each photo.
  ///
  /// Small pictures of photos that were not worked on in this run are made from their files.
  ///
  /// - Parameter shouldStop: asked before each such photo; once true, it goes without.
  public func html(shouldStop: () -> Bool = { false }) -> String {
    var body = ""
    for index in entries.indices { body += card(index, shouldStop) }
    let counts =
      BatchEntry.Status.allCases.map { "\(count($0)) \($0.rawValue)" }
      + [Verdict.pass, .warn, .fail, .needsReview].map { "\(count($0)) \($0.label)" }
    return """
      <!doctype html>
      <html lang="en"><head><meta charset="utf-8">
      <meta name="viewport" content="width=device-width">
      <title>\(HTML.escaped(output))</title><style>\(BatchReport.style)</style></head><body>
      <h1>\(HTML.escaped(output))</h1>
      <p>\(entries.count) photos of \(HTML.escaped(input)), \
      profile \(HTML.escaped(profile ?? "none"))\(isComplete ? "" : ", stopped before the end")</p>
      <p>\(counts.joined(separator: " &middot; "))</p>
      <main>\(body)</main></body></html>

      """
  }

  private func card(_ index: Int, _ shouldStop: () -> Bool) -> String {
    let entry = entries[index]
    let (before, after) = shouldStop() ? entry.thumbnails : thumbnails(of: entry)
    let label = entry.verdict?.label ?? entry.status.rawValue
    var reasons = entry.findings.map { finding in
      "<li class=\"\(HTML.escaped(finding.severity))\"><b>\(HTML.escaped(finding.rule))</b> "
        + "measured \(HTML.escaped((finding.json["measured"] ?? .null).plain)); required "
        + HTML.escaped((finding.json["required"] ?? .null).plain)
        + (finding.json["fix"]?.text.map { "; fix: \(HTML.escaped($0))" } ?? "") + "</li>"
    }
    if let error = entry.error { reasons.append("<li class=\"error\">\(HTML.escaped(error))</li>") }
    for partner in partners(of: index) {
      reasons.append("<li class=\"warn\">the same picture as \(HTML.escaped(partner.source))</li>")
    }
    return """
      <article class="\(entry.verdict?.rawValue ?? entry.status.rawValue)">
      <div>\(HTML.picture(before))\(HTML.picture(after))</div>
      <h2>\(HTML.escaped(entry.source))</h2><p>\(label)</p><ul>\(reasons.joined())</ul></article>

      """
  }

  private func thumbnails(of entry: BatchEntry) -> (before: [UInt8]?, after: [UInt8]?) {
    (
      entry.thumbnails.before ?? BatchReport.thumbnail("\(input)/\(entry.source)"),
      entry.thumbnails.after ?? entry.target.flatMap { BatchReport.thumbnail("\(output)/\($0)") }
    )
  }

  private static func thumbnail(_ path: String) -> [UInt8]? {
    let limits = ImageLimits.standard
    guard let bytes = try? readFile(path, maxBytes: limits.maxBytes),
      let image = try? ImageDecoder.decode(bytes, limits: limits)
    else { return nil }
    return Overview.thumbnail(image.pixels)
  }

  private static let style = """
    body{font:14px system-ui,sans-serif;margin:1.5rem;background:#f4f4f2;color:#222}
    main{display:grid;grid-template-columns:repeat(auto-fill,minmax(350px,1fr));gap:1rem}
    article{background:#fff;border-left:6px solid #999;padding:.6rem;border-radius:4px}
    article>div{display:flex;gap:.4rem}
    img,.none{width:160px;height:160px;object-fit:contain;background:#ddd}
    h1{font-size:1.2rem}h2{font-size:.9rem;margin:.5rem 0 .2rem;overflow-wrap:anywhere}
    p{margin:.2rem 0}ul{margin:.2rem 0;padding-left:1.1rem;font-size:.8rem}
    .pass{border-color:#2a8f4d}.warn{border-color:#d8a200}.needs_review{border-color:#7a4fc9}
    .fail,.failed{border-color:#c63636}li.error{color:#a11}li{border:0}li.warn{color:#850}
    """
}

extension Verdict {
  /// The verdict for people.
  fileprivate var label: String { self == .needsReview ? "needs review" : rawValue }
}

/// Text inside a page.
private enum HTML {
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  static func picture(_ jpeg: [UInt8]?) -> String {
    guard let jpeg else { return "<span class=\"none\"></span>" }
    return "<img alt=\"\" src=\"data:image/jpeg;base64,\(base64(jpeg))\">"
  }

  private static func base64(_ bytes: [UInt8]) -> String {
    let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let count = min(3, bytes.count - start)
      var group = UInt32(bytes[start]) << 16
      if count > 1 { group |= UInt32(bytes[start + 1]) << 8 }
      if count > 2 { group |= UInt32(bytes[start + 2]) }
      for place in 0..<4 {
        text.append(
          place <= count ? digits[Int(group >> (18 - 6 * UInt32(place)) & 63)] : 0x3d)
      }
    }
    return String(decoding: text, as: UTF8.self)
  }
}
