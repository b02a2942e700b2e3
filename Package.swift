// swift-tools-version: 6.2

import PackageDescription

/// The settings every Swift target of the package is built with.
let house: [SwiftSetting] = [
  .strictMemorySafety(),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .treatAllWarnings(as: .error),
]

/// Generated protobuf code is not ours to keep warning-free or annotated.
let generated: [SwiftSetting] = []

func target(
  _ name: String,
  _ dependencies: [Target.Dependency] = [],
  exclude: [String] = [],
  resources: [Resource] = []
) -> Target {
  .target(
    name: name, dependencies: dependencies, exclude: exclude, resources: resources,
    swiftSettings: house)
}

func tests(
  _ name: String,
  _ dependencies: [Target.Dependency] = [],
  resources: [Resource] = []
) -> Target {
  .testTarget(
    name: name, dependencies: dependencies, resources: resources, swiftSettings: house)
}

let protobuf: Target.Dependency = .product(name: "SwiftProtobuf", package: "swift-protobuf")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let arguments: Target.Dependency =
  .product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
  name: "tsq",
  products: [
    .executable(name: "tsq", targets: ["tsq"]),
    .executable(name: "tsq-bench", targets: ["tsq-bench"]),
    .executable(name: "tsq-conformance", targets: ["tsq-conformance"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    // System libraries.
    .systemLibrary(name: "CZeroMQ", providers: [.apt(["libzmq3-dev"])]),
    .systemLibrary(name: "CLinux"),
    .systemLibrary(name: "COneDNN", providers: [.apt(["libdnnl-dev"])]),
    .systemLibrary(name: "CLAPACK", providers: [.apt(["libopenblas-pthread-dev"])]),
    .systemLibrary(name: "COpenSSL", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CTurboJPEG", providers: [.apt(["libturbojpeg0-dev"])]),
    .systemLibrary(name: "CPNG", providers: [.apt(["libpng-dev"])]),
    .systemLibrary(name: "CWebP", providers: [.apt(["libwebp-dev"])]),

    // Generated code, one target per schema.
    .target(name: "ONNXSchema", dependencies: [protobuf], swiftSettings: generated),
    .target(
      name: "WireSchema", dependencies: [protobuf], exclude: ["wire.proto", "tasks.proto"],
      swiftSettings: generated),

    // The ground.
    .target(name: "CKernels", publicHeadersPath: "include"),
    target("Tensors", ["COpenSSL"]),
    target("Kernels", ["Tensors", "CKernels", "COneDNN"]),
    target("Network", ["Tensors"]),
    target("ONNX", ["Network", "Tensors", "ONNXSchema", protobuf]),
    target("Datasets", ["Tensors", "Kernels", "CZlib", "CTurboJPEG", "CPNG", "CWebP"]),

    // The work.
    target("Execution", ["Network", "Kernels", "Tensors", "COneDNN"]),
    target("Quantization", ["Tensors", "Kernels", "CLAPACK"]),
    target("Planning", ["Network", "Execution", "Quantization", "Kernels", "Tensors"]),

    target(
      "FineTuning",
      ["Network", "Execution", "Quantization", "Planning", "Tensors"]),

    // The edges of the process.
    target("Coordination"),
    target(
      "Wire", ["Coordination", "Quantization", "Tensors", "WireSchema", protobuf],
      exclude: ["GRAMMAR.md"]),
    target("Messaging", ["CZeroMQ"]),
    target("RunStore", ["Tensors", grdb]),

    // The shell.
    target(
      "Nodes",
      [
        "Tensors", "Network", "ONNX", "Datasets", "Execution", "Quantization", "Planning",
        "FineTuning", "Coordination", "Wire", "Messaging", "RunStore", "CLinux", logging,
      ]),
    target("Reporting", ["RunStore", "Network", "Tensors"]),
    .executableTarget(
      name: "tsq",
      dependencies: [
        "Nodes", "Reporting", "RunStore", "Planning", "Quantization", "Execution", "Network",
        "ONNX", "Datasets", "Messaging", "Tensors", "FineTuning", "Wire", arguments, yams,
      ],
      swiftSettings: house),
    .executableTarget(
      name: "tsq-bench",
      dependencies: [
        "Kernels", "Quantization", "Datasets", "Tensors", "COneDNN", "CTurboJPEG", arguments,
      ],
      swiftSettings: house),
    .executableTarget(
      name: "tsq-testworker",
      dependencies: ["Nodes", "Messaging", "Coordination", "RunStore", "Tensors"],
      swiftSettings: house),
    .executableTarget(
      name: "tsq-conformance",
      dependencies: ["ONNX", "ONNXSchema", "Network", "Execution", "Tensors", arguments, protobuf],
      swiftSettings: house),

    // Tests.
    target("TestSupport", ["Tensors"]),
    tests("TensorsTests", ["Tensors", "TestSupport"]),
    tests("KernelsTests", ["Kernels", "Tensors", "TestSupport"]),
    tests("NetworkTests", ["Network", "Tensors", "TestSupport"]),
    tests(
      "ONNXTests",
      ["ONNX", "ONNXSchema", "Network", "Execution", "Tensors", "TestSupport", protobuf]),
    tests("DatasetsTests", ["Datasets", "Tensors", "TestSupport"]),
    tests("ExecutionTests", ["Execution", "Network", "Tensors", "TestSupport"]),
    tests("QuantizationTests", ["Quantization", "Kernels", "Tensors", "TestSupport"]),
    tests(
      "PlanningTests",
      ["Planning", "Network", "Execution", "Quantization", "Tensors", "TestSupport"]),
    tests(
      "FineTuningTests",
      ["FineTuning", "Planning", "Network", "Execution", "Quantization", "Tensors", "TestSupport"]),
    tests("CoordinationTests", ["Coordination", "TestSupport"]),
    tests("WireTests", ["Wire", "Coordination", "Quantization", "Tensors", "TestSupport"]),
    tests("MessagingTests", ["Messaging", "TestSupport"]),
    tests("RunStoreTests", ["RunStore", "Tensors", "TestSupport"]),
    tests(
      "NodesTests",
      [
        "Nodes", "Planning", "FineTuning", "Coordination", "Wire", "Messaging", "RunStore",
        "Tensors", "Network", "ONNX", "Execution", "Quantization", "TestSupport", "tsq-testworker",
      ]),
    tests("ReportingTests", ["Reporting", "RunStore", "Tensors", "TestSupport"]),
    tests(
      "CommandTests",
      ["RunStore", "Tensors", "ONNXSchema", "TestSupport", protobuf, "tsq"]),
    tests("TidyTests", ["TestSupport"]),
  ],
  swiftLanguageModes: [.v6]
)
