internal import ReferenceKernels

/// A tensor in memory that stays in place while naive kernels run.
final class Operand {
  /// The extent of each dimension, in the graph's layout.
  let shape: [Int]
  /// The elements in row-major order.
  let base: UnsafeMutablePointer<Float>
  /// The number of elements.
  let count: Int

  private let layout: Layout

  /// A tensor whose elements are yet to be written.
  ///
  /// - Throws: `EngineError` if the shape is negative or too large.
  init(shape: [Int], layout: Layout) throws(EngineError) {
    guard let count = Shape.elementCount(shape) else {
      throw EngineError(
        .shapeMismatch, "evaluation", "shape \(shape) is negative or too large",
        "give extents whose product fits the memory")
    }
    self.shape = shape
    self.count = count
    self.layout = layout
    base = .allocate(capacity: max(count, 1))
    base.initialize(repeating: 0, count: count)
  }

  /// A copy of `data`, which holds as many elements as `shape` says.
  init(_ data: [Float], shape: [Int], layout: Layout) {
    self.shape = shape
    self.layout = layout
    count = data.count
    base = .allocate(capacity: max(count, 1))
    _ = UnsafeMutableBufferPointer(start: base, count: count).initialize(from: data)
  }

  deinit { base.deallocate() }

  /// The elements as a tensor.
  var tensor: Tensor {
    get throws(EngineError) {
      try Tensor(shape: shape, data: Array(UnsafeBufferPointer(start: base, count: count)))
    }
  }

  /// The elements as a tensor of any rank.
  var view: TensorView { TensorView(base, shape: shape) }

  /// The elements as images or filters.
  var image: ImageView {
    get throws(EngineError) {
      guard shape.count == 4 else {
        throw EngineError(
          .unsupported, "image", "shape \(shape) has \(shape.count) dimensions, not 4",
          "give it a batch, a channel, a height and a width")
      }
      return channels
    }
  }

  /// The elements by channel: dimension 1, but 3 of an NHWC image.
  var channels: ImageView {
    if shape.count == 4, layout == .nhwc {
      return ImageView(nhwc: base, n: shape[0], h: shape[1], w: shape[2], c: shape[3])
    }
    return ImageView(
      nchw: base, n: shape[0], c: shape[1], h: shape.count > 2 ? shape[2] : 1,
      w: shape.dropFirst(3).reduce(1, *))
  }
}
