/// An instruction set that kernels exist for.
public enum ISA: String, Sendable, CaseIterable {
  /// Runs everywhere: SSE2 on x86-64, NEON on arm64.
  case portable
  /// AVX2 and FMA.
  case avx2
  /// AVX-512 F, BW, CD, DQ and VL.
  case avx512

  /// The instruction set to use: the one that `SWIFTLET_ISA` names, or the strongest usable.
  ///
  /// `neon` names the portable set on arm64, where the portable kernels are NEON.
  ///
  /// - Throws: `EngineError` with code `invalidSetting` if the name is unknown or this CPU lacks it.
  public static func selected() throws(EngineError) -> ISA {
    guard let name = Environment.value("SWIFTLET_ISA"), !name.isEmpty else {
      return CPU.usable.last ?? .portable
    }
    return try named(name)
  }

  /// The instruction set called `name`, checked to run here.
  ///
  /// - Throws: `EngineError` with code `invalidSetting` if the name is unknown or this CPU lacks it.
  public static func named(_ name: String) throws(EngineError) -> ISA {
    let usable = CPU.usable.map(\.rawValue)
    #if arch(arm64)
      if name == "neon" { return .portable }
    #endif
    guard let isa = ISA(rawValue: name), CPU.usable.contains(isa) else {
      throw EngineError(
        .invalidSetting, "instruction set", "'\(name)' is unknown or not usable on this CPU",
        "choose one of \(usable.joined(separator: ", "))")
    }
    return isa
  }
}
