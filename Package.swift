// swift-tools-version: 6.2
import PackageDescription

// Flags of the kernel targets. They hold pointer arithmetic on validated shapes only, so they are
// compiled without run-time checks and, in every configuration, with optimisation; each level above
// the portable one also names its instruction set. No other target may carry such flags: code that
// runs before the CPU has been examined must not contain instructions the CPU may lack. The number of
// threads gives each file an object of its own, as a debug build expects.
let kernelFlags = ["-Ounchecked", "-wmo", "-num-threads", "2"]

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
#elseif arch(arm64)
  let isaTargets: [Target] = [kernelTarget("KernelsNEON")]
  let isaDependencies: [Target.Dependency] = ["KernelsNEON"]
#else
  let isaTargets: [Target] = []
  let isaDependencies: [Target.Dependency] = []
#endif

#if arch(x86_64)
  // Reads the control register that says which registers the operating system saves.
  let detectionFlags: [SwiftSetting] = [.unsafeFlags(["-Xcc", "-mxsave"])]
#else
  let detectionFlags: [SwiftSetting] = []
#endif
let detectionSettings: [SwiftSetting] =
  [.enableExperimentalFeature("Extern"), .enableExperimentalFeature("BuiltinModule")]
  + detectionFlags

let engineSettings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
  name: "swiftlet",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Swiftlet", targets: ["Swiftlet"]),
    .library(name: "SwiftletONNX", targets: ["SwiftletONNX"]),
    .library(name: "SwiftletSkills", targets: ["SwiftletSkills", "SwiftletImage"]),
    .executable(name: "swiftlet", targets: ["swiftlet-cli"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0", traits: []),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: []),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
  ],
  targets: [
    // System libraries.
    .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .systemLibrary(name: "CJPEG", pkgConfig: "libjpeg", providers: [.apt(["libjpeg-dev"])]),
    .systemLibrary(name: "CLCMS", pkgConfig: "lcms2", providers: [.apt(["liblcms2-dev"])]),

    // The engine: no package, no Foundation.
    .target(
      name: "KernelTemplates",
      swiftSettings: [.unsafeFlags(kernelFlags)]
    ),
    kernelTarget("KernelsPortable"),
    .target(
      name: "ReferenceKernels",
      swiftSettings: [.unsafeFlags(["-O"])]
    ),
    .target(
      name: "Swiftlet",
      dependencies: ["KernelTemplates", "KernelsPortable", "ReferenceKernels"] + isaDependencies,
      swiftSettings: engineSettings + detectionSettings
    ),

    // Around the engine.
    .target(
      name: "SwiftletONNX",
      dependencies: ["Swiftlet", .product(name: "SwiftProtobuf", package: "swift-protobuf")],
      exclude: ["Generated/onnx.proto"],
      swiftSettings: engineSettings
    ),
    .target(
      name: "SwiftletImage",
      dependencies: ["Swiftlet", "KernelTemplates", "CPNG", "CJPEG", "CLCMS"],
      swiftSettings: engineSettings
    ),
    .target(
      name: "SwiftletSkills",
      dependencies: [
        "Swiftlet", "KernelTemplates", "SwiftletImage", .product(name: "Yams", package: "Yams"),
      ],
      swiftSettings: engineSettings + [.enableExperimentalFeature("Extern")]
    ),
    .target(
      name: "SwiftletWeb",
      resources: [.embedInCode("Assets")],
      swiftSettings: engineSettings
    ),
    .target(
      name: "SwiftletServer",
      dependencies: [
        "Swiftlet", "SwiftletImage", "SwiftletSkills", "SwiftletWeb",
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
      ],
      swiftSettings: engineSettings
    ),
    .executableTarget(
      name: "swiftlet-cli",
      dependencies: [
        "Swiftlet", "SwiftletONNX", "SwiftletImage", "SwiftletSkills", "SwiftletServer",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Sources/swiftlet-cli",
      swiftSettings: engineSettings
    ),

    // Tests, one folder a target.
    .testTarget(
      name: "ReferenceKernelsTests", dependencies: ["ReferenceKernels"],
      swiftSettings: engineSettings),
    .testTarget(
      name: "SwiftletTests",
      dependencies: ["Swiftlet", "SwiftletONNX", "KernelTemplates", "ReferenceKernels"],
      exclude: ["Golden"],
      swiftSettings: [.enableExperimentalFeature("Extern")],
      // The libraries see the counting allocation functions of AllocationTests.
      linkerSettings: [
        .unsafeFlags(
          ["malloc", "calloc", "realloc", "aligned_alloc", "posix_memalign"].flatMap {
            ["-Xlinker", "--export-dynamic-symbol=\($0)"]
          }, .when(platforms: [.linux]))
      ]),
    .testTarget(
      name: "SwiftletONNXTests",
      dependencies: [
        "Swiftlet", "SwiftletONNX", .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ]),
    .testTarget(
      name: "SwiftletImageTests", dependencies: ["SwiftletImage", "CPNG", "CJPEG", "CLCMS"],
      swiftSettings: engineSettings),
    .testTarget(
      name: "SwiftletSkillsTests", dependencies: ["Swiftlet", "SwiftletImage", "SwiftletSkills"]),
    .testTarget(
      name: "SwiftletServerTests",
      dependencies: [
        "SwiftletServer", "SwiftletImage", "SwiftletSkills", "SwiftletWeb",
        .product(name: "Logging", package: "swift-log"),
      ], swiftSettings: engineSettings),
    .testTarget(
      name: "SwiftletCLITests",
      dependencies: ["swiftlet-cli", "Swiftlet", "SwiftletImage", "SwiftletONNX"],
      swiftSettings: engineSettings),
  ] + isaTargets,
  swiftLanguageModes: [.v6]
)
