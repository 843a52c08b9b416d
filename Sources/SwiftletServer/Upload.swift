import HTTPTypes
import Hummingbird
import NIOCore
import SwiftletImage

/// A form with files, or a photo as the body itself, as it was sent.
struct Upload: Sendable {
  /// A file of a form, or the body.
  struct File: Sendable {
    /// The name of the form field.
    var field: String
    /// What the client calls it.
    var name: String
    /// The media type that the client states.
    var mediaType: String
    /// The bytes; nil where there were more than the limit.
    var bytes: [UInt8]?
  }

  /// What a route takes.
  struct Form: Sendable {
    /// The fields that hold files.
    var files: Set<String>
    /// The most files.
    var maximumFiles = 1
    /// The names of the other fields. Those that are also query parameters are in `query`.
    var fields: Set<String>
    /// The names of query parameters.
    var query: Set<String>
    /// The most bytes that the value of a field may have.
    var maximumFieldBytes = 256
    /// Whether the body may be the photo itself.
    var takesRawPhoto = true
    /// Whether a file beyond the limit is passed on without its bytes instead of ending the upload.
    var skipsLargeFiles = false
  }

  /// What fields and query parameters say, each name at most once.
  private(set) var fields: [String: String] = [:]

  /// The most bytes of a request beyond the photos: boundaries, headers and options.
  static let overhead = 64 << 10
}

extension Upload {
  /// Reads a request, handing each file to `take` when it is complete.
  ///
  /// No more than one file is in memory, unless `take` keeps it.
  ///
  /// - Throws: `ServiceError`, and what `take` throws.
  static func read(
    _ request: Request, _ form: Form, limits: ImageLimits, timeout: Duration,
    _ take: (File) async throws -> Void
  ) async throws -> Upload {
    var upload = Upload()
    for (name, value) in request.uri.queryParameters {
      try upload.set(String(name), String(value), of: form.query, "query parameter")
    }
    let limit = limits.maxBytes * form.maximumFiles + overhead
    if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limit {
      throw ServiceError.fileTooLarge(limit: limits.maxBytes)
    }
    if let coding = request.headers[.contentEncoding], coding.lowercased() != "identity" {
      throw unsupported("content coding '\(printable(coding))' is not undone; send it as it is")
    }
    let (kind, parameters) = try HeaderParameters.parse(request.headers[.contentType] ?? "")
    if kind == "multipart/form-data" {
      var limitsOfForm = MultipartParser.Limits()
      limitsOfForm.parts = form.maximumFiles + form.fields.count + 8
      var reader = FormReader(
        upload: upload, form: form, fileLimit: limits.maxBytes,
        parser: try MultipartParser(boundary: parameters["boundary"] ?? "", limits: limitsOfForm))
      try await eachChunk(of: request, limit: limit, fileLimit: limits.maxBytes, timeout) {
        for event in try reader.parser.feed($0) {
          if let file = try reader.take(event) { try await take(file) }
        }
      }
      try reader.parser.finish()
      return reader.upload
    }
    if kind.isEmpty, request.headers[.contentLength].map({ Int($0) == 0 }) ?? true,
      request.headers[.transferEncoding] == nil
    {
      return upload
    }
    guard form.takesRawPhoto, kind.hasPrefix("image/") || kind == "application/octet-stream" else {
      let raw = form.takesRawPhoto ? ", or the photo itself as image/*" : ""
      throw unsupported(
        "content type '\(printable(kind))' is not taken; send multipart/form-data" + raw)
    }
    let body = try await body(
      of: request, limit: limits.maxBytes, timeout: timeout)
    if !body.isEmpty { try await take(File(field: "", name: "", mediaType: kind, bytes: body)) }
    return upload
  }

  /// The body of a request.
  ///
  /// - Throws: `ServiceError` where it has more bytes than `limit`, or is not complete in time.
  static func body(
    of request: Request, limit: Int, timeout: Duration
  ) async throws -> [UInt8] {
    if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limit {
      throw ServiceError.fileTooLarge(limit: limit)
    }
    var body: [UInt8] = []
    try await eachChunk(of: request, limit: limit, fileLimit: limit, timeout) {
      body.append(contentsOf: $0)
    }
    return body
  }

  private static func eachChunk(
    of request: Request, limit: Int, fileLimit: Int, _ timeout: Duration,
    _ body: (ByteBufferView) async throws -> Void
  ) async throws {
    let start = ContinuousClock.now
    var total = 0
    var chunks = request.body.makeAsyncIterator()
    while true {
      let chunk: ByteBuffer?
      do {
        chunk = try await chunks.next()
      } catch {
        throw ServiceError(
          .badRequest, "incomplete_upload", "the upload ended early or is not HTTP; send it again",
          closesConnection: true)
      }
      guard let chunk else { return }
      total += chunk.readableBytes
      guard total <= limit else { throw ServiceError.fileTooLarge(limit: fileLimit) }
      guard ContinuousClock.now - start <= timeout else {
        throw ServiceError(
          .requestTimeout, "upload_timeout",
          "the upload took longer than \(timeout.components.seconds) s", closesConnection: true)
      }
      try await body(chunk.readableBytesView)
    }
  }

  private static func unsupported(_ detail: String) -> ServiceError {
    ServiceError(.unsupportedMediaType, "unsupported_media_type", detail)
  }

  /// Notes the value of a field.
  ///
  /// - Throws: `ServiceError` where it is not one of `known` or was given before.
  fileprivate mutating func set(
    _ name: String, _ value: String, of known: Set<String>, _ kind: String
  ) throws(ServiceError) {
    guard known.contains(name) else {
      throw ServiceError.unknownParameter(name, known, kind)
    }
    guard fields.updateValue(value, forKey: name) == nil else {
      throw .badRequest("duplicate_parameter", "the parameter '\(name)' is given twice")
    }
  }
}

/// Puts the parts of a form together.
private struct FormReader {
  var upload: Upload
  let form: Upload.Form
  let fileLimit: Int
  var parser: MultipartParser
  private var file: Upload.File?
  private var name = ""
  private var value: [UInt8] = []
  private var fileCount = 0

  init(upload: Upload, form: Upload.Form, fileLimit: Int, parser: MultipartParser) {
    self.upload = upload
    self.form = form
    self.fileLimit = fileLimit
    self.parser = parser
  }

  /// Takes a step; a file where one is complete.
  mutating func take(_ event: MultipartParser.Event) throws(ServiceError) -> Upload.File? {
    switch event {
    case .partBegan(let header): try begin(header)
    case .data(let bytes) where file != nil: try append(bytes)
    case .data(let bytes):
      guard value.count + bytes.count <= form.maximumFieldBytes else {
        throw .badRequest(
          "invalid_parameter",
          "the parameter '\(name)' has more than \(form.maximumFieldBytes) bytes")
      }
      value.append(contentsOf: bytes)
    case .partEnded:
      if let complete = file {
        file = nil
        return complete
      }
      guard let text = String(validating: value, as: UTF8.self) else {
        throw .badRequest("invalid_parameter", "the parameter '\(name)' is not UTF-8")
      }
      try upload.set(name, text, of: form.fields, "field")
    }
    return nil
  }

  private mutating func begin(_ header: MultipartParser.PartHeader) throws(ServiceError) {
    name = header.name
    value = []
    if form.files.contains(name) {
      fileCount += 1
      guard fileCount <= form.maximumFiles else {
        throw form.maximumFiles == 1
          ? .badRequest("multiple_sources", "there are two files; send one photo")
          : .badRequest(
            "too_many_files", "there are more than \(form.maximumFiles) files; send them in parts")
      }
      file = .init(
        field: name, name: header.fileName ?? "", mediaType: header.contentType ?? "", bytes: [])
    } else if !form.fields.contains(name) {
      throw ServiceError.unknownParameter(name, form.fields.union(form.files), "field")
    }
  }

  private mutating func append(_ bytes: [UInt8]) throws(ServiceError) {
    guard let count = file?.bytes?.count else { return }
    guard count + bytes.count <= fileLimit else {
      guard form.skipsLargeFiles else { throw .fileTooLarge(limit: fileLimit) }
      file?.bytes = nil
      return
    }
    file?.bytes?.append(contentsOf: bytes)
  }
}

extension PhotoOptions {
  /// The names of the options of a listing picture.
  static let names: Set<String> = ["profile", "background", "format"]

  /// The options that fields state.
  init(fields: [String: String]) {
    self.init(
      profile: fields["profile"], background: fields["background"], format: fields["format"])
  }
}

extension ServiceError {
  static func unknownParameter(
    _ name: String, _ known: Set<String>, _ kind: String
  ) -> ServiceError {
    let list = known.isEmpty ? "none" : known.sorted().joined(separator: ", ")
    return .badRequest(
      "unknown_parameter", "there is no \(kind) '\(printable(name))'; there is \(list)")
  }
}

/// The beginning of a text from outside, fit to stand in a message.
func printable(_ text: String) -> String {
  String(
    String.UnicodeScalarView(
      text.unicodeScalars.prefix(40).map { $0.value < 0x20 || $0.value == 0x7f ? "?" : $0 }))
}
