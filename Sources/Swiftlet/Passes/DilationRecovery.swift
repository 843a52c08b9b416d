/// Gives a convolution whose filters hold zeros between their taps a smaller kernel and a dilation.
///
/// Exporters without dilated convolutions write them so: a 3x3 kernel of dilation 4 is a 9x9 kernel with
/// nine taps in each filter that are not zero. Equal for finite inputs.
package struct DilationRecovery: GraphPass {
  package let name = "recover-dilations"

  package init() {}

  package func run(on graph: inout Graph) throws(EngineError) -> Int {
    var changes = 0
    for position in graph.nodes.indices {
      let node = graph.nodes[position]
      guard case .convolution(let window, let groups, let activation) = node.op,
        window.kernelHeight > 2 || window.kernelWidth > 2, let weight = node.inputs[1],
        let elements = graph.floats(weight)
      else { continue }
      let isPlanar = graph.layout == .nchw
      let lattice = Lattice(elements, shape: graph[weight].shape, isPlanar: isPlanar)
      let (stepY, stepX) = lattice.steps
      guard stepY > 1 || stepX > 1 else { continue }
      var sparse = window
      sparse.kernelHeight = (window.kernelHeight - 1) / stepY + 1
      sparse.kernelWidth = (window.kernelWidth - 1) / stepX + 1
      sparse.dilationY *= stepY
      sparse.dilationX *= stepX
      let filters = lattice.taps(everyRow: stepY, everyColumn: stepX)
      graph.nodes[position].op = .convolution(
        window: sparse, groups: groups, activation: activation)
      graph.nodes[position].inputs[1] = graph.addConstant(
        graph[weight].name, try Constant(shape: filters.shape, floats: filters.elements))
      changes += 1
    }
    return changes
  }
}

/// Filters as [outer, rows, columns, inner]: planar ones have an inner extent of 1.
private struct Lattice {
  private let elements: [Float]
  private let shape: [Int]
  private let outer: Int, rows: Int, columns: Int, inner: Int
  private let isPlanar: Bool

  init(_ elements: [Float], shape: [Int], isPlanar: Bool) {
    self.elements = elements
    self.shape = shape
    self.isPlanar = isPlanar
    outer = isPlanar ? shape[0] * shape[1] : shape[0]
    rows = isPlanar ? shape[2] : shape[1]
    columns = isPlanar ? shape[3] : shape[2]
    inner = isPlanar ? 1 : shape[3]
  }

  /// The largest steps from row to row and from column to column that meet every tap but zeros, and the
  /// last row and column.
  var steps: (y: Int, x: Int) {
    var usedRows = [Bool](repeating: false, count: rows)
    var usedColumns = [Bool](repeating: false, count: columns)
    for (index, element) in elements.enumerated() where element != 0 {
      let tap = index / inner % (rows * columns)
      usedRows[tap / columns] = true
      usedColumns[tap % columns] = true
    }
    return (Self.step(usedRows), Self.step(usedColumns))
  }

  private static func step(_ used: [Bool]) -> Int {
    let last = used.count - 1
    let steps = stride(from: last, to: 1, by: -1)
    return steps.first { step in
      last % step == 0 && used.indices.allSatisfy { $0 % step == 0 || !used[$0] }
    } ?? 1
  }

  /// The filters of every so many rows and columns, from the first to the last.
  func taps(everyRow stepY: Int, everyColumn stepX: Int) -> (elements: [Float], shape: [Int]) {
    var result: [Float] = []
    for filter in 0..<outer {
      for row in stride(from: 0, to: rows, by: stepY) {
        for column in stride(from: 0, to: columns, by: stepX) {
          let first = ((filter * rows + row) * columns + column) * inner
          result += elements[first..<first + inner]
        }
      }
    }
    var extents = shape
    extents[isPlanar ? 2 : 1] = (rows - 1) / stepY + 1
    extents[isPlanar ? 3 : 2] = (columns - 1) / stepX + 1
    return (result, extents)
  }
}
