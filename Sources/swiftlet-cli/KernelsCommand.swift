import ArgumentParser
import SwiftletSkills

import Swiftlet

/// `swiftlet kernels`.
struct KernelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kernels", abstract: "List every kernel, whether it runs here, and what is picked."
  )

  @OptionGroup var engine: EngineFlags
  @OptionGroup var json: JSONFlag

  func run() throws {
    let picked = try engine.session.isa ?? ISA.selected()
    if json.isOn {
      let kernels = Kernel.all.map { kernel -> JSONValue in
        [
          "name": .string(kernel.name), "op": .string(kernel.operation.rawValue),
          "isa": .string(kernel.isa.rawValue), "tile": .string(kernel.tile),
          "usable": .bool(CPU.usable.contains(kernel.isa)), "picked": .bool(kernel.isa == picked),
        ]
      }
      try Console.emit([
        "schema": "swiftlet.kernels/1", "isa": .string(picked.rawValue),
        "kernels": .array(kernels),
      ])
      return
    }
    for kernel in Kernel.all {
      let mark = kernel.isa == picked ? "*" : CPU.usable.contains(kernel.isa) ? " " : "-"
      try Console.emit("\(mark) \(kernel.name)")
    }
    Console.note("* picked, - not usable on this CPU")
  }
}
