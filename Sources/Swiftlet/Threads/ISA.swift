/// An instruction set that kernels exist for.
public enum ISA: String, Sendable, CaseIterable {
  /// Runs everywhere: registers of four floats.
  case portable
  /// AVX2 and FMA.
  case avx2
  /// AVX-512 F, BW, CD, DQ and VL.
  case avx512
  /// Advanced SIMD of arm64.
  case neon

  /// The instruction set to use: the one that `SWIFTLET_ISA` names, or the strongest usable.
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
    let usable = CPU.usable.map { $0.rawValue }
    guard let isa = ISA(rawValue: name), CPU.usable.contains(isa) else {
      throw EngineError(
        .invalidSetting, "instruction set", "'\(name)' is unknown or not usable on this CPU",
        "choose one of \(usable.joined(separator: ", "))")
    }
    return isa
  }
}
