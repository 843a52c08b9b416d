import Swiftlet

/// A small seeded generator (SplitMix64), so that every failure can be repeated.
struct Seeded: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  mutating func floats(_ count: Int, in range: ClosedRange<Float> = -1...1) -> [Float] {
    (0..<count).map { _ in Float.random(in: range, using: &self) }
  }
}

/// The first element that differs by more than the tolerance, or nil.
func mismatch(
  _ got: [Float], _ expected: [Float], absolute: Float, relative: Float = 0
) -> String? {
  guard got.count == expected.count else {
    return "\(got.count) elements, expected \(expected.count)"
  }
  var worst = -1
  var excess: Float = 0
  for i in got.indices {
    let bound = absolute + relative * expected[i].magnitude
    let difference = (got[i] - expected[i]).magnitude
    if !(difference <= bound), worst < 0 || !(difference - bound <= excess) {
      if got[i].bitPattern == expected[i].bitPattern { continue }
      worst = i
      excess = difference - bound
    }
  }
  guard worst >= 0 else { return nil }
  return "at \(worst): got \(got[worst]), expected \(expected[worst])"
}

/// Floats between guard bands: NaN for inputs, so that a read beyond the contract poisons the result;
/// a marker for outputs, so that a write beyond it shows.
final class Guarded {
  static let band = 96
  static let marker: Float = 1234.5
  let count: Int
  private let memory: UnsafeMutablePointer<Float>
  private let fill: Float

  init(_ values: [Float]) {
    count = values.count
    fill = .nan
    memory = .allocate(capacity: count + 2 * Self.band)
    memory.initialize(repeating: fill, count: count + 2 * Self.band)
    for i in values.indices { memory[Self.band + i] = values[i] }
  }

  init(outputs: Int) {
    count = outputs
    fill = Self.marker
    memory = .allocate(capacity: count + 2 * Self.band)
    memory.initialize(repeating: fill, count: count + 2 * Self.band)
  }

  deinit { memory.deallocate() }

  var start: UnsafeMutablePointer<Float> { memory + Self.band }
  var values: [Float] { (0..<count).map { start[$0] } }

  /// Whether both bands still hold the marker.
  var isIntact: Bool {
    (0..<Self.band).allSatisfy { memory[$0] == fill && start[count + $0] == fill }
  }
}
