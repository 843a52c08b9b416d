import Logging
import ServiceLifecycle
import SwiftletSkills

/// Says to others that jobs are finished, each until it has been heard.
///
/// A message that is not answered with a status of 200 to 299 is sent again after 5, 10, 20 ... seconds,
/// at most an hour, and given up after 24 attempts. It may arrive twice, under the same `webhook-id`.
struct WebhookSender: Service {
  let webhook: Webhook
  let client: OutboundClient
  let store: JobStore
  let logger: Logger
  /// The unit of the pause between attempts, in seconds.
  let delay: Double

  private static let maximumAttempts = 24

  func run() async throws {
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        do {
          while let notice = try await store.dueNotice() { try await send(notice) }
        } catch is CancellationError {
          return
        } catch {
          logger.error("cannot read or note what webhooks are due", metadata: ["error": "\(error)"])
        }
        try? await Task.sleep(for: .seconds(1))
      }
    }
  }

  private func send(_ notice: JobStore.Notice) async throws {
    let now = WallClock.now
    let body: JSONValue = [
      "type": "job.finished", "timestamp": .string(WallClock.text(now)), "data": notice.job.json,
    ]
    let request = webhook.request(id: notice.name, time: Int(now), body: body.encoded())
    var failure: String?
    do {
      let status = try await client.send(request, limit: 64 << 10).status
      if !(200...299).contains(status) { failure = "the answer was \(status)" }
    } catch {
      failure = "\(error)"
    }
    if Task.isCancelled { return }
    guard let failure else { return try await store.settle(notice, retryAt: nil) }
    let attempts = notice.attempts + 1
    let isLast = attempts >= Self.maximumAttempts
    logger.warning(
      isLast ? "a webhook is given up" : "a webhook is not heard",
      metadata: [
        "job": "\(notice.job.id)", "attempt": "\(attempts)", "reason": "\(failure)",
      ])
    let pause = min(3600, delay * Double(1 << min(attempts - 1, 12)))
    try await store.settle(notice, retryAt: isLast ? nil : WallClock.now + pause)
  }
}
