#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// How many threads may work at once.
public enum ThreadCount {
  /// `SWIFTLET_THREADS` if set, else what the machine, the CPU set and the cgroup quota allow.
  ///
  /// - Throws: `EngineError` with code `invalidSetting` if `SWIFTLET_THREADS` is no number from 1 to 256.
  public static func selected() throws(EngineError) -> Int {
    guard let text = Environment.value("SWIFTLET_THREADS"), !text.isEmpty else {
      return available
    }
    guard let count = Int(text), (1...maximum).contains(count) else {
      throw EngineError(
        .invalidSetting, "SWIFTLET_THREADS", "'\(text)' is no number from 1 to \(maximum)",
        "unset it to use \(available)")
    }
    return count
  }

  /// The most threads that a session may use.
  public static let maximum = 256

  /// CPUs of this process: those online, in its CPU set, and within its cgroup's quota rounded up.
  public static let available: Int = {
    var count = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    #if os(Linux)
      var set = [UInt64](repeating: 0, count: 128)
      if affinity(0, set.count * 8, &set) == 0 {
        let bits = set.reduce(0) { $0 + $1.nonzeroBitCount }
        if bits > 0 { count = min(count, bits) }
      }
      if let quota = cgroupQuota { count = min(count, max(1, Int(quota.rounded(.up)))) }
    #endif
    return min(count, maximum)
  }()

  /// The CPU quota of this process's cgroup in CPUs, or nil where there is none.
  public static let cgroupQuota: Double? = {
    if let line = Environment.text(ofFile: "/sys/fs/cgroup/cpu.max") {
      let parts = line.split(whereSeparator: { $0 == " " || $0 == "\n" })
      guard parts.count == 2, let quota = Double(parts[0]), let period = Double(parts[1]),
        quota > 0, period > 0
      else { return nil }
      return quota / period
    }
    func number(_ path: String) -> Double? {
      Environment.text(ofFile: path).flatMap { text in
        text.split(separator: "\n").first.flatMap { Double($0) }
      }
    }
    guard let quota = number("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"), quota > 0,
      let period = number("/sys/fs/cgroup/cpu/cpu.cfs_period_us"), period > 0
    else { return nil }
    return quota / period
  }()
}

#if os(Linux)
  /// sched_getaffinity(2), which the C library's module leaves out.
  @_extern(c, "sched_getaffinity")
  private func affinity(_ process: Int32, _ bytes: Int, _ set: UnsafeMutablePointer<UInt64>)
    -> Int32
#endif
