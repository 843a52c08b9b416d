/// A page, script, style sheet or document that the service hands out as it is.
public struct WebAsset: Sendable {
  /// Where it is served.
  public let path: String
  /// Its media type.
  public let mediaType: String
  /// Its bytes.
  public let bytes: [UInt8]
}

/// The dashboard and the description of the interface, part of the program.
public enum WebAssets {
  /// Every asset.
  public static let all: [WebAsset] = [
    WebAsset(path: "/", mediaType: html, bytes: PackageResources.index_html),
    WebAsset(path: "/app.css", mediaType: css, bytes: PackageResources.app_css),
    WebAsset(path: "/app.js", mediaType: js, bytes: PackageResources.app_js),
    WebAsset(path: "/icon.svg", mediaType: "image/svg+xml", bytes: PackageResources.icon_svg),
    WebAsset(path: "/docs", mediaType: html, bytes: PackageResources.docs_html),
    WebAsset(path: "/docs.js", mediaType: js, bytes: PackageResources.docs_js),
    WebAsset(
      path: "/openapi.json", mediaType: "application/json",
      bytes: PackageResources.openapi_json),
  ]

  private static let html = "text/html; charset=utf-8"
  private static let css = "text/css; charset=utf-8"
  private static let js = "text/javascript; charset=utf-8"
}
