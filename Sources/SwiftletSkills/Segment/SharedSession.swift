internal import Swiftlet
internal import Synchronization

/// Sessions of one model for callers on several threads.
///
/// One is enough where a photo at a time is worked on, since inference uses the threads there are;
/// several gain where each caller works on a thread of its own.
final class SharedSession: Sendable {
  /// The outputs, in the model's order.
  let outputs: [TensorInfo]
  /// The inputs, in the model's order.
  let inputs: [TensorInfo]

  private let slots: [Slot]
  private let free: Mutex<[Int]>

  /// A session that runs for whoever holds its lock.
  private final class Slot: @unchecked Sendable {
    private let lock = Mutex(())
    private let session: Session

    init(_ session: Session) { self.session = session }

    func run<R>(_ body: (Session) -> R) -> R { lock.withLock { _ in body(session) } }
  }

  /// Sessions for up to `count` callers at the same time, at least 1. They share one plan.
  init(model: Model, options: SessionOptions, count: Int = 1) throws(EngineError) {
    let first = try Session(model: model, options: options)
    (outputs, inputs) = (first.outputs, first.inputs)
    var slots = [Slot(first)]
    while slots.count < count { slots.append(Slot(try first.sibling())) }
    self.slots = slots
    free = Mutex(Array(slots.indices.reversed()))
  }

  /// Runs on one input and returns the outputs of those indices as they lie in memory (NHWC).
  ///
  /// - Parameter write: Writes the model's only input, NHWC, where the network reads it; holds the session.
  /// - Precondition: `outputs` are indices.
  func run(
    outputs: [Int], writing write: (UnsafeMutableBufferPointer<Float>) -> Void
  ) -> [[Float]] {
    let taken = free.withLock { $0.popLast() }
    defer { if let taken { free.withLock { $0.append(taken) } } }
    // With every session taken the caller waits for the first.
    return slots[taken ?? 0].run { session in
      session.withInput(0, write)
      session.run()
      return outputs.map { session.withOutput($0) { Array($0) } }
    }
  }
}
