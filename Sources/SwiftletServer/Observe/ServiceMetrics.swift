import SwiftletSkills
import Synchronization

/// What the service counts and times, as Prometheus reads it.
///
/// Source: Prometheus text exposition format 0.0.4.
final class ServiceMetrics: Sendable {
  /// A number that is known only when it is asked for.
  struct Gauge {
    var name: String
    var help: String
    var samples: [(labels: [(String, String)], value: Double)]
  }

  private struct Histogram {
    var buckets: [Int]
    var sum = 0.0
    var count = 0
  }

  private struct Series: Hashable {
    var name: String
    var labels: String
  }

  private struct State {
    var counters: [Series: Int] = [:]
    var histograms: [Series: Histogram] = [:]
    var queueDepth = 0
  }

  private static let bounds = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
  ]

  private static let help: [(name: String, type: String, text: String)] = [
    ("swiftlet_http_requests_total", "counter", "Requests answered."),
    ("swiftlet_request_duration_seconds", "histogram", "Time from request to answer."),
    ("swiftlet_stage_duration_seconds", "histogram", "Time of a stage of the pipeline."),
    ("swiftlet_queue_wait_seconds", "histogram", "Time that a photo waited for a worker."),
    ("swiftlet_images_processed_total", "counter", "Photos processed, by verdict."),
    ("swiftlet_images_rejected_total", "counter", "Photos refused, by reason."),
    ("swiftlet_qa_findings_total", "counter", "Findings of quality assurance, by code."),
  ]

  private let state = Mutex(State())

  /// A request was answered. Methods that clients make up are counted as one.
  func answered(route: String, method: String, code: Int, in duration: Duration) {
    let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
    let method = known.contains(method) ? method : "other"
    count(
      "swiftlet_http_requests_total", [("route", route), ("method", method), ("code", "\(code)")])
    observe("swiftlet_request_duration_seconds", duration / .seconds(1))
  }

  /// The number of photos that wait for a worker changed.
  func queued(_ change: Int) { state.withLock { $0.queueDepth += change } }

  /// A photo had waited for a worker.
  func waited(_ duration: Duration) {
    observe("swiftlet_queue_wait_seconds", duration / .seconds(1))
  }

  /// A photo was processed with that verdict.
  func processed(_ verdict: String) {
    count("swiftlet_images_processed_total", [("result", verdict)])
  }

  /// A photo was refused.
  func rejected(_ reason: String) {
    count("swiftlet_images_rejected_total", [("reason", reason)])
  }

  /// Notes the times and findings of a photo.
  func stages(_ photo: ProcessedPhoto) {
    // Several steps may belong to a stage; it is observed once a photo.
    var stages: [String: Double] = [:]
    for step in photo.stages {
      guard let name = Self.stage(step.name) else { continue }
      stages[name, default: 0] += step.milliseconds
    }
    for (name, milliseconds) in stages {
      observe("swiftlet_stage_duration_seconds", milliseconds / 1000, [("stage", name)])
    }
    var index = 0
    while let rule = photo.report["qa"]?["findings"]?[index]?["rule"]?.text {
      count("swiftlet_qa_findings_total", [("code", rule)])
      index += 1
    }
  }

  /// All series and `gauges`, as `text/plain; version=0.0.4`.
  func text(_ gauges: [Gauge]) -> String {
    let state = state.withLock { $0 }
    var text = ""
    for family in Self.help {
      text += "# HELP \(family.name) \(family.text)\n# TYPE \(family.name) \(family.type)\n"
      let counters = state.counters.filter { $0.key.name == family.name }
      for (series, value) in counters.sorted(by: { $0.key.labels < $1.key.labels }) {
        text += "\(series.name)\(Self.braced(series.labels)) \(value)\n"
      }
      let histograms = state.histograms.filter { $0.key.name == family.name }
      for (series, value) in histograms.sorted(by: { $0.key.labels < $1.key.labels }) {
        text += Self.text(series.name, series.labels, value)
      }
    }
    let depth = Gauge(
      name: "swiftlet_queue_depth", help: "Photos that wait for a worker.",
      samples: [([], Double(state.queueDepth))])
    for gauge in [depth] + gauges {
      text += "# HELP \(gauge.name) \(gauge.help)\n# TYPE \(gauge.name) gauge\n"
      for sample in gauge.samples {
        let labels = Self.braced(Self.labels(sample.labels))
        text += "\(gauge.name)\(labels) \(Self.number(sample.value))\n"
      }
    }
    return text
  }

  /// The stage of the metrics to which a step of the pipeline belongs.
  private static func stage(_ step: String) -> String? {
    switch step {
    case "decode", "encode", "tag": step
    case "quality", "verify": "qa"
    case "refine", "compose": "refine"
    case _ where step.hasPrefix("segment"): "infer"
    default: nil
    }
  }

  private func count(_ name: String, _ labels: [(String, String)]) {
    let series = Series(name: name, labels: Self.labels(labels))
    state.withLock { $0.counters[series, default: 0] += 1 }
  }

  private func observe(_ name: String, _ seconds: Double, _ labels: [(String, String)] = []) {
    let series = Series(name: name, labels: Self.labels(labels))
    let bucket = Self.bounds.firstIndex { seconds <= $0 }
    state.withLock { state in
      var histogram =
        state.histograms[series]
        ?? Histogram(buckets: [Int](repeating: 0, count: Self.bounds.count))
      if let bucket { histogram.buckets[bucket] += 1 }
      histogram.sum += seconds
      histogram.count += 1
      state.histograms[series] = histogram
    }
  }

  private static func text(_ name: String, _ labels: String, _ histogram: Histogram) -> String {
    var text = ""
    var below = 0
    let others = labels.isEmpty ? "" : labels + ","
    for (bound, count) in zip(bounds, histogram.buckets) {
      below += count
      text += "\(name)_bucket{\(others)le=\"\(number(bound))\"} \(below)\n"
    }
    text += "\(name)_bucket{\(others)le=\"+Inf\"} \(histogram.count)\n"
    text += "\(name)_sum\(braced(labels)) \(histogram.sum)\n"
    return text + "\(name)_count\(braced(labels)) \(histogram.count)\n"
  }

  private static func number(_ value: Double) -> String {
    value == value.rounded() && value.magnitude < 1e15 ? "\(Int(value))" : "\(value)"
  }

  private static func braced(_ labels: String) -> String { labels.isEmpty ? "" : "{\(labels)}" }

  private static func labels(_ labels: [(String, String)]) -> String {
    labels.map { "\($0)=\"\(escaped($1))\"" }.joined(separator: ",")
  }

  private static func escaped(_ value: String) -> String {
    value.reduce(into: "") { text, character in
      switch character {
      case "\\": text += "\\\\"
      case "\"": text += "\\\""
      case "\n": text += "\\n"
      default: text.append(character)
      }
    }
  }
}
