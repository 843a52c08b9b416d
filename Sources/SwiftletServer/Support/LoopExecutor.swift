import Hummingbird
import NIOCore
import ServiceLifecycle

/// Runs tasks on the thread of an event loop, so that a request which is soon read and answered wakes no
/// other thread on its way between the connection and the photo's worker.
///
/// Whatever blocks or computes for long would hold up all connections, and goes to `aside`.
final class LoopExecutor: TaskExecutor {
  private let loop: any EventLoop

  init(_ loop: any EventLoop) { self.loop = loop }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }

  /// Answers on the threads that all tasks share, and sends a long body from there.
  static func aside(_ body: () async throws -> Response) async throws -> Response {
    try await withTaskExecutorPreference(globalConcurrentExecutor) {
      var response = try await body()
      let content = response.body
      // A short body is in memory, or waits for the disk; both need no thread.
      if let count = content.contentLength, count <= ResponseBody.sliceBytes { return response }
      response.body = ResponseBody(contentLength: content.contentLength) { writer in
        let target = writer
        try await withTaskExecutorPreference(globalConcurrentExecutor) {
          try await content.write(target)
        }
      }
      return response
    }
  }
}

/// A service whose tasks run on an event loop.
struct LoopService<Inner: Service>: Service {
  let service: Inner
  let executor: LoopExecutor

  func run() async throws {
    try await withTaskExecutorPreference(executor) { try await service.run() }
  }
}
