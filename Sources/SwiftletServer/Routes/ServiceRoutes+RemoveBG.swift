import HTTPTypes
import Hummingbird
import NIOCore
import SwiftletImage
import SwiftletSkills

/// Thin adapters for clients of remove.bg's interface.
extension ServiceRoutes {
  private static let removeBackgroundFields: Set<String> = [
    "size", "type", "type_level", "format", "crop", "channels", "bg_color", "image_url",
    "image_file_b64", "semitransparency", "roi", "crop_margin", "scale", "position", "add_shadow",
    "bg_image_url",
  ]

  /// `POST /v1.0/removebg`.
  func removeBackground(_ request: Request, _ context: ServiceContext) async throws -> Response {
    let (kind, _) = try HeaderParameters.parse(request.headers[.contentType] ?? "")
    let limit = configuration.limits.maxBytes
    let bytes = Self.reservation(for: request, 2 * limit)
    if kind == "application/json" || kind == "application/x-www-form-urlencoded" {
      return try await gate.withPlace(for: context.client, bytes: bytes) {
        try Self.refuseQuery(request)
        let body = try await Upload.body(
          of: request, limit: limit / 3 * 4 + Upload.overhead, timeout: configuration.uploadTimeout)
        let fields = kind == "application/json" ? try Self.members(body) : try Self.pairs(body)
        let photo = try await photo(fields, limit: limit)
        return try await withRoom(for: photo) {
          try await removeBackground(of: photo, fields, request)
        }
      }
    }
    // A photo as text is longer than other fields may be, and than a file is.
    let form = Upload.Form(
      files: ["image_file"], maximumFiles: 2, fields: Self.removeBackgroundFields, query: [],
      maximumFieldBytes: limit / 3 * 4, takesRawPhoto: false)
    return try await gate.withPlace(for: context.client, bytes: bytes) {
      var files: [[UInt8]] = []
      let upload = try await Upload.read(
        request, form, limits: configuration.limits, timeout: configuration.uploadTimeout
      ) { files.append($0.bytes ?? []) }
      let isText = upload.fields["image_file_b64"] != nil || upload.fields["image_url"] != nil
      guard files.count + (isText ? 1 : 0) <= 1 else { throw Self.multipleSources }
      let sent = files.first
      let photo = if let sent { sent } else { try await photo(upload.fields, limit: limit) }
      return try await withRoom(for: photo) {
        try await removeBackground(of: photo, upload.fields, request)
      }
    }
  }

  private func removeBackground(
    of photo: [UInt8], _ fields: [String: String], _ request: Request
  ) async throws -> Response {
    let wantsArchive = fields["format"] == "zip"
    let options = try Self.options(fields)
    let (result, wait) = try await run(photo, options)
    var response = try picture(result)
    if wantsArchive {
      var masked = options
      masked.product = .mask
      let color = try await run(photo, Self.with(options) { $0.background = "white" })
      let mask = try await run(photo, masked)
      response = try archive(response, color: color.photo, mask: mask.photo)
    } else if AcceptHeader(request.headers[.accept]).best(of: ["image/*", "application/json"])
      == "application/json", request.headers[.accept]?.contains("json") == true,
      let picture = result.picture
    {
      let headers = response.headers
      let data: JSONValue = .compact([
        ("result_b64", .string(Base64.encode(picture.bytes))),
        ("foreground_top", result.foreground.map { .integer($0.top) }),
        ("foreground_left", result.foreground.map { .integer($0.left) }),
        ("foreground_width", result.foreground.map { .integer($0.width) }),
        ("foreground_height", result.foreground.map { .integer($0.height) }),
      ])
      let text = Array(JSONValue.object([.init("data", data)]).encoded().utf8)
      response = Response(json: .null)
      response.body = .init(text, held: gate.hold(text.count))
      for field in headers where field.name.rawName.hasPrefix("X-") {
        response.headers[field.name] = field.value
      }
    }
    response.headers[.creditsCharged] = "0"
    response.headers[.type] = fields["type"].flatMap { $0 == "auto" ? nil : $0 } ?? "product"
    response.headers[.serverTiming] = Self.timing(result, wait: wait)
    return response
  }

  private func archive(
    _ response: Response, color: ProcessedPhoto, mask: ProcessedPhoto
  ) throws(ServiceError) -> Response {
    var zip = ZipWriter()
    let suffix = color.picture?.mediaType == "image/jpeg" ? "jpg" : "png"
    let bytes =
      zip.file("color.\(suffix)", color.picture?.bytes ?? [])
      + zip.file("alpha.png", mask.picture?.bytes ?? []) + zip.end()
    var archive = Self.file(
      .init(bytes, held: gate.hold(bytes.count)), "application/zip", etag: nil)
    for field in response.headers where field.name.rawName.hasPrefix("X-") {
      archive.headers[field.name] = field.value
    }
    return archive
  }

  private static func with(
    _ options: PhotoOptions, _ change: (inout PhotoOptions) -> Void
  ) -> PhotoOptions {
    var options = options
    change(&options)
    return options
  }

  /// What the fields of remove.bg ask for.
  private static func options(_ fields: [String: String]) throws(ServiceError) -> PhotoOptions {
    for name in [
      "semitransparency", "roi", "crop_margin", "scale", "position", "add_shadow", "bg_image_url",
      "type_level",
    ] {
      guard let value = fields[name], !["", "original", "false", "latest", "0"].contains(value)
      else { continue }
      throw .badRequest(
        "invalid_\(name)", "'\(name)' is not offered here; leave it out")
    }
    var options = PhotoOptions(product: .cutout)
    switch fields["size"] ?? "auto" {
    case "preview", "small": options.maximumPixels = 250_000
    case "regular", "medium": options.maximumPixels = 1_500_000
    case "hd": options.maximumPixels = 4_000_000
    case "4k": options.maximumPixels = 10_000_000
    case "full": options.maximumPixels = 25_000_000
    case "auto", "50MP": break
    case let other:
      throw invalid("size", other, "preview, small, regular, medium, hd, 4k, full, 50MP, auto")
    }
    let types = [
      "auto", "person", "product", "car", "animal", "graphic", "transportation", "other",
    ]
    if let type = fields["type"], !types.contains(type) {
      throw invalid("type", type, types.joined(separator: ", "))
    }
    switch fields["channels"] ?? "rgba" {
    case "rgba": break
    case "alpha": options.product = .mask
    case let other: throw invalid("channels", other, "rgba, alpha")
    }
    switch fields["crop"] ?? "false" {
    case "true", "1": options.cropsToProduct = true
    case "false", "0", "": break
    case let other: throw invalid("crop", other, "true, false")
    }
    if let color = fields["bg_color"], !color.isEmpty {
      options.background = try background(color)
    }
    switch fields["format"] ?? "auto" {
    case "auto", "png", "zip": options.format = "png"
    case "jpg", "jpeg":
      options.format = "jpeg"
      options.background = options.background ?? "white"
    case let other: throw invalid("format", other, "auto, png, jpg, zip")
    }
    return options
  }

  static func invalid(
    _ name: String, _ value: String, _ known: String
  ) -> ServiceError {
    .badRequest("invalid_\(name)", "the \(name) '\(printable(value))' is not one of \(known)")
  }

  private static let colors = [
    "white": "white", "black": "#000000", "red": "#ff0000", "green": "#008000",
    "blue": "#0000ff", "yellow": "#ffff00", "gray": "#808080", "grey": "#808080",
    "orange": "#ffa500", "pink": "#ffc0cb", "purple": "#800080", "brown": "#a52a2a",
    "transparent": "transparent",
  ]

  /// `bg_color`: 3, 4, 6 or 8 hexadecimal digits, or a name. An alpha must be full or none.
  private static func background(_ text: String) throws(ServiceError) -> String {
    if let name = colors[text.lowercased()] { return name }
    var digits = String(text.hasPrefix("#") ? text.dropFirst() : text[...]).lowercased()
    if digits.count == 3 || digits.count == 4 { digits = digits.map { "\($0)\($0)" }.joined() }
    if digits.count == 8 {
      switch digits.suffix(2) {
      case "ff": digits = String(digits.prefix(6))
      case "00": return "transparent"
      default: digits = ""
      }
    }
    guard digits.utf8.count == 6, UInt32(digits, radix: 16) != nil,
      digits.utf8.allSatisfy({ isAlphanumeric($0) })
    else {
      throw .badRequest(
        "invalid_bg_color",
        "the colour '\(printable(text))' is no opaque colour of 3, 4, 6 or 8 digits, and no name known"
      )
    }
    return "#" + digits
  }

  private func photo(
    _ fields: [String: String], limit: Int
  ) async throws(ServiceError) -> [UInt8] {
    if let url = fields["image_url"], !url.isEmpty {
      guard fields["image_file_b64"] == nil else { throw Self.multipleSources }
      return try await remotePhoto(url)
    }
    guard let text = fields["image_file_b64"], !text.isEmpty else {
      throw .badRequest("missing_source", "there is no photo; send image_file or image_file_b64")
    }
    guard let bytes = Base64.decode(text) else {
      throw .badRequest("failed_to_read_image", "image_file_b64 is not Base64")
    }
    guard bytes.count <= limit else { throw .fileTooLarge(limit: limit) }
    return bytes
  }

  private static let multipleSources = ServiceError.badRequest(
    "multiple_sources", "there is more than one photo; send one of image_file, image_file_b64")

  private static func refuseQuery(_ request: Request) throws(ServiceError) {
    if let (name, _) = request.uri.queryParameters.first {
      throw .unknownParameter(String(name), [], "query parameter")
    }
  }

  /// The members of a JSON object as texts. The body is large for the sake of one text, so that the
  /// number of values is bounded.
  private static func members(_ body: [UInt8]) throws(ServiceError) -> [String: String] {
    guard case .object(let members) = try JSONValue(client: body, maximumValues: 100) else {
      throw .badRequest("invalid_json", "the body is no object")
    }
    var fields: [String: String] = [:]
    for member in members {
      try checkField(member.name)
      switch member.value {
      case .string(let text): fields[member.name] = text
      case .bool(let value): fields[member.name] = "\(value)"
      case .integer(let value): fields[member.name] = "\(value)"
      case .null: break
      default:
        throw .badRequest(
          "invalid_parameter", "the member '\(printable(member.name))' is neither text nor number")
      }
    }
    return fields
  }

  private static func checkField(_ name: String) throws(ServiceError) {
    guard removeBackgroundFields.contains(name) else {
      throw .unknownParameter(name, removeBackgroundFields, "field")
    }
  }

  /// The pairs of a URL-encoded form, one at a time, so that no more are kept than there are fields.
  private static func pairs(_ body: [UInt8]) throws(ServiceError) -> [String: String] {
    var fields: [String: String] = [:]
    var rest = body[...]
    while !rest.isEmpty {
      let pair = rest.prefix { $0 != 0x26 }
      rest = rest[pair.endIndex...].dropFirst()
      if pair.isEmpty { continue }
      let parts = pair.split(separator: 0x3d, maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = unescaped(parts[0]), let value = unescaped(parts.count > 1 ? parts[1] : [])
      else { throw .badRequest("invalid_parameter", "the form is not URL-encoded UTF-8") }
      try checkField(name)
      guard fields.updateValue(value, forKey: name) == nil else {
        throw .badRequest(
          "duplicate_parameter", "the parameter '\(printable(name))' is given twice")
      }
    }
    return fields
  }

  private static func unescaped(_ bytes: ArraySlice<UInt8>) -> String? {
    var text: [UInt8] = []
    var rest = bytes
    while let byte = rest.popFirst() {
      switch byte {
      case 0x2b: text.append(0x20)
      case 0x25:
        let digits = String(decoding: rest.prefix(2), as: UTF8.self)
        guard digits.utf8.count == 2, !digits.hasPrefix("+"), !digits.hasPrefix("-"),
          let value = UInt8(digits, radix: 16)
        else { return nil }
        text.append(value)
        rest = rest.dropFirst(2)
      default: text.append(byte)
      }
    }
    return String(validating: text, as: UTF8.self)
  }

  /// `GET /v1.0/account`: there are no credits to run out of.
  func account() -> Response {
    Response(json: [
      "data": [
        "attributes": [
          "credits": ["total": 0, "subscription": 0, "payg": 0, "enterprise": 0],
          "api": ["free_calls": 1_000_000, "sizes": "all"],
        ]
      ]
    ])
  }
}
