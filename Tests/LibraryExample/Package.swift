// swift-tools-version: 6.2
import PackageDescription

// Another package that uses keepwatch's analysis: docs/library.md. scripts/test-library builds and runs it.
let package = Package(
  name: "LibraryExample",
  dependencies: [.package(name: "keepwatch", path: "../..")],
  targets: [
    .executableTarget(
      name: "dead-connections", dependencies: [.product(name: "CaptureAnalysis", package: "keepwatch")])
  ]
)
