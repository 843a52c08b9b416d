import HTTPTypes
import Hummingbird
import Logging
import SwiftletImage
import SwiftletSkills
import SwiftletWeb

/// The routes of the service and what they share.
struct ServiceRoutes: Sendable {
  let configuration: ServerConfiguration
  let processor: any PhotoProcessor
  let gate: AdmissionGate
  let pool: InferencePool
  let results: ResultStore
  let store: JobStore
  let runner: JobRunner
  let metrics: ServiceMetrics
  /// What fetches photos from the web; nil where that is off.
  let remotePhotos: RemotePhotos?
  let logger: Logger
  /// Keys of batches that are being uploaded.
  let keys = KeyReservations()

  typealias Handler = @Sendable (Request, ServiceContext) async throws -> Response

  /// A method and a path with what answers it.
  struct Route: Sendable {
    var method: HTTPRequest.Method
    /// As OpenAPI writes it, with parameters in braces.
    var path: String
    /// The query parameters; nil where the handler checks them.
    var query: Set<String>? = []
    /// Whether the thread of the connections answers requests without a large body itself.
    var isBrief = false
    var handler: Handler

    /// Bytes of a body that is soon read and checked.
    static let briefBytes = 1 << 20

    /// Answers on the thread of the connections what is brief, anything else aside.
    func answer(_ request: Request, _ context: ServiceContext) async throws -> Response {
      let hasBody = request.method != .get && request.method != .head
      let length = request.headers[.contentLength].flatMap { Int($0) } ?? (hasBody ? .max : 0)
      guard isBrief, length <= Self.briefBytes else {
        return try await LoopExecutor.aside { try await handler(request, context) }
      }
      return try await handler(request, context)
    }
  }

  /// Everything that is answered.
  var table: [Route] {
    let pages = WebAssets.all.map { asset in
      Route(method: .get, path: asset.path) { _, _ in Self.page(asset) }
    }
    return pages + [
      Route(method: .post, path: "/process", query: nil, isBrief: true) {
        try await process($0, $1)
      },
      Route(method: .get, path: "/results/{id}") { try result($0, $1) },
      Route(method: .post, path: "/batch", query: nil) { try await batch($0, $1) },
      Route(method: .get, path: "/jobs", query: ["limit", "cursor"]) { request, _ in
        try await jobs(request)
      },
      Route(method: .get, path: "/jobs/{id}", query: ["limit", "cursor"]) {
        try await job($0, $1)
      },
      Route(method: .delete, path: "/jobs/{id}") { _, context in try await delete(context) },
      Route(method: .get, path: "/jobs/{id}/results.zip", query: ["partial"]) {
        try await archive($0, $1)
      },
      Route(method: .get, path: "/jobs/{id}/results.jsonl", query: ["partial"]) {
        try await lines($0, $1)
      },
      Route(method: .get, path: "/jobs/{id}/results.csv", query: ["partial"]) {
        try await spreadsheet($0, $1)
      },
      Route(method: .get, path: "/jobs/{id}/items/{index}") { _, context in
        Response(json: ItemDocument(try await item(context)).full)
      },
      Route(method: .get, path: "/jobs/{id}/items/{index}/input") { try await input($0, $1) },
      Route(method: .get, path: "/jobs/{id}/items/{index}/output") { try await output($0, $1) },
      Route(method: .put, path: "/jobs/{id}/items/{index}/tags") { try await setTags($0, $1) },
      Route(method: .post, path: "/jobs/{id}/items/{index}/accept") { _, context in
        try await accept(context)
      },
      Route(method: .post, path: "/jobs/{id}/items/{index}/redo") { try await redo($0, $1) },
      Route(method: .get, path: "/review", query: ["limit", "cursor"]) { request, _ in
        try await reviews(request)
      },
      Route(method: .get, path: "/profiles") { _, _ in
        Response(json: ["profiles": .array(processor.profiles.map { .string($0) })])
      },
      Route(method: .get, path: "/metrics") { _, _ in try await metricsText() },
      Route(method: .get, path: "/healthz", isBrief: true) { _, _ in
        Response(json: ["status": "ok"])
      },
      Route(method: .get, path: "/readyz", isBrief: true) { _, _ in
        try gate.checkPhase()
        return Response(json: ["status": "ready"])
      },
      Route(method: .post, path: "/v1.0/removebg", query: nil) {
        try await removeBackground($0, $1)
      },
      Route(method: .get, path: "/v1.0/account") { _, _ in account() },
      Route(method: .post, path: "/api/remove", query: nil) { try await remove($0, $1) },
      Route(method: .get, path: "/api/remove", query: nil) { try await removeRemote($0, $1) },
    ]
  }

  /// The paths that need no token: the probes, and pages that hold nothing of anyone's.
  static let openPaths: Set<String> =
    Set(WebAssets.all.map(\.path)).union(["/healthz", "/readyz"])

  /// A router of all routes, in which a known path under another method is an error that names the
  /// right ones.
  func router() -> Router<ServiceContext> {
    let router = Router(context: ServiceContext.self)
    router.add(middleware: RequestMiddleware(logger: logger, metrics: metrics))
    router.add(middleware: OriginMiddleware(configuration))
    if let token = configuration.token {
      router.add(
        middleware: AuthenticationMiddleware(
          token: AccessToken(token), openPaths: Self.openPaths))
    }
    for (path, routes) in Dictionary(grouping: table, by: \.path) {
      add(path, routes, to: router)
    }
    return router
  }

  private func add(_ path: String, _ routes: [Route], to router: Router<ServiceContext>) {
    var handlers: [HTTPRequest.Method: Route] = [:]
    for route in routes { handlers[route.method] = route }
    if let get = handlers[.get] { handlers[.head] = get }
    let order: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete, .options]
    let allowed = order.filter { handlers[$0] != nil }
    let pattern = path.split(separator: "/").map { part in
      part.hasPrefix("{") ? ":" + part.dropFirst().dropLast() : String(part)
    }.joined(separator: "/")
    for method in order {
      let route = handlers[method]
      router.on(RouterPath("/" + pattern), method: method) { request, context in
        guard let route else {
          throw ServiceError(
            .methodNotAllowed, "method_not_allowed",
            "\(path) answers \(allowed.map(\.rawValue).joined(separator: ", ")) only",
            allowedMethods: allowed, closesConnection: true)
        }
        if let known = route.query { try refuseParameters(of: request, but: known) }
        let response = try await route.answer(request, context)
        return method == .head ? response.createHeadResponse() : response
      }
    }
  }

  private static func page(_ asset: WebAsset) -> Response {
    var response = file(.init(asset.bytes), asset.mediaType, etag: nil)
    response.headers[.cacheControl] = "no-cache"
    response.headers[.contentSecurityPolicy] = """
      default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; \
      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'
      """
    return response
  }

  /// A file as the answer; nothing in it is run by a browser.
  static func file(_ body: ResponseBody, _ mediaType: String, etag: String?) -> Response {
    var response = Response(
      status: .ok, headers: [.contentType: mediaType, .cacheControl: "private, no-store"],
      body: body)
    response.headers[.contentSecurityPolicy] = "default-src 'none'; sandbox"
    if let etag { response.headers[.eTag] = "\"\(etag)\"" }
    return response
  }

  static let remoteURLsAreOff = ServiceError.badRequest(
    "failed_image_download",
    "photos are not fetched from URLs here (--allow-url-host); send the file itself")
}

/// Parameters that a route does not have are errors, and so is one that is given twice.
func refuseParameters(of request: Request, but known: Set<String>) throws(ServiceError) {
  var seen: Set<String> = []
  for (name, _) in request.uri.queryParameters {
    let name = String(name)
    guard known.contains(name) else {
      throw .unknownParameter(name, known, "query parameter")
    }
    guard seen.insert(name).inserted else {
      throw .badRequest("duplicate_parameter", "the parameter '\(name)' is given twice")
    }
  }
}
