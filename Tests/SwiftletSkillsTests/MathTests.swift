import SwiftletSkills
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite struct MathTests {
  @Test func hyperbolicTangentOfEachLane() {
    let values = (-4000...4000).map { Float($0) / 100 } + [-1e30, -200, -0.0, 1e-8, 200, 1e30]
    for (index, value) in values.enumerated() {
      var lanes = SIMD8<Float>(repeating: 0.5)
      lanes[index % 8] = value
      let found = Math.hyperbolicTangent(lanes)
      for lane in 0..<8 {
        #expect(abs(found[lane] - tanh(lanes[lane])) <= 1e-6, "\(lanes[lane])")
      }
    }
  }
}
