public import HTTPTypes

/// Why a request is not answered with a result: an HTTP status, a stable code and a sentence.
public struct ServiceError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The HTTP status of the answer.
  public let status: HTTPResponse.Status
  /// A stable snake_case name, such as `file_too_large`.
  public let code: String
  /// What is wrong and what would mend it, for people.
  public let detail: String
  /// The seconds after which the client may try again, where trying again can help.
  public let retryAfter: Int?
  /// The methods that the route has, where the method was wrong.
  public let allowedMethods: [HTTPRequest.Method]
  /// Whether the rest of the request is not worth reading, so that the connection closes.
  public let closesConnection: Bool

  /// An error of the given status and code.
  public init(
    _ status: HTTPResponse.Status, _ code: String, _ detail: String, retryAfter: Int? = nil,
    allowedMethods: [HTTPRequest.Method] = [], closesConnection: Bool = false
  ) {
    self.status = status
    self.code = code
    self.detail = detail
    self.retryAfter = retryAfter
    self.allowedMethods = allowedMethods
    self.closesConnection = closesConnection
  }

  /// `<code>: <detail>`.
  public var description: String { "\(code): \(detail)" }
}

extension ServiceError {
  static func badRequest(_ code: String, _ detail: String) -> ServiceError {
    ServiceError(.badRequest, code, detail)
  }

  static func fileTooLarge(limit: Int) -> ServiceError {
    ServiceError(
      .contentTooLarge, "file_too_large",
      "the upload has more than the limit of \(limit) bytes; save the photo smaller",
      closesConnection: true)
  }

  /// The disk does not take or give what it should.
  static let storageUnavailable = ServiceError(
    .serviceUnavailable, "storage_unavailable",
    "the service cannot write or read its data folder; make room there, or see its log",
    retryAfter: 30)

  static let malformedMultipart = "malformed_multipart"
}
