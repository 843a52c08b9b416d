import HTTPTypes
import Hummingbird
import Logging

/// Names the request, times it, logs it without its contents, and turns every error into a problem.
struct RequestMiddleware: RouterMiddleware {
  /// Where requests are logged.
  let logger: Logger
  /// Where requests are counted.
  let metrics: ServiceMetrics

  func handle(
    _ request: Request, context: ServiceContext,
    next: (Request, ServiceContext) async throws -> Response
  ) async throws -> Response {
    let start = ContinuousClock.now
    let name =
      request.headers[.requestID].flatMap { Self.isAcceptable($0) ? $0 : nil } ?? randomName()
    var logger = logger
    logger[metadataKey: "request"] = "\(name)"
    var response: Response
    do {
      response = try await next(request, context)
    } catch {
      if let answer = ServiceError(answering: error) {
        if answer.code == "storage_unavailable" { logger.error("\(error)") }
        response = Response(problem: answer)
      } else {
        logger.error("\(error)")
        response = Response(
          problem: ServiceError(
            .internalServerError, "internal_error", "the service failed; see its log for \(name)"))
      }
    }
    let duration = ContinuousClock.now - start
    let milliseconds = duration / .milliseconds(1)
    response.headers[.requestID] = name
    response.headers[.contentTypeOptions] = "nosniff"
    response.headers[.referrerPolicy] = "no-referrer"
    response.headers[.crossOriginResourcePolicy] = "same-origin"
    let stages = response.headers[.serverTiming]
    response.headers[.serverTiming] =
      (stages.map { "\($0), " } ?? "") + "total;dur=\(tenths(milliseconds))"
    let route = context.endpointPath.flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "none"
    metrics.answered(
      route: route, method: request.method.rawValue, code: response.status.code, in: duration)
    var details: Logger.Metadata = [
      "method": "\(request.method)", "route": "\(route)", "status": "\(response.status.code)",
      "ms": "\(tenths(milliseconds))",
    ]
    if let stages { details["stages"] = "\(stages)" }
    logger.info("request", metadata: details)
    return response
  }

  /// Whether a client's own name for a request may stand in headers and logs.
  private static func isAcceptable(_ name: String) -> Bool {
    (1...64).contains(name.utf8.count)
      && name.utf8.allSatisfy { isAlphanumeric($0) || "._-".utf8.contains($0) }
  }
}

/// Lets only those pass who state the token, but for the open paths.
struct AuthenticationMiddleware: RouterMiddleware {
  /// What a client must state.
  let token: AccessToken
  /// The paths for which it need not.
  let openPaths: Set<String>

  func handle(
    _ request: Request, context: ServiceContext,
    next: (Request, ServiceContext) async throws -> Response
  ) async throws -> Response {
    guard
      openPaths.contains(request.uri.path)
        || request.headers[.authorization].map({ token.matches(authorization: $0) }) == true
        || request.headers[.apiKey].map({ token.matches($0) }) == true
    else {
      // remove.bg answers 403 where others answer 401.
      let isForeign = request.uri.path.hasPrefix("/v1.0/")
      throw ServiceError(
        isForeign ? .forbidden : .unauthorized, isForeign ? "auth_failed" : "unauthorized",
        "the token is missing or wrong; send it as Authorization: Bearer TOKEN or X-API-Key: TOKEN",
        closesConnection: true)
    }
    return try await next(request, context)
  }
}

/// Keeps web pages of others from using the service through the browser of someone who may.
///
/// A browser says when a page of another site sends a request: by `Sec-Fetch-Site` where the service
/// is reached securely or on this machine, and by `Origin` with whatever may change something. An
/// origin that is not the host asked for is refused, unless the browser itself says that page and
/// service are one, as it does where a proxy states another host. Where no token protects a service of
/// this machine, the host must be one of its names, so that a foreign name which resolves to this
/// machine is of no use either.
struct OriginMiddleware: RouterMiddleware {
  private let hosts: Set<String>?

  init(_ configuration: ServerConfiguration) {
    let isOpen = configuration.token != nil || configuration.isInsecure
    hosts =
      isOpen
      ? nil
      : Set(["localhost", "127.0.0.1", "[::1]", configuration.host] + configuration.allowedHosts)
  }

  func handle(
    _ request: Request, context: ServiceContext,
    next: (Request, ServiceContext) async throws -> Response
  ) async throws -> Response {
    let site = HTTPField.Name("Sec-Fetch-Site").flatMap { request.headers[$0] }
    let mode = HTTPField.Name("Sec-Fetch-Mode").flatMap { request.headers[$0] }
    if site == "cross-site" || site == "same-site", mode != "navigate" || request.method != .get {
      throw ServiceError(
        .forbidden, "cross_site", "a web page of another site sent this; use the service's own",
        closesConnection: true)
    }
    if request.method != .get, request.method != .head, site != "same-origin",
      let origin = request.headers[.origin],
      !Self.isOrigin(origin, at: request.head.authority ?? "")
    {
      throw ServiceError(
        .forbidden, "cross_site",
        "a web page at '\(printable(origin))' sent this; use the service's own",
        closesConnection: true)
    }
    if let hosts, let authority = request.head.authority {
      let name =
        authority.hasPrefix("[")
        ? String(authority.prefix { $0 != "]" }) + "]" : String(authority.prefix { $0 != ":" })
      guard hosts.contains(name.lowercased()) else {
        throw ServiceError(
          .forbidden, "unknown_host",
          "the host '\(printable(name))' is not this service's; start it with --allow-host, or a token",
          closesConnection: true)
      }
    }
    return try await next(request, context)
  }

  /// Whether a serialised origin (RFC 6454, section 6.2) names that host and port. `null` does not.
  private static func isOrigin(_ origin: String, at authority: String) -> Bool {
    let parts = origin.lowercased().split(separator: "://", maxSplits: 1)
    return parts.count == 2 && !authority.isEmpty && parts[1] == authority.lowercased()
  }
}

/// A number with one decimal.
func tenths(_ value: Double) -> String {
  let scaled = (value * 10).rounded()
  guard scaled.magnitude < 1e15 else { return "0" }
  let integer = Int(scaled)
  return "\(integer / 10).\(abs(integer % 10))"
}

extension HTTPField.Name {
  /// `X-Request-ID`.
  static let requestID = name("X-Request-ID")
  /// `Server-Timing`.
  static let serverTiming = name("Server-Timing")
  /// `X-Content-Type-Options`.
  static let contentTypeOptions = name("X-Content-Type-Options")
  /// `Referrer-Policy`.
  static let referrerPolicy = name("Referrer-Policy")
  /// `Cross-Origin-Resource-Policy`.
  static let crossOriginResourcePolicy = name("Cross-Origin-Resource-Policy")
  /// `X-API-Key`.
  static let apiKey = name("X-API-Key")
  /// `X-Width`.
  static let width = name("X-Width")
  /// `X-Height`.
  static let height = name("X-Height")
  /// `X-Status`.
  static let processStatus = name("X-Status")
  /// `X-Type`.
  static let type = name("X-Type")
  /// `X-Credits-Charged`.
  static let creditsCharged = name("X-Credits-Charged")
  /// `X-Uncertainty-Score`.
  static let uncertaintyScore = name("X-Uncertainty-Score")
  /// `X-Foreground-Left`.
  static let foregroundLeft = name("X-Foreground-Left")
  /// `X-Foreground-Top`.
  static let foregroundTop = name("X-Foreground-Top")
  /// `X-Foreground-Width`.
  static let foregroundWidth = name("X-Foreground-Width")
  /// `X-Foreground-Height`.
  static let foregroundHeight = name("X-Foreground-Height")

  private static func name(_ text: String) -> HTTPField.Name {
    HTTPField.Name(text) ?? .server
  }
}
