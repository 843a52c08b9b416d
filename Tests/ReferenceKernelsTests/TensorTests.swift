import ReferenceKernels
import Testing

// Expected numbers of gemm, matmul, softmax and the reductions are those of ONNX Runtime.
@Suite("Reference operators on tensors")
struct TensorTests {
  @Test("gemm")
  func gemm() {
    let y = Buffer([2, 4])
    let c = Buffer([4], [1, 2, 3, 4])
    Reference.gemm(
      Buffer([3, 2], pattern(6)).view, Buffer([4, 3], pattern(12, 5, 7, 3)).view, c.view,
      alpha: 0.5, beta: 2, transposeA: true, transposeB: true, into: y.view)
    expectClose(y.elements, [7.5, 6.5, 12.5, 11.5, 4, 8, -5.5, -1.5])
    let column = Buffer([2, 1], [1, -1])
    let a = Buffer([2, 3], pattern(6))
    let b = Buffer([3, 4], pattern(12, 5, 7, 3))
    Reference.gemm(
      a.view, b.view, column.view, alpha: 1, beta: 1, transposeA: false, transposeB: false,
      into: y.view)
    expectClose(y.elements, [18, -7, 3, -1, -19, 10, 4, -23])
    Reference.gemm(
      a.view, b.view, nil, alpha: 1, beta: 1, transposeA: false, transposeB: false,
      activation: { max($0, 0) }, into: y.view)
    expectClose(y.elements, [17, 0, 2, 0, 0, 11, 5, 0])
  }

  @Test("matmul broadcasts the outer dimensions")
  func matmul() {
    let a = Buffer([2, 1, 2, 3], pattern(12))
    let b = Buffer([3, 3, 2], pattern(18, 5, 7, 3))
    let y = Buffer([2, 3, 2, 2])
    Reference.matmul(a.view, b.view, into: y.view)
    expectClose(
      y.elements,
      [
        9, -16, -24, 5, 13, 9, 3, -24, -11, 13, 2, 3, -24, 4, -24, 3, 4, -24, 5, -24, 4, 4, 6, 5,
      ])
  }

  @Test("softmax")
  func softmax() {
    let x = Buffer([2, 3, 2], pattern(12))
    let y = Buffer([2, 3, 2])
    Reference.softmax(x.view, axis: 1, into: y.view)
    expectClose(
      y.elements,
      [
        0.002355633, 0.04741072, 0.04731416, 0.9522699, 0.9503303, 0.0003194509, 0.9929763,
        0.04741072, 0.0003331064, 0.9522699, 0.006690622, 0.0003194509,
      ])
    let large = Buffer([3], [1000, 1000, -1000])
    let z = Buffer([3])
    Reference.softmax(large.view, axis: 0, into: z.view)
    expectClose(z.elements, [0.5, 0.5, 0])
  }

  @Test("The mean over axes, kept or dropped")
  func reduceMean() {
    let x = Buffer([2, 3, 4], pattern(24))
    let outer = Buffer([1, 3, 1])
    Reference.reduceMean(x.view, axes: [0, 2], into: outer.view)
    expectClose(outer.elements, [0.75, -0.125, -1])
    let inner = Buffer([2, 4])
    Reference.reduceMean(x.view, axes: [1], into: inner.view)
    expectClose(
      inner.elements,
      [-2.666667, 0.6666667, 0.3333333, 0, 0.6666667, 0.3333333, 0, -0.3333333])
    let same = Buffer([2, 3, 4])
    Reference.reduceMean(x.view, axes: [], into: same.view)
    expectClose(same.elements, x.elements)
  }

  @Test("transpose")
  func transpose() {
    let x = Buffer([2, 3, 2], (0..<12).map(Float.init))
    let y = Buffer([2, 2, 3])
    Reference.transpose(x.view, permutation: [2, 0, 1], into: y.view)
    expectClose(y.elements, [0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11])
  }

  @Test("concat")
  func concat() {
    let a = Buffer([2, 1], [1, 2])
    let b = Buffer([2, 2], [3, 4, 5, 6])
    let y = Buffer([2, 4])
    Reference.concat([a.view, b.view, a.view], axis: 1, into: y.view)
    expectClose(y.elements, [1, 3, 4, 1, 2, 5, 6, 2])
    let z = Buffer([4, 1])
    Reference.concat([a.view, a.view], axis: 0, into: z.view)
    expectClose(z.elements, [1, 2, 1, 2])
  }

  @Test("pad")
  func pad() {
    let x = Buffer([2, 2], [1, 2, 3, 4])
    let y = Buffer([3, 5])
    Reference.pad(x.view, before: [1, 2], value: 9, into: y.view)
    expectClose(y.elements, [9, 9, 9, 9, 9, 9, 9, 1, 2, 9, 9, 9, 3, 4, 9])
  }

  @Test("slice, also backwards")
  func slice() {
    let x = Buffer([2, 3, 4], pattern(24))
    let y = Buffer([2, 2, 2])
    // ONNX: starts 1 and 3, ends -9 and 0, steps -1 and -2 on axes 1 and 2.
    Reference.slice(x.view, starts: [0, 1, 3], steps: [1, -1, -2], into: y.view)
    expectClose(y.elements, [0, -3, 5, 2, -4, 4, 1, -2])
  }
}
