import Swiftlet

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

// Usage: embed MODEL.nest
//
// Runs a model on inputs of 0.5 and prints the range of every output.

guard CommandLine.arguments.count == 2 else {
  print("usage: embed MODEL.nest")
  exit(2)
}

do {
  let model = try Model.load(CommandLine.arguments[1])
  let session = try Session(model: model)
  print("\(model.metadata.name) on \(session.report.isa), \(session.threads) threads")

  var inputs: [String: Tensor] = [:]
  for input in session.inputs {
    inputs[input.name] = try Tensor(shape: input.shape, repeating: 0.5)
  }
  let outputs = try session.run(inputs)

  for output in session.outputs {
    guard let values = outputs[output.name]?.data, let low = values.min(), let high = values.max()
    else { continue }
    print("\(output.name) \(output.shape): \(low) to \(high)")
  }
} catch {
  print("embed: \(error)")
  exit(1)
}
