import HTTPTypes
import Hummingbird
import NIOCore
import SwiftletImage

/// A photo and the options that came with it.
struct Upload: Sendable, Equatable {
  /// The bytes of the photo's file.
  var photo: [UInt8]
  /// What the client asks for.
  var options: PhotoOptions

  /// The most bytes of a request beyond the photo: boundaries, headers and options.
  static let overhead = 64 << 10

  /// The most bytes that the value of an option may have.
  private static let maximumOptionBytes = 256
}

extension Upload {
  /// Reads `multipart/form-data` with a part `file`, or the photo as the body itself. Options are form
  /// fields or query parameters.
  ///
  /// - Throws: `ServiceError`.
  static func read(
    _ request: Request, limits: ImageLimits, timeout: Duration
  ) async throws -> Upload {
    var fields = Fields()
    for (name, value) in request.uri.queryParameters {
      try fields.set(String(name), String(value))
    }
    let limit = limits.maxBytes
    if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limit + overhead
    {
      throw ServiceError.fileTooLarge(limit: limit)
    }
    if let coding = request.headers[.contentEncoding], coding.lowercased() != "identity" {
      throw unsupported("content coding '\(coding)' is not undone; send the photo as it is")
    }
    let (kind, parameters) = try HeaderParameters.parse(request.headers[.contentType] ?? "")
    let photo: [UInt8]
    if kind == "multipart/form-data" {
      let parser = try MultipartParser(boundary: parameters["boundary"] ?? "")
      photo = try await readForm(request, parser, &fields, limit: limit, timeout: timeout)
    } else if kind.hasPrefix("image/") || kind == "application/octet-stream" {
      var body: [UInt8] = []
      try await eachChunk(of: request, timeout: timeout) { bytes in
        guard body.count + bytes.count <= limit else {
          throw ServiceError.fileTooLarge(limit: limit)
        }
        body.append(contentsOf: bytes)
      }
      photo = body
    } else {
      throw unsupported(
        "content type '\(kind)' is not taken; send multipart/form-data with a part 'file', or image/*"
      )
    }
    guard !photo.isEmpty else {
      throw ServiceError.badRequest(
        "missing_source", "there is no photo; send it as the part 'file'")
    }
    return Upload(photo: photo, options: fields.options)
  }

  private static func readForm(
    _ request: Request, _ parser: MultipartParser, _ fields: inout Fields, limit: Int,
    timeout: Duration
  ) async throws -> [UInt8] {
    var parser = parser
    var form = Form(fields: fields, limit: limit)
    var total = 0
    try await eachChunk(of: request, timeout: timeout) { bytes in
      total += bytes.count
      guard total <= limit + overhead else { throw ServiceError.fileTooLarge(limit: limit) }
      for event in try parser.feed(bytes) { try form.take(event) }
    }
    try parser.finish()
    fields = form.fields
    return form.photo ?? []
  }

  private static func eachChunk(
    of request: Request, timeout: Duration, _ body: (ByteBufferView) throws -> Void
  ) async throws {
    let start = ContinuousClock.now
    for try await chunk in request.body {
      guard ContinuousClock.now - start <= timeout else {
        throw ServiceError(
          .requestTimeout, "upload_timeout",
          "the upload took longer than \(timeout.components.seconds) s",
          closesConnection: true)
      }
      try body(chunk.readableBytesView)
    }
  }

  private static func unsupported(_ detail: String) -> ServiceError {
    ServiceError(.unsupportedMediaType, "unsupported_media_type", detail)
  }

  /// The options that have been stated so far, each at most once.
  private struct Fields {
    var options = PhotoOptions()

    mutating func set(_ name: String, _ value: String) throws(ServiceError) {
      let path: WritableKeyPath<PhotoOptions, String?>
      switch name {
      case "profile": path = \.profile
      case "background": path = \.background
      case "format": path = \.format
      default:
        throw .badRequest(
          "unknown_parameter",
          "there is no parameter '\(printable(name))'; there are file, profile, background and format"
        )
      }
      guard options[keyPath: path] == nil else {
        throw .badRequest("duplicate_parameter", "the parameter '\(name)' is given twice")
      }
      options[keyPath: path] = value
    }
  }

  /// What the parts read so far amount to.
  private struct Form {
    var fields: Fields
    let limit: Int
    var photo: [UInt8]?
    private var name = ""
    private var value: [UInt8] = []

    init(fields: Fields, limit: Int) {
      self.fields = fields
      self.limit = limit
    }

    mutating func take(_ event: MultipartParser.Event) throws(ServiceError) {
      switch event {
      case .partBegan(let header):
        name = header.name
        value = []
        if name == "file" {
          guard photo == nil else {
            throw .badRequest("multiple_sources", "there are two parts 'file'; send one photo")
          }
          photo = []
        }
      case .data(let bytes) where name == "file":
        guard (photo?.count ?? 0) + bytes.count <= limit else { throw .fileTooLarge(limit: limit) }
        photo?.append(contentsOf: bytes)
      case .data(let bytes):
        guard value.count + bytes.count <= Upload.maximumOptionBytes else {
          throw .badRequest(
            "invalid_parameter",
            "the parameter '\(printable(name))' has more than \(Upload.maximumOptionBytes) bytes")
        }
        value.append(contentsOf: bytes)
      case .partEnded where name == "file": break
      case .partEnded:
        guard let text = String(validating: value, as: UTF8.self) else {
          throw .badRequest("invalid_parameter", "the parameter '\(printable(name))' is not UTF-8")
        }
        try fields.set(name, text)
      }
    }
  }
}

/// The beginning of a text from outside, fit to stand in a message.
func printable(_ text: String) -> String {
  String(
    String.UnicodeScalarView(
      text.unicodeScalars.prefix(40).map { $0.value < 0x20 || $0.value == 0x7f ? "?" : $0 }))
}
