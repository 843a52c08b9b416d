import HTTPTypes
import Logging
import NIOPosix
import ServiceLifecycle
import SwiftletImage
import SwiftletSkills
import Synchronization

/// Finishes the photos of accepted jobs, as many at once as there are workers, between the requests
/// that wait for their answer.
///
/// A photo at fault fails at once. Any other failure is tried again after 2, 4, 8 ... times the
/// delay; after the last attempt the photo waits for a person. What fails because nothing can be
/// stored is tried again for as long as it takes.
final class JobRunner: Service {
  /// How failures are treated.
  struct Policy: Sendable {
    /// How often a photo is begun before a person must look.
    var attempts = 3
    /// The unit of the pause between attempts, in seconds.
    var delay = 1.0
    /// The pause after the disk refused, in seconds.
    var storagePause = 5.0
    /// How often expired jobs are removed.
    var sweep = Duration.seconds(30)
  }

  private let store: JobStore
  private let pool: InferencePool
  private let logger: Logger
  private let policy: Policy
  private let signal: AsyncStream<Void>
  private let wakeUps: AsyncStream<Void>.Continuation

  init(store: JobStore, pool: InferencePool, logger: Logger, policy: Policy = Policy()) {
    self.store = store
    self.pool = pool
    self.logger = logger
    self.policy = policy
    (signal, wakeUps) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  /// Says that there may be work.
  func wake() { wakeUps.yield() }

  /// Works until the service shuts down; what is in progress then is finished.
  func run() async throws {
    await withGracefulShutdownHandler {
      await withDiscardingTaskGroup { group in
        let ticker = Task { await self.tick() }
        defer { ticker.cancel() }
        let free = Slots(pool.workers)
        for await _ in signal {
          while !Task.isShuttingDownGracefully, free.take() {
            guard let claim = await claim() else {
              free.giveBack()
              break
            }
            group.addTask {
              await self.work(on: claim)
              free.giveBack()
              self.wake()
            }
          }
        }
      }
    } onGracefulShutdown: {
      self.wakeUps.finish()
    }
  }

  /// Wakes the runner each second, since a photo may wait for its time, and removes what has expired.
  private func tick() async {
    var lastSweep = ContinuousClock.now - policy.sweep
    var clock = ClockWatch()
    while !Task.isCancelled {
      wake()
      if let jump = clock.jump() {
        logger.warning("the system's clock was set", metadata: ["seconds": "\(Int(jump))"])
        await attempt("move expiries") { try await self.store.shiftClock(by: jump) }
      }
      if ContinuousClock.now - lastSweep >= policy.sweep {
        lastSweep = .now
        await attempt("remove expired jobs") { try await self.store.expire() }
      }
      try? await Task.sleep(for: .seconds(1))
    }
  }

  private func attempt(_ what: String, _ body: () async throws -> Void) async {
    do {
      try await body()
    } catch is CancellationError {
      // The service ends.
    } catch {
      logger.error("cannot \(what)", metadata: ["error": "\(error)"])
    }
  }

  private func claim() async -> Claim? {
    do {
      return try await store.claim()
    } catch is CancellationError {
      return nil
    } catch {
      logger.error("cannot take up a photo", metadata: ["error": "\(error)"])
      return nil
    }
  }

  private func work(on claim: Claim) async {
    let item = claim.item
    let outcome = await outcome(of: item, attempt: item.attempts)
    while true {
      do {
        let counts = try await store.finish(claim, outcome)
        if !counts { discard(outcome) }
        if counts, case .done(let verdict, _, _) = outcome { pool.metrics.processed(verdict) }
        if counts, case .refused(let failure) = outcome { pool.metrics.rejected(failure.code) }
        log(item, outcome)
        return
      } catch {
        // The photo stays claimed: a restart would begin it again.
        logger.error(
          "cannot record a result; it is kept", metadata: ["error": "\(error)"])
        if Task.isShuttingDownGracefully || Task.isCancelled { return }
        try? await Task.sleep(for: .seconds(policy.storagePause))
      }
    }
  }

  private func outcome(of item: JobItem, attempt: Int) async -> ItemOutcome {
    let photo: ProcessedPhoto
    do {
      guard let input = item.input else {
        return .refused(.init(code: "missing_source", detail: "the photo was not stored"))
      }
      let bytes = try await pool.onDisk { [spool = store.spool] in try spool.read(input) }
      photo = try await pool.process(bytes, options: item.options).photo
    } catch {
      return failure(error, attempt: attempt)
    }
    do {
      var stored: StoredPicture?
      if let picture = photo.picture {
        let name = try await pool.onDisk { [spool = store.spool] in try spool.store(picture.bytes) }
        stored = StoredPicture(
          name: name, mediaType: picture.mediaType, bytes: picture.bytes.count,
          width: picture.width, height: picture.height)
      }
      return .done(verdict: photo.status, output: stored, report: photo.report.encoded())
    } catch {
      logger.error("cannot store a picture", metadata: ["error": "\(error)"])
      return .postponed(until: WallClock.now + policy.storagePause)
    }
  }

  private func failure(_ error: any Error, attempt: Int) -> ItemOutcome {
    if error is CancellationError { return .postponed(until: WallClock.now) }
    if let answer = ServiceError(answering: error), answer.status.kind == .clientError {
      return .refused(.init(code: answer.code, detail: answer.detail))
    }
    logger.error("a photo failed", metadata: ["error": "\(error)", "attempt": "\(attempt)"])
    let failure = JobItem.Failure(
      code: "internal_error", detail: "the service failed on this photo \(attempt) times")
    guard attempt < policy.attempts else { return .failed(failure, retryAt: nil) }
    let pause = policy.delay * Double(1 << min(attempt, 16))
    return .failed(failure, retryAt: WallClock.now + pause)
  }

  private func discard(_ outcome: ItemOutcome) {
    if case .done(_, let output?, _) = outcome { store.spool.remove(output.name) }
  }

  private func log(_ item: JobItem, _ outcome: ItemOutcome) {
    let text: String
    switch outcome {
    case .done(let verdict, _, _): text = verdict
    case .refused(let failure): text = failure.code
    case .failed(_, let retryAt): text = retryAt == nil ? "given up" : "to be tried again"
    case .postponed: text = "postponed"
    }
    logger.info(
      "item", metadata: ["job": "\(item.jobID)", "item": "\(item.position)", "outcome": "\(text)"])
  }
}

/// How many more photos may be taken up.
private final class Slots: Sendable {
  private let free: Mutex<Int>

  init(_ count: Int) { free = Mutex(count) }

  func take() -> Bool {
    free.withLock { free in
      guard free > 0 else { return false }
      free -= 1
      return true
    }
  }

  func giveBack() { free.withLock { $0 += 1 } }
}

/// Notices when the calendar does not go on as time does.
private struct ClockWatch {
  private var wall = WallClock.now
  private var steady = ContinuousClock.now

  /// The seconds by which the calendar was set since the last call; nil where it was not.
  mutating func jump() -> Double? {
    let (newWall, newSteady) = (WallClock.now, ContinuousClock.now)
    let jump = newWall - wall - (newSteady - steady) / .seconds(1)
    (wall, steady) = (newWall, newSteady)
    return abs(jump) > 60 ? jump : nil
  }
}
