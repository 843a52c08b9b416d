/// The interpolation points of a Winograd transform F(m x m, 3 x 3), in double precision: what the
/// weights' transform is made of. The kernels hold the other two transforms of the same points.
package struct WinogradPoints: Sendable {
  /// Outputs of a tile along an axis, m.
  package let outputs: Int
  /// Inputs of a tile along an axis, n = m + 2.
  package var inputs: Int { outputs + 2 }
  /// G, n rows of 3.
  package let matrix: [Double]

  /// 4 x 4 outputs.
  package static let four = WinogradPoints(
    outputs: 4,
    points: [0, 0.5.squareRoot(), -0.5.squareRoot(), 2.0.squareRoot(), -2.0.squareRoot()])

  /// The row of point p is (1, p, p^2) over the product of its distances to the others; that of infinity
  /// is (0, 0, 1).
  private init(outputs: Int, points: [Double]) {
    self.outputs = outputs
    matrix =
      points.flatMap { p in
        let distances = points.reduce(1.0) { $1 == p ? $0 : $0 * (p - $1) }
        return [1 / distances, p / distances, p * p / distances]
      } + [0, 0, 1]
  }
}
