// swift-tools-version: 6.2
import PackageDescription

// Benchmarks of their own, so that nobody who builds keepwatch builds them: swift run -c release --package-path Tests/Benchmarks
let package = Package(
  name: "Benchmarks",
  dependencies: [.package(name: "keepwatch", path: "../..")],
  targets: [
    .executableTarget(
      name: "micro-benchmarks",
      dependencies: [
        .product(name: "PacketWire", package: "keepwatch"), .product(name: "KeepaliveAnalysis", package: "keepwatch"),
      ])
  ]
)
