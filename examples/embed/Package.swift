// swift-tools-version: 6.2
import PackageDescription

// A program that embeds the engine and nothing else of the repository: no other package is built for it.
let package = Package(
  name: "embed",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(name: "swiftlet", path: "../..")
  ],
  targets: [
    .executableTarget(
      name: "embed", dependencies: [.product(name: "Swiftlet", package: "swiftlet")])
  ],
  swiftLanguageModes: [.v6]
)
