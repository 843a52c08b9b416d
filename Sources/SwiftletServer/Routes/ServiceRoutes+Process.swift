import HTTPTypes
import Hummingbird
import SwiftletImage
import SwiftletSkills

extension ServiceRoutes {
  /// `POST /process`.
  func process(_ request: Request, _ context: ServiceContext) async throws -> Response {
    let form = Upload.Form(files: ["file"], fields: PhotoOptions.names, query: PhotoOptions.names)
    return try await withPhoto(request, context, form) { photo, fields in
      var options = PhotoOptions(fields: fields)
      let wanted = try Self.representation(request, options)
      if options.format == nil, wanted == "image/png" { options.format = "png" }
      if options.format == nil, wanted == "image/jpeg" { options.format = "jpeg" }
      try await check(options)
      let (result, wait) = try await run(photo, options)
      return try await answer(result, wait: wait, asPicture: wanted != "application/json")
    }
  }

  /// Reads a form with one photo, checks its header, and runs `body` while holding room for it.
  func withPhoto(
    _ request: Request, _ context: ServiceContext, _ form: Upload.Form,
    _ body: ([UInt8], [String: String]) async throws -> Response
  ) async throws -> Response {
    let limits = configuration.limits
    do {
      return try await gate.withPlace(
        for: context.client, bytes: Self.reservation(for: request, limits.maxBytes)
      ) {
        var photo: [UInt8] = []
        let upload = try await Upload.read(
          request, form, limits: limits, timeout: configuration.uploadTimeout
        ) { photo = $0.bytes ?? [] }
        return try await withRoom(for: photo) { try await body(photo, upload.fields) }
      }
    } catch {
      if let answer = ServiceError(answering: error) { metrics.rejected(answer.code) }
      throw error
    }
  }

  /// The bytes of memory that an upload of at most `limit` bytes needs, as far as its head says.
  static func reservation(for request: Request, _ limit: Int) -> Int {
    let length = request.headers[.contentLength].flatMap { Int($0) } ?? limit
    return min(max(0, length), limit)
  }

  /// Checks the header of a photo, which refuses a bad one without a wait for a worker, and runs `body`
  /// while holding room for its pixels.
  func withRoom(
    for photo: [UInt8], _ body: () async throws -> Response
  ) async throws -> Response {
    guard !photo.isEmpty else {
      throw ServiceError.badRequest(
        "missing_source", "there is no photo, or it is empty; send it as a file")
    }
    let header = try ImageHeader.read(photo, limits: configuration.limits)
    return try await gate.withPixels(header.width * header.height, body)
  }

  /// Checks options; a profile is read from its file.
  private func check(_ options: PhotoOptions) async throws {
    guard options.profile != nil else { return try processor.check(options) }
    try await pool.onDisk { [processor] in try processor.check(options) }
  }

  /// Processes a photo and counts it.
  func run(
    _ photo: [UInt8], _ options: PhotoOptions
  ) async throws -> (photo: ProcessedPhoto, wait: Double) {
    let result = try await pool.process(photo, options: options)
    metrics.processed(result.photo.status)
    return result
  }

  /// The media type that the client wants of those that the options allow.
  private static func representation(
    _ request: Request, _ options: PhotoOptions
  ) throws(ServiceError) -> String {
    var candidates = ["application/json"]
    switch options.format {
    case "png": candidates.append("image/png")
    case "jpg", "jpeg": candidates.append("image/jpeg")
    default: candidates += ["image/*", "image/jpeg", "image/png"]
    }
    let header = request.headers[values: .accept].joined(separator: ",")
    guard let best = AcceptHeader(header.isEmpty ? nil : header).best(of: candidates) else {
      throw ServiceError(
        .notAcceptable, "not_acceptable",
        "there is \(candidates.joined(separator: ", ")); ask for one of them by Accept")
    }
    return best
  }

  private func answer(
    _ photo: ProcessedPhoto, wait: Double, asPicture: Bool
  ) async throws -> Response {
    var response: Response
    if asPicture {
      response = try picture(photo)
    } else {
      let name = try await keep(photo.picture)
      let url = name.map { JSONValue.string("/results/\($0)") } ?? .null
      guard case .object(let members) = photo.report else {
        throw ServiceError(.internalServerError, "internal_error", "the report is not an object")
      }
      response = Response(json: .object(members + [.init("output_url", url)]))
    }
    response.headers[.serverTiming] = Self.timing(photo, wait: wait)
    return response
  }

  /// Keeps a picture for a while under the name that is returned; a large one is copied aside.
  private func keep(_ picture: ProcessedPhoto.Picture?) async throws -> String? {
    guard let picture else { return nil }
    let result = ResultStore.Result(bytes: picture.bytes, mediaType: picture.mediaType)
    guard picture.bytes.count > Route.briefBytes else { return results.insert(result) }
    return await withTaskExecutorPreference(globalConcurrentExecutor) { results.insert(result) }
  }

  /// The picture itself, with what clients like to know in the headers.
  func picture(_ photo: ProcessedPhoto) throws(ServiceError) -> Response {
    guard let picture = photo.picture else {
      if photo.stages.contains(where: { $0.name == "stop" }) {
        throw ServiceError(
          .unprocessableContent, "resolution_too_low",
          "the photo has too few pixels for the profile, so there is no picture; ask for "
            + "application/json to get the report")
      }
      throw ServiceError(
        .unprocessableContent, "no_foreground",
        "no product is found, so there is no picture; ask for application/json to get the report")
    }
    var response = Self.file(
      .init(picture.bytes, held: gate.hold(picture.bytes.count)), picture.mediaType, etag: nil)
    response.headers[.width] = String(picture.width)
    response.headers[.height] = String(picture.height)
    response.headers[.processStatus] = photo.status
    if let uncertainty = photo.report["segmentation"]?["uncertainty"]?.double {
      response.headers[.uncertaintyScore] = "\(uncertainty)"
    }
    if let box = photo.foreground {
      response.headers[.foregroundLeft] = String(box.left)
      response.headers[.foregroundTop] = String(box.top)
      response.headers[.foregroundWidth] = String(box.width)
      response.headers[.foregroundHeight] = String(box.height)
    }
    return response
  }

  /// The stages as `Server-Timing` has them.
  static func timing(_ photo: ProcessedPhoto, wait: Double) -> String {
    ([ProcessedPhoto.Stage(name: "queue", milliseconds: wait)] + photo.stages)
      .map { "\($0.name);dur=\(tenths($0.milliseconds))" }.joined(separator: ", ")
  }

  /// `GET /results/{id}`.
  func result(_ request: Request, _ context: ServiceContext) throws -> Response {
    guard let name = context.parameters.get("id"), let result = results.result(named: name) else {
      throw ServiceError(
        .notFound, "not_found", "there is no such result, or its time is over; process again")
    }
    return Self.unlessKnown(name, to: request) {
      let held = gate.hold(result.count)
      return Self.file(.init(result.bytes, held: held), result.mediaType, etag: name)
    }
  }

  /// The answer of `body`, or 304 where the client has it already.
  static func unlessKnown(
    _ tag: String, to request: Request, _ body: () throws -> Response
  ) rethrows -> Response {
    let known = request.headers[values: .ifNoneMatch].flatMap { $0.split(separator: ",") }
      .map { trimmed($0) }
    guard known.contains("\"\(tag)\"") || known.contains("*") else { return try body() }
    return Response(status: .notModified, headers: [.eTag: "\"\(tag)\""])
  }
}
