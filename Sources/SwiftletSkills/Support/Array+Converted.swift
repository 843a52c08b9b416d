extension Array {
  /// What `convert` makes of each element. As `map`, but for plain numbers: nothing is appended one by one,
  /// so that the loop vectorises.
  @inline(__always)
  func converted<Result: BitwiseCopyable>(_ convert: (Element) -> Result) -> [Result] {
    [Result](unsafeUninitializedCapacity: count) { results, filled in
      withUnsafeBufferPointer { elements in
        for index in 0..<elements.count { results[index] = convert(elements[index]) }
      }
      filled = count
    }
  }
}
