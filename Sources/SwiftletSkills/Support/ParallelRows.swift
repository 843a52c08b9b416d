internal import Swiftlet

/// Calls `body` for bands of rows that together are `0..<rows`, several at the same time where the
/// machine has the cores.
///
/// Bands depend on `rows` alone, never on the number of threads, so that whatever a band computes
/// is the same on every machine.
///
/// - Parameters:
///   - rows: 0 or more.
///   - bandHeight: rows a band, at least 1; the last band may be smaller.
func parallelRows(
  _ rows: Int, bandHeight: Int = 64, _ body: @Sendable (Range<Int>) -> Void
) {
  let height = max(1, bandHeight)
  parallel((rows + height - 1) / height) { band in
    body(band * height..<min((band + 1) * height, rows))
  }
}
