internal import Swiftlet
internal import Synchronization

/// A session that several threads may ask for; one at a time gets it.
///
/// Inference already uses the threads there are, so a second one at the same time would gain
/// nothing.
final class SharedSession: @unchecked Sendable {
  // The lock guards the session, which runs on one thread at a time.
  private let lock = Mutex(())
  private let session: Session

  init(model: Model, options: SessionOptions) throws(EngineError) {
    session = try Session(model: model, options: options)
  }

  /// The outputs, in the model's order.
  var outputs: [TensorInfo] { session.outputs }
  /// The inputs, in the model's order.
  var inputs: [TensorInfo] { session.inputs }

  /// Runs on one NHWC input and returns the outputs of those indices as they lie in memory (NHWC).
  ///
  /// - Precondition: `input` has as many elements as the model's only input, `outputs` are indices.
  func run(_ input: [Float], outputs: [Int]) -> [[Float]] {
    lock.withLock { _ in
      session.withInput(0) { buffer in
        _ = buffer.update(fromContentsOf: input)
      }
      session.run()
      return outputs.map { session.withOutput($0) { Array($0) } }
    }
  }
}
