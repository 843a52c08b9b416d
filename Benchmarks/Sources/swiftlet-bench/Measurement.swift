import Swiftlet

/// What a kernel took on a layer.
struct Measurement {
  let kernel: String
  let layer: String
  let milliseconds: Double
  let gigaflops: Double
  let gigabytes: Double
  /// Of the roofline; above 1 where the data lie in a cache.
  let share: Double

  init(kernel: String, workload: Workload, seconds: Double, roofline: Roofline) {
    self.kernel = kernel
    layer = workload.layer
    milliseconds = seconds * 1e3
    gigaflops = workload.operations / seconds * 1e-9
    gigabytes = workload.bytes / seconds * 1e-9
    share =
      max(workload.operations / roofline.operations, workload.bytes / roofline.bytes) / seconds
  }

  /// The heads of `cells`.
  static let heads = ["kernel", "layer", "ms", "GFLOP/s", "GB/s", "roofline"]

  /// One text a column.
  var cells: [String] {
    [
      kernel, layer, milliseconds.text(4), gigaflops > 0 ? gigaflops.text(1) : "-",
      gigabytes.text(1),
      "\((share * 100).text(0)) %",
    ]
  }
}

extension Double {
  /// With `digits` decimals, rounded.
  func text(_ digits: Int) -> String {
    var scale = 1
    for _ in 0..<digits { scale *= 10 }
    let whole = Int((self * Double(scale)).rounded())
    guard digits > 0 else { return "\(whole)" }
    let fraction = "\(whole % scale)"
    return "\(whole / scale)." + String(repeating: "0", count: digits - fraction.count) + fraction
  }
}

/// How results are printed.
enum Format: String, CaseIterable {
  case table, csv, json, markdown

  /// All lines of `results`.
  func text(_ results: [Measurement], _ machine: Machine) -> String {
    switch self {
    case .table:
      let rows = [Measurement.heads] + results.map(\.cells)
      let widths = Measurement.heads.indices.map { i in rows.map { $0[i].count }.max() ?? 0 }
      let lines = rows.map { row in
        row.indices.map { i in
          let space = String(repeating: " ", count: widths[i] - row[i].count)
          return i < 2 ? row[i] + space : space + row[i]
        }.joined(separator: "  ")
      }
      return (["# " + machine.text] + lines).joined(separator: "\n")
    case .csv:
      let rows = results.map {
        [
          $0.kernel, $0.layer, $0.milliseconds.text(6), $0.gigaflops.text(3),
          $0.gigabytes.text(3), $0.share.text(4),
        ].joined(separator: ",")
      }
      return (["kernel,layer,ms,gflops,gbytes,roofline_share"] + rows).joined(separator: "\n")
    case .json:
      let rows = results.map {
        """
         {"kernel":"\($0.kernel)","layer":"\($0.layer)","ms":\($0.milliseconds.text(6)),\
        "gflops":\($0.gigaflops.text(3)),"gbytes":\($0.gigabytes.text(3)),\
        "roofline_share":\($0.share.text(4))}
        """
      }
      return """
        {"schema":"swiftlet.kernel-bench/1","isa":"\(machine.isa)",\
        "peak_gflops":\((machine.roofline.operations * 1e-9).text(1)),\
        "memory_gbytes":\((machine.roofline.bytes * 1e-9).text(1)),"results":[
        \(rows.joined(separator: ",\n"))
        ]}
        """
    case .markdown:
      let rows =
        [Measurement.heads, ["---", "---", "---:", "---:", "---:", "---:"]]
        + results.map(\.cells)
      return machine.text + "\n\n"
        + rows.map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n")
    }
  }
}

/// What the results are measured against.
struct Machine {
  let isa: ISA
  let roofline: Roofline

  var text: String {
    "\(isa.rawValue), 1 thread: \((roofline.operations * 1e-9).text(1)) GFLOP/s of multiply-adds, "
      + "\((roofline.bytes * 1e-9).text(1)) GB/s of memory"
  }
}
