import NIOCore

/// Runs tasks on an event loop's thread, so that what a request waits for on its connection, and what is
/// computed between, needs no other thread to be woken.
///
/// What takes long or blocks has threads of its own: photos, the disk, the database.
final class LoopExecutor: TaskExecutor {
  private let loop: any EventLoop

  init(_ loop: any EventLoop) { self.loop = loop }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
