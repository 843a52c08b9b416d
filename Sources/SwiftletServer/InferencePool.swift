import NIOPosix
import ServiceLifecycle
import SwiftletImage
import SwiftletSkills
import Synchronization

/// The threads that process photos, the same for requests and jobs, and those that wait for the disk.
final class InferencePool: Sendable {
  /// How many photos are processed at once.
  let workers: Int
  let metrics: ServiceMetrics
  private let processor: any PhotoProcessor
  private let inference: NIOThreadPool
  private let disk: NIOThreadPool
  /// Photos in the pool, and all that there ever were.
  private let counts = Mutex((now: 0, ever: 0))

  init(workers: Int, processor: any PhotoProcessor, metrics: ServiceMetrics) {
    self.workers = workers
    self.processor = processor
    self.metrics = metrics
    inference = NIOThreadPool(numberOfThreads: workers)
    disk = NIOThreadPool(numberOfThreads: 2)
    inference.start()
    disk.start()
  }

  /// Makes the models ready.
  func warmUp() async throws {
    try await inference.runIfActive { [processor] in try processor.warmUp() }
  }

  /// Processes a photo on the first thread that is free.
  ///
  /// - Returns: The result, and the milliseconds it waited.
  func process(
    _ photo: [UInt8], options: PhotoOptions
  ) async throws -> (photo: ProcessedPhoto, wait: Double) {
    counts.withLock { $0 = ($0.now + 1, $0.ever + 1) }
    defer { counts.withLock { $0.now -= 1 } }
    metrics.queued(1)
    let begin = ContinuousClock.now
    do {
      let (result, wait) = try await inference.runIfActive { [processor, metrics] in
        metrics.queued(-1)
        let wait = ContinuousClock.now - begin
        metrics.waited(wait)
        return (Result { try processor.process(photo, options: options) }, wait)
      }
      let photo = try result.get()
      metrics.stages(photo)
      return (photo, wait / .milliseconds(1))
    } catch is CancellationError {
      metrics.queued(-1)
      throw CancellationError()
    }
  }

  /// Runs what waits for the disk.
  func onDisk<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
    try await disk.runIfActive(body)
  }

  /// The number of photos that there ever were; nil while there is one.
  fileprivate var idleSince: Int? { counts.withLock { $0.now == 0 ? $0.ever : nil } }

  /// Ends the threads.
  func shutDown() async {
    try? await inference.shutdownGracefully()
    try? await disk.shutdownGracefully()
  }
}

/// Gives memory back once no photo has come for some seconds.
struct IdleMemory: Service {
  let pool: InferencePool

  func run() async throws {
    await cancelWhenGracefulShutdown {
      var (seen, released): (Int?, Int?) = (nil, 0)
      while (try? await Task.sleep(for: .seconds(3))) != nil {
        let idle = pool.idleSince
        if let idle, idle == seen, idle != released {
          Heap.releaseFreedMemory()
          released = idle
        }
        seen = idle
      }
    }
  }
}
