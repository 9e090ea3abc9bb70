// swift-tools-version: 6.2
import PackageDescription

// The program that answers HTTP for `keepwatch live --listen`: a package of its own, so that nobody who builds keepwatch fetches or
// builds an HTTP server.
let package = Package(
  name: "keepwatch-listener",
  products: [.executable(name: "keepwatch-listener", targets: ["keepwatch-listener"])],
  dependencies: [.package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.0")],
  targets: [
    .executableTarget(
      name: "keepwatch-listener",
      dependencies: [.product(name: "FlyingFox", package: "FlyingFox")],
      swiftSettings: [.strictMemorySafety(), .treatAllWarnings(as: .error)])
  ]
)
