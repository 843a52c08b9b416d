import HTTPTypes
import Hummingbird
import Logging
import NIOPosix
import SwiftletImage
import SwiftletSkills

/// The routes of the service and what they share.
struct ServiceRoutes: Sendable {
  let configuration: ServerConfiguration
  let processor: any PhotoProcessor
  let gate: AdmissionGate
  let workers: NIOThreadPool
  let results: ResultStore
  let logger: Logger

  private typealias Handler = @Sendable (Request, ServiceContext) async throws -> Response

  /// A router of all routes, in which a known path under another method is an error that names the
  /// right ones.
  func router() -> Router<ServiceContext> {
    let router = Router(context: ServiceContext.self)
    router.add(middleware: RequestMiddleware(logger: logger))
    if let token = configuration.token {
      router.add(middleware: AuthenticationMiddleware(token: AccessToken(token)))
    }
    add("/process", .post, to: router) { try await process($0, $1) }
    add("/results/:id", .get, to: router) { try result($0, $1) }
    add("/healthz", .get, to: router) { _, _ in
      Response(json: ["status": "ok"])
    }
    add("/readyz", .get, to: router) { request, _ in
      try refuseParameters(of: request)
      return try readiness()
    }
    return router
  }

  private func add(
    _ path: RouterPath, _ method: HTTPRequest.Method, to router: Router<ServiceContext>,
    _ handler: @escaping Handler
  ) {
    let allowed = method == .get ? [method, .head] : [method]
    for other in [HTTPRequest.Method.get, .head, .post, .put, .patch, .delete, .options] {
      router.on(path, method: other) { request, context in
        guard allowed.contains(other) else {
          throw ServiceError(
            .methodNotAllowed, "method_not_allowed", "\(path) answers \(method) only",
            allowedMethods: allowed, closesConnection: true)
        }
        let response = try await handler(request, context)
        return other == .head ? response.createHeadResponse() : response
      }
    }
  }

  private func readiness() throws(ServiceError) -> Response {
    switch gate.phase {
    case .open: return Response(json: ["status": "ready"])
    case .starting:
      throw ServiceError(
        .serviceUnavailable, "not_ready", "the models are being loaded", retryAfter: 1)
    case .draining:
      throw ServiceError(.serviceUnavailable, "draining", "the service is about to end")
    }
  }

  private func process(_ request: Request, _ context: ServiceContext) async throws -> Response {
    try await gate.withPlace(for: context.client) {
      let upload = try await Upload.read(
        request, limits: configuration.limits, timeout: configuration.uploadTimeout)
      // The header alone refuses a bad photo, without a wait for a worker.
      _ = try ImageHeader.read(upload.photo, limits: configuration.limits)
      let waiting = ContinuousClock.now
      let (photo, wait) = try await workers.runIfActive { [processor] in
        let wait = (ContinuousClock.now - waiting) / .milliseconds(1)
        return (try processor.process(upload.photo, options: upload.options), wait)
      }
      return try answer(photo, wait: wait, accept: request.headers[.accept])
    }
  }

  private func answer(
    _ photo: ProcessedPhoto, wait: Double, accept: String?
  ) throws(ServiceError) -> Response {
    var response: Response
    let mediaType = photo.picture?.mediaType ?? "image/png"
    if AcceptHeader.prefersPicture(accept, mediaType: mediaType) {
      guard let picture = photo.picture else {
        throw ServiceError(
          .unprocessableContent, "no_foreground",
          "no product is found, so there is no picture; ask for application/json to get the report")
      }
      response = Self.response(picture.bytes, mediaType)
      response.headers[.width] = String(picture.width)
      response.headers[.height] = String(picture.height)
      response.headers[.processStatus] = photo.status
    } else {
      let name = photo.picture.flatMap { picture in
        results.insert(.init(bytes: picture.bytes, mediaType: picture.mediaType))
      }
      let url = name.map { JSONValue.string("/results/\($0)") } ?? .null
      guard case .object(let members) = photo.report else {
        throw ServiceError(.internalServerError, "internal_error", "the report is not an object")
      }
      response = Response(json: .object(members + [.init("output_url", url)]))
    }
    let stages = [ProcessedPhoto.Stage(name: "queue", milliseconds: wait)] + photo.stages
    response.headers[.serverTiming] = stages.map { "\($0.name);dur=\(tenths($0.milliseconds))" }
      .joined(separator: ", ")
    return response
  }

  private func result(_ request: Request, _ context: ServiceContext) throws -> Response {
    try refuseParameters(of: request)
    guard let name = context.parameters.get("id"), let result = results.result(named: name) else {
      throw ServiceError(
        .notFound, "not_found", "there is no such result, or its time is over; process again")
    }
    return Self.response(result.bytes, result.mediaType)
  }

  private static func response(_ bytes: [UInt8], _ mediaType: String) -> Response {
    Response(
      status: .ok, headers: [.contentType: mediaType, .cacheControl: "private, no-store"],
      body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
  }
}

/// Parameters that a route does not have are errors.
private func refuseParameters(of request: Request) throws(ServiceError) {
  if let (name, _) = request.uri.queryParameters.first {
    throw .badRequest("unknown_parameter", "there is no parameter '\(printable(String(name)))'")
  }
}
