import HTTPTypes
import Hummingbird
import NIOCore
import SwiftletImage
import SwiftletSkills

extension ServiceRoutes {
  /// `POST /batch`.
  func batch(_ request: Request, _ context: ServiceContext) async throws -> Response {
    let key = try Self.idempotencyKey(request)
    let limits = configuration.limits
    // One file at a time is in memory.
    return try await gate.withPlace(for: context.client, bytes: limits.maxBytes) {
      if let key, !keys.take(key) {
        throw ServiceError(
          .conflict, "in_progress", "a batch with this Idempotency-Key is being sent",
          closesConnection: true)
      }
      defer { if let key { keys.giveBack(key) } }
      try await checkRoom(for: request)
      let form = Upload.Form(
        files: ["files"], maximumFiles: configuration.maximumBatch, fields: PhotoOptions.names,
        query: PhotoOptions.names, takesRawPhoto: false, skipsLargeFiles: true)
      var items: [NewItem] = []
      var digests: [String] = []
      let upload: Upload
      do {
        upload = try await Upload.read(
          request, form, limits: limits, timeout: configuration.batchTimeout
        ) { file in
          let (item, digest) = try await store(file)
          items.append(item)
          digests.append(digest)
        }
        guard !items.isEmpty else {
          throw ServiceError.badRequest("missing_source", "there is no photo; send parts 'files'")
        }
      } catch {
        store.discard(items)
        throw error
      }
      let options = PhotoOptions(fields: upload.fields)
      do {
        try processor.check(options)
      } catch {
        store.discard(items)
        throw error
      }
      let contents =
        upload.fields.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] } + digests
      let fingerprint = SHA256.hexadecimal(Array(contents.joined(separator: "\n").utf8))
      let job = try await store.create(
        items, options: options, key: key.map { .init(text: $0, fingerprint: fingerprint) })
      runner.wake()
      var response = Response(
        json: ["job_id": .string(job.id), "status": "queued"], status: .accepted)
      response.headers[.location] = "/jobs/\(job.id)"
      response.headers[.retryAfter] = "1"
      return response
    }
  }

  /// Stores a photo of a batch, or notes why it is refused, and digests it.
  private func store(_ file: Upload.File) async throws -> (item: NewItem, digest: String) {
    let name = Self.displayName(file.name)
    let (limits, spool) = (configuration.limits, store.spool)
    guard let bytes = file.bytes else {
      let error = JobItem.FailureError(
        code: "file_too_large",
        detail: ServiceError.fileTooLarge(limit: limits.maxBytes).detail)
      return (NewItem(name: name, content: .failure(error), mediaType: "", bytes: 0), "too large")
    }
    guard !bytes.isEmpty else {
      let error = JobItem.FailureError(code: "missing_source", detail: "the file is empty")
      return (NewItem(name: name, content: .failure(error), mediaType: "", bytes: 0), "empty")
    }
    let (item, digest, reason) = try await pool.onDisk {
      () throws -> (NewItem, String, String?) in
      let digest = SHA256.hexadecimal(bytes)
      do {
        let header = try ImageHeader.read(bytes, limits: limits)
        let type = header.format == .png ? "image/png" : "image/jpeg"
        let stored = try spool.store(bytes)
        return (
          NewItem(name: name, content: .success(stored), mediaType: type, bytes: bytes.count),
          digest, nil
        )
      } catch {
        guard let answer = ServiceError(answering: error), answer.status.kind == .clientError
        else { throw error }
        let failure = JobItem.FailureError(code: answer.code, detail: answer.detail)
        return (
          NewItem(name: name, content: .failure(failure), mediaType: "", bytes: bytes.count),
          digest, answer.code
        )
      }
    }
    if let reason { metrics.rejected(reason) }
    return (item, digest)
  }

  /// - Throws: `ServiceError` with status 413 where the body is larger than any batch, 503 where the
  ///   data folder would hold too much.
  private func checkRoom(for request: Request) async throws {
    let length = max(0, request.headers[.contentLength].flatMap { Int($0) } ?? 0)
    guard length <= configuration.maximumBodyBytes else {
      throw ServiceError.fileTooLarge(limit: configuration.limits.maxBytes)
    }
    let room = store.limits.bytes - (try await store.storedBytes())
    guard length <= room else {
      throw ServiceError(
        .serviceUnavailable, "storage_full",
        "the photos and pictures of earlier jobs fill their room; delete jobs, or try again later",
        retryAfter: 60, closesConnection: true)
    }
  }

  private static func idempotencyKey(_ request: Request) throws(ServiceError) -> String? {
    guard let name = HTTPField.Name("Idempotency-Key"), let key = request.headers[name] else {
      return nil
    }
    guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ (0x20...0x7e).contains($0) })
    else {
      throw .badRequest(
        "invalid_parameter", "the Idempotency-Key is not 1 to 255 visible ASCII characters")
    }
    return key
  }

  /// What a client calls a file, without folders and fit to be shown.
  private static func displayName(_ name: String) -> String {
    let last = name.split { $0 == "/" || $0 == "\\" }.last ?? ""
    return String(
      String.UnicodeScalarView(
        last.unicodeScalars.prefix(100).filter { !$0.properties.isDefaultIgnorableCodePoint }
          .map { $0.value < 0x20 || (0x7f..<0xa0).contains($0.value) ? "?" : $0 }))
  }

  /// `GET /jobs`.
  func jobs(_ request: Request) async throws -> Response {
    let limit = try Self.number("limit", request, 1...200) ?? 50
    let cursor = try Self.number("cursor", request, 0...Int.max)
    let jobs = try await store.jobs(before: cursor.map(Int64.init), limit: limit)
    return Response(json: [
      "jobs": .array(jobs.map(\.json)),
      "next_cursor": jobs.count == limit
        ? jobs.last.map { .string("\($0.sequence)") } ?? .null : .null,
    ])
  }

  /// `GET /jobs/{id}`.
  func job(_ request: Request, _ context: ServiceContext) async throws -> Response {
    let limit = try Self.number("limit", request, 1...1000) ?? 1000
    let cursor = try Self.number("cursor", request, 0...Int.max)
    let job = try await job(context)
    let items = try await store.items(of: job, after: cursor, limit: limit)
    guard case .object(let members) = job.json else { return Response(json: .null) }
    return Response(
      json: .object(
        members + [
          .init("items", .array(items.map { ItemDocument($0).summary })),
          .init(
            "next_cursor",
            items.count == limit ? items.last.map { .string("\($0.position)") } ?? .null : .null),
        ]))
  }

  /// `DELETE /jobs/{id}`: cancels what is not finished, removes what is.
  func delete(_ context: ServiceContext) async throws -> Response {
    let job = try await job(context)
    guard job.state.isFinished else {
      guard let cancelled = try await store.cancel(job.id) else { throw Self.noJob }
      return Response(json: cancelled.json)
    }
    _ = try await store.remove(job.id)
    return Response(status: .noContent)
  }

  /// The job that the path names.
  func job(_ context: ServiceContext) async throws -> Job {
    guard let id = context.parameters.get("id"), let job = try await store.job(id) else {
      throw Self.noJob
    }
    return job
  }

  static let noJob = ServiceError(
    .notFound, "not_found", "there is no such job, or it was removed; see GET /jobs")

  /// A number among the query parameters.
  static func number(
    _ name: String, _ request: Request, _ range: ClosedRange<Int>
  ) throws(ServiceError) -> Int? {
    guard let text = request.uri.queryParameters[Substring(name)] else { return nil }
    guard let value = Int(text), range.contains(value) else {
      throw .badRequest(
        "invalid_parameter",
        "the \(name) '\(printable(String(text)))' is not a number from \(range.lowerBound)"
          + (range.upperBound == .max ? "" : " to \(range.upperBound)"))
    }
    return value
  }
}
