import ArgumentParser
import SwiftletSkills

import Swiftlet

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The flags of every verb that runs a network. They win over the environment.
struct EngineFlags: ParsableArguments {
  @Option(help: "Threads to use, in place of SWIFTLET_THREADS.")
  var threads: Int?

  @Option(
    help: .init(
      "Instruction set to use, in place of SWIFTLET_ISA: portable, avx2, avx512 or neon.",
      valueName: "isa"))
  var isa: String?

  /// What the flags say. The pool that all sessions share and the kernels of pictures go by the
  /// environment, so what the flags say is put there too, before either is looked up.
  var session: SessionOptions {
    get throws {
      if let threads, !(1...ThreadCount.maximum).contains(threads) {
        throw CommandFailure.usage(
          "--threads \(threads)", "it is not 1 to \(ThreadCount.maximum)",
          "give a number of threads")
      }
      if let threads { setenv("SWIFTLET_THREADS", "\(threads)", 1) }
      var level: ISA?
      if let isa {
        guard ["portable", "avx2", "avx512", "neon"].contains(isa) else {
          throw CommandFailure.usage(
            "--isa \(isa)", "there is no such instruction set",
            "use portable, avx2, avx512 or neon")
        }
        level = try ISA.named(isa)
        setenv("SWIFTLET_ISA", isa, 1)
      }
      return SessionOptions(threads: threads, isa: level)
    }
  }
}

/// The flag of every verb that uses the shipped weights or configuration.
struct HomeFlag: ParsableArguments {
  @Option(help: "Folder that holds 'weights' and 'configs', in place of SWIFTLET_HOME.")
  var home: String?

  /// The resources there, or where they are found otherwise.
  var resources: Resources {
    get throws(SkillError) { try Resources.locate(explicit: home) }
  }
}

/// The flag of every verb that has a result for machines.
struct JSONFlag: ParsableArguments {
  @Flag(name: .customLong("json"), help: "Print the result as JSON on standard output.")
  var isOn = false
}
