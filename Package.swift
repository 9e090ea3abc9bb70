// swift-tools-version: 6.2
import PackageDescription

/// Every target is held to the same rules: each warning is an error, and unsafe code is marked where it stands.
let strict: [SwiftSetting] = [
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
]

let package = Package(
  name: "keepwatch",
  products: [
    .executable(name: "keepwatch", targets: ["keepwatch"]),
    // For other packages: a saved capture, read and analysed (Tests/LibraryExample; docs/library.md).
    .library(
      name: "CaptureAnalysis",
      targets: ["CaptureAnalysis", "CaptureFile", "KeepaliveAnalysis", "PacketObservation", "PacketWire"]),
    // Its parts, for the micro-benchmarks, which are a package of their own.
    .library(name: "PacketWire", targets: ["PacketWire"]),
    .library(name: "KeepaliveAnalysis", targets: ["KeepaliveAnalysis"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0")
  ],
  targets: [
    // System libraries and Linux calls that Swift cannot spell.
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
    .target(name: "CLinux"),
    .target(name: "CMemory"),
    .target(name: "CPcap"),

    // What talks to Linux, behind one door.
    .target(name: "SystemCalls", dependencies: ["CLinux"], swiftSettings: strict),

    // Bytes → segments → events → pages.
    .target(name: "PacketWire", swiftSettings: strict),
    .target(name: "CaptureFile", dependencies: ["CZlib", "PacketWire", "SystemCalls"], swiftSettings: strict),
    .target(name: "KeepaliveAnalysis", dependencies: ["CMemory", "PacketWire"], swiftSettings: strict),
    .target(name: "PacketObservation", dependencies: ["KeepaliveAnalysis", "PacketWire"], swiftSettings: strict),
    .target(
      name: "CaptureAnalysis", dependencies: ["CaptureFile", "KeepaliveAnalysis", "PacketObservation"],
      swiftSettings: strict),
    .target(name: "PacketCapture", dependencies: ["CPcap", "PacketWire", "SystemCalls"], swiftSettings: strict),

    // What the host knows, and the demo that makes it happen.
    .target(name: "KernelView", dependencies: ["CLinux", "PacketWire"], swiftSettings: strict),
    .target(name: "ApplicationLog", dependencies: ["PacketWire", "SystemCalls"], swiftSettings: strict),
    .target(name: "Demo", dependencies: ["ApplicationLog", "SystemCalls"], swiftSettings: strict),

    // What happened and what explains it; and how it is told. Presenting imports no analysis: it takes findings, and asks nothing.
    .target(
      name: "Findings",
      dependencies: ["ApplicationLog", "KeepaliveAnalysis", "KernelView", "PacketObservation", "PacketWire"],
      swiftSettings: strict),
    .target(
      name: "Presenting", dependencies: ["ApplicationLog", "Demo", "Findings", "KernelView", "PacketWire"],
      // In the program itself, which stays one file.
      resources: [.embedInCode("Figure/figure.css"), .embedInCode("Page/page.css"), .embedInCode("Page/page.js")],
      swiftSettings: strict),
    .executableTarget(
      name: "keepwatch",
      dependencies: [
        "ApplicationLog", "CaptureAnalysis", "CaptureFile", "Demo", "Findings", "KeepaliveAnalysis", "KernelView",
        "PacketCapture", "PacketObservation", "PacketWire", "Presenting", "SystemCalls",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),

    // What tests of several modules share.
    .target(name: "TestSupport", path: "Tests/Support", swiftSettings: strict),

    // One suite a module, and one for the built program.
    .testTarget(
      name: "ApplicationLogTests", dependencies: ["ApplicationLog", "SystemCalls", "TestSupport"], swiftSettings: strict
    ),
    .testTarget(
      name: "PacketObservationTests", dependencies: ["PacketObservation", "PacketWire", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "CaptureAnalysisTests",
      dependencies: ["CaptureAnalysis", "CaptureFile", "KeepaliveAnalysis", "PacketWire"],
      swiftSettings: strict),
    .testTarget(name: "DemoTests", dependencies: ["Demo", "KeepaliveAnalysis"], swiftSettings: strict),
    .testTarget(
      name: "KernelViewTests", dependencies: ["KernelView", "PacketWire", "SystemCalls"], swiftSettings: strict),
    .testTarget(
      name: "PacketCaptureTests", dependencies: ["PacketCapture", "PacketWire"], swiftSettings: strict),
    .testTarget(name: "PacketWireTests", dependencies: ["PacketWire"], swiftSettings: strict),
    .testTarget(name: "SystemCallsTests", dependencies: ["SystemCalls"], swiftSettings: strict),
    .testTarget(
      name: "CaptureFileTests", dependencies: ["CPcap", "CaptureFile", "PacketWire", "TestSupport"],
      exclude: ["Damaged"],
      swiftSettings: strict, linkerSettings: [.linkedLibrary("pcap")]),
    .testTarget(
      name: "KeepaliveAnalysisTests", dependencies: ["KeepaliveAnalysis", "PacketWire", "TestSupport"],
      exclude: ["LookAlikes"],
      swiftSettings: strict),
    .testTarget(
      name: "FindingsTests",
      dependencies: [
        "ApplicationLog", "Findings", "KeepaliveAnalysis", "KernelView", "PacketWire", "TestSupport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "PresentingTests",
      dependencies: [
        "ApplicationLog", "CaptureFile", "Demo", "Findings", "KeepaliveAnalysis", "KernelView", "PacketObservation",
        "PacketWire", "Presenting", "SystemCalls", "TestSupport",
      ],
      exclude: ["Expected", "community-ids.txt"], swiftSettings: strict),
    .testTarget(
      name: "RelationsTests", dependencies: ["CaptureFile", "KeepaliveAnalysis", "PacketObservation", "PacketWire"],
      exclude: ["broken.tsv", "rfc-checker.py"], swiftSettings: strict),
    .testTarget(
      name: "keepwatchTests",
      dependencies: [
        "ApplicationLog", "Findings", "KeepaliveAnalysis", "PacketCapture", "PacketWire", "SystemCalls", "keepwatch",
      ],
      exclude: ["AuditPrograms", "FleetPrograms", "RunPrograms"],
      resources: [.copy("Cases"), .copy("Exam")], swiftSettings: strict),
  ]
)
