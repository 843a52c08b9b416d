/// One operator of a plan, cut into tasks that may run at once on several threads.
package struct Step: Sendable {
  /// The node's name.
  package var name: String
  /// The kernel that does the work, as listed, behind `chain-` or `im2col-` where it is part of more, or what is
  /// done without one.
  package var kernel: String
  /// The output's shape.
  package var shape: [Int]
  /// Multiply-accumulate operations.
  package var macs: Int
  /// Bytes read and written at least once: inputs, weights, output.
  package var bytes: Int
  /// The number of tasks.
  package var tasks: Int
  /// Floats that each thread at work needs for itself while a task runs.
  package var scratch: Int
  /// Runs one task on the arena. Writes nothing that another task of the step reads or writes, but for
  /// the scratch, which is the thread's own.
  package var run:
    @Sendable (
      _ task: Int, _ arena: UnsafeMutablePointer<Float>, _ scratch: UnsafeMutablePointer<Float>
    ) -> Void
}

/// What a plan chose, for people and for `inspect`.
public struct PlanReport: Sendable {
  /// One planned operator.
  public struct Layer: Sendable {
    /// The node's name in the model.
    public var name: String
    /// The kernel chosen.
    public var kernel: String
    /// The output's shape, NHWC.
    public var shape: [Int]
    /// Multiply-accumulate operations.
    public var macs: Int
    /// Bytes of inputs, weights and output.
    public var bytes: Int
    /// Tasks that may run at once.
    public var tasks: Int

    package init(
      name: String, kernel: String, shape: [Int], macs: Int, bytes: Int, tasks: Int
    ) {
      self.name = name
      self.kernel = kernel
      self.shape = shape
      self.macs = macs
      self.bytes = bytes
      self.tasks = tasks
    }
  }
  /// The operators in the order in which they run.
  public var layers: [Layer]
  /// The instruction set of the kernels.
  public var isa: ISA
  /// The most threads at work.
  public var threads: Int
  /// The size of the arena.
  public var arenaBytes: Int
  /// The sum of all activations, had each its own memory.
  public var activationBytes: Int
}
