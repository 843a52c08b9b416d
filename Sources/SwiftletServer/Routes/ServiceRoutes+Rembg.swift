import HTTPTypes
import Hummingbird
import SwiftletImage
import SwiftletSkills

/// Thin adapters for clients of rembg's interface.
extension ServiceRoutes {
  // Matting has no parameters here: edges are always refined. The numbers are checked and dropped.
  private static let matting: Set<String> = ["af", "ab", "ae"]
  private static let switches: Set<String> = ["a", "om", "ppm"]
  // There is one network, which takes no hints.
  private static let ignored: Set<String> = ["model", "extras"]
  private static let removeFields = matting.union(switches).union(ignored).union(["bgc"])

  /// `POST /api/remove`.
  func remove(_ request: Request, _ context: ServiceContext) async throws -> Response {
    let form = Upload.Form(
      files: ["file"], fields: Self.removeFields, query: Self.removeFields, takesRawPhoto: false)
    return try await withPhoto(request, context, form) { photo, fields in
      try await remove(from: photo, fields)
    }
  }

  /// `GET /api/remove`: the photo at `url`.
  func removeRemote(_ request: Request, _ context: ServiceContext) async throws -> Response {
    try refuseParameters(of: request, but: Self.removeFields.union(["url"]))
    var fields: [String: String] = [:]
    for (name, value) in request.uri.queryParameters { fields[String(name)] = String(value) }
    guard let url = fields["url"], !url.isEmpty else {
      throw ServiceError.badRequest("missing_source", "there is no photo; give its address as url")
    }
    guard remotePhotos != nil else { throw Self.remoteURLsAreOff }
    return try await gate.withPlace(for: context.client, bytes: configuration.limits.maxBytes) {
      let photo = try await remotePhoto(url)
      return try await withRoom(for: photo) { try await remove(from: photo, fields) }
    }
  }

  /// The photo at an address, where fetching is on.
  func remotePhoto(_ url: String) async throws(ServiceError) -> [UInt8] {
    guard let remotePhotos else { throw Self.remoteURLsAreOff }
    return try await remotePhotos.photo(at: url)
  }

  private func remove(from photo: [UInt8], _ fields: [String: String]) async throws -> Response {
    for name in Self.matting {
      guard let text = fields[name] else { continue }
      guard let value = Int(text), (0...255).contains(value) else {
        throw Self.invalid(name, text, "0 to 255")
      }
    }
    for name in Self.switches {
      guard let text = fields[name] else { continue }
      guard Self.truth(text) != nil else { throw Self.invalid(name, text, "true, false") }
    }
    var options = PhotoOptions(format: "png", product: .cutout)
    if fields["om"].flatMap(Self.truth) == true { options.product = .mask }
    if let color = fields["bgc"], options.product == .cutout {
      options.background = try Self.background(ofComponents: color)
    }
    let (result, wait) = try await run(photo, options)
    var response = try picture(result)
    response.headers[.serverTiming] = Self.timing(result, wait: wait)
    return response
  }

  private static func truth(_ text: String) -> Bool? {
    switch text.lowercased() {
    case "true", "1", "yes", "on": true
    case "false", "0", "no", "off", "": false
    default: nil
    }
  }

  /// `bgc`: red, green, blue and alpha from 0 to 255, with commas or spaces.
  private static func background(ofComponents text: String) throws(ServiceError) -> String {
    let parts = text.split { $0 == "," || $0 == " " }
    let values = parts.compactMap { UInt8($0) }
    guard values.count == parts.count, values.count == 4, [0, 255].contains(values[3]) else {
      throw .badRequest(
        "invalid_bgc",
        "the colour '\(printable(text))' is not red,green,blue,alpha with an alpha of 0 or 255")
    }
    guard values[3] == 255 else { return "transparent" }
    return "#"
      + values.prefix(3).map {
        let digits = String($0, radix: 16)
        return digits.count == 1 ? "0" + digits : digits
      }.joined()
  }
}
