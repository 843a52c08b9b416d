/// Neighbouring outputs along one axis of a sliding window that use the same taps: those inside the input.
///
/// Cutting a plane into spans takes the padding out of the kernels: no zeros are stored or read, but by `Im2col`.
package struct AxisSpan: Sendable, Equatable {
  /// The first output, and how many.
  package var first: Int, count: Int
  /// The first tap that lies inside the input, and how many do.
  package var firstTap: Int, tapCount: Int

  /// The spans of an axis, in order, covering every output once.
  ///
  /// Output o reads inputs o * stride - pad + t * dilation for 0 <= t < taps.
  package static func spans(
    outputs: Int, inputs: Int, taps: Int, stride: Int, dilation: Int, pad: Int
  ) -> [AxisSpan] {
    var spans: [AxisSpan] = []
    for output in 0..<max(0, outputs) {
      let start = output * stride - pad
      let low = start >= 0 ? 0 : min(taps, (-start + dilation - 1) / dilation)
      let room = inputs - 1 - start
      let high = room < 0 ? 0 : min(taps, room / dilation + 1)
      let count = max(0, high - low)
      let firstTap = count == 0 ? 0 : low
      if let last = spans.indices.last, spans[last].firstTap == firstTap,
        spans[last].tapCount == count
      {
        spans[last].count += 1
      } else {
        spans.append(AxisSpan(first: output, count: 1, firstTap: firstTap, tapCount: count))
      }
    }
    return spans
  }
}
