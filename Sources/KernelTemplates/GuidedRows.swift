// The guided filter (He, Sun, Tang, TPAMI 2013) row by row. Planes hold red, green, blue and a value of each
// pixel; rows are padded to whole registers of sixteen.

/// A row of windows of the guided filter: the argument of its two kernels.
///
/// Sums of columns follow the window down: a row enters, another one leaves. They are then added up along
/// the row.
@frozen public struct GuidedRow {
  /// The row that enters the windows: the first of four planes. Nil where none does.
  public var entering: UnsafePointer<Float>?
  /// The row that leaves them, likewise.
  public var leaving: UnsafePointer<Float>?
  /// Floats from a plane to the next, in what is read and in what is written.
  public var planeStep: Int
  /// The sums of the columns of each term, `termStep` floats apart. `radius` zeros lie before and behind
  /// the columns.
  public var sums: UnsafeMutablePointer<Float>, termStep: Int
  /// Pixels from a window's centre to its edge.
  public var radius: Int
  /// One over the columns of each window that are inside the picture, and one over its rows.
  public var shares: UnsafePointer<Float>, share: Float
  /// The regularisation.
  public var epsilon: Float
  /// The first of four planes: the functions, or their means. Nil where sums are only brought up to date.
  public var output: UnsafeMutablePointer<Float>?
  /// Pixels, a multiple of 16.
  public var count: Int

  /// A row; see the members.
  @inlinable
  public init(
    entering: UnsafePointer<Float>?, leaving: UnsafePointer<Float>?, planeStep: Int,
    sums: UnsafeMutablePointer<Float>, termStep: Int, radius: Int, shares: UnsafePointer<Float>,
    share: Float, epsilon: Float, output: UnsafeMutablePointer<Float>?, count: Int
  ) {
    self.entering = entering
    self.leaving = leaving
    self.planeStep = planeStep
    self.sums = sums
    self.termStep = termStep
    self.radius = radius
    self.shares = shares
    self.share = share
    self.epsilon = epsilon
    self.output = output
    self.count = count
  }
}

/// Sixteen pixels of a row. Also where registers are smaller: the same sums in the same order.
public typealias GuidedLanes = SIMD16<Float>

@inlinable @inline(always)
func guidedLoad(_ base: UnsafePointer<Float>, _ offset: Int) -> GuidedLanes {
  UnsafeRawPointer(base + offset).loadUnaligned(as: GuidedLanes.self)
}

@inlinable @inline(always)
func guidedStore(_ lanes: GuidedLanes, _ base: UnsafeMutablePointer<Float>, _ offset: Int) {
  UnsafeMutableRawPointer(base + offset).storeBytes(of: lanes, as: GuidedLanes.self)
}

/// R G B p, RR RG RB GG GB BB, Rp Gp Bp of sixteen pixels.
@inlinable @inline(always)
func guidedTerms(
  _ plane: UnsafePointer<Float>, _ step: Int, _ column: Int
) -> InlineArray<13, GuidedLanes> {
  let red = guidedLoad(plane, column)
  let green = guidedLoad(plane, step + column)
  let blue = guidedLoad(plane, 2 * step + column)
  let value = guidedLoad(plane, 3 * step + column)
  return [
    red, green, blue, value, red * red, red * green, red * blue, green * green, green * blue,
    blue * blue, red * value, green * value, blue * value,
  ]
}

/// The four planes' values of sixteen pixels.
@inlinable @inline(always)
func guidedValues(
  _ plane: UnsafePointer<Float>, _ step: Int, _ column: Int
) -> InlineArray<4, GuidedLanes> {
  InlineArray { guidedLoad(plane, $0 * step + column) }
}

/// Brings the sums of columns up to date with the terms of a row, or takes them off again.
@inlinable @inline(always)
func guidedAdd<let T: Int>(
  _ row: UnsafePointer<GuidedRow>, _ plane: UnsafePointer<Float>?, _ sign: Float,
  _ terms: (UnsafePointer<Float>, Int, Int) -> InlineArray<T, GuidedLanes>
) {
  guard let plane else { return }
  let signs = GuidedLanes(repeating: sign)
  var column = 0
  while column < row.pointee.count {
    let values = terms(plane, row.pointee.planeStep, column)
    for term in 0..<T {
      let offset = term * row.pointee.termStep + column
      guidedStore(
        guidedLoad(UnsafePointer(row.pointee.sums), offset) + values[term] * signs,
        row.pointee.sums, offset)
    }
    column += GuidedLanes.scalarCount
  }
}

/// The mean of a term over sixteen windows.
@inlinable @inline(always)
func guidedMean(
  _ row: UnsafePointer<GuidedRow>, _ term: Int, _ column: Int, _ scale: GuidedLanes
) -> GuidedLanes {
  // The windows' columns start `radius` before their centres.
  let first = UnsafePointer(row.pointee.sums) + (term * row.pointee.termStep + column)
  let width = 2 * row.pointee.radius + 1
  var sum = guidedLoad(first, -row.pointee.radius)
  var offset = 1
  while offset < width {
    sum += guidedLoad(first, offset - row.pointee.radius)
    offset += 1
  }
  return sum * scale
}

/// The affine function of each window, by least squares: the decomposition L D L^T of the symmetric matrix
/// of variances, which epsilon keeps positive definite.
@inlinable @inline(always)
public func guidedFunctionsKernel(_ row: UnsafePointer<GuidedRow>) {
  guidedAdd(row, row.pointee.entering, 1) { guidedTerms($0, $1, $2) }
  guidedAdd(row, row.pointee.leaving, -1) { guidedTerms($0, $1, $2) }
  guard let output = row.pointee.output else { return }
  let epsilon = GuidedLanes(repeating: row.pointee.epsilon)
  // Rounding may take what epsilon left away again.
  let least = GuidedLanes(repeating: row.pointee.epsilon / 2)
  let step = row.pointee.planeStep
  var column = 0
  while column < row.pointee.count {
    let scale =
      guidedLoad(row.pointee.shares, column) * GuidedLanes(repeating: row.pointee.share)
    let red = guidedMean(row, 0, column, scale)
    let green = guidedMean(row, 1, column, scale)
    let blue = guidedMean(row, 2, column, scale)
    let value = guidedMean(row, 3, column, scale)
    let rr = guidedMean(row, 4, column, scale) - red * red + epsilon
    let rg = guidedMean(row, 5, column, scale) - red * green
    let rb = guidedMean(row, 6, column, scale) - red * blue
    let gg = guidedMean(row, 7, column, scale) - green * green + epsilon
    let gb = guidedMean(row, 8, column, scale) - green * blue
    let bb = guidedMean(row, 9, column, scale) - blue * blue + epsilon
    let first = guidedMean(row, 10, column, scale) - red * value
    let second = guidedMean(row, 11, column, scale) - green * value
    let third = guidedMean(row, 12, column, scale) - blue * value
    let d0 = rr.replacing(with: least, where: rr .< least)
    let l10 = rg / d0
    let l20 = rb / d0
    let rest1 = gg - l10 * rg
    let d1 = rest1.replacing(with: least, where: rest1 .< least)
    let below = gb - l20 * rg
    let l21 = below / d1
    let rest2 = bb - l20 * rb - l21 * below
    let d2 = rest2.replacing(with: least, where: rest2 .< least)
    let y1 = second - l10 * first
    let y2 = third - l20 * first - l21 * y1
    let a2 = y2 / d2
    let a1 = y1 / d1 - l21 * a2
    let a0 = first / d0 - l10 * a1 - l20 * a2
    guidedStore(a0, output, column)
    guidedStore(a1, output, step + column)
    guidedStore(a2, output, 2 * step + column)
    guidedStore(value - a0 * red - a1 * green - a2 * blue, output, 3 * step + column)
    column += GuidedLanes.scalarCount
  }
}

/// The means of the four planes over each window.
@inlinable @inline(always)
public func guidedMeansKernel(_ row: UnsafePointer<GuidedRow>) {
  guidedAdd(row, row.pointee.entering, 1) { guidedValues($0, $1, $2) }
  guidedAdd(row, row.pointee.leaving, -1) { guidedValues($0, $1, $2) }
  guard let output = row.pointee.output else { return }
  var column = 0
  while column < row.pointee.count {
    let scale =
      guidedLoad(row.pointee.shares, column) * GuidedLanes(repeating: row.pointee.share)
    for term in 0..<4 {
      guidedStore(
        guidedMean(row, term, column, scale), output, term * row.pointee.planeStep + column)
    }
    column += GuidedLanes.scalarCount
  }
}
