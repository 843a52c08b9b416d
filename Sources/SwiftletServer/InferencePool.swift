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

  /// The number of photos that there ever were; nil while one is here.
  fileprivate var countAtRest: Int? { counts.withLock { $0.now == 0 ? $0.ever : nil } }

  /// Ends the threads.
  func shutDown() async {
    try? await inference.shutdownGracefully()
    try? await disk.shutdownGracefully()
  }
}

/// Gives freed memory back to the system: once no photo has come for some seconds, and every half minute in
/// between, since the heaps of threads that work never shrink by themselves.
struct MemoryRelease: Service {
  let pool: InferencePool

  /// Between two looks, and looks from one release under load to the next.
  private static let pause = Duration.seconds(3)
  private static let looks = 10

  func run() async throws {
    await cancelWhenGracefulShutdown {
      var (seen, released): (Int?, Int?) = (nil, 0)
      var look = 0
      while (try? await Task.sleep(for: Self.pause)) != nil {
        look += 1
        let count = pool.countAtRest
        let isIdle = count != nil && count == seen
        if isIdle ? count != released : look % Self.looks == 0 {
          Heap.releaseFreedMemory()
          released = count
        }
        seen = count
      }
    }
  }
}
