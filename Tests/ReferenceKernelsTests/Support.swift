import ReferenceKernels
import Testing

/// A layout of images.
enum ImageLayout: CaseIterable { case nchw, nhwc }

/// Elements in row-major order with a shape, in memory that is never given back, so that views of
/// temporaries stay valid.
struct Buffer {
  let shape: [Int]
  let base: UnsafeMutablePointer<Float>

  init(_ shape: [Int], _ elements: [Float]) {
    precondition(shape.reduce(1, *) == elements.count)
    self.shape = shape
    base = .allocate(capacity: max(elements.count, 1))
    _ = UnsafeMutableBufferPointer(start: base, count: elements.count).initialize(from: elements)
  }

  /// An output: NaN until written.
  init(_ shape: [Int]) {
    self.init(shape, [Float](repeating: .nan, count: shape.reduce(1, *)))
  }

  var elements: [Float] {
    Array(UnsafeBufferPointer(start: base, count: shape.reduce(1, *)))
  }

  var view: TensorView { TensorView(base, shape: shape) }
}

/// Images of shape [N, C, H, W] stored in either layout.
struct Image {
  let buffer: Buffer
  let view: ImageView

  init(_ layout: ImageLayout, _ shape: [Int], _ elements: [Float]? = nil) {
    let (n, c, h, w) = (shape[0], shape[1], shape[2], shape[3])
    buffer = Buffer(shape)
    view =
      layout == .nchw
      ? ImageView(nchw: buffer.base, n: n, c: c, h: h, w: w)
      : ImageView(nhwc: buffer.base, n: n, h: h, w: w, c: c)
    guard let elements else { return }
    forEach { index, position in
      view[position.0, position.1, position.2, position.3] = elements[index]
    }
  }

  /// The elements as [N, C, H, W].
  var elements: [Float] {
    var result: [Float] = []
    forEach { _, position in
      result.append(view[position.0, position.1, position.2, position.3])
    }
    return result
  }

  private func forEach(_ body: (Int, (Int, Int, Int, Int)) -> Void) {
    var index = 0
    for n in 0..<view.batch {
      for c in 0..<view.channels {
        for y in 0..<view.height {
          for x in 0..<view.width {
            body(index, (n, y, x, c))
            index += 1
          }
        }
      }
    }
  }
}

/// Integers that repeat with a prime period: `i * factor mod modulus - offset`.
func pattern(_ count: Int, _ factor: Int = 7, _ modulus: Int = 11, _ offset: Int = 5) -> [Float] {
  (0..<count).map { Float($0 * factor % modulus - offset) }
}

/// Fails unless the elements agree to `tolerance`, relative above 1.
func expectClose(
  _ actual: [Float], _ expected: [Float], _ comment: Comment? = nil, tolerance: Float = 1e-6,
  at location: SourceLocation = #_sourceLocation
) {
  guard actual.count == expected.count else {
    Issue.record("\(actual.count) elements, expected \(expected.count)", sourceLocation: location)
    return
  }
  let worst = actual.indices.first {
    let (a, b) = (actual[$0], expected[$0])
    return !(a == b || (a - b).magnitude <= tolerance * max(1, b.magnitude))
  }
  if let worst {
    Issue.record(
      "\(comment?.description ?? "") element \(worst) is \(actual[worst]), expected \(expected[worst])",
      sourceLocation: location)
  }
}
