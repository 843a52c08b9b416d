import NIOPosix
import SwiftletImage
import SwiftletSkills

/// The threads that process photos, the same for requests and jobs, and those that wait for the disk.
final class InferencePool: Sendable {
  /// How many photos are processed at once.
  let workers: Int
  let metrics: ServiceMetrics
  private let processor: any PhotoProcessor
  private let inference: NIOThreadPool
  private let disk: NIOThreadPool

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

  /// Ends the threads.
  func shutDown() async {
    try? await inference.shutdownGracefully()
    try? await disk.shutdownGracefully()
  }
}
