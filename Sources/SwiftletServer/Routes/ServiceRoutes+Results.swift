import HTTPTypes
import Hummingbird
import NIOCore
import SwiftletSkills

extension ServiceRoutes {
  /// `GET /jobs/{id}/results.jsonl`: a photo a line, with its report.
  func lines(_ context: ServiceContext) async throws -> Response {
    let items = try await store.items(of: try await job(context))
    let text = items.map { ItemDocument($0).full.encoded() + "\n" }.joined()
    return Self.download(Array(text.utf8), "application/jsonl", "results.jsonl")
  }

  /// `GET /jobs/{id}/results.csv`: a photo a row.
  func spreadsheet(_ context: ServiceContext) async throws -> Response {
    let items = try await store.items(of: try await job(context))
    return Self.download(Self.table(items), "text/csv; charset=utf-8", "results.csv")
  }

  /// `GET /jobs/{id}/results.zip`: the pictures, `results.csv` and `results.jsonl`, written as they are
  /// read, so that one picture at a time is in memory.
  func archive(_ context: ServiceContext) async throws -> Response {
    let items = try await store.items(of: try await job(context))
    let texts = [
      ("results.csv", Self.table(items)),
      ("results.jsonl", Array(items.map { ItemDocument($0).full.encoded() + "\n" }.joined().utf8)),
    ]
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
        let bytes = try await pool.onDisk { try spool.read(picture.name) }
        try await writer.write(ByteBuffer(bytes: zip.file(name, bytes)))
      }
      for (name, text) in texts {
        try await writer.write(ByteBuffer(bytes: zip.file(name, text)))
      }
      try await writer.write(ByteBuffer(bytes: zip.end()))
      try await writer.finish(nil)
    }
    return Response(
      status: .ok,
      headers: [
        .contentType: "application/zip", .cacheControl: "private, no-store",
        .contentDisposition: "attachment; filename=\"results.zip\"",
      ], body: body)
  }

  private static func table(_ items: [JobItem]) -> [UInt8] {
    let rows = items.map { csvRow(ItemDocument($0).row) }
    return Array((csvRow(ItemDocument.columns) + rows.joined()).utf8)
  }

  private static func download(_ bytes: [UInt8], _ type: String, _ name: String) -> Response {
    var response = file(bytes, type, etag: nil)
    response.headers[.contentDisposition] = "attachment; filename=\"\(name)\""
    return response
  }
}
