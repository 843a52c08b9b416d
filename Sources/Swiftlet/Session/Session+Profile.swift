extension Session {
  /// Runs the model `runs` times on what the inputs hold and times every operator.
  ///
  /// - Returns: For each layer of `report` the median of its times, in seconds.
  public func profile(runs: Int) -> [Double] {
    var times = [[Double]](repeating: [], count: plan.steps.count)
    run()
    for _ in 0..<max(1, runs) {
      for index in plan.steps.indices {
        let start = ContinuousClock.now
        run(step: index)
        times[index].append((ContinuousClock.now - start) / .seconds(1))
      }
    }
    return times.map { $0.sorted()[$0.count / 2] }
  }
}
