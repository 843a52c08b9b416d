import HTTPTypes
import Hummingbird
import SwiftletSkills

extension ServiceRoutes {
  /// The photo that the path names.
  func item(_ context: ServiceContext) async throws -> JobItem {
    guard let id = context.parameters.get("id"), let text = context.parameters.get("index"),
      let index = Int(text), index >= 0, let item = try await store.item(id, index)
    else {
      throw ServiceError(
        .notFound, "not_found", "there is no such photo, or its job has expired; see GET /jobs")
    }
    return item
  }

  /// `GET /jobs/{id}/items/{index}/input`: the photo as it came.
  func input(_ request: Request, _ context: ServiceContext) async throws -> Response {
    let item = try await item(context)
    guard let name = item.input else {
      throw ServiceError(.notFound, "not_found", "the photo was refused on arrival")
    }
    return try await stored(name, item.inputType, request)
  }

  /// `GET /jobs/{id}/items/{index}/output`: the picture that was made.
  func output(_ request: Request, _ context: ServiceContext) async throws -> Response {
    guard let picture = try await item(context).output else {
      throw ServiceError(.notFound, "not_found", "there is no picture of this photo")
    }
    var response = try await stored(picture.name, picture.mediaType, request)
    response.headers[.width] = String(picture.width)
    response.headers[.height] = String(picture.height)
    return response
  }

  private func stored(
    _ name: String, _ mediaType: String, _ request: Request
  ) async throws -> Response {
    let known = Self.unlessKnown(name, to: request) { Response(status: .ok) }
    guard known.status == .ok else { return known }
    let file = try await pool.onDisk { [spool = store.spool] in try spool.open(name) }
    return Self.file(.init(file, pool: pool), mediaType, etag: name)
  }

  /// `PUT /jobs/{id}/items/{index}/tags`: `{"tags": ["..."], "alt_text": "..."}`.
  func setTags(_ request: Request, _ context: ServiceContext) async throws -> Response {
    let body = try await Self.object(request, ["tags", "alt_text"], configuration)
    var members: [JSONValue.Member] = []
    if let value = body["tags"] {
      guard case .array(let elements) = value, elements.count <= 50,
        elements.allSatisfy({ Self.isText($0, 1...100) })
      else {
        throw ServiceError.badRequest(
          "invalid_parameter", "tags is not a list of at most 50 texts of 1 to 100 characters")
      }
      members.append(.init("tags", value))
    }
    if let value = body["alt_text"] {
      guard Self.isText(value, 0...500) else {
        throw ServiceError.badRequest(
          "invalid_parameter", "alt_text is not a text of at most 500 characters")
      }
      members.append(.init("alt_text", value))
    }
    let item = try await item(context)
    try await store.setTags(JSONValue.object(members).encoded(), of: item)
    return Response(json: ItemDocument(try await self.item(context)).full)
  }

  /// `POST /jobs/{id}/items/{index}/accept`.
  func accept(_ context: ServiceContext) async throws -> Response {
    try await store.accept(try await item(context))
    return Response(json: ItemDocument(try await item(context)).full)
  }

  /// `POST /jobs/{id}/items/{index}/redo`: options as JSON, none for the defaults.
  func redo(_ request: Request, _ context: ServiceContext) async throws -> Response {
    try gate.checkPhase()
    let body = try await Self.object(request, PhotoOptions.names, configuration)
    var fields: [String: String] = [:]
    for name in PhotoOptions.names {
      guard let value = body[name], value != .null else { continue }
      guard let text = value.text, text.utf8.count <= 256 else {
        throw ServiceError.badRequest("invalid_parameter", "the parameter '\(name)' is no text")
      }
      fields[name] = text
    }
    let options = PhotoOptions(fields: fields)
    try processor.check(options)
    let item = try await item(context)
    try await store.redo(item, options: options)
    runner.wake()
    return Response(json: ItemDocument(try await self.item(context)).full, status: .accepted)
  }

  /// `GET /review`: what waits for a person, oldest first.
  func reviews(_ request: Request) async throws -> Response {
    let limit = try Self.number("limit", request, 1...200) ?? 50
    var after: (job: Int64, position: Int)?
    if let text = request.uri.queryParameters["cursor"] {
      let parts = text.split(separator: "-", omittingEmptySubsequences: false)
      guard parts.count == 2, let job = Int64(parts[0]), let position = Int(parts[1]) else {
        throw ServiceError.badRequest(
          "invalid_parameter", "the cursor is not one that this list gave")
      }
      after = (job, position)
    }
    let items = try await store.reviews(after: after, limit: limit)
    return Response(json: [
      "items": .array(items.map { ItemDocument($0).summary }),
      "next_cursor": items.count == limit
        ? items.last.map { .string("\($0.jobSequence)-\($0.position)") } ?? .null : .null,
    ])
  }

  /// A body that is a JSON object of those members, or empty.
  static func object(
    _ request: Request, _ known: Set<String>, _ configuration: ServerConfiguration
  ) async throws -> JSONValue {
    let bytes = try await Upload.body(
      of: request, limit: 64 << 10, timeout: configuration.uploadTimeout)
    if bytes.isEmpty { return .object([]) }
    let (kind, _) = try HeaderParameters.parse(request.headers[.contentType] ?? "")
    guard kind == "application/json" else {
      throw ServiceError(
        .unsupportedMediaType, "unsupported_media_type", "send application/json")
    }
    let value = try JSONValue(client: bytes)
    guard case .object(let members) = value else {
      throw ServiceError.badRequest("invalid_json", "the body is no object")
    }
    for member in members where !known.contains(member.name) {
      throw ServiceError.unknownParameter(member.name, known, "member")
    }
    return value
  }

  private static func isText(_ value: JSONValue, _ length: ClosedRange<Int>) -> Bool {
    value.text.map { length.contains($0.count) } ?? false
  }
}
