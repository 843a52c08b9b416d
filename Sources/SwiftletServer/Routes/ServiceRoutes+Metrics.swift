import HTTPTypes
import Hummingbird

extension ServiceRoutes {
  /// `GET /metrics`.
  func metricsText() async throws -> Response {
    let census = try await store.census()
    var gauges: [ServiceMetrics.Gauge] = [
      .init(
        name: "swiftlet_jobs", help: "Jobs, by state.",
        samples: JobState.allCases.map {
          ([("state", $0.rawValue)], Double(census.jobs[$0, default: 0]))
        }),
      .init(
        name: "swiftlet_job_items_waiting", help: "Photos of jobs that wait.",
        samples: [([], Double(census.waiting))]),
      .init(
        name: "swiftlet_review_items", help: "Photos that wait for a person.",
        samples: [([], Double(census.reviews))]),
      .init(
        name: "swiftlet_inference_workers", help: "Photos that are processed at once.",
        samples: [([], Double(configuration.workers))]),
      .init(
        name: "swiftlet_build_info", help: "The version that runs; always 1.",
        samples: [
          (
            [("version", configuration.version), ("model_sha", configuration.modelDigest)], 1
          )
        ]),
    ]
    if let bytes = ProcessMemory.resident {
      gauges.append(
        .init(
          name: "swiftlet_process_resident_memory_bytes", help: "Memory that is resident.",
          samples: [([], Double(bytes))]))
    }
    return Response(
      status: .ok,
      headers: [
        .contentType: "text/plain; version=0.0.4; charset=utf-8", .cacheControl: "no-store",
      ],
      body: .init(byteBuffer: ByteBuffer(string: metrics.text(gauges))))
  }
}
