import Swiftlet

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

let usage = """
  usage: swiftlet-bench [--isa NAME] [--filter A,B] [--seconds S]
                        [--format table|csv|json|markdown]

  Times every kernel of one instruction set on layers of real networks, on one thread, against the
  roofline measured at the start; matrix products also by OpenBLAS.
    --isa      portable, avx2, avx512 or neon; default: the strongest usable
    --filter   only kernels whose name contains one of the texts
    --seconds  for each row; default 0.05
  """

/// Writes a line to standard error.
func note(_ text: String) {
  let line = "swiftlet-bench: \(text)\n"
  _ = line.withCString { write(2, $0, strlen($0)) }
}

/// Ends the program with a message.
func fail(_ text: String) -> Never {
  note(text)
  exit(2)
}

var isaName: String?
var filter: [String] = []
var seconds = 0.05
var format = Format.table

var arguments = CommandLine.arguments.dropFirst().makeIterator()
while let option = arguments.next() {
  if option == "--help" || option == "-h" {
    print(usage)
    exit(0)
  }
  guard let value = arguments.next() else { fail("\(option): it needs a value; see --help") }
  switch option {
  case "--isa": isaName = value
  case "--filter": filter = value.split(separator: ",").map(String.init)
  case "--seconds":
    guard let number = Double(value), number > 0, number <= 60 else {
      fail("--seconds \(value): it is no number from 0 to 60; give another")
    }
    seconds = number
  case "--format":
    guard let choice = Format(rawValue: value) else {
      fail("--format \(value): there is no such format; see --help")
    }
    format = choice
  default: fail("\(option): there is no such option; see --help")
  }
}

do {
  let isa = try isaName.map { name throws(EngineError) in try ISA.named(name) } ?? ISA.selected()
  OpenBLAS.choose(for: isa)
  let machine = Machine(isa: isa, roofline: try Roofline.measured(isa: isa, threads: 1))
  var results: [Measurement] = []

  func measure(_ name: String, _ workloads: [Workload]) {
    guard filter.isEmpty || filter.contains(where: { name.contains($0) }) else { return }
    for workload in workloads {
      results.append(
        Measurement(
          kernel: name, workload: workload, seconds: workload.fastest(seconds: seconds),
          roofline: machine.roofline))
    }
  }

  for kernel in Kernel.all where kernel.isa == isa && kernel.operation != .peak {
    let workloads = Workload.all(of: kernel)
    if workloads.isEmpty { note("\(kernel.name): no workload") }
    measure(kernel.name, workloads)
  }
  measure(
    "f32-gemm-openblas-\(OpenBLAS.core)",
    Layer.convolutions.filter { $0.taps == 1 }.map(Workload.openBLAS))
  guard !results.isEmpty else {
    fail("--filter: no kernel's name contains any of its texts; see swiftlet kernels")
  }
  print(format.text(results, machine))
} catch {
  fail("\(error)")
}
