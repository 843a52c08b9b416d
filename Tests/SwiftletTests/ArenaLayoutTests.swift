import Swiftlet
import Testing

@Suite struct ArenaLayoutTests {
  @Test func buffersAliveTogetherNeverOverlap() {
    var random = Seeded(3)
    for round in 0..<200 {
      let requests = (0..<Int.random(in: 1...60, using: &random)).map { _ in
        let first = Int.random(in: -1...40, using: &random)
        return ArenaLayout.Request(
          count: Int.random(in: 0...5000, using: &random), first: first,
          last: first + Int.random(in: 0...12, using: &random))
      }
      let layout = ArenaLayout(requests)
      for (i, a) in requests.enumerated() {
        #expect(layout.offsets[i] % 16 == 0 && layout.offsets[i] + a.count <= layout.count)
        for (j, b) in requests.enumerated() where j < i {
          guard a.first <= b.last, b.first <= a.last, a.count > 0, b.count > 0 else { continue }
          let apart =
            layout.offsets[i] + a.count <= layout.offsets[j]
            || layout.offsets[j] + b.count <= layout.offsets[i]
          #expect(
            apart, "round \(round): \(a) at \(layout.offsets[i]), \(b) at \(layout.offsets[j])")
        }
      }
    }
  }

  @Test func aChainNeedsTwoBuffers() {
    let requests = (0..<10).map { ArenaLayout.Request(count: 1600, first: $0, last: $0 + 1) }
    #expect(ArenaLayout(requests).count == 3200)
  }
}

@Suite struct AxisSpanTests {
  @Test func spansCoverEveryOutputWithExactlyTheTapsInside() {
    for outputs in 1...9 {
      for inputs in 1...7 {
        for taps in 1...4 {
          for stride in 1...3 {
            for dilation in 1...3 {
              for pad in -2...4 {
                let spans = AxisSpan.spans(
                  outputs: outputs, inputs: inputs, taps: taps, stride: stride, dilation: dilation,
                  pad: pad)
                var next = 0
                for span in spans {
                  #expect(span.first == next && span.count > 0)
                  next += span.count
                  for output in span.first..<span.first + span.count {
                    let inside = (0..<taps).filter {
                      (0..<inputs).contains(output * stride - pad + $0 * dilation)
                    }
                    let claimed = Array(span.firstTap..<span.firstTap + span.tapCount)
                    #expect(
                      inside == claimed,
                      "\((outputs, inputs, taps, stride, dilation, pad)) output \(output)")
                  }
                }
                #expect(next == outputs)
              }
            }
          }
        }
      }
    }
  }
}
