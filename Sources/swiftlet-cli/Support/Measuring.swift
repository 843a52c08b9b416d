import Swiftlet

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Measures wall time from its creation.
struct Stopwatch {
  private let start = ContinuousClock.now

  /// The time since the creation.
  var milliseconds: Double { (ContinuousClock.now - start) / .milliseconds(1) }

  /// The wall time of `body` in milliseconds.
  static func time(_ body: () -> Void) -> Double {
    let watch = Stopwatch()
    body()
    return watch.milliseconds
  }
}

extension [Double] {
  /// The value below which a share of the elements lies, by linear interpolation. Sorted, not empty.
  func quantile(_ share: Double) -> Double {
    let position = share * Double(count - 1)
    let low = Int(position)
    let high = Swift.min(low + 1, count - 1)
    return self[low] + (self[high] - self[low]) * (position - Double(low))
  }
}

/// What the operating system says of this process.
enum Process {
  /// The most memory that the process has held at once.
  static var peakResidentBytes: Int {
    var usage = rusage()
    #if canImport(Darwin)
      getrusage(RUSAGE_SELF, &usage)
      return usage.ru_maxrss
    #else
      getrusage(Int32(RUSAGE_SELF.rawValue), &usage)
      return usage.ru_maxrss * 1024
    #endif
  }
}

extension Session {
  /// Fills every input with the same pseudo-random numbers of about N(0, 1) each time.
  func fillInputs() {
    var state: UInt64 = 1
    for index in inputs.indices {
      withInput(index) { buffer in
        for i in buffer.indices {
          var sum: Float = 0
          for _ in 0..<4 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            sum += Float(state >> 40) * 0x1p-24
          }
          buffer[i] = (sum - 2) * 1.732
        }
      }
    }
  }
}
