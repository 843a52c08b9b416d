/// How a session runs.
public struct SessionOptions: Sendable {
  /// The most threads to use; nil asks `ThreadCount.selected()`.
  public var threads: Int?
  /// The instruction set; nil asks `ISA.selected()`.
  public var isa: ISA?

  /// Options; nil leaves a choice to the environment and the machine.
  public init(threads: Int? = nil, isa: ISA? = nil) {
    self.threads = threads
    self.isa = isa
  }
}

/// An input or output of a model.
public struct TensorInfo: Sendable, Equatable {
  /// The name in the model.
  public var name: String
  /// The shape as the source model states it: images are [N, C, H, W].
  public var shape: [Int]

  /// A description.
  public init(name: String, shape: [Int]) {
    self.name = name
    self.shape = shape
  }
}

/// A model with memory to run in.
///
/// A session runs on one thread at a time, helped by the shared pool; sessions of one model share its
/// weights. Results are the same to the bit for any number of threads. After the first run of a model
/// whose operators all have kernels, `run()` allocates nothing.
public final class Session {
  /// The model.
  public let model: Model
  /// The inputs, in order.
  public let inputs: [TensorInfo]
  /// The outputs, in order.
  public let outputs: [TensorInfo]
  /// The most threads at work.
  public let threads: Int

  let plan: Plan
  private let arena: FloatBuffer
  /// What the steps need while they run, one part a thread.
  private let scratch: FloatBuffer
  /// For each step what the pool runs, made once.
  private let jobs: [ThreadPool.Job]

  /// A session of its own plan.
  ///
  /// - Throws: `EngineError` if the setting is not usable here, an operator has no kernel, or memory runs out.
  public convenience init(
    model: Model, options: SessionOptions = SessionOptions()
  ) throws(EngineError) {
    let isa: ISA
    if let wanted = options.isa {
      isa = try ISA.named(wanted.rawValue)
    } else {
      isa = try ISA.selected()
    }
    let threads: Int
    if let wanted = options.threads {
      threads = wanted
    } else {
      threads = try ThreadCount.selected()
    }
    try self.init(
      model: model, plan: try Plan(model, isa: isa, threads: threads), threads: threads)
  }

  private init(model: Model, plan: Plan, threads: Int?) throws(EngineError) {
    if let threads, !(1...ThreadCount.maximum).contains(threads) {
      throw EngineError(
        .invalidSetting, "threads", "\(threads) is not from 1 to \(ThreadCount.maximum)",
        "leave it out to use what the machine has")
    }
    self.model = model
    self.plan = plan
    let wanted: Int
    if let threads { wanted = threads } else { wanted = try ThreadCount.selected() }
    self.threads = min(wanted, ThreadPool.shared.helpers + 1)
    arena = try FloatBuffer(count: plan.arenaCount)
    // From a thread's scratch to the next: no two share a cache line.
    let scratchStep = (plan.scratchCount + 31) & ~15
    scratch = try FloatBuffer(count: scratchStep * self.threads)
    let (arena, scratch) = (arena.start, scratch.start)
    jobs = plan.steps.map { step in
      ThreadPool.Job { task, worker in step.run(task, arena, scratch + worker * scratchStep) }
    }
    inputs = Self.info(model, model.graph.inputs)
    outputs = Self.info(model, model.graph.outputs)
  }

  /// Another session of the same plan, for another thread: packed weights are shared.
  ///
  /// - Throws: `EngineError` with code `outOfMemory`.
  public func sibling() throws(EngineError) -> Session {
    try Session(model: model, plan: plan, threads: threads)
  }

  private static func info(_ model: Model, _ ids: [ValueID]) -> [TensorInfo] {
    ids.map { id in
      let value = model.graph[id]
      let shape = value.shape
      let isImage = shape.count == 4 && model.graph.layout == .nhwc
      return TensorInfo(
        name: value.name, shape: isImage ? [shape[0], shape[3], shape[1], shape[2]] : shape)
    }
  }

  /// Runs the model on tensors in the source model's order.
  ///
  /// - Parameter tensors: A tensor for each input, by name.
  /// - Returns: A tensor for each output, by name.
  /// - Throws: `EngineError` if a name is unknown or missing or a shape differs.
  public func run(_ tensors: [String: Tensor]) throws(EngineError) -> [String: Tensor] {
    for name in tensors.keys.sorted() where !inputs.contains(where: { $0.name == name }) {
      throw EngineError(
        .unknownName, "input '\(name)'", "the model has no such input",
        "use \(inputs.map { "'\($0.name)'" }.joined(separator: ", "))")
    }
    for (index, info) in inputs.enumerated() {
      guard let tensor = tensors[info.name] else {
        throw EngineError(
          .unknownName, "input '\(info.name)'", "no tensor was given",
          "give one of shape \(info.shape)")
      }
      guard tensor.shape == info.shape else {
        throw EngineError(
          .shapeMismatch, "input '\(info.name)'",
          "expected shape \(info.shape), got \(tensor.shape)", "reshape the tensor")
      }
      withInput(index) { buffer in
        tensor.data.withUnsafeBufferPointer {
          Self.permute($0, into: buffer, shape: info.shape, toChannelsLast: true)
        }
      }
    }
    run()
    var results: [String: Tensor] = [:]
    for (index, info) in outputs.enumerated() {
      var tensor = try Tensor(shape: info.shape)
      withOutput(index) { buffer in
        tensor.data.withUnsafeMutableBufferPointer {
          Self.permute(buffer, into: $0, shape: info.shape, toChannelsLast: false)
        }
      }
      results[info.name] = tensor
    }
    return results
  }

  /// Lets `body` write input `index`, NHWC. The content stays for later runs.
  public func withInput<R>(
    _ index: Int, _ body: (UnsafeMutableBufferPointer<Float>) throws -> R
  ) rethrows -> R {
    let place = plan.inputs[index]
    return try body(
      UnsafeMutableBufferPointer(
        start: arena.start + place.offset, count: place.rows * place.columns))
  }

  /// Lets `body` read output `index`, NHWC, as of the last run.
  public func withOutput<R>(
    _ index: Int, _ body: (UnsafeBufferPointer<Float>) throws -> R
  ) rethrows -> R {
    let place = plan.outputs[index]
    return try body(
      UnsafeBufferPointer(start: arena.start + place.offset, count: place.rows * place.columns))
  }

  /// Runs the model on what the inputs hold.
  public func run() {
    for step in jobs.indices { run(step: step) }
  }

  /// Runs the step at an index of the plan's.
  package func run(step index: Int) {
    ThreadPool.shared.run(jobs[index], count: plan.steps[index].tasks, threads: threads)
  }

  /// Fills the whole arena and scratch with NaN, so that a test sees a read of memory that the run did
  /// not write.
  package func poison() {
    scratch.start.update(repeating: .nan, count: scratch.count)
    arena.start.update(repeating: .nan, count: arena.count)
  }

  /// What the plan chose.
  public var report: PlanReport {
    PlanReport(
      layers: plan.steps.map {
        PlanReport.Layer(
          name: $0.name, kernel: $0.kernel, shape: $0.shape, macs: $0.macs, bytes: $0.bytes,
          tasks: $0.tasks)
      }, isa: plan.isa, threads: threads, arenaBytes: plan.arenaCount * 4,
      activationBytes: plan.activationCount * 4)
  }

  /// Copies an image between [N, C, H, W], whose extents are `shape`, and [N, H, W, C]; other ranks as they are.
  private static func permute(
    _ source: UnsafeBufferPointer<Float>, into target: UnsafeMutableBufferPointer<Float>,
    shape: [Int], toChannelsLast: Bool
  ) {
    guard let from = source.baseAddress, let to = target.baseAddress else { return }
    guard shape.count == 4 else {
      to.update(from: from, count: min(source.count, target.count))
      return
    }
    let channels = shape[1]
    let pixels = shape[2] * shape[3]
    for image in 0..<shape[0] {
      let base = image * channels * pixels
      for channel in 0..<channels {
        for pixel in 0..<pixels {
          let planar = base + channel * pixels + pixel
          let packed = base + pixel * channels + channel
          if toChannelsLast { to[packed] = from[planar] } else { to[planar] = from[packed] }
        }
      }
    }
  }
}
