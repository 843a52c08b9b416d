import GRDB
import HTTPTypes
import Hummingbird
import SwiftletImage
import SwiftletSkills

extension Response {
  /// An `application/problem+json` answer with the extension member `errors`.
  init(problem error: ServiceError) {
    self.init(json: error.json, status: error.status, mediaType: "application/problem+json")
    if let seconds = error.retryAfter { headers[.retryAfter] = String(seconds) }
    if !error.allowedMethods.isEmpty {
      headers[.allow] = error.allowedMethods.map(\.rawValue).joined(separator: ", ")
    }
    if error.status == .unauthorized { headers[.wwwAuthenticate] = "Bearer realm=\"swiftlet\"" }
    if error.closesConnection { headers[.connection] = "close" }
  }

  /// A JSON answer.
  init(
    json: JSONValue, status: HTTPResponse.Status = .ok, mediaType: String = "application/json"
  ) {
    self.init(
      status: status, headers: [.contentType: mediaType, .cacheControl: "no-store"],
      body: .init(byteBuffer: ByteBuffer(string: json.encoded())))
  }
}

/// `invalid_file_type` as `Invalid file type`.
func title(of code: String) -> String {
  let words = code.split(separator: "_").joined(separator: " ")
  return words.prefix(1).uppercased() + words.dropFirst()
}

extension ServiceError {
  /// The body of a problem.
  ///
  /// Source: RFC 9457 (problem details for HTTP APIs).
  var json: JSONValue {
    let detail = JSONValue.string(detail)
    return [
      "type": "about:blank",
      "title": .string(status.reasonPhrase),
      "status": .integer(status.code),
      "detail": detail,
      "errors": [
        ["code": .string(code), "title": .string(title(of: code)), "detail": detail]
      ],
    ]
  }

  /// The answer to `error`, or nil where it is the service's own fault.
  package init?(answering error: any Error) {
    switch error {
    case let error as ServiceError:
      self = error
    case let error as ImageError:
      self.init(code: error.code.rawValue, detail: error.description)
    case let error as SkillError:
      self.init(code: error.code.rawValue, detail: error.description)
    case is DatabaseError: self = .storageUnavailable
    case is CancellationError:
      self.init(
        .serviceUnavailable, "draining", "the service is about to end; try again", retryAfter: 10,
        closesConnection: true)
    case let error as HTTPError:
      let isUnknown = error.status == .notFound
      self.init(
        error.status, isUnknown ? "not_found" : "http_error",
        error.body
          ?? (isUnknown ? "there is no such address; see /docs" : error.status.reasonPhrase))
    default: return nil
    }
  }

  /// The answer to an error of the library; nil for a code that is not the client's doing.
  private init?(code: String, detail: String) {
    let status: HTTPResponse.Status
    switch code {
    case "file_too_large": status = .contentTooLarge
    case "invalid_file_type", "unsupported_format": status = .unsupportedMediaType
    case "failed_to_read_image", "resolution_too_high", "no_foreground":
      status = .unprocessableContent
    case "invalid_argument", "unknown_profile": status = .badRequest
    case "failed_to_write_file", "failed_to_read_file", "file_not_found":
      self = .storageUnavailable
      return
    default: return nil
    }
    self.init(status, code, detail)
  }
}
