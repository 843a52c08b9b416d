#if canImport(Glibc)
  import Glibc
#endif

#if arch(x86_64)
  import Builtin
  import _Builtin_intrinsics.intel.cpuid
#endif

/// What the processor and the operating system let this process execute, and how large the processor's cache is.
public enum CPU {
  /// The instruction sets that can run here, weakest first.
  public static let usable: [ISA] = {
    #if arch(x86_64)
      let features = X86Features.detect()
      return [.portable] + (features.avx2 ? [.avx2] : []) + (features.avx512 ? [.avx512] : [])
    #elseif arch(arm64)
      return [.portable, .neon]
    #else
      return [.portable]
    #endif
  }()

  /// Bytes of a core's second-level cache: 1 MiB where the system does not say, and 2 MiB at most, since several
  /// cores may share a larger one. Only speed depends on it.
  static let secondLevelCache: Int = {
    #if canImport(Glibc)
      let size = sysconf(Int32(_SC_LEVEL2_CACHE_SIZE))
      if size > 0 { return min(max(size, 256 << 10), 2 << 20) }
    #endif
    return 1 << 20
  }()
}

#if arch(x86_64)
  /// The two bundles of features that the x86 kernels need, with the operating system's support for their
  /// registers.
  struct X86Features {
    /// AVX2, FMA, F16C, BMI1 and BMI2, LZCNT, MOVBE: x86-64-v3.
    var avx2 = false
    /// Additionally AVX-512 F, BW, CD, DQ and VL: x86-64-v4.
    var avx512 = false

    static func detect() -> X86Features {
      var features = X86Features()
      guard let basic = leaf(1, 0), let extended = leaf(7, 0), let far = leaf(0x8000_0001, 0) else {
        return features
      }
      let osSavesRegisters = basic.ecx >> 27 & 1 == 1
      guard osSavesRegisters else { return features }
      let enabled = UInt64(Builtin.int_x86_xgetbv(Int32(0)._value))
      guard enabled & 0x6 == 0x6 else { return features }
      let v3Basic: UInt32 = 1 << 12 | 1 << 22 | 1 << 28 | 1 << 29
      let v3Extended: UInt32 = 1 << 3 | 1 << 5 | 1 << 8
      features.avx2 =
        basic.ecx & v3Basic == v3Basic && extended.ebx & v3Extended == v3Extended
        && far.ecx >> 5 & 1 == 1
      let v4Extended: UInt32 = 1 << 16 | 1 << 17 | 1 << 28 | 1 << 30 | 1 << 31
      features.avx512 =
        features.avx2 && enabled & 0xe6 == 0xe6 && extended.ebx & v4Extended == v4Extended
      return features
    }

    private static func leaf(
      _ leaf: UInt32, _ subleaf: UInt32
    ) -> (ebx: UInt32, ecx: UInt32, edx: UInt32)? {
      var eax: UInt32 = 0
      var ebx: UInt32 = 0
      var ecx: UInt32 = 0
      var edx: UInt32 = 0
      guard __get_cpuid_count(leaf, subleaf, &eax, &ebx, &ecx, &edx) == 1 else { return nil }
      return (ebx, ecx, edx)
    }
  }
#endif
