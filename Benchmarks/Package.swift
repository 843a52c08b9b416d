// swift-tools-version: 6.2
import PackageDescription

// The engine's targets by symbolic links, with the flags of ../Package.swift: this package resolves no
// dependency, builds nothing beyond the engine, and sees what is `package` in it.

let kernelFlags = ["-Ounchecked", "-wmo"]

func kernelTarget(_ name: String, march: [String] = []) -> Target {
  .target(
    name: name,
    dependencies: ["KernelTemplates"],
    swiftSettings: [
      .enableExperimentalFeature("BuiltinModule"),
      .unsafeFlags(kernelFlags + march.flatMap { ["-Xcc", $0] }),
    ]
  )
}

#if arch(x86_64)
  let isaTargets: [Target] = [
    kernelTarget("KernelsAVX2", march: ["-march=x86-64-v3"]),
    kernelTarget("KernelsAVX512", march: ["-march=x86-64-v4", "-mprefer-vector-width=512"]),
  ]
  let isaDependencies: [Target.Dependency] = ["KernelsAVX2", "KernelsAVX512"]
  let detectionFlags: [SwiftSetting] = [.unsafeFlags(["-Xcc", "-mxsave"])]
#elseif arch(arm64)
  let isaTargets: [Target] = [kernelTarget("KernelsNEON")]
  let isaDependencies: [Target.Dependency] = ["KernelsNEON"]
  let detectionFlags: [SwiftSetting] = []
#else
  let isaTargets: [Target] = []
  let isaDependencies: [Target.Dependency] = []
  let detectionFlags: [SwiftSetting] = []
#endif

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
  name: "swiftlet-benchmarks",
  platforms: [.macOS(.v15)],
  targets: [
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .target(name: "KernelTemplates", swiftSettings: [.unsafeFlags(kernelFlags)]),
    kernelTarget("KernelsPortable"),
    .target(name: "ReferenceKernels", swiftSettings: [.unsafeFlags(["-O"])]),
    .target(
      name: "Swiftlet",
      dependencies: ["KernelTemplates", "KernelsPortable", "ReferenceKernels"] + isaDependencies,
      swiftSettings: settings + [
        .enableExperimentalFeature("Extern"), .enableExperimentalFeature("BuiltinModule"),
      ] + detectionFlags
    ),
    .executableTarget(
      name: "swiftlet-bench",
      dependencies: ["Swiftlet", "KernelTemplates", "COpenBLAS"],
      swiftSettings: settings
    ),
  ] + isaTargets,
  swiftLanguageModes: [.v6]
)
