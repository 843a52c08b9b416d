import ArgumentParser
import SwiftletImage
import SwiftletSkills

import Swiftlet

/// `swiftlet doctor`.
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Show what the program finds here: CPU, threads, models, formats.",
    discussion: "Exit code 4 where a shipped model is missing or damaged.")

  @OptionGroup var engine: EngineFlags
  @OptionGroup var home: HomeFlag
  @OptionGroup var json: JSONFlag

  func run() throws {
    let options = try engine.session
    let resources = try home.resources
    let models = ShippedModel.all(in: resources)
    let limits = ImageLimits.standard
    let result: JSONValue = .compact([
      ("schema", "swiftlet.doctor/1"),
      ("version", .string(SwiftletCommand.configuration.version)),
      ("isa", .string(try (options.isa ?? ISA.selected()).rawValue)),
      ("usable_isa", .array(CPU.usable.map { .string($0.rawValue) })),
      ("threads", .integer(try options.threads ?? ThreadCount.selected())),
      ("available_threads", .integer(ThreadCount.available)),
      ("cgroup_cpus", ThreadCount.cgroupQuota.map { .number($0) } ?? .null),
      ("home", resources.home.map { .string($0) } ?? .null),
      ("models", .array(models.map(\.json))),
      ("reads", ["png", "jpeg"]), ("writes", ["png", "jpeg"]),
      (
        "limits",
        [
          "pixels": .integer(limits.maxPixels), "side": .integer(limits.maxSide),
          "bytes": .integer(limits.maxBytes),
        ]
      ),
    ])
    if json.isOn {
      try Console.emit(result)
    } else if case .object(let members) = result {
      for member in members.dropFirst() where member.name != "models" {
        try Console.emit("\(member.name): \(member.value.text ?? member.value.encoded())")
      }
      for model in models { try Console.emit("model \(model.text)") }
    }
    if models.contains(where: { $0.fault != nil }) || models.isEmpty {
      throw ExitCode(ExitStatus.environment.rawValue)
    }
  }
}
