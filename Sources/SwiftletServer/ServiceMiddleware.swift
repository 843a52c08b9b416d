import HTTPTypes
import Hummingbird
import Logging

/// Names the request, times it, logs it without its contents, and turns every error into a problem.
struct RequestMiddleware: RouterMiddleware {
  /// Where requests are logged.
  let logger: Logger

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
        response = Response(problem: answer)
      } else {
        logger.error("\(error)")
        response = Response(
          problem: ServiceError(
            .internalServerError, "internal_error", "the service failed; see its log for \(name)"))
      }
    }
    let milliseconds = (ContinuousClock.now - start) / .milliseconds(1)
    response.headers[.requestID] = name
    response.headers[.contentTypeOptions] = "nosniff"
    let stages = response.headers[.serverTiming].map { "\($0), " } ?? ""
    response.headers[.serverTiming] = "\(stages)total;dur=\(tenths(milliseconds))"
    logger.info(
      "\(request.method) \(context.endpointPath ?? "-") \(response.status.code) \(tenths(milliseconds)) ms"
    )
    return response
  }

  /// Whether a client's own name for a request may stand in headers and logs.
  private static func isAcceptable(_ name: String) -> Bool {
    (1...64).contains(name.utf8.count)
      && name.utf8.allSatisfy { isAlphanumeric($0) || "._-".utf8.contains($0) }
  }
}

/// Lets only those pass who state the token, but for the probes.
struct AuthenticationMiddleware: RouterMiddleware {
  /// What a client must state.
  let token: AccessToken

  func handle(
    _ request: Request, context: ServiceContext,
    next: (Request, ServiceContext) async throws -> Response
  ) async throws -> Response {
    let isProbe = ["/healthz", "/readyz"].contains(request.uri.path)
    guard
      isProbe || request.headers[.authorization].map({ token.matches(authorization: $0) }) == true
        || request.headers[.apiKey].map({ token.matches($0) }) == true
    else {
      throw ServiceError(
        .unauthorized, "unauthorized",
        "the token is missing or wrong; send it as Authorization: Bearer TOKEN",
        closesConnection: true)
    }
    return try await next(request, context)
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
  /// `X-API-Key`.
  static let apiKey = name("X-API-Key")
  /// `X-Width`.
  static let width = name("X-Width")
  /// `X-Height`.
  static let height = name("X-Height")
  /// `X-Status`.
  static let processStatus = name("X-Status")

  private static func name(_ text: String) -> HTTPField.Name {
    HTTPField.Name(text) ?? .server
  }
}
