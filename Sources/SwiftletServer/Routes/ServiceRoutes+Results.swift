import HTTPTypes
import Hummingbird
import NIOCore
import SwiftletSkills

extension ServiceRoutes {
  /// `GET /jobs/{id}/results.jsonl`: a photo a line, with its report.
  func lines(_ request: Request, _ context: ServiceContext) async throws -> Response {
    let items = try await results(request, context)
    return Self.download(
      .init(Self.lines(items)), "application/jsonl", "results.jsonl")
  }

  /// `GET /jobs/{id}/results.csv`: a photo a row.
  func spreadsheet(_ request: Request, _ context: ServiceContext) async throws -> Response {
    let items = try await results(request, context)
    return Self.download(.init(Self.table(items)), "text/csv; charset=utf-8", "results.csv")
  }

  /// `GET /jobs/{id}/results.zip`: the pictures, `results.csv` and `results.jsonl`, read as they are
  /// sent.
  func archive(_ request: Request, _ context: ServiceContext) async throws -> Response {
    let items = try await results(request, context)
    let texts = [("results.csv", Self.table(items)), ("results.jsonl", Self.lines(items))]
    let pictures = items.compactMap { item in
      item.output.map { (name: ItemDocument(item).archiveName, picture: $0) }
    }
    let size = ZipWriter.size(
      of: pictures.map { ($0.name, $0.picture.bytes) } + texts.map { ($0.0, $0.1.count) })
    guard size < ZipWriter.maximumBytes else {
      throw ServiceError(
        .conflict, "archive_too_large",
        "the pictures are more than an archive holds; fetch them by their output_url")
    }
    let (pool, spool) = (pool, store.spool)
    let body = ResponseBody(contentLength: size) { writer in
      var zip = ZipWriter()
      for (name, picture) in pictures {
        // The checksum goes before the bytes, so that a picture is read twice.
        let (file, checksum) = try await pool.onDisk { () throws -> (SpoolFile, UInt32) in
          let file = try spool.open(picture.name)
          return (file, try Self.checksum(of: file))
        }
        guard file.count == picture.bytes else { throw TruncatedFile() }
        let header = zip.header(name, count: file.count, checksum: checksum)
        try await writer.write(ByteBuffer(bytes: header))
        try await writer.write(file, pool: pool)
      }
      for (name, text) in texts { try await writer.write(slicing: zip.file(name, text)) }
      try await writer.write(ByteBuffer(bytes: zip.end()))
      try await writer.finish(nil)
    }
    return Self.download(body, "application/zip", "results.zip")
  }

  /// The photos of the job that the path names.
  ///
  /// - Throws: `ServiceError` with status 409 while some are not finished, unless the client asks for
  ///   what there is.
  private func results(
    _ request: Request, _ context: ServiceContext
  ) async throws -> [JobItem] {
    let takesPart: Bool
    switch request.uri.queryParameters["partial"] {
    case nil, "false": takesPart = false
    case "true": takesPart = true
    case let other?:
      throw ServiceError.badRequest(
        "invalid_parameter", "partial is '\(printable(String(other)))', neither true nor false")
    }
    let job = try await job(context)
    guard takesPart || job.state.isFinished else {
      let waiting = job.counts[.queued, default: 0] + job.counts[.running, default: 0]
      throw ServiceError(
        .conflict, "in_progress",
        "\(waiting) of \(job.total) photos are not finished; wait, or ask for ?partial=true",
        retryAfter: 1)
    }
    return try await store.items(of: job)
  }

  private static func checksum(of file: SpoolFile) throws -> UInt32 {
    var checksum = CRC32()
    var offset = 0
    while true {
      let slice = try file.slice(at: offset, maximum: 1 << 20)
      guard slice.readableBytes > 0 else { return checksum.value }
      offset += slice.readableBytes
      slice.withUnsafeReadableBytes { checksum.update($0) }
    }
  }

  private static func table(_ items: [JobItem]) -> [UInt8] {
    let rows = items.map { CSV.line(ItemDocument($0).row.map(CSV.plain)) }
    return Array((CSV.line(ItemDocument.columns) + rows.joined()).utf8)
  }

  private static func lines(_ items: [JobItem]) -> [UInt8] {
    Array(items.map { ItemDocument($0).full.encoded() + "\n" }.joined().utf8)
  }

  private static func download(_ body: ResponseBody, _ type: String, _ name: String) -> Response {
    var response = file(body, type, etag: nil)
    response.headers[.contentDisposition] = "attachment; filename=\"\(name)\""
    return response
  }
}
