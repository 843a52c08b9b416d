/// Decides for every activation of a graph which memory it has.
///
/// A concatenation along the last dimension costs nothing where its inputs can be computed in place: they
/// become columns of its output. A reshape shares its input's memory.
struct PlacementPlan {
  /// A placement for each value that is not constant, by value index.
  private(set) var placements: [Int: Placement] = [:]
  /// Floats in the arena.
  private(set) var count = 0
  /// Floats of all activations.
  private(set) var activationCount = 0
  /// The nodes that need no step, by index.
  private(set) var elided: Set<Int> = []

  /// Where a value's memory is counted from.
  private struct Home {
    var root: Int
    var column: Int
  }

  /// - Parameter chains: nodes that run as one step, at the place of the last; what passes between them
  ///   gets no memory.
  init(_ graph: Graph, chains: [DepthwiseChain], isStrided: (Node) -> Bool) {
    // When the nodes of chains run, and the values that only they see.
    var runsAt: [Int: Int] = [:]
    var inner: Set<Int> = []
    for chain in chains {
      for index in chain.nodes where index != chain.last {
        runsAt[index] = chain.last
        inner.insert(graph.nodes[index].output.index)
        elided.insert(index)
      }
    }
    var homes: [Int: Home] = [:]
    let outputs = Set(graph.outputs.map(\.index))
    let inputs = Set(graph.inputs.map(\.index))
    var producer: [Int: Int] = [:]
    var consumers: [Int: [Int]] = [:]
    for (index, node) in graph.nodes.enumerated() {
      producer[node.output.index] = index
      for case let input? in node.inputs { consumers[input.index, default: []].append(index) }
    }

    func canLieInside(_ value: Int) -> Bool {
      guard homes[value] == nil, !inputs.contains(value), !outputs.contains(value),
        graph.values[value].constant == nil, let source = producer[value],
        isStrided(graph.nodes[source])
      else { return false }
      return consumers[value, default: []].allSatisfy { isStrided(graph.nodes[$0]) }
    }

    // Later concatenations first, so that one inside another finds its own home already known.
    for (index, node) in graph.nodes.enumerated().reversed() {
      switch node.op {
      case .concat(let axis) where axis == graph[node.output].shape.count - 1:
        var column = 0
        var all = true
        var seen: Set<Int> = []
        for case let input? in node.inputs {
          if seen.insert(input.index).inserted, canLieInside(input.index) {
            homes[input.index] = Home(root: node.output.index, column: column)
          } else {
            all = false
          }
          column += graph[input].shape.last ?? 1
        }
        if all { elided.insert(index) }
      case .reshape:
        guard case let input? = node.inputs.first, let source = input,
          graph[source].constant == nil, homes[source.index] == nil,
          !inputs.contains(source.index), !outputs.contains(node.output.index)
        else { continue }
        homes[node.output.index] = Home(root: source.index, column: 0)
        elided.insert(index)
      default: break
      }
    }

    func resolve(_ value: Int) -> (root: Int, column: Int) {
      var root = value
      var column = 0
      while let home = homes[root] {
        column += home.column
        root = home.root
      }
      return (root, column)
    }

    let end = graph.nodes.count
    var first: [Int: Int] = [:]
    var last: [Int: Int] = [:]
    var live: [Int] = []
    func touch(_ value: Int, _ step: Int) {
      guard graph.values[value].constant == nil, !inner.contains(value) else { return }
      let root = resolve(value).root
      if first[root] == nil { live.append(root) }
      first[root] = min(first[root] ?? step, step)
      last[root] = max(last[root] ?? step, step)
    }
    for input in graph.inputs {
      touch(input.index, -1)
      touch(input.index, end)
    }
    for (index, node) in graph.nodes.enumerated() {
      let step = runsAt[index] ?? index
      for case let input? in node.inputs { touch(input.index, step) }
      touch(node.output.index, step)
    }
    for output in graph.outputs { touch(output.index, end) }

    let requests = live.map { root in
      ArenaLayout.Request(
        count: graph.values[root].shape.reduce(1, *), first: first[root] ?? -1,
        last: last[root] ?? end)
    }
    let layout = ArenaLayout(requests)
    count = layout.count
    let offsets = Dictionary(uniqueKeysWithValues: zip(live, layout.offsets))
    for (index, value) in graph.values.enumerated() where value.constant == nil {
      let (root, column) = resolve(index)
      let columns = value.shape.last ?? 1
      let total = value.shape.reduce(1, *)
      if inner.contains(index) { activationCount += total }
      guard let offset = offsets[root] else { continue }
      let shared = homes[index] != nil && graph.values[root].shape.last != columns
      let rows = columns == 0 ? 0 : total / columns
      let sharesRows =
        shared && graph.values[root].shape.dropLast().elementsEqual(value.shape.dropLast())
      placements[index] = Placement(
        offset: offset + column,
        step: sharesRows ? graph.values[root].shape.last ?? 1 : columns, rows: rows,
        columns: columns)
      activationCount += total
    }
  }
}
